"""Whole apps.yaml files: those of this repository are good, and YAML's oddities are answered in words."""

import re
from pathlib import Path

import pytest

from hems.config.check import check_file
from hems.config.value import is_entity
from hems.domain.faults import Refused
from hems.simulation.controls import make_controls
from hems.simulation.settings import HomeSettings

ROOT = Path(__file__).resolve().parents[2]
OURS = [ROOT / "apps/apps.yaml", ROOT / "demo/apps/apps.yaml"]
DEMO = (ROOT / "demo/apps/apps.yaml").read_text()


def faults(content: str | bytes) -> list[str]:
    with pytest.raises(Refused) as refused:
        check_file("apps.yaml", content.encode() if isinstance(content, str) else content)
    return refused.value.faults


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.parent.parent.name)
def test_our_own_files_are_good(path: Path) -> None:
    lines = check_file(path.name, path.read_bytes())
    assert any(": hems: good; 6 devices: roof, battery, car, dishwasher, pool, tank" in line for line in lines)
    assert any(": hems_dispatcher: good" in line for line in lines)
    assert any(": hems_page: good" in line for line in lines)


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.parent.parent.name)
def test_entities_of_our_own_files_have_the_form_of_entity_ids(path: Path) -> None:
    named = re.findall(r"\b(?:sensor|number|select|switch|binary_sensor|input_\w+)\.\w+", path.read_text())
    services = {"number.set_value", "select.select_option", "switch.turn_on", "switch.turn_off"}
    entities = set(named) - services
    assert len(entities) >= 15
    assert all(is_entity(entity) for entity in entities)


def test_switches_and_numbers_of_the_demo_are_those_of_the_simulated_home() -> None:
    named = set(re.findall(r"\b(?:switch|number|select|input_\w+)\.\w+", DEMO))
    services = {"number.set_value", "select.select_option", "switch.turn_on", "switch.turn_off"}
    assert named - services <= make_controls(HomeSettings()).known()


def test_every_fault_of_a_file_is_named_with_file_and_app() -> None:
    content = DEMO.replace("capacity_kwh:", "capacity_kwhh:").replace("Dispatcher,", "Dispatcher, planer: hems,")
    assert faults(content) == [
        "apps.yaml: hems.batteries.battery.capacity_kwh: is missing",
        "apps.yaml: hems.batteries.battery.capacity_kwhh: unknown key; did you mean capacity_kwh?",
        "apps.yaml: hems_dispatcher.planer: unknown key; did you mean planner?",
    ]


def test_planner_that_is_not_in_the_file_is_named() -> None:
    content = DEMO.replace("class: Page,", "class: Page, planner: hem,")
    assert faults(content) == ["apps.yaml: hems_page.planner: there is no app 'hem' in this file; did you mean hems?"]


def test_unknown_class_is_refused() -> None:
    assert faults(DEMO.replace("class: Page", "class: Pages")) == [
        "apps.yaml: hems_page.class: 'Pages' is not one of Planner, Dispatcher, Page, Ledger; did you mean Page?"
    ]


def test_apps_of_others_are_none_of_our_business() -> None:
    other = "lights: {module: lights, class: Lights, anything: [1, 2]}\n"
    assert len(check_file("apps.yaml", (other + DEMO).encode())) == 5
    assert "no app of this suite in it" in faults(other)[0]


@pytest.mark.parametrize("content", ["", "# nothing\n", "- hems\n- page\n", "hems\n", "42"])
def test_file_without_apps_is_told_how_to_begin(content: str) -> None:
    assert faults(content) == ["apps.yaml: has no apps in it; begin with hems:"]


def test_tab_is_refused_with_its_line() -> None:
    found = faults("hems:\n\tmodule: hems.planner_app\n")
    assert len(found) == 1
    assert found[0].startswith("apps.yaml: is not YAML: ") and found[0].endswith(" in line 2")


@pytest.mark.parametrize(
    "content", ["a: [1", "a: b: c", "a: 'x", "@", "? [a]: b", "a: *nowhere", "!!python/object/apply:os.system [ls]"]
)
def test_what_is_not_yaml_is_refused(content: str) -> None:
    assert faults(content)[0].startswith("apps.yaml: is not YAML: ")


@pytest.mark.parametrize("content", ["a: 2026-13-45", "a: " + "[" * 5000 + "]" * 5000], ids=["date", "depth"])
def test_yaml_that_breaks_its_reader_is_refused_too(content: str) -> None:
    assert faults(content)[0].startswith("apps.yaml: is not YAML: ")


def test_bytes_that_are_not_utf8_are_refused() -> None:
    assert faults(b"hems: \xff") == ["apps.yaml: is not UTF-8 (byte 6)"]


@pytest.mark.parametrize("written", ["7:00", "07:00", "'7:00'"])
def test_unquoted_time_is_understood(written: str) -> None:
    assert check_file("apps.yaml", DEMO.replace("input_datetime.car_ready_by", written).encode())


def test_unquoted_time_with_seconds_is_refused_and_told_how() -> None:
    found = faults(DEMO.replace("input_datetime.car_ready_by", "17:30:00"))
    assert found == ['apps.yaml: hems.evs.car.ready_by: 63000 is not a time of day; write it like "07:00"']


def test_secret_and_environment_tags_of_appdaemon_are_taken() -> None:
    content = DEMO.replace("sensor.nordpool,", "!secret sensor.nordpool ,").replace("currency: EUR", "")
    assert check_file(
        "apps.yaml", content.replace("home_namespace: home ", "home_namespace: !env_var HOME_NS ").encode()
    )


def test_device_given_twice_is_refused() -> None:
    twice = DEMO.replace("  evs:\n", "    battery: {soc: sensor.other}\n  evs:\n")
    assert twice != DEMO
    found = faults(twice)
    assert len(found) == 1 and "battery" in found[0] and "twice" in found[0]
