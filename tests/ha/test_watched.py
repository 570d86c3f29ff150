"""Which changes ask for a new plan."""

from typing import Any

import pytest

from builders.site_block import make_site
from hems.ha.watched import matters, watched


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
    assert matters(old, new) is answer


def test_prices_of_export_and_sessions_are_watched_where_entities_say_them() -> None:
    site = make_site(
        **{
            "prices.export": {"source": "nordpool", "entity": "sensor.sold"},
            "prices.saving_sessions": {"entity": "event.sessions", "reward_per_kwh": 0.5},
        }
    )
    found = dict(watched(site))
    assert (found["sensor.sold"], found["event.sessions"]) == ("new prices", "other sessions")


def test_an_action_has_no_entity_to_watch() -> None:
    site = make_site(**{"prices.import": {"source": "tibber"}})
    assert "new prices" not in dict(watched(site)).values()
