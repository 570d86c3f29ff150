"""A device with a template in apps.yaml: what the user's own keys change, and what is said where something is wrong."""

from typing import Any

import pytest

from builders.site_block import make_site, site_block
from hems.config.devices import Battery
from hems.config.loads import Program
from hems.config.site import parse_site
from hems.domain.faults import Refused

HUAWEI = {"template": "huawei_solar", "device_id": "0f3c"}
PATH = "apps.yaml: hems.batteries.battery."


def battery(**keys: Any) -> Battery:
    return make_site(**{"batteries.battery": {**HUAWEI, **keys}}).batteries["battery"]


def faults(place: str, device: dict[str, Any]) -> list[str]:
    with pytest.raises(Refused) as refused:
        make_site(**{place: device})
    return [fault.removeprefix(f"apps.yaml: hems.{place}.") for fault in refused.value.faults]


def battery_faults(**keys: Any) -> list[str]:
    return faults("batteries.battery", {**HUAWEI, **keys})


def test_template_gives_readings_limits_actions_and_how_it_is_written() -> None:
    found = battery()
    assert (found.template, found.soc) == ("huawei_solar", "sensor.batteries_state_of_capacity")
    assert found.power is not None and found.power.positive == "charge"
    assert found.actions.charge is not None
    assert found.actions.charge[1].data == {"device_id": "0f3c", "power": "{power_text}", "duration": "{duration_min}"}
    assert (found.write.keep_alive_s, found.write.deadband_kw) == (1500, 0.1)


def test_keys_of_the_user_come_first() -> None:
    found = battery(soc="sensor.own_soc", capacity_kwh=15, charge_limit_kw=5, write={"keep_alive_s": 600})
    assert (found.soc, found.capacity_kwh, found.charge_limit_kw, found.discharge_limit_kw) == (
        "sensor.own_soc",
        15,
        5,
        2.5,
    )
    assert (found.write.keep_alive_s, found.write.min_interval_s, found.write.duration_s) == (600, 60, 3600)


def test_prefix_names_all_entities_and_one_of_them_may_have_another_name() -> None:
    found = battery(prefix="luna", entities={"max_charge": "number.charge_power", "soc": "sensor.luna_soc"})
    assert found.actions.hold is not None
    targets = [action.data.get("entity_id") for action in found.actions.hold]
    assert targets == [None, "number.charge_power", "number.luna_maximum_discharging_power"]
    assert (found.soc, found.power and found.power.entity) == ("sensor.luna_soc", "sensor.luna_charge_discharge_power")


def test_own_actions_replace_those_of_the_template_by_name_and_null_takes_one_away() -> None:
    own = [{"select.select_option": {"entity_id": "select.mode", "option": "Sell"}}]
    found = battery(actions={"discharge": own, "hold": None}).actions
    assert found.discharge is not None and found.discharge[0].service == "select.select_option"
    assert found.hold is None
    assert found.charge is not None and found.charge[-1].service == "huawei_solar.forcible_charge"


def test_what_only_a_replaced_action_needs_is_not_asked_for() -> None:
    told = [{"script.car": {}}]
    car = {**site_block()["evs"]["car"], "template": "easee", "prefix": "garage"}
    found = make_site(**{"evs.car": {**car, "actions": {"charge": told, "stop": told, "set_current": told}}}).evs["car"]
    assert [one.service for one in (*found.actions.start, *found.actions.stop)] == ["script.car", "script.car"]
    needed = faults("evs.car", {**car, "actions": {"charge": told, "stop": told}})
    assert [line.split(";")[0] for line in needed] == ["device_id: is missing"]


def test_former_name_of_an_action_replaces_the_present_one() -> None:
    sell = [{"script.release": {}}]
    plant = {
        **site_block()["pv"]["roof"],
        "template": "pv_limit_w",
        "entities": {"limit": "number.limit"},
        "limit_kw": 6,
    }
    actions = make_site(**{"pv.roof": {**plant, "actions": {"limit": sell}}}).pv["roof"].actions
    assert actions is not None
    assert (actions.curtail[0].service, actions.release[0].data["value"]) == ("script.release", "{limit_w}")


def test_words_of_a_select_may_be_others() -> None:
    block = {"template": "fronius_modbus", "capacity_kwh": 9.6, "charge_limit_kw": 5, "discharge_limit_kw": 5}
    found = make_site(**{"batteries.battery": {**block, "options": {"auto": "auto"}}}).batteries["battery"]
    assert found.actions.self_use[0].data["option"] == "auto"
    assert found.actions.hold is not None and found.actions.hold[0].data["option"] == "Block Discharging"


def test_program_of_a_template_is_a_program_without_a_stop() -> None:
    machine = {
        "template": "home_connect",
        "device_id": "77ab",
        "prefix": "dishwasher",
        "program_kw": [2.0],
        "window": "20:00-06:30",
    }
    found = make_site(**{"loads.dishwasher": machine}).loads["dishwasher"]
    assert isinstance(found, Program)
    assert (found.requested, found.told().stop) == ("binary_sensor.dishwasher_remote_start", None)


