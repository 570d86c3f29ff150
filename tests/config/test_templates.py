"""Every template, every action: written out, rendered, and held against the services that Home Assistant declares."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from builders.site_block import site_block
from hems.__main__ import main
from hems.config.actions import Action as ConfiguredAction
from hems.config.placeholder import PLACEHOLDERS
from hems.config.site import Site, parse_site
from hems.config.template import SECTIONS, Template, read_template, template_names
from hems.config.template_text import listing, still_required, template_text
from hems.config.templates import ACTIONS
from hems.config.value import is_entity
from hems.control.setpoint import Action, Kind, Setpoint
from hems.ha.commands import Command, commands
from hems.ha.placeholders import filled, values_of
from hems.ha.port import Outcome

DECLARED = json.loads((Path(__file__).parent / "services.json").read_text("utf-8"))
NAMES = template_names()
POWER_KW, TARGET_SOC = 2.3, 0.643
DEVICE_ID = "0f3ca1b2c3d4e5f60718293a4b5c6d7e"

# What a user gives, by key: the needs of templates, and keys that a device cannot do without.
GIVEN: Mapping[str, Any] = {
    "device_id": DEVICE_ID,
    "prefix": "cellar_2",
    "battery_prefix": "cellar_battery",
    "program": "dishcare_dishwasher_program_eco_50",
    "on_c": 60,
    "off_c": 42.5,
    "on_offset": 3,
    "off_offset": 0,
    "soc": "sensor.given_soc",
    "capacity_kwh": 9.6,
    "charge_limit_kw": 4.6,
    "discharge_limit_kw": 4.2,
    "battery_voltage_v": 51.2,
    "connected": "binary_sensor.given_plug",
    "battery_kwh": 60,
    "limit_kw": 6.0,
    "forecast": {"source": "solcast", "entities": ["sensor.forecast"]},
}
TANK = {"type": "heat", "power_kw": 2, "temperature": "sensor.t", "min_c": 45, "max_c": 65, "volume_l": 200}
DISHWASHER = {"type": "program", "program_kw": [2.0, 0.1], "window": "20:00-06:30"}
TOLD: Mapping[str, Mapping[Kind, tuple[Action, ...]]] = {
    "batteries": {"battery": ("self_use", "charge", "discharge", "hold", "export_pv", "limit_export")},
    "evs": {"ev": ("charge", "stop")},
    "loads": {"load": ("on", "off", "block", "force")},
    "pv": {"pv": ("limit", "release")},
}


class Home:
    """A home in which only the state of charge can be read."""

    def state(self, entity: str) -> str | None:
        return "48"

    def entity_ids(self) -> frozenset[str]:
        return frozenset()

    def attributes(self, entity: str) -> Mapping[str, Any]:
        return {"unit_of_measurement": "%"}

    def call(self, service: str, data: Mapping[str, Any]) -> Outcome:
        raise AssertionError("nothing is called here")

    def publish(self, entity: str, state: str, attributes: Mapping[str, Any]) -> None:
        raise AssertionError("nothing is published here")


def written(template: Template) -> dict[str, Any]:
    """The device as a user writes it: with what its needs say, and nothing more."""
    block: dict[str, Any] = {"template": template.name}
    for key in (*template.needs, *still_required(template)):
        parent, _, part = key.partition(".")
        if part:
            domain = template.entities[part].partition(".")[0]
            block.setdefault(parent, {})[part] = f"{domain}.given_{part}"
        else:
            block[key] = GIVEN[key]
    if SECTIONS[template.kind] == "loads":
        block |= DISHWASHER if not {"stop", "normal"} & set(template.actions) else TANK
    return block


@cache
def site_of(name: str) -> Site:
    template = read_template(name)
    devices: dict[str, Any] = {section: {} for section in ("pv", "batteries", "evs", "loads")}
    devices[SECTIONS[template.kind]] = {"device": written(template)}
    return parse_site(site_block(**devices), "apps.yaml: hems")


def device_of(name: str) -> Any:
    return getattr(site_of(name), SECTIONS[read_template(name).kind])["device"]


def setpoint(kind: Kind, action: Action) -> Setpoint:
    power_kw = POWER_KW if action in ("charge", "discharge", "on", "limit") else 0.0
    return Setpoint("device", kind, action, power_kw, "plan", "", TARGET_SOC if power_kw and kind != "pv" else None)


def rendered(name: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every action of a template by its own name, one service and its data after another."""
    device = device_of(name)
    ((kind, _),) = TOLD[SECTIONS[read_template(name).kind]].items()
    moods: Mapping[str, Action] = {"charge": "charge", "discharge": "discharge", "curtail": "limit", "stop": "off"}
    for title in type(device.actions).model_fields:
        told: tuple[ConfiguredAction, ...] = getattr(device.actions, title) or ()
        mood: Action = "charge" if kind == "ev" else moods.get(title, "on" if kind == "load" else "self_use")
        values = values_of(setpoint(kind, mood), device, Home())
        for action in told:
            yield title, action.service, filled(action.data, values)


