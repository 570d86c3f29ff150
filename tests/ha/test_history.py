"""What the baseline load is made of, and the past from Home Assistant's statistics."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from builders.dictionary_home import DictionaryHome
from builders.site_block import make_site
from hems.forecast.load_model import MOST_DAYS
from hems.ha.history import baseline_terms
from hems.ha.history_statistics import statistics
from hems.ha.port import Outcome

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=timezone.utc)
HOUR, FINE = timedelta(hours=1), timedelta(minutes=5)


def row(ago: timedelta, value: Any, key: str = "mean") -> dict[str, Any]:
    return {"start": (NOW - ago).isoformat(), "end": NOW.isoformat(), key: value}


def home_with(hours: Mapping[str, Any], fine: Mapping[str, Any] | None = None, unit: str = "W") -> DictionaryHome:
    """A home that answers as Home Assistant does: rows of the asked entities and period."""
    home = DictionaryHome()
    for entity in {**hours, **(fine or {})}:
        home.set(entity, "0", unit)

    def answer(service: str, data: Mapping[str, Any]) -> Outcome:
        known = hours if data["period"] == "hour" else fine or {}
        return Outcome(True, "", {"statistics": {e: known[e] for e in data["statistic_ids"] if known.get(e)}})

    home.answers = answer
    return home


def test_hours_of_two_months_and_five_minutes_of_ten_days_are_asked_for_in_kw() -> None:
    home = home_with({"sensor.a": [row(HOUR, 1.0)]})
    statistics(home, ["sensor.a", "sensor.a"], NOW)
    [(service, hours), (_, fine)] = home.calls
    assert service == "recorder.get_statistics"
    assert hours["statistic_ids"] == fine["statistic_ids"] == ["sensor.a"]
    assert (hours["period"], hours["types"], fine["period"]) == ("hour", ["mean"], "5minute")
    assert hours["units"] == {"power": "kW", "energy": "kWh"} == fine["units"]
    assert MOST_DAYS >= 21
    assert datetime.fromisoformat(hours["start_time"]) == NOW - timedelta(days=MOST_DAYS)
    assert datetime.fromisoformat(fine["start_time"]) == NOW - timedelta(days=10)
    assert datetime.fromisoformat(hours["end_time"]) == NOW


def test_no_answer_comes_near_the_four_megabytes_that_appdaemon_refuses() -> None:
    names = [f"sensor.of_a_name_that_is_rather_long_{k}" for k in range(23)]
    home = home_with({name: [row(HOUR, 1.0)] for name in names})
    assert len(statistics(home, names, NOW)) == 23
    asked: dict[str, list[str]] = {"hour": [], "5minute": []}
    for _, data in home.calls:
        days = (NOW - datetime.fromisoformat(data["start_time"])).days
        rows = len(data["statistic_ids"]) * days * (24 if data["period"] == "hour" else 288)
        assert rows * 150 < 2**21
        asked[data["period"]] += data["statistic_ids"]
    assert asked == {"hour": sorted(names), "5minute": sorted(names)}


@pytest.mark.parametrize("unit", ["W", "kW", "MW", "mW", "BTU/h"])
def test_home_assistant_converts_and_the_unit_of_the_state_no_longer_matters(unit: str) -> None:
    found = statistics(home_with({"sensor.a": [row(2 * HOUR, 0.5), row(HOUR, -0.25)]}, unit=unit), ["sensor.a"], NOW)
    assert found["sensor.a"].hours == {NOW - 2 * HOUR: 0.5, NOW - HOUR: -0.25}


@pytest.mark.parametrize("unit", ["VA", "%", "", "A"])
def test_sensor_that_is_no_power_is_not_asked_for(unit: str) -> None:
    home = home_with({"sensor.a": [row(HOUR, 100)]}, unit=unit)
    assert statistics(home, ["sensor.a"], NOW) == {} and home.calls == []


def test_sensor_without_statistics_has_no_past() -> None:
    home = home_with({"sensor.a": [row(HOUR, 1.0)]})
    home.set("sensor.b", "0", "kW")
    found = statistics(home, ["sensor.a", "sensor.b"], NOW)
    assert found["sensor.a"] and not found["sensor.b"]


def test_row_that_is_no_number_or_no_power_of_a_home_is_left_out() -> None:
    rows = [
        row(4 * HOUR, None),
        row(3 * HOUR, "x"),
        {"mean": 1.0},
        {"start": "soon", "mean": 1.0},
        row(2 * HOUR, 5000.0),
    ]
    found = statistics(home_with({"sensor.a": [*rows, row(HOUR, 7.0), 3]}), ["sensor.a"], NOW)
    assert found["sensor.a"].hours == {NOW - HOUR: 7.0}


@pytest.mark.parametrize("answer", [Outcome(False, "unknown service"), Outcome(True, "", None), Outcome(True, "", {}),
                                    Outcome(True, "", {"statistics": {"sensor.a": None}})])  # fmt: skip
def test_home_without_statistics_has_no_past(answer: Outcome) -> None:
    home = home_with({"sensor.a": [row(HOUR, 100)]})
    home.answers = lambda service, data: answer
    assert not statistics(home, ["sensor.a"], NOW)["sensor.a"]
    assert statistics(home, [], NOW) == {}


def test_counter_gives_the_mean_power_of_what_it_gained() -> None:
    hours = [row(k * HOUR, kwh, "change") for k, kwh in ((5, 0.7), (4, 2.5), (3, 0.0), (2, -40.0), (1, 900.0))]
    fine = [row(k * FINE, 0.1, "change") for k in (3, 2, 1)]
    home = home_with({"sensor.a": hours}, {"sensor.a": fine}, unit="kWh")
    found = statistics(home, ["sensor.a"], NOW)["sensor.a"]
    assert [data["types"] for _, data in home.calls] == [["change"], ["change"]]
    # The first row's change may be that of a gap before it; a counter neither falls nor jumps.
    assert found.hours == {NOW - 4 * HOUR: 2.5, NOW - 3 * HOUR: 0.0}
    assert found.fine == pytest.approx({NOW - 2 * FINE: 1.2, NOW - FINE: 1.2})


def test_what_a_counter_gained_during_a_gap_is_not_put_into_one_hour() -> None:
    rows = [row(k * HOUR, kwh, "change") for k, kwh in ((9, 1.0), (8, 1.0), (2, 6.0), (1, 1.5))]
    found = statistics(home_with({"sensor.a": rows}, unit="Wh"), ["sensor.a"], NOW)["sensor.a"]
    assert found.hours == {NOW - 8 * HOUR: 1.0, NOW - HOUR: 1.5}


def test_five_minutes_stand_for_hours_that_have_all_of_them() -> None:
    fine = [row(2 * HOUR - k * FINE, k / 10) for k in range(12)] + [row(HOUR, 9.0)]
    hours = [row(3 * HOUR, 3.0), row(2 * HOUR, 0.55), row(HOUR, 1.0)]
    slots = statistics(home_with({"sensor.a": hours}, {"sensor.a": fine}), ["sensor.a"], NOW)["sensor.a"].slots()
    assert [(slot.begin, slot.end - slot.begin, slot.value) for slot in slots] == [
        (NOW - 3 * HOUR, HOUR, 3.0),
        *((NOW - 2 * HOUR + k * FINE, FINE, k / 10) for k in range(12)),
        (NOW - HOUR, HOUR, 1.0),
    ]


def test_baseline_is_the_balance_of_the_meter_without_what_is_known() -> None:
    assert baseline_terms(make_site()) == [
        ("sensor.grid_power", 1.0), ("sensor.pv_power", 1.0), ("sensor.battery_power", 1.0),
        ("sensor.charger_power", -1.0), ("sensor.dishwasher_power", -1.0), ("sensor.pool_power", -1.0),
        ("sensor.tank_power", -1.0),
    ]  # fmt: skip


def test_signs_of_the_sensors_are_those_of_the_configuration() -> None:
    turned = make_site(
        **{
            "grid.power": {"entity": "sensor.p1", "positive": "export"},
            "batteries.battery.power": {"entity": "sensor.b", "positive": "charge"},
        }
    )
    terms = dict(baseline_terms(turned) or [])
    assert (terms["sensor.p1"], terms["sensor.b"]) == (-1.0, -1.0)


def test_load_sensor_of_its_own_is_all_that_is_needed() -> None:
    assert baseline_terms(make_site(load={"power": "sensor.house"})) == [("sensor.house", 1.0)]


@pytest.mark.parametrize("path", ["pv.roof.power", "batteries.battery.power"])
def test_without_a_sensor_of_pv_or_battery_the_baseline_cannot_be_known(path: str) -> None:
    assert baseline_terms(make_site(**{path: ...})) is None


def test_load_without_a_sensor_is_part_of_the_baseline() -> None:
    assert "sensor.pool_power" not in dict(baseline_terms(make_site(**{"loads.pool.power": ...})) or [])
