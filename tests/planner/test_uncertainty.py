"""What the plan is made against."""

import numpy as np
import pytest

from builders.site_block import make_site
from hems.forecast.power_forecast import PowerForecast
from hems.planner.uncertainty import Expected, expected

# The second step's mean lies beyond its p90: rare, high peaks.
LOAD = PowerForecast(np.array([1.0, 0.5]), lambda: np.array([(0.4, 0.2), (0.9, 0.3), (2.0, 0.4)]))
PV = PowerForecast(np.array([2.0, 0.0]), lambda: np.array([(1.0, 0.0), (2.1, 0.0), (2.6, 0.0)]))


def found(uncertainty: str) -> Expected:
    return expected(make_site(uncertainty=uncertainty), LOAD, {"roof": PV})


def test_the_forecast_is_the_mean() -> None:
    assert found("forecast") == Expected((1.0, 0.5), {"roof": (2.0, 0.0)})


def test_the_quantiles_are_worked_out_where_they_are_used() -> None:
    def quantiles() -> np.ndarray:
        raise AssertionError("asked for quantiles")

    plain = PowerForecast(np.array([1.0, 0.5]), quantiles)
    assert expected(make_site(), plain, {"roof": plain}).load_kw == (1.0, 0.5)
    with pytest.raises(AssertionError, match="asked for quantiles"):
        expected(make_site(uncertainty="cautious"), plain, {})


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