def fault_of_field(value: Any, field: Mapping[str, Any]) -> str | None:
    """What is wrong with a value, by what its field is declared to take."""
    kind = field["type"]
    right: Mapping[str, bool] = {
        "text": isinstance(value, str) and value != "",
        "device": value == DEVICE_ID,
        "boolean": isinstance(value, bool),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
        "clock": isinstance(value, str) and re.fullmatch(r"[0-2]\d:[0-5]\d(:00)?", value) is not None,
    }
    if not right[kind]:
        return f"{value!r} is not of type {kind}"
    if "options" in field and value not in field["options"]:
        return f"{value!r} is not one of {field['options']}"
    if ("min" in field and value < field["min"]) or ("max" in field and value > field["max"]):
        return f"{value!r} is out of range"
    return None


def faults_of_call(service: str, data: Mapping[str, Any]) -> list[str]:
    """What is wrong with a call, by the declaration of its service."""
    declared = DECLARED["services"].get(service)
    if declared is None:
        return [f"{service} is not declared"]
    fields, domain = declared["fields"], declared.get("target")
    own = {key: value for key, value in data.items() if key != "entity_id" or domain is None}
    found = [f"{key} is no field" for key in own if key not in fields]
    found += [f"{key} is missing" for key, field in fields.items() if field["required"] and key not in own]
    found += [fault for key in own if key in fields and (fault := fault_of_field(own[key], fields[key]))]
    if domain is not None and not (is_entity(data.get("entity_id")) and data["entity_id"].startswith(f"{domain}.")):
        found.append(f"{data.get('entity_id')!r} is not a {domain}")
    return [f"{service}: {fault}" for fault in found]


