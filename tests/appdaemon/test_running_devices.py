"""The suite in the real AppDaemon: devices follow the plan, and an override acts within a second."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from statistics import median
from typing import Any

import pytest

from builders.appdaemon_process import BUSY_S, Suite, wait_for

pytestmark = pytest.mark.appdaemon

# What an override usually takes.
AT_ONCE_S = 1.0
_MODES = {
    "self_use": "Self-consumption", "charge": "Forced charge", "discharge": "Forced discharge", "hold": "Standby",
}  # fmt: skip
# What a battery may be told where the plan charges, discharges, or does neither.
_LAWFUL = {"charge": {"charge", "self_use"}, "discharge": {"discharge", "self_use"}, "rest": {"hold", "self_use"}}


@pytest.fixture
def override(suite: Suite) -> Callable[[str], None]:
    """Turns an override on, as a person does on a dashboard."""

    def turn_on(name: str) -> None:
        suite.call("input_boolean/turn_on", entity_id=f"input_boolean.hems_{name}")

    return turn_on


def reached(suite: Suite, entity: str, state: str, what: str) -> float:
    """Measures and prints how many seconds a device takes."""
    began = time.monotonic()
    try:
        wait_for(lambda: suite.state(entity) == state, BUSY_S, what)
    except AssertionError as error:
        doing, log = suite.status().get("devices"), suite.text()[-3000:]
        raise AssertionError(f"{error}; {entity} is {suite.state(entity)}\n{doing}\n{log}") from None
    took = time.monotonic() - began
    print(f"{what}: {1000 * took:.0f} ms")
    return took


def step_now(plan: dict[str, Any]) -> int:
    minutes = (datetime.now(timezone.utc) - datetime.fromisoformat(plan["start"])) / timedelta(minutes=1)
    step = 0
    while minutes >= plan["step_minutes"][step]:
        minutes -= plan["step_minutes"][step]
        step += 1
    return step


def test_battery_follows_the_plan(suite: Suite) -> None:
    def in_line() -> bool:
        told, plan = suite.status()["devices"].get("battery", {}), suite.plan()
        k, battery = step_now(plan), plan["batteries"]["battery"]
        kind = (
            "charge" if battery["charge_kw"][k] > 0.1 else "discharge" if battery["discharge_kw"][k] > 0.1 else "rest"
        )
        if told.get("source") != "plan" or told["action"] not in _LAWFUL[kind]:
            return False
        in_mode = suite.state("select.battery_mode") == _MODES[told["action"]]
        power = float(suite.state("number.battery_forced_power") or "nan")
        return in_mode and (
            told["action"] in ("self_use", "hold") or power == pytest.approx(1000 * told["power_kw"], abs=5)
        )

    wait_for(in_line, 2 * BUSY_S, "the battery in the plan's mode")


def test_boosted_battery_charges_at_its_limit_and_goes_back_to_the_plan(
    suite: Suite, override: Callable[[str], None]
) -> None:
    override("battery_boost")
    reached(suite, "select.battery_mode", "Forced charge", "battery boosted")
    # The plan may have charged it already: then only the power changes, and less than 1 % is no change.
    at_limit = pytest.approx(5000, rel=0.01)
    wait_for(lambda: float(suite.state("number.battery_forced_power") or "nan") == at_limit, BUSY_S, "full power")
    suite.call("input_boolean/turn_off", entity_id="input_boolean.hems_battery_boost")
    wait_for(lambda: suite.status()["devices"]["battery"]["source"] == "plan", BUSY_S, "the plan's word again")


def test_switching_the_car_off_stops_a_boosted_charger_at_once(suite: Suite, override: Callable[[str], None]) -> None:
    override("car_boost")
    reached(suite, "switch.charger", "on", "car boosted")
    wait_for(lambda: float(suite.state("sensor.charger_power") or 0) > 6000, 12, "the car charging")
    override("car_off")
    reached(suite, "switch.charger", "off", "car switched off")


def test_boosted_pool_pump_runs_at_once_and_plans_go_on_around_it(
    suite: Suite, override: Callable[[str], None]
) -> None:
    suite.call("input_boolean/turn_on", entity_id="input_boolean.hems_pool_off")
    reached(suite, "switch.pool_pump", "off", "pool switched off")
    suite.call("input_boolean/turn_off", entity_id="input_boolean.hems_pool_off")
    before = suite.status()["number"]
    override("pool_boost")
    reached(suite, "switch.pool_pump", "on", "pool boosted")
    wait_for(lambda: suite.status()["number"] > before, 25, "a plan that knows the boost")
    assert suite.plan()["loads"]["pool"]["power_kw"][0] == pytest.approx(1.1)


def test_overrides_act_within_a_second(suite: Suite) -> None:
    """The median of seven: the pump switched off and boosted in turn."""
    took = []
    for _ in range(3):
        suite.call("input_boolean/turn_on", entity_id="input_boolean.hems_pool_boost")
        took.append(reached(suite, "switch.pool_pump", "on", "pool boosted"))
        suite.call("input_boolean/turn_on", entity_id="input_boolean.hems_pool_off")
        took.append(reached(suite, "switch.pool_pump", "off", "pool switched off"))
        suite.call("input_boolean/turn_off", entity_id="input_boolean.hems_pool_off")
    took.append(reached(suite, "switch.pool_pump", "on", "pool boosted"))
    assert median(took) <= AT_ONCE_S


def test_manual_leaves_the_device_to_the_family(suite: Suite, override: Callable[[str], None]) -> None:
    override("tank_manual")
    wait_for(lambda: suite.status()["devices"]["tank"]["source"] == "manual", BUSY_S, "tank on manual")
    service = "switch/turn_off" if suite.state("switch.water_heater") == "on" else "switch/turn_on"
    suite.call(service, entity_id="switch.water_heater")
    by_hand = suite.state("switch.water_heater")
    before = suite.status()["number"]
    suite.fire("hems_replan")
    wait_for(lambda: suite.status()["number"] > before, 25, "a plan around it")
    time.sleep(0.5)
    assert suite.state("switch.water_heater") == by_hand


def test_without_control_nothing_is_written(suite: Suite) -> None:
    try:
        suite.call("input_boolean/turn_off", entity_id="input_boolean.hems_control")
        wait_for(lambda: suite.status()["control"] == "off", BUSY_S, "control off")
        reached(suite, "select.battery_mode", "Self-consumption", "battery given back")
        pump = suite.state("switch.pool_pump")
        suite.call("switch/toggle", entity_id="switch.pool_pump")
        suite.call("input_boolean/turn_on", entity_id="input_boolean.hems_pool_boost")
        suite.call("input_boolean/turn_on", entity_id="input_boolean.hems_battery_boost")
        time.sleep(1.0)
        assert suite.state("switch.pool_pump") != pump
        assert suite.state("select.battery_mode") == "Self-consumption"
    finally:
        suite.call("input_boolean/turn_on", entity_id="input_boolean.hems_control")


def test_no_error_and_no_traceback_is_logged(suite: Suite) -> None:
    bad = [line for line in suite.text().splitlines() if " ERROR " in line or "Traceback" in line]
    assert bad == []
