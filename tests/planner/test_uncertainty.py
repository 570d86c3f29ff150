"""What the plan is made against."""

import pytest

from builders.site_block import make_site
from hems.forecast.load_model import LoadForecast
from hems.forecast.pv import PvForecast
from hems.planner.uncertainty import Expected, expected

# The second step's mean lies beyond its p90: rare, high peaks.
LOAD = LoadForecast(mean_kw=(1.0, 0.5), p10_kw=(0.4, 0.2), p50_kw=(0.9, 0.3), p90_kw=(2.0, 0.4))
PV = PvForecast(mean_kw=(2.0, 0.0), p10_kw=(1.0, 0.0), p50_kw=(2.1, 0.0), p90_kw=(2.6, 0.0), estimated=0)


def found(uncertainty: str) -> Expected:
    return expected(make_site(uncertainty=uncertainty), LOAD, {"roof": PV})


def test_the_forecast_is_the_mean() -> None:
    assert found("forecast") == Expected((1.0, 0.5), {"roof": (2.0, 0.0)})


def test_cautious_is_more_load_and_less_sun() -> None:
    one = found("cautious")
    assert one.load_kw == pytest.approx((1.3, 0.5))
    assert one.pv_kw["roof"] == pytest.approx((1.7, 0.0))
    assert one.scenarios == ()


def test_scenarios_stand_on_both_sides_of_the_forecast() -> None:
    one = found("scenarios")
    scarce, plenty = one.scenarios
    assert (one.load_kw, one.pv_kw) == (found("forecast").load_kw, found("forecast").pv_kw)
    assert scarce.load_kw == pytest.approx((1.5, 0.5)) and scarce.pv_kw["roof"] == pytest.approx((1.5, 0.0))
    assert plenty.load_kw == pytest.approx((0.7, 0.35)) and plenty.pv_kw["roof"] == pytest.approx((2.3, 0.0))
    assert scarce.probability + plenty.probability < 1