def test_there_is_a_template_for_every_system_that_is_named() -> None:
    kinds = {kind: [one for one in NAMES if read_template(one).kind == kind] for kind in SECTIONS}
    assert (len(kinds["battery"]), len(kinds["ev"])) == (26, 14)
    assert (
        kinds["sg_ready"] and kinds["pv"] and {"home_connect", "miele", "smart_plug", "climate"} <= set(kinds["load"])
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_action_fits_the_services_that_are_declared(name: str) -> None:
    calls = list(rendered(name))
    assert {title for title, _, _ in calls} == set(read_template(name).actions)
    faults = [f"{title}: {fault}" for title, service, data in calls for fault in faults_of_call(service, data)]
    assert faults == []
    assert not re.search(r"[<>{}]", json.dumps([list(data.values()) for _, _, data in calls])), (
        "something is not filled in"
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_setpoint_that_may_be_planned_can_be_told(name: str) -> None:
    template, device = read_template(name), device_of(name)
    ((kind, actions),) = TOLD[SECTIONS[template.kind]].items()
    for action in actions:
        if (kind == "battery" or action in ("block", "force")) and action not in template.actions:
            continue  # what is absent is never planned
        told = commands(setpoint(kind, action), device, Home())
        assert told or (action == "off" and template.kind == "load" and "stop" not in template.actions)
        for command in told:
            assert faults_of_call(command.service, command.data) == []


@pytest.mark.parametrize("name", NAMES)
def test_entities_of_the_readings_and_the_name_of_the_file_are_well_formed(name: str) -> None:
    template = read_template(name)
    assert template.name == name
    assert template.verified and template.notes
    assert set(template.actions) <= set(ACTIONS[template.kind].model_fields)
    used = json.dumps([template.actions, template.defaults, template.entities])
    assert [part for part in (*template.entities, *template.options) if f"<{part}>" not in used] == []
    for key in template.needs:
        part = key.partition(".")[2]
        assert template.entities[part].endswith(".") if part else f"<{key}>" in used
    assert set(template.usual) <= set(template.needs)
    assert all(key.partition(".")[2] or key in template.usual or key in GIVEN for key in template.needs)


@pytest.mark.parametrize(
    "name", [name for name in NAMES if read_template(name).integration.domain in DECLARED["core_options"]]
)
def test_options_of_core_selects_are_those_of_home_assistant(name: str) -> None:
    known = DECLARED["core_options"][read_template(name).integration.domain]
    selected = [
        (data["entity_id"], data["option"]) for _, service, data in rendered(name) if service.startswith("select.")
    ]
    for entity, option in selected:
        (part,) = [part for part in known if entity.endswith(f"_{part}")]
        assert option in known[part]


def test_what_is_read_back_after_a_mode_with_a_power() -> None:
    told = commands(setpoint("battery", "charge"), device_of("sungrow"), Home())
    assert told == (
        Command(
            "number.set_value",
            {"entity_id": "number.battery_forced_charge_discharge_power", "value": 2300},
            {"number.battery_forced_charge_discharge_power": 2300.0},
        ),
        Command(
            "select.select_option",
            {"entity_id": "select.battery_forced_charge_discharge", "option": "Forced charge"},
            {"select.battery_forced_charge_discharge": "Forced charge"},
        ),
        Command(
            "select.select_option",
            {"entity_id": "select.ems_mode", "option": "Forced mode"},
            {"select.ems_mode": "Forced mode"},
        ),
    )


@pytest.mark.parametrize(
    ("name", "action", "service", "part"),
    [
        ("huawei_solar", "charge", "huawei_solar.forcible_charge", {"power": "2300", "duration": 60}),
        ("marstek_local_api", "charge", "marstek_local_api.set_passive_mode", {"power": -2300, "duration": 600}),
        ("marstek_local_api", "discharge", "marstek_local_api.set_passive_mode", {"power": 2300}),
        ("teslemetry", "charge", "teslemetry.dispatch_battery_power", {"power": -2300, "duration": 1200}),
        ("indevolt", "charge", "indevolt.charge", {"power": 2300, "target_soc": 65}),
        ("indevolt", "discharge", "indevolt.discharge", {"power": 2300, "target_soc": 64}),
        ("growatt_sph", "charge", "growatt_server.write_ac_charge_times", {"charge_power": 50, "charge_stop_soc": 100}),
        ("solax_modbus", "discharge", "number.set_value", {"value": -2300}),
        ("sigenergy", "charge", "number.set_value", {"value": 2.3}),
        ("fronius", "charge", "number.set_value", {"value": -50}),
        ("solis_modbus", "charge", "number.set_value", {"value": 44.9}),
    ],
)
def test_units_and_signs_are_those_of_the_system(name: str, action: Action, service: str, part: dict[str, Any]) -> None:
    told = commands(setpoint("battery", action), device_of(name), Home())
    found = [one.data for one in told if one.service == service and part.items() <= one.data.items()]
    assert found, [dict(one.data) for one in told]


def test_a_car_is_told_its_phases_and_its_current_before_it_starts() -> None:
    told = commands(setpoint("ev", "charge"), device_of("nrgkick"), Home())
    assert [one.data for one in told] == [
        {"entity_id": "number.cellar_2_phase_count", "value": 1},
        {"entity_id": "number.cellar_2_charging_current", "value": 10},
        {"entity_id": "switch.cellar_2_charging_enabled"},
    ]


def test_the_button_that_commits_comes_last() -> None:
    for name, button in (("solax_modbus", "remotecontrol_trigger"), ("solis_modbus", "update_charge_discharge_times")):
        for action in ("self_use", "charge", "discharge", "hold"):
            told = commands(setpoint("battery", action), device_of(name), Home())  # type: ignore[arg-type]
            assert [one.data["entity_id"].endswith(button) for one in told] == [False] * (len(told) - 1) + [True]


def test_the_list_names_every_template_and_one_of_them_can_be_pasted() -> None:
    lines = "\n".join(listing())
    assert all(f"  {name} " in lines for name in NAMES)
    text = template_text("huawei_solar")
    assert "    device_id: ...  # the battery's device id" in text
    assert "- huawei_solar.forcible_charge: {device_id: <device_id>, power: '{power_text}'" in text
    assert "      contact_1: ...  # the relay of the first contact" in template_text("sg_ready")


def test_the_documentation_names_every_template_and_placeholder() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/devices.md").read_text("utf-8")
    assert [name for name in NAMES if f"| `{name}` | " not in page] == []
    assert [name for name in PLACEHOLDERS if f"| `{{{name}}}` | " not in page] == []


def test_the_command_lists_shows_and_refuses(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["templates"]) == 0
    assert "  easee " in capsys.readouterr().out
    assert main(["templates", "easee"]) == 0
    assert "template: easee" in capsys.readouterr().out
    assert main(["templates", "esee"]) == 2
    assert capsys.readouterr().err == "there is no template 'esee'; did you mean easee?\n"
