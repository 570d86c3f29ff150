"""What apps.yaml may not say about the home: the path, what was found, what to write."""

from typing import Any

import pytest

from builders.site_block import make_site, site_block
from hems.config.site import parse_site
from hems.domain.faults import Refused


def fault(**changes: Any) -> str:
    with pytest.raises(Refused) as refused:
        make_site(**changes)
    assert len(refused.value.faults) == 1, refused.value.faults
    return refused.value.faults[0].removeprefix("apps.yaml: hems.")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("batteries.battery.capacity_kwhh", "unknown key; did you mean capacity_kwh?"),
        ("evs.car.target_sock", "unknown key; did you mean target_soc?"),
        ("grid.powr", "unknown key; did you mean power?"),
        ("horizon_hour", "unknown key; did you mean horizon_hours?"),
        ("prices.import.ad_per_kwh", "unknown key; did you mean add_per_kwh?"),
        ("batteries.battery.actions.discharg", "unknown key; did you mean discharge?"),
        ("pv.roof.forecast.entitis", "unknown key; did you mean entities?"),
        ("loads.dishwasher.program_kww", "unknown key; did you mean program_kw?"),
        ("loads.pool.hours_per_days", "unknown key; did you mean hours_per_day?"),
        ("loads.tank.volume_ll", "unknown key; did you mean volume_l?"),
    ],
)
def test_unknown_key_is_refused_with_the_nearest_one(path: str, sentence: str) -> None:
    assert fault(**{path: 1}) == f"{path}: {sentence}"


@pytest.mark.parametrize(
    "path",
    ["prices", "grid.power", "prices.import.entity", "batteries.battery.soc", "batteries.battery.actions.self_use",
     "evs.car.connected", "evs.car.actions.stop", "loads.dishwasher.window",
     "loads.tank.temperature"],
)  # fmt: skip
def test_required_key_that_is_missing_is_named(path: str) -> None:
    assert fault(**{path: ...}) == f"{path}: is missing"


def test_a_plant_has_a_forecast_or_is_measured() -> None:
    sentence = "pv.roof.forecast: is missing; without one give power, the sensor of what it gives"
    assert fault(**{"pv.roof": {}}) == sentence
    assert make_site(**{"pv.roof": {"power": "sensor.pv_power"}}).pv["roof"].forecast is None


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("evs.car.target_soc", 80, "80 is not within 0..1; write 0.8 for 80 %"),
        ("batteries.battery.soc_min", -0.1, "-0.1 is not within 0..1"),
        ("batteries.battery.charge_efficiency", 0, "0 is not within 0..1 (above 0)"),
        ("batteries.battery.charge_limit_kw", -1, "-1 is negative"),
        ("batteries.battery.capacity_kwh", "10", "'10' is not a number"),
        ("batteries.battery.capacity_kwh", True, "True is not a number"),
        ("batteries.battery.charge_limit_kw", float("nan"), "nan is not a finite number"),
        ("horizon_hours", 72, "72 is beyond 48"),
        ("step_minutes", 7, "7 is not 5, 10, 15, 30 or 60"),
        ("batteries.battery.soc", "battery_soc", "'battery_soc' is not an entity id; write it like sensor.p1_power"),
        ("evs.car.ready_by", "7 am", "'7 am' is not a time of day; write it like \"07:00\""),
        ("evs.car.ready_by", 1500, "1500 is not a time of day; write it like \"07:00\""),
        ("loads.dishwasher.window", "20:00", "'20:00' is not a window; write it like \"20:00-06:30\""),
        ("loads.dishwasher.window", "20:00-26:30", "'26:30' is not a time of day; write it like \"07:00\""),
        ("pv.roof.forecast.entities", [], "is empty"),
        ("evs.car.from_home_battery", "yes", "'yes' is neither true nor false"),
        ("prices.import.source", "nordpol", "template; did you mean nordpool?"),
        ("cost_function", "profits", "did you mean profit?"),
    ],
)  # fmt: skip
def test_wrong_value_is_refused_with_its_path(path: str, value: Any, sentence: str) -> None:
    found = fault(**{path: value})
    assert found.startswith(f"{path}")
    if sentence != "is empty":
        assert found.endswith(sentence), found


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        ("switch.turn_on", "'switch.turn_on' is not an action; write it like {switch.turn_on:"),
        ({"turn_on": {}}, "'turn_on' is not a service; write it like switch.turn_on"),
        ({"switch.turn_on": "switch.x"}, "'switch.x' is not the data of an action"),
        ({"number.set_value": {"value": "{watts}"}}, "{watts} is not a placeholder; there are power_w, power_kw"),
    ],
)
def test_wrong_action_is_refused(action: Any, sentence: str) -> None:
    found = fault(**{"batteries.battery.actions.charge": [action]})
    assert found.startswith("batteries.battery.actions.charge[0]: ")
    assert sentence in found


def test_load_that_does_not_say_what_it_is_is_told_the_kinds() -> None:
    with pytest.raises(Refused) as refused:
        make_site(**{"loads.pool.type": "quotaa"})
    wanted = "apps.yaml: hems.loads.pool.type: 'quotaa' is not one of program, quota, heat; did you mean quota?"
    assert wanted in refused.value.faults


def test_load_is_told_by_a_switch_or_by_actions() -> None:
    found = fault(**{"loads.pool.switch": ...})
    assert found == "loads.pool.switch: give a switch, or actions with start and stop, and not both"


def test_export_price_is_one_of_two_kinds() -> None:
    assert fault(**{"prices.export": {}}).startswith("prices.export.same_as: give same_as: import or fixed_per_kwh")


def test_pv_that_can_be_curtailed_needs_its_limit() -> None:
    told = {kind: [{"number.set_value": {"value": 1}}] for kind in ("limit", "release")}
    assert fault(**{"pv.roof.actions": told}).startswith("pv.roof.limit_kw: is missing")


def test_crossed_temperatures_are_refused() -> None:
    assert fault(**{"loads.tank.min_c": 70}) == "loads.tank.min_c: 70 is not below max_c 65"


def test_crossed_states_of_charge_are_refused() -> None:
    changes = {"batteries.battery.soc_min": 0.6, "batteries.battery.soc_max": 0.4}
    assert fault(**changes).startswith("batteries.battery.soc_min: ")


def test_car_with_crossed_charging_powers_is_refused() -> None:
    assert fault(**{"evs.car.min_kw": 11}).startswith("evs.car.min_kw: ")


@pytest.mark.parametrize("name", ["My Car", "car-1", "Car", "ü.x"])
def test_device_is_named_as_in_an_entity_id(name: str) -> None:
    assert "a device's name is lower-case letters, digits and _" in fault(evs={name: site_block()["evs"]["car"]})


def test_two_devices_of_one_name_are_refused() -> None:
    assert "battery: two devices of one name" in fault(evs={"battery": site_block()["evs"]["car"]})


@pytest.mark.parametrize("block", [{}, {"prices": None}, {"prices": [], "grid": 3}, {"pv": [], "loads": "none"}])
def test_anything_else_is_refused_with_paths(block: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        parse_site(block, "apps.yaml: hems")
    assert all(line.startswith("apps.yaml: hems.") for line in refused.value.faults), refused.value.faults
