"""The whole suite on a real AppDaemon and a real Home Assistant: what its user is promised, from outside.

Prices are made so that the right decision for this moment is beyond doubt, whatever the time of day is.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from .client import ActionWatch, wait_for
from .feeds import quarter
from .home import FOLLOW_TIMEOUT_S, PLAN_TIMEOUT_S, Home, Now
from .past import DAY_KW, DAYS, EVENING_KW, METERS, NIGHT_KW, house_kw, statistics
from .server import HomeAssistant
from .suite import load_kw, step_at, step_starts

pytestmark = pytest.mark.home_assistant

WRITES = frozenset({"select", "number", "switch"})
"""The domains of all actions that apps.yaml names."""

QUIET_S = 8.0
"""How long nothing may be written before we believe that nothing will be."""

DEADBAND_KW = 0.1
"""A command is not written again for a smaller change of the plan."""

RECORDER_LIMIT_BYTES = 16384
"""Home Assistant's recorder keeps no attributes that are larger."""


def test_home_assistant_answers_with_the_homes_past(home_assistant: HomeAssistant) -> None:
    start = datetime.now(timezone.utc) - timedelta(days=DAYS - 1)

    rows = statistics(home_assistant.client, start, list(METERS))

    assert set(rows) == set(METERS)
    for entity, power_kw in METERS.items():
        assert len(rows[entity]) >= (DAYS - 1) * 24 - 1
        first = rows[entity][0]
        watts = 1000 * power_kw(datetime.fromisoformat(first["start"]))
        assert first["mean"] == pytest.approx(watts, abs=0.1)


def test_prices_lead_to_a_plan_and_new_prices_to_a_new_one(home: Home) -> None:
    home.publish(after_hours=2, hours=1, inside=0.01, outside=0.50)
    home.plan_when("a plan that charges in the cheap hour", _charges_after(2))

    home.publish(after_hours=5, hours=1, inside=0.01, outside=0.50)
    home.plan_when("a plan that charges in the new cheap hour", _charges_after(5))


def test_the_plan_expects_the_load_that_the_home_had_before(home: Home) -> None:
    home.publish(after_hours=2, hours=1, inside=0.01, outside=0.50)
    plan = home.plan_when("a plan", _charges_after(2))

    expected: dict[float, list[float]] = {NIGHT_KW: [], DAY_KW: [], EVENING_KW: []}
    # the first two hours may lean on what the meter says just now
    later = datetime.now(timezone.utc) + timedelta(hours=2)
    for start, planned in zip(step_starts(plan), load_kw(plan), strict=True):
        if later <= start < later + timedelta(hours=22):
            expected[house_kw(start)].append(planned)
    means = {usual: sum(planned) / len(planned) for usual, planned in expected.items()}

    print(f"\nload: usual and planned, kW: {means}")
    for usual, planned_mean in means.items():
        assert planned_mean == pytest.approx(usual, rel=0.35, abs=0.1)


def test_with_control_off_nothing_is_written(home: Home) -> None:
    before = home.devices()
    with ActionWatch(home.client, WRITES) as watch:
        home.cheap_now()
        home.plan_when("a plan that charges now", _charges_battery_now)
        time.sleep(QUIET_S)

    assert watch.seen == []
    assert home.devices() == before


def test_with_control_on_the_devices_follow_the_plan(home: Home) -> None:
    home.cheap_now()
    home.plan_when("a plan that charges now", _charges_battery_now)
    with ActionWatch(home.client, WRITES) as watch:
        home.control(on=True)
        home.follows("the battery to charge as planned", _battery_charges_as_planned)
        home.follows("the car to charge as planned", _car_charges_as_planned)
        home.follows("the pool pump to do as planned", lambda now: (now.pool == "on") == (now.pool_kw > 0))
        home.follows("the water heater to do as planned", lambda now: (now.tank == "on") == (now.tank_kw > 0))
    assert watch.seen, "the devices changed without an action"

    home.dear_now()
    home.plan_when("a plan that discharges now", lambda plan: _battery_now(plan, "discharge_kw") > 3)
    home.follows("the battery to discharge as planned", _battery_discharges_as_planned)
    home.follows("the car to stop charging", lambda now: now.car_kw == 0 and now.charger == "off")


