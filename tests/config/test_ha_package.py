"""Home Assistant's side, as text: what the package has in it, what its watchdog tells the devices, what is refused."""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml

from builders.plans import make_latest
from builders.site_block import make_site, site_block
from hems.__main__ import main
from hems.config.ha_package import package_text
from hems.config.ha_package_dashboard import dashboard
from hems.config.ha_package_fixed import fixed_values
from hems.config.helpers import helpers
from hems.config.site import Site, parse_site
from hems.config.template import SECTIONS, Template, read_template, template_names
from hems.config.template_text import still_required
from hems.control.setpoint import Setpoint
from hems.domain.faults import Refused
from hems.ha.commands import commands
from hems.ha.placeholders import values_of
from hems.ha.publisher import plan_entities

ROOT = Path(__file__).resolve().parents[2]
DECLARED = json.loads((Path(__file__).parent / "services.json").read_text("utf-8"))["services"]
OUR_OWN = {
    "input_boolean.turn_on",
    "input_boolean.turn_off",
    "persistent_notification.create",
    "persistent_notification.dismiss",
}
TEN_MINUTES = timedelta(minutes=10)
TOLD = {"batteries": ("battery", "self_use"), "pv": ("pv", "release")}
CLAMPED = re.compile(r"\{\{ \[\[(\S+), state_attr\('(number\.\w+)', 'max'\) .* \| max \}\}")

# What a user gives for the needs of any template.
GIVEN: Mapping[str, Any] = {
    "soc": "sensor.given_soc",
    "connected": "binary_sensor.given_plug",
    "forecast": {"source": "solcast", "entities": ["sensor.forecast"]},
    "battery_voltage_v": 51.2,
    **dict.fromkeys(("on_c", "off_c", "on_offset", "off_offset", "capacity_kwh", "battery_kwh"), 7),
    **dict.fromkeys(("charge_limit_kw", "discharge_limit_kw", "limit_kw"), 4.6),
}
TANK = {"type": "heat", "power_kw": 2, "temperature": "sensor.t", "min_c": 45, "max_c": 65, "volume_l": 200}
DISHWASHER = {"type": "program", "program_kw": [2.0, 0.1], "window": "20:00-06:30"}
PLANT: Mapping[str, Any] = {
    "forecast": {"source": "solcast", "entities": ["sensor.forecast"]},
    "limit_kw": 6,
    "actions": {
        "limit": [{"number.set_value": {"entity_id": "number.pv_limit", "value": "{power_w}"}}],
        "release": [{"number.set_value": {"entity_id": "number.pv_limit", "value": "{limit_w}"}}],
    },
}


class Home:
    """A home in which nothing but a state of charge can be read."""

    def state(self, entity: str) -> str | None:
        return "48"

    def attributes(self, entity: str) -> Mapping[str, Any]:
        return {"unit_of_measurement": "%"}


def package(site: Site, silence: timedelta = TEN_MINUTES, stop: tuple[str, ...] = ()) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(package_text(site, "apps.yaml: hems", silence, stop))
    return document


def watchdog(document: dict[str, Any]) -> dict[str, Any]:
    (found,) = [one for one in document["automation"] if one["id"] == "hems_watchdog"]
    return dict(found)