def test_heat_pump_that_is_sg_ready_is_on_at_boost_and_off_at_normal() -> None:
    tank = {key: value for key, value in site_block()["loads"]["tank"].items() if key != "switch"}
    contacts = {"contact_1": "switch.block", "contact_2": "switch.more"}
    told = make_site(**{"loads.tank": {**tank, "template": "sg_ready", "entities": contacts}}).loads["tank"].told()
    assert told.start is not None and told.stop is not None
    assert [(one.service, one.data["entity_id"]) for one in told.start] == [
        ("switch.turn_off", "switch.block"),
        ("switch.turn_on", "switch.more"),
    ]
    assert [one.service for one in told.stop] == ["switch.turn_off", "switch.turn_off"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("huawei_solr", "template: there is no template 'huawei_solr'; did you mean huawei_solar?"),
        ("huawei", "template: there is no template 'huawei'; did you mean huawei_solar?"),
        ("Sungrow SH", "template: there is no template 'Sungrow SH'; did you mean sungrow?"),
        ("xyz", "template: there is no template 'xyz'; python -m hems templates lists them"),
        (
            "../config/actions",
            "template: there is no template '../config/actions'; python -m hems templates lists them",
        ),
        (5, "template: 5 is not the name of a template; python -m hems templates lists them"),
        ("easee", "template: easee is not for batteries; write the device under evs"),
        ("sg_ready", "template: sg_ready is not for batteries; write the device under loads"),
    ],
)
def test_template_that_is_none_is_said_once(name: Any, sentence: str) -> None:
    assert battery_faults(template=name) == [sentence]


def test_need_that_is_missing_is_named_with_what_to_write() -> None:
    (found,) = faults("batteries.battery", {"template": "huawei_solar"})
    assert found.startswith("device_id: is missing; the battery's device id: Settings, Devices")
    (found,) = faults("loads.pool", {"template": "smart_plug", "type": "quota", "power_kw": 1, "hours_per_day": 4})
    assert found == "entities.plug: is missing; the plug, switch.pool_pump"


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        (
            {"prefix": "My Battery"},
            "prefix: 'My Battery' does not fit; what the entities' names begin with, after the dot",
        ),
        ({"device_id": ["a"]}, "device_id: ['a'] does not fit; the battery's device id"),
        ({"entities": {"max_charg": "number.x"}}, "entities.max_charg: unknown key; did you mean max_charge?"),
        (
            {"entities": {"max_charge": "select.x"}},
            "entities.max_charge: select.x is not a number; write it like number.",
        ),
        ({"entities": {"soc": "soc"}}, "entities.soc: 'soc' is not an entity id; write it like sensor."),
        ({"entities": "number.x"}, "entities: 'number.x' is not an object with keys; there are soc, power"),
        ({"options": {"auto": "Auto"}}, "options.auto: unknown key"),
        ({"actions": []}, "actions: [] is not an object with keys"),
        ({"actions": {"discharg": []}}, "actions.discharg: unknown key; did you mean discharge?"),
        ({"prefixx": "luna"}, "prefixx: unknown key"),
        ({"soc": "luna_soc"}, "soc: 'luna_soc' is not an entity id; write it like sensor.p1_power"),
        (
            {"write": {"keep_alive_s": 0}},
            "write: the device is told to go on for duration_s 3600, so keep_alive_s must be",
        ),
        (
            {"write": {"duration_s": 1500}},
            "write: the device is told to go on for duration_s 1500, so keep_alive_s must be",
        ),
    ],
)
def test_wrong_key_is_refused_with_its_path(keys: dict[str, Any], sentence: str) -> None:
    (found,) = battery_faults(**keys)
    assert found.startswith(sentence)


def test_battery_that_is_told_a_current_needs_its_voltage() -> None:
    solis = {"template": "solis_modbus", "capacity_kwh": 9.6, "charge_limit_kw": 5, "discharge_limit_kw": 5}
    (found,) = faults("batteries.battery", solis)
    assert found == "battery_voltage_v: is missing; its actions take a current, write its nominal voltage, 51.2 say"
    assert make_site(**{"batteries.battery": {**solis, "battery_voltage_v": 51.2}}).batteries["battery"].soc


def test_faults_of_other_devices_are_said_beside_those_of_a_template() -> None:
    with pytest.raises(Refused) as refused:
        make_site(**{"batteries.battery": {"template": "huawei_solar"}, "evs.car.target_sock": 0.8})
    assert [line.split(": ")[1] for line in refused.value.faults] == [
        "hems.batteries.battery.device_id",
        "hems.evs.car.target_sock",
    ]


def test_load_that_goes_on_and_off_needs_a_stop() -> None:
    told = {"start": [{"script.turn_on": {}}]}
    (found,) = faults("loads.pool", {**site_block()["loads"]["pool"], "switch": None, "actions": told})
    assert found == "actions: stop is missing; only a program ends by itself"
    (found,) = faults(
        "loads.pool", {**site_block()["loads"]["pool"], "switch": None, "actions": {"stop": told["start"]}}
    )
    assert found == "actions.start: is missing"


def test_action_may_be_written_as_home_assistant_does() -> None:
    long = {"action": "select.select_option", "target": {"entity_id": "select.mode"}, "data": {"option": "Eco"}}
    short = {"select.select_option": {"entity_id": "select.mode", "option": "Eco"}}
    path = "batteries.battery.actions.hold"
    sites = [
        make_site(**{path: [one]})
        for one in (long, short, {**long, "data": {"entity_id": "select.mode", "option": "Eco"}})
    ]
    assert sites[0] == sites[1] == sites[2]
    with pytest.raises(Refused) as refused:
        make_site(**{path: [{"action": "select.select_option", "target": "select.mode"}]})
    assert "actions.hold[0]: 'select.mode' is not the data of an action" in refused.value.faults[0]


def test_block_itself_is_not_changed() -> None:
    block = site_block(**{"batteries.battery": dict(HUAWEI)})
    before = repr(block)
    assert parse_site(block, "apps.yaml: hems") == parse_site(block, "apps.yaml: hems")
    assert repr(block) == before
