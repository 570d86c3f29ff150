"""Which changes ask for a new plan."""

from typing import Any

import pytest

from builders.site_block import make_site
from hems.ha.watched import FORECAST, PRICES, matters, watched


def test_prices_forecasts_plugs_and_overrides_are_watched() -> None:
    found = dict(watched(make_site()))
    assert found["sensor.nordpool"] == "new prices"
    assert found["sensor.solcast_today"] == found["sensor.solcast_tomorrow"] == "new PV forecast"
    assert found["binary_sensor.car_plugged"] == "car plugged in or out"
    overrides = [f"input_boolean.hems_{d}_{k}" for d in ("battery", "car", "dishwasher", "pool", "tank")
                 for k in ("off", "manual", "boost")]  # fmt: skip
    assert set(overrides) <= set(found)


def test_measurements_that_change_all_the_time_are_not_watched() -> None:
    assert not {"sensor.grid_power", "sensor.pv_power", "sensor.battery_soc", "sensor.car_soc"} & set(
        dict(watched(make_site()))
    )


def test_wishes_are_watched_where_an_entity_holds_them() -> None:
    site = make_site(
        **{
            "evs.car.ready_by": "input_datetime.ready", "evs.car.target_soc": "input_number.soc",
            "loads.pool.hours_per_day": "input_number.hours", "loads.dishwasher.requested": "input_boolean.ready",
        }
    )  # fmt: skip
    assert {"input_datetime.ready", "input_number.soc", "input_number.hours", "input_boolean.ready"} <= set(
        dict(watched(site))
    )


def whole(state: str | None, **attributes: Any) -> dict[str, Any]:
    return {"state": state, "attributes": attributes, "last_changed": "whenever"}


SLOT = {"start": "2026-06-01T12:00:00+02:00", "end": "2026-06-01T13:00:00+02:00", "value": 0.2}
PERIOD = {"period_start": "2026-06-01T12:00:00+02:00", "pv_estimate": 1.5}


@pytest.mark.parametrize(
    ("old", "new", "answer"),
    [
        (whole("off"), whole("on"), True),
        (whole("1"), whole("1") | {"last_changed": "later"}, False),
        (whole("1"), whole("unavailable"), False),
        (whole("1"), whole("unknown"), False),
        (whole("1"), whole(None), False),
        (whole("1"), None, False),
        (None, whole("1"), True),
        (whole("unavailable"), whole("1"), True),
    ],
)
def test_a_change_matters_if_it_says_something_new(old: Any, new: Any, answer: bool) -> None:
    assert matters("car plugged in or out", old, new) is answer


SLOT = {"start": "2026-11-21T10:00:00+01:00", "end": "2026-11-21T10:15:00+01:00", "value": 0.1}
PERIOD = {"period_start": "2026-11-21T10:00:00+01:00", "pv_estimate": 1.0}


def priced(state: str, value: float) -> dict[str, Any]:
    return whole(state, unit_of_measurement="EUR/kWh", raw_today=[SLOT | {"value": value}], raw_tomorrow=[])


def test_a_price_sensor_that_moves_on_to_its_next_slot_is_no_news() -> None:
    assert not matters(PRICES, priced("0.1", 0.1), priced("0.2", 0.1))
    assert matters(PRICES, priced("0.1", 0.1), priced("0.1", 0.3))


def test_a_forecast_that_was_only_polled_again_is_no_news() -> None:
    before = whole("3", detailedForecast=[PERIOD], last_polled="10:00")
    assert not matters(FORECAST, before, whole("4", detailedForecast=[PERIOD], last_polled="11:00"))
    assert matters(FORECAST, before, whole("3", detailedForecast=[PERIOD | {"pv_estimate": 2.0}]))