def test_an_override_acts_within_a_second(home: Home) -> None:
    home.cheap_now()
    home.plan_when("a plan that charges now", _charges_battery_now)
    home.control(on=True)
    home.follows("the car to charge as planned", _car_charges_as_planned)

    begun = time.monotonic()
    home.client.act("input_boolean.turn_on", "input_boolean.hems_car_off")
    wait_for("the charger to stop", lambda: home.client.state("switch.charger") == "off", 20, 0.01)
    took_s = time.monotonic() - begun

    print(f"\noverride to charger off: {took_s:.3f} s")
    assert took_s < 1.5
    home.client.act("input_boolean.turn_off", "input_boolean.hems_car_off")
    home.follows("the car to charge again", _car_charges_as_planned)


def test_published_sensors_are_ones_home_assistant_can_use(home: Home, home_assistant: HomeAssistant) -> None:
    home.publish(after_hours=2, hours=1, inside=0.01, outside=0.50)
    home.plan_when("a plan", _charges_after(2))
    wait_for("sensor.hems_status", lambda: home.client.state("sensor.hems_status"), PLAN_TIMEOUT_S)
    rules = _sensor_rules(home_assistant)

    published = [entity for entity in home.client.states() if entity["entity_id"].startswith("sensor.hems_")]
    faults = [fault for entity in published for fault in _faults(entity, rules)]

    print(f"\npublished: {', '.join(entity['entity_id'] for entity in published)}")
    assert not faults, "\n".join(faults)
    assert any("unit_of_measurement" in entity["attributes"] for entity in published), "no numbers at all"


def test_an_unknown_soc_holds_for_its_time_and_is_said(home: Home) -> None:
    """For ten minutes; that the battery is given back after them is tested where the clock can be set."""
    home.cheap_now()
    home.plan_when("a plan that charges now", _charges_battery_now)
    home.control(on=True)
    home.follows("the battery to charge as planned", _battery_charges_as_planned)

    home.client.act("input_boolean.turn_off", "input_boolean.sim_battery_online")
    assert home.client.state("sensor.battery_soc") == "unavailable"
    wait_for(
        "the health sensor to name it",
        lambda: "sensor.battery_soc" in str(home.client.entity("sensor.hems_health")),
        FOLLOW_TIMEOUT_S,
    )
    assert home.client.state("select.battery_mode") == "Forced charge"
    home.client.act("input_boolean.turn_on", "input_boolean.sim_battery_online")
    wait_for(
        "it to be well again",
        lambda: "sensor.battery_soc" not in str(home.client.entity("sensor.hems_health")),
        FOLLOW_TIMEOUT_S,
    )


def test_the_suite_survives_the_loss_of_home_assistant(home: Home, home_assistant: HomeAssistant) -> None:
    home.publish(after_hours=2, hours=1, inside=0.01, outside=0.50)
    home.plan_when("a plan", _charges_after(2))
    appdaemon = home.suite.process.pid

    home_assistant.kill()
    time.sleep(3)
    assert home.suite.process.running()
    print(f"\nHome Assistant runs again after {home_assistant.start():.1f} s")
    # the car's hour is its helper's initial one again, which may lie before the cheap hour
    home.put_in_order()

    # what was published over REST is gone: seeing it again shows that the suite publishes again
    begun = time.monotonic()
    home.publish(after_hours=5, hours=1, inside=0.01, outside=0.50)
    home.plan_when("a plan for the new prices", _charges_after(5))
    wait_for("sensor.hems_status", lambda: home.client.state("sensor.hems_status"), PLAN_TIMEOUT_S)
    print(f"a new plan and sensors after {time.monotonic() - begun:.1f} s")
    assert home.suite.process.running()
    assert home.suite.process.pid == appdaemon


def _charges_after(hours: float) -> Callable[[dict[str, Any]], bool]:
    """Whether a plan charges battery and car together most in the hour that starts `hours` from now."""
    start = quarter(datetime.now(timezone.utc)) + timedelta(hours=hours)

    def fits(plan: dict[str, Any]) -> bool:
        battery, car = plan["batteries"]["battery"]["charge_kw"], plan["evs"]["car"]["charge_kw"]
        inside = [
            battery[k] + car[k]
            for k, moment in enumerate(step_starts(plan))
            if start <= moment < start + timedelta(hours=1)
        ]
        return bool(inside) and sum(inside) / len(inside) > 8

    return fits