def branches(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The steps of each device, by ``device: action``."""
    found = [step["parallel"] for step in watchdog(document)["actions"] if "parallel" in step]
    return {branch["alias"]: branch["sequence"] for branch in (found[0] if found else [])}


def called(document: dict[str, Any]) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """The calls of each device: service, and target and data together."""
    return {
        alias: [(s["action"], {**s.get("target", {}), **s.get("data", {})}) for s in steps if "action" in s]
        for alias, steps in branches(document).items()
    }


def services(value: Any) -> set[str]:
    """Every action named anywhere in a document."""
    if isinstance(value, dict):
        own = {value["action"]} if isinstance(value.get("action"), str) else set()
        return own.union(*(services(inner) for inner in value.values()))
    return set[str]().union(*(services(inner) for inner in value)) if isinstance(value, list) else set()


def site_of(template: Template) -> Site:
    """A home whose one device is of a template."""
    section, block = SECTIONS[template.kind], {"template": template.name}
    given: dict[str, Any] = {}
    for key in (*template.needs, *still_required(template)):
        parent, _, part = key.partition(".")
        if part:
            given.setdefault(parent, {})[part] = f"{template.entities[part].partition('.')[0]}.given_{part}"
        else:
            given[key] = GIVEN.get(key, "given_1")
    if section == "loads":
        given |= DISHWASHER if not {"stop", "normal"} & set(template.actions) else TANK
    devices = {one: {"device": block | given} if one == section else {} for one in SECTIONS.values()}
    return parse_site(site_block(**devices), "apps.yaml: hems")


def test_the_package_of_the_repository_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ha-package", str(ROOT / "apps/apps.yaml")]) == 0
    printed = capsys.readouterr().out
    assert (ROOT / "home_assistant/packages/hems.yaml").read_text("ascii") == printed
    assert main(["ha-package", str(ROOT / "apps/apps.yaml"), "--dashboard"]) == 0
    assert (ROOT / "home_assistant/dashboards/hems.yaml").read_text("ascii") == capsys.readouterr().out


def test_the_command_writes_a_file_and_the_same_every_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    apps, out = tmp_path / "apps.yaml", tmp_path / "hems.yaml"
    apps.write_text(yaml.safe_dump({"hems": site_block()}))
    command = ["ha-package", str(apps), "--out", str(out), "--watchdog-minutes", "5", "--stop", "pool"]
    assert main(command) == 0
    first = out.read_text("ascii")
    assert main(command) == 0
    assert (out.read_text("ascii"), capsys.readouterr().out) == (first, "")
    assert watchdog(yaml.safe_load(first))["triggers"][0]["for"] == {"minutes": 5}
    assert "pool: stop" in first


def test_every_helper_is_there_and_none_forgets_its_state() -> None:
    site = make_site()
    document = package(site)
    for helper in helpers(site):
        made = document[helper.kind][helper.key]
        assert (made["name"], made["icon"]) == (helper.name, helper.icon)
        assert dict(helper.attributes).items() <= made.items()
    kinds = {key: document[key] for key in document if key.startswith("input_")}
    assert sum(map(len, kinds.values())) == len(helpers(site)) + 1
    assert "hems_watchdog" in document["input_boolean"]
    assert not [key for made in kinds.values() for key, one in made.items() if "initial" in one]


def test_automations_have_ids_of_their_own_and_call_what_home_assistant_has() -> None:
    document = package(make_site())
    assert [one["id"] for one in document["automation"]] == ["hems_watchdog", "hems_watchdog_recovery"]
    assert services(document["automation"]) == {"select.select_option", *OUR_OWN}
    assert services(document["automation"]) <= {*DECLARED, *OUR_OWN}


def test_a_helper_that_apps_yaml_names_is_not_made_and_is_named() -> None:
    wishes = {"loads.dishwasher.requested": "input_boolean.loaded", "evs.car.ready_by": "input_datetime.leaves_at"}
    text = package_text(make_site(**wishes), "apps.yaml: hems", TEN_MINUTES)
    document = yaml.safe_load(text)
    assert "#   input_boolean.loaded, input_datetime.leaves_at\n" in text
    assert "loaded" not in document["input_boolean"]
    assert "leaves_at" not in document.get("input_datetime", {})


def test_batteries_run_themselves_plants_are_released_and_the_rest_stays() -> None:
    found = called(package(make_site(**{"pv.roof": PLANT})))
    assert list(found) == ["battery: self_use", "roof: release"]
    assert found["battery: self_use"] == [("select.select_option", {"entity_id": "select.mode", "option": "Self"})]
    ((service, data),) = found["roof: release"]
    assert (service, data["entity_id"]) == ("number.set_value", "number.pv_limit")
    assert CLAMPED.fullmatch(data["value"])
    assert CLAMPED.fullmatch(data["value"])[1] == "6000"  # type: ignore[index]


def test_cars_and_loads_are_stopped_where_that_is_asked_for() -> None:
    found = called(package(make_site(), stop=("car", "tank")))
    assert found["car: stop"] == [("switch.turn_off", {"entity_id": "switch.charger"})]
    assert found["tank: stop"] == [("switch.turn_off", {"entity_id": "switch.tank"})]
    assert "pool: stop" not in found


def test_no_call_keeps_another_from_being_made() -> None:
    document = package(make_site(**{"pv.roof": PLANT}), stop=("car",))
    assert all(step["continue_on_error"] for steps in branches(document).values() for step in steps if "action" in step)
    # the family hears of it first: an error that Home Assistant does not let pass ends the automation after the devices
    order = [next(iter(step.keys() - {"alias", "continue_on_error"})) for step in watchdog(document)["actions"]]
    assert order.index("parallel") == len(order) - 1


def test_a_device_that_the_family_has_on_manual_is_left_alone() -> None:
    steps = branches(package(make_site(**{"pv.roof": PLANT})))
    manual = "{{ not is_state('input_boolean.hems_battery_manual', 'on') }}"
    assert [step.get("value_template") for step in steps["battery: self_use"]].count(manual) == 1
    assert "manual" not in json.dumps(steps["roof: release"])  # a plant has no such switch


def test_the_delay_between_two_calls_is_kept() -> None:
    twice = [{"switch.turn_off": {"entity_id": "switch.a"}}, {"button.press": {"entity_id": "button.b"}}]
    site = make_site(**{"batteries.battery.actions.self_use": twice, "batteries.battery.write": {"delay_s": 2}})
    steps = branches(package(site))["battery: self_use"]
    told = [step.get("action") or step["delay"] for step in steps if {"action", "delay"} & step.keys()]
    assert told == ["switch.turn_off", {"seconds": 2.0}, "button.press"]


def test_a_device_out_of_reach_is_waited_for() -> None:
    calls = [
        {"switch.turn_on": {"entity_id": "switch.remote"}},
        {"select.select_option": {"entity_id": "select.mode", "option": "Self"}},
        {"select.select_option": {"entity_id": "select.mode", "option": "Self"}},
        {"huawei_solar.stop_forcible_charge": {"device_id": "0f3c"}},
    ]
    steps = branches(package(make_site(**{"batteries.battery.actions.self_use": calls})))["battery: self_use"]
    waits = [(step["wait_template"], step["timeout"]) for step in steps if "wait_template" in step]
    assert waits == [
        ("{{ not is_state('switch.remote', 'unavailable') }}", {"hours": 1}),
        ("{{ not is_state('select.mode', 'unavailable') }}", {"seconds": 30}),
    ]
    # whether it is still wanted is looked at after the long wait, and before the first call
    order = [next(iter(step)) for step in steps]
    assert order == ["wait_template", "condition", "condition", "action", "wait_template", "action", "action", "action"]


def test_the_silence_is_what_was_asked_for() -> None:
    found = watchdog(package(make_site(), timedelta(seconds=75)))
    assert found["triggers"][0] == {
        "trigger": "state",
        "id": "silent",
        "entity_id": "sensor.hems_heartbeat",
        "to": None,
        "for": {"seconds": 75.0},
    }
    assert [one["trigger"] for one in found["triggers"][1:]] == ["homeassistant", "event"]
    assert ">= 74 }}" in found["actions"][1]["value_template"]


@pytest.mark.parametrize("name", template_names())
def test_safe_actions_of_every_template_are_those_of_the_dispatcher(name: str) -> None:
    template = read_template(name)
    section = SECTIONS[template.kind]
    site = site_of(template)
    word = next((one for one in ("stop", "normal") if one in template.actions), None) if section not in TOLD else None
    found = called(package(site, stop=("device",) if word else ()))
    word = TOLD[section][1] if section in TOLD else word
    assert set(found) == ({f"device: {word}"} if word else set())
    for calls in found.values():
        assert {service for service, _ in calls} <= set(DECLARED)
        assert not re.search(r"(?<!\{)\{\w+\}(?!\})|<\w+>", json.dumps(calls)), "something is not filled in"
        kind, action = TOLD.get(section, ("ev", "stop") if section == "evs" else ("load", "off"))
        told = Setpoint("device", kind, action, 0.0, "fallback", "")  # type: ignore[arg-type]
        dispatched = commands(told, getattr(site, section)["device"], Home())  # type: ignore[arg-type]
        assert [(service, unclamped(data)) for service, data in calls] == [
            (one.service, one.data) for one in dispatched
        ]


def unclamped(data: dict[str, Any]) -> dict[str, Any]:
    """The data with the value itself, where a template holds it within the entity's range."""
    found = CLAMPED.fullmatch(str(data.get("value")))
    return data if found is None else {**data, "value": float(found[1])}


@pytest.mark.parametrize("name", template_names())
def test_fixed_values_are_the_dispatchers_own(name: str) -> None:
    template = read_template(name)
    section = SECTIONS[template.kind]
    device = getattr(site_of(template), section)["device"]
    kind, action = {**TOLD, "evs": ("ev", "stop"), "loads": ("load", "off")}[section]
    live = values_of(Setpoint("device", kind, action, 0.0, "fallback", ""), device, Home())  # type: ignore[arg-type]
    fixed = fixed_values(device)
    assert {name: live[name] for name in fixed} == fixed
    assert "soc_now_percent" not in fixed and ("power_w" in fixed) == (section != "pv")


SELF_USE = "batteries.battery.actions.self_use"


@pytest.mark.parametrize(
    ("changes", "stop", "fault"),
    [
        (
            {SELF_USE: [{"number.set_value": {"entity_id": "number.reserve", "value": "{soc_now_percent}"}}]},
            (),
            "apps.yaml: hems.batteries.battery.actions.self_use[0]: {soc_now_percent} is not known when HEMS does not run",
        ),
        (
            {"pv.roof": {**PLANT, "actions": {**PLANT["actions"], "release": PLANT["actions"]["limit"]}}},
            (),
            "apps.yaml: hems.pv.roof.actions.release[0]: {power_w} is not known when HEMS does not run",
        ),
        ({}, ("battery",), "--stop battery: only cars and loads are stopped"),
        ({}, ("pol",), "--stop pol: there is no such car or load; did you mean pool?"),
        (
            {"loads.dishwasher.switch": ..., "loads.dishwasher.actions": {"on": [{"button.press": {"entity_id": "button.go"}}]}},
            ("dishwasher",),
            "--stop dishwasher: it has no action stop; it ends by itself",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_done_without_hems_is_refused(
    changes: dict[str, Any], stop: tuple[str, ...], fault: str
) -> None:
    with pytest.raises(Refused) as refused:
        package_text(make_site(**changes), "apps.yaml: hems", TEN_MINUTES, stop)
    (said,) = refused.value.faults
    assert said.startswith(fault)


def test_the_command_refuses_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    apps = tmp_path / "apps.yaml"
    apps.write_text(yaml.safe_dump({"hems": site_block()}))
    assert main(["ha-package", str(apps), "--out", str(tmp_path / "missing/hems.yaml")]) == 2
    assert "hems.yaml: cannot be written (No such file or directory)\n" in capsys.readouterr().err
    apps.write_text("other: {module: other, class: Other}")
    assert main(["ha-package", str(apps)]) == 2
    assert "no app of class Planner in it" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["ha-package", str(apps), "--watchdog-minutes", "1"])
    assert "1 is not within 2..1440" in capsys.readouterr().err


def test_the_dashboard_shows_what_is_there_with_cards_that_every_home_has() -> None:
    site = make_site()
    cards = dashboard(site)["views"][0]["cards"]
    assert {card["type"] for card in cards} == {"entities", "history-graph"}
    shown = [one for card in cards for one in card["entities"] if isinstance(one, str)]
    said = [one for one in shown if not one.startswith("sensor.")]
    assert said == [one.entity_id for one in helpers(site)[:4]] + ["input_boolean.hems_watchdog"] + [
        one.entity_id for one in helpers(site)[4:]
    ]
    noon = datetime(2026, 3, 28, 12, 0, tzinfo=timezone.utc)
    published = {one.entity_id for one in plan_entities(make_latest(noon), noon)}
    assert {one for one in shown if one.startswith("sensor.")} - published == {
        "sensor.hems_status",
        "sensor.hems_health",
        "sensor.hems_heartbeat",
    }
    # what a plan may lack is shown only where it is there
    rows = [one["row"]["entity"] for card in cards for one in card["entities"] if "row" in one]
    assert len(rows) == 2 + len(site.loads)
    assert "sensor.hems_pool_power" in published & set(rows)


@pytest.mark.parametrize(
    ("name", "told"), [("sg_ready", True), ("sg_ready_select", True), ("sg_ready_one_relay", False)]
)
def test_a_heat_pump_that_may_be_blocked_or_forced_runs_as_it_likes_when_hems_is_silent(name: str, told: bool) -> None:
    found = called(package(site_of(read_template(name))))
    assert set(found) == ({"device: normal"} if told else set())
    if name == "sg_ready":
        assert found["device: normal"] == [
            ("switch.turn_off", {"entity_id": "switch.given_contact_1"}),
            ("switch.turn_off", {"entity_id": "switch.given_contact_2"}),
        ]
