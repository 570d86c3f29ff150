"""Services: what they set, and what they refuse without changing anything."""

from datetime import datetime, time, timedelta, timezone
from typing import Any

import pytest

from hems.simulation.home import House
from hems.simulation.services import ServiceError
from hems.simulation.settings import HomeSettings, SettingsError, settings_from

START = datetime(2026, 5, 6, 10, 0, tzinfo=timezone.utc)
POWERS = [
    "sensor.grid_power",
    "sensor.pv_power",
    "sensor.battery_power",
    "sensor.charger_power",
    "sensor.dishwasher_power",
    "sensor.pool_pump_power",
    "sensor.water_heater_power",
]


def _state(house: House, entity: str) -> str:
    return house.states()[entity][0]


def test_every_promised_entity_exists_with_its_conventions(house: House) -> None:
    states = house.states()
    for device in ("battery", "car", "dishwasher", "pool", "tank"):
        for word in ("off", "manual", "boost"):
            assert states[f"input_boolean.hems_{device}_{word}"][0] == "off"
    assert states["input_boolean.hems_control"][0] == "on"
    assert states["input_datetime.car_ready_by"][0] == "07:00:00"
    assert states["input_number.car_target_soc"][0] == "80"
    assert states["select.battery_mode"][1]["options"][0] == states["select.battery_mode"][0]
    assert states["number.charger_current"][1]["max"] == 32.0
    for entity in POWERS:
        assert states[entity][1]["unit_of_measurement"] == "W"
        assert states[entity][1]["state_class"] == "measurement"
    for entity in ("sensor.grid_energy_import", "sensor.grid_energy_export"):
        assert states[entity][1]["state_class"] == "total_increasing"
    assert all(attributes["friendly_name"] for _, attributes in states.values())


@pytest.mark.parametrize(
    ("domain", "service", "data", "entity", "state"),
    [
        ("switch", "turn_on", {"entity_id": "switch.pool_pump"}, "switch.pool_pump", "on"),
        ("switch", "toggle", {"entity_id": ["switch.charger"]}, "switch.charger", "on"),
        ("switch", "turn_on", {"target": {"entity_id": "switch.charger"}}, "switch.charger", "on"),
        ("switch", "turn_on", {"entity_id": "switch.charger, switch.pool_pump"}, "switch.pool_pump", "on"),
        (
            "input_boolean",
            "turn_off",
            {"entity_id": "input_boolean.hems_control"},
            "input_boolean.hems_control",
            "off",
        ),
        (
            "number",
            "set_value",
            {"entity_id": "number.charger_current", "value": "16"},
            "number.charger_current",
            "16",
        ),
        (
            "input_number",
            "set_value",
            {"entity_id": "input_number.car_target_soc", "value": 90},
            "input_number.car_target_soc",
            "90",
        ),
        (
            "select",
            "select_option",
            {"entity_id": "select.battery_mode", "option": "Standby"},
            "select.battery_mode",
            "Standby",
        ),
        (
            "input_datetime",
            "set_datetime",
            {"entity_id": "input_datetime.car_ready_by", "time": "06:30"},
            "input_datetime.car_ready_by",
            "06:30:00",
        ),
        (
            "input_datetime",
            "set_datetime",
            {"entity_id": "input_datetime.car_ready_by", "time": time(8, 15)},
            "input_datetime.car_ready_by",
            "08:15:00",
        ),
    ],
)
def test_a_service_changes_its_entity_at_once(
    house: House, domain: str, service: str, data: dict[str, Any], entity: str, state: str
) -> None:
    assert _state(house, entity) != state
    assert house.call(domain, service, data) == {}
    assert _state(house, entity) == state


_CURRENT, _MODE = {"entity_id": "number.charger_current"}, {"entity_id": "select.battery_mode"}
_READY_BY = {"entity_id": "input_datetime.car_ready_by"}


@pytest.mark.parametrize(
    ("domain", "service", "data", "words"),
    [
        ("number", "set_value", _CURRENT | {"value": 33}, "33 is not within 6..32 A"),
        ("number", "set_value", _CURRENT | {"value": 5.9}, "not within"),
        ("number", "set_value", _CURRENT | {"value": "much"}, "not a number"),
        ("number", "set_value", _CURRENT | {"value": float("nan")}, "not a number"),
        ("number", "set_value", _CURRENT | {"value": True}, "not a number"),
        ("number", "set_value", _CURRENT, "not a number"),
        ("select", "select_option", _MODE | {"option": "Turbo"}, "'Turbo' is not one of Self-consumption"),
        ("select", "select_option", _MODE, "not one of"),
        ("input_datetime", "set_datetime", _READY_BY | {"time": "25:00"}, "not a time of day"),
        ("switch", "turn_on", {}, "entity_id is missing"),
        ("switch", "turn_on", {"entity_id": "switch.sauna"}, "switch.sauna does not exist"),
        ("switch", "turn_on", {"entity_id": "input_boolean.hems_control"}, "not a switch entity"),
        ("light", "turn_on", {"entity_id": "light.hall"}, "no such service"),
    ],
)
def test_bad_calls_are_refused_and_change_nothing(
    house: House, domain: str, service: str, data: dict[str, Any], words: str
) -> None:
    before = house.states()
    with pytest.raises(ServiceError, match=words):
        house.call(domain, service, data)
    assert house.states() == before