def _battery_now(plan: dict[str, Any], series: str) -> float:
    return float(plan["batteries"]["battery"][series][step_at(plan, datetime.now(timezone.utc))])


def _charges_battery_now(plan: dict[str, Any]) -> bool:
    return _battery_now(plan, "charge_kw") > 3


def _battery_charges_as_planned(now: Now) -> bool:
    near = abs(now.forced_kw - now.charge_kw) <= DEADBAND_KW
    return now.charge_kw > 3 and now.mode == "Forced charge" and near


def _battery_discharges_as_planned(now: Now) -> bool:
    near = abs(now.forced_kw - now.discharge_kw) <= DEADBAND_KW
    return now.discharge_kw > 3 and now.mode == "Forced discharge" and near


def _car_charges_as_planned(now: Now) -> bool:
    # the charger takes whole amperes
    return now.car_kw > 1 and now.charger == "on" and abs(now.charger_kw - now.car_kw) <= 0.24


def _sensor_rules(home_assistant: HomeAssistant) -> dict[str, dict[str, list[str | None]]]:
    """Home Assistant's own tables: which units and state classes it accepts for a device class."""
    ask = (
        "import json; from homeassistant.components.sensor import const as c;"
        "table = lambda t: {str(k): [None if v is None else str(v) for v in vs] for k, vs in t.items()};"
        "print(json.dumps({'classes': {str(d): [] for d in c.SensorDeviceClass},"
        "'units': table(c.DEVICE_CLASS_UNITS), 'states': table(c.DEVICE_CLASS_STATE_CLASSES)}))"
    )
    python = home_assistant.hass.parent / "python"
    done = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True, timeout=60)
    rules: dict[str, dict[str, list[str | None]]] = json.loads(done.stdout)
    return rules


def _faults(entity: dict[str, Any], rules: dict[str, dict[str, list[str | None]]]) -> list[str]:
    """What Home Assistant could not use of a sensor: one line a fault."""
    name, state, attributes = entity["entity_id"], entity["state"], entity["attributes"]
    unit, device_class, state_class = (
        attributes.get(key) for key in ("unit_of_measurement", "device_class", "state_class")
    )
    numeric, size = _is_number(state), len(json.dumps(attributes))
    units = rules["units"].get(device_class, [unit])
    state_classes = rules["states"].get(device_class, [state_class])
    checks = {
        "has no friendly_name": not attributes.get("friendly_name"),
        f"{sorted(_NOT_OURS & set(attributes))} are Home Assistant's own": bool(_NOT_OURS & set(attributes)),
        "rows have lost values": not all(_even(value) for value in attributes.values()),
        f"attributes of {size} bytes": size >= RECORDER_LIMIT_BYTES,
        f"{state} has no unit_of_measurement": numeric and not unit,
        f"{state} has no state_class": numeric and not state_class,
        f"in {unit} has no device_class": unit in _UNIT_CLASS and device_class != _UNIT_CLASS[unit],
        f"unknown device_class {device_class}": device_class not in (None, *rules["classes"]),
        f"{device_class} in {unit}": unit not in units,
        f"{device_class} with state_class {state_class}": state_class not in (None, *state_classes),
    }
    return [f"{name}: {fault}" for fault, found in checks.items() if found]


_NOT_OURS = {"entity_id", "context", "last_changed", "last_reported", "last_updated"}
"""AppDaemon puts these among an entity's attributes, and sends them back when it is set again."""

_UNIT_CLASS = {
    "W": "power",
    "kW": "power",
    "Wh": "energy",
    "kWh": "energy",
    "EUR": "monetary",
    "°C": "temperature",
}


def _even(value: Any) -> bool:
    """Whether a list's rows are of one length: AppDaemon drops zeros from what it sends to Home Assistant."""
    rows = [row for row in value if isinstance(row, list | dict)] if isinstance(value, list) else []
    return len({len(row) for row in rows}) <= 1


def _is_number(state: str) -> bool:
    try:
        float(state)
    except ValueError:
        return False
    return True
