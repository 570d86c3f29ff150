"""The past from long-term statistics, and the baseline load that is what no known device took."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from builders.dictionary_home import DictionaryHome
from builders.site_block import make_site
from hems.ha.history import baseline_history, baseline_terms, hourly_kw
from hems.ha.port import Outcome

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)


def row(hours_ago: int, mean: Any) -> dict[str, Any]:
    begin = NOW - hours_ago * HOUR
    return {"start": begin.isoformat(), "end": (begin + HOUR).isoformat(), "mean": mean}


def home_with(statistics: Mapping[str, Any], unit: str = "W") -> DictionaryHome:
    home = DictionaryHome()
    for entity in statistics:
        home.set(entity, "0", unit)
    home.answers = lambda service, data: Outcome(True, "", {"statistics": statistics})
    return home


def test_three_weeks_of_hourly_means_are_asked_for() -> None:
    home = home_with({"sensor.a": []})
    hourly_kw(home, ["sensor.a", "sensor.a"], NOW)
    [(service, data)] = home.calls
    assert service == "recorder.get_statistics"
    assert data["statistic_ids"] == ["sensor.a"]
    assert (data["period"], data["types"]) == ("hour", ["mean"])
    assert datetime.fromisoformat(data["start_time"]) == NOW - timedelta(days=21)
    assert datetime.fromisoformat(data["end_time"]) == NOW


def test_means_are_kw_by_the_begin_of_their_hour() -> None:
    found = hourly_kw(home_with({"sensor.a": [row(2, 500.0), row(1, -250)]}), ["sensor.a"], NOW)
    assert found == {"sensor.a": {NOW - 2 * HOUR: 0.5, NOW - HOUR: -0.25}}


def test_sensor_without_statistics_has_no_hours() -> None:
    home = home_with({"sensor.a": [row(1, 100)]})
    home.set("sensor.b", "0", "kW")
    assert hourly_kw(home, ["sensor.a", "sensor.b"], NOW)["sensor.b"] == {}


def test_sensor_in_another_unit_than_power_has_no_hours() -> None:
    assert hourly_kw(home_with({"sensor.a": [row(1, 100)]}, "kWh"), ["sensor.a"], NOW) == {"sensor.a": {}}


def test_row_that_is_no_number_is_left_out() -> None:
    rows = [row(4, None), row(3, "x"), {"mean": 1.0}, {"start": "soon", "mean": 1.0}, row(1, 7.0)]
    assert hourly_kw(home_with({"sensor.a": rows}), ["sensor.a"], NOW)["sensor.a"] == {NOW - HOUR: 0.007}


@pytest.mark.parametrize("answer", [Outcome(False, "unknown service"), Outcome(True, "", None), Outcome(True, "", {})])
def test_home_without_statistics_has_no_past(answer: Outcome) -> None:
    home = home_with({"sensor.a": [row(1, 100)]})
    home.answers = lambda service, data: answer
    assert hourly_kw(home, ["sensor.a"], NOW) == {"sensor.a": {}}
    assert hourly_kw(home, [], NOW) == {}


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


def test_baseline_history_adds_the_hours_up_with_their_signs() -> None:
    past = {"meter": {NOW: -1.0, NOW + HOUR: 2.0}, "pv": {NOW: 3.0}, "car": {NOW: 0.5, NOW + HOUR: 5.0}}
    slots = baseline_history(past, [("meter", 1.0), ("pv", 1.0), ("car", -1.0)])
    assert [(slot.begin, slot.end, slot.value) for slot in slots] == [
        (NOW, NOW + HOUR, pytest.approx(1.5)), (NOW + HOUR, NOW + 2 * HOUR, 0.0),
    ]  # fmt: skip


def test_hour_that_the_meter_does_not_know_is_not_invented() -> None:
    assert baseline_history({"pv": {NOW: 3.0}}, [("meter", 1.0), ("pv", 1.0)]) == ()
    assert baseline_history({}, []) == ()