def test_one_bad_entity_refuses_the_whole_call(house: House) -> None:
    with pytest.raises(ServiceError):
        house.call("switch", "turn_on", {"entity_id": ["switch.pool_pump", "switch.sauna"]})
    assert _state(house, "switch.pool_pump") == "off"


def _statistics(house: House, **changes: Any) -> dict[str, list[dict[str, Any]]]:
    data = {
        "start_time": START - timedelta(days=21),
        "end_time": START,
        "statistic_ids": POWERS,
        "period": "hour",
        "types": ["mean"],
    }
    found: dict[str, list[dict[str, Any]]] = house.call("recorder", "get_statistics", data | changes)["statistics"]
    return found


def test_statistics_cover_three_weeks_and_add_up(house: House) -> None:
    """What the meter saw less what the devices took is the load: plausible in each of 504 hours."""
    rows = _statistics(house)
    assert {len(hours) for hours in rows.values()} == {21 * 24}
    loads = []
    for k in range(21 * 24):
        mean = {name: rows[name][k]["mean"] for name in POWERS}
        assert len({rows[name][k]["start"] for name in POWERS}) == 1
        supply = mean["sensor.grid_power"] + mean["sensor.pv_power"] + mean["sensor.battery_power"]
        taken = sum(mean[name] for name in POWERS[3:])
        loads.append((supply - taken) / 1000)
    assert all(0.05 < load < 5.0 for load in loads)
    assert 6.0 < sum(loads) / 21 < 15.0
    # The baseline of an hour is nature's own load: the statistics hide nothing.
    start = datetime.fromisoformat(rows["sensor.grid_power"][100]["start"])
    quarter = timedelta(minutes=15)
    nature = house.devices.nature
    expected = sum(nature.load_kw(start + k * quarter, start + (k + 1) * quarter) for k in range(4)) / 4
    assert loads[100] == pytest.approx(expected, abs=1e-6)


def test_the_past_shows_the_devices_habits(house: House) -> None:
    rows = _statistics(house)

    def kwh_per_day(name: str) -> float:
        return float(sum(max(0.0, row["mean"]) for row in rows[name])) / 1000 / 21

    assert kwh_per_day("sensor.pool_pump_power") == pytest.approx(4.4)
    assert kwh_per_day("sensor.dishwasher_power") == pytest.approx(1.95)
    assert 4.0 < kwh_per_day("sensor.charger_power") < 20.0
    assert 3.0 < kwh_per_day("sensor.water_heater_power") < 9.0
    assert 5.0 < kwh_per_day("sensor.pv_power") < 40.0


def test_statistics_go_on_after_the_start_with_whole_hours_only(house: House) -> None:
    house.step(house.now, START + timedelta(minutes=150))
    rows = _statistics(house, start_time=START.isoformat(), end_time=None)
    assert [row["start"] for row in rows["sensor.pv_power"]] == [
        "2026-05-06T10:00:00+00:00",
        "2026-05-06T11:00:00+00:00",
    ]


def test_statistics_read_times_as_home_assistant_does(house: House) -> None:
    rows = _statistics(house, start_time="2026-05-05 00:00:00", end_time="2026-05-05T00:00:00Z")
    assert rows["sensor.pv_power"][0]["start"] == "2026-05-04T22:00:00+00:00"
    assert len(rows["sensor.pv_power"]) == 2
    assert _statistics(house, statistic_ids=["sensor.unknown"]) == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"start_time": None},
        {"start_time": "yesterday"},
        {"period": "day"},
        {"types": ["sum"]},
        {"statistic_ids": []},
    ],
)
def test_statistics_refuse_what_they_do_not_know(house: House, changes: dict[str, Any]) -> None:
    with pytest.raises(ServiceError, match=r"recorder\.get_statistics"):
        _statistics(house, **changes)


def test_settings_name_the_key_that_is_wrong() -> None:
    assert settings_from({"seed": 7, "battery_kwh": 15}) == HomeSettings(seed=7, battery_kwh=15)
    with pytest.raises(SettingsError) as refused:
        settings_from({"sed": 7, "battery_kwh": "big", "time_zone": "Mars/Base", "latitude": 95, "seed": 1.5})
    lines = str(refused.value).splitlines()
    assert [line.split(":")[0] for line in lines] == ["sed", "battery_kwh", "time_zone", "latitude", "seed"]
