"""Overrides that end, that survive a restart, and the guard between two plans, in the real AppDaemon."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from builders.appdaemon_process import BUSY_S, Suite, copy_demo, wait_for
from builders.quiet_home import quiet_settings

pytestmark = pytest.mark.appdaemon

_LIMIT = "sensor.test_import_limit"
_SWITCHES = "\nswitches: {module: switches, class: Switches, dependencies: [simulated_home]}\n"
_APP = '''
from appdaemon.adapi import ADAPI


class Switches(ADAPI):
    """An override that is on when the dispatcher starts."""

    def initialize(self):
        self.set_namespace("home")
        self.set_state("input_boolean.hems_battery_hold", state="on", check_existence=False)
        self.set_state("input_number.hems_battery_hours", state="2", check_existence=False)
'''


def show(suite: Suite, entity: str, state: str, **attributes: Any) -> None:
    """An entity of the home that the simulated one does not have."""
    suite.call("state/set", entity_id=entity, state=state, attributes=attributes)


def doing(suite: Suite, device: str) -> dict[str, Any]:
    found: dict[str, Any] = suite.status().get("devices", {}).get(device, {})
    return found


def amps(suite: Suite) -> float:
    return float(suite.state("number.charger_current") or "nan")


def grid_kw(suite: Suite) -> float:
    return float(suite.state("sensor.grid_power") or "nan") / 1000


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """The demo with an import limit that the test sets, in a home where nothing else happens meanwhile."""
    settings = quiet_settings(datetime.now(UTC), timedelta(minutes=5))
    lines = "".join(f"  {key}: {value}\n" for key, value in settings.items())
    folder = copy_demo(
        tmp_path_factory.mktemp("limited") / "config",
        lambda text: text.replace("import_limit_kw: 17.25", f"import_limit_kw: {_LIMIT}").replace(
            "class: SimulatedHome\n", f"class: SimulatedHome\n{lines}"
        ),
    )
    suite = Suite(folder)
    try:
        wait_for(suite.plan, 40, "the first plan")
        wait_for(lambda: doing(suite, "car").get("source") == "plan", 20, "the plan followed")
        yield suite
    finally:
        suite.close()


def test_an_override_ends_after_its_hours_and_its_switch_goes_off(limited: Suite) -> None:
    show(limited, "input_number.hems_pool_hours", "0.005", unit_of_measurement="h")  # eighteen seconds
    began = time.monotonic()
    limited.call("input_boolean/turn_on", entity_id="input_boolean.hems_pool_boost")
    wait_for(lambda: limited.state("switch.pool_pump") == "on", BUSY_S, "the pump on")
    wait_for(lambda: doing(limited, "pool").get("source") == "boost", BUSY_S, "said")
    assert datetime.fromisoformat(doing(limited, "pool")["until"]).tzinfo is not None
    wait_for(lambda: limited.state("input_boolean.hems_pool_boost") == "off", 18 + BUSY_S, "the switch turned off")
    lasted = time.monotonic() - began
    assert lasted > 17
    wait_for(lambda: doing(limited, "pool").get("source") == "plan", BUSY_S, "the plan's word again")
    show(limited, "input_number.hems_pool_hours", "0", unit_of_measurement="h")


def test_hold_and_reserve_act_on_the_battery_at_once(limited: Suite) -> None:
    show(limited, "input_boolean.hems_battery_hold", "on")
    wait_for(lambda: limited.state("select.battery_mode") == "Standby", BUSY_S, "the battery on hold")
    wait_for(lambda: doing(limited, "battery").get("source") == "hold", BUSY_S, "said")
    show(limited, "input_boolean.hems_battery_hold", "off")
    wait_for(lambda: doing(limited, "battery").get("source") == "plan", BUSY_S, "the plan's word again")


def test_the_guard_keeps_the_import_limit_and_gives_back(limited: Suite) -> None:
    for device in ("pool", "tank", "battery"):
        limited.call("input_boolean/turn_on", entity_id=f"input_boolean.hems_{device}_off")
    limited.call("input_boolean/turn_on", entity_id="input_boolean.hems_car_boost")
    try:
        # What they took must be gone before the limit is set below what flows: the meter speaks every five seconds, and
        # says the mean since it spoke last.
        wait_for(lambda: limited.state("select.battery_mode") == "Standby", BUSY_S, "the battery at rest")
        for switch in ("switch.pool_pump", "switch.water_heater"):
            wait_for(lambda switch=switch: limited.state(switch) == "off", BUSY_S, f"{switch} off")
        wait_for(lambda: amps(limited) == 32, 20, "the car charging at full power")
        time.sleep(12)
        assert grid_kw(limited) > 7 and amps(limited) == 32
        limit_kw = grid_kw(limited) - 3
        show(limited, _LIMIT, f"{limit_kw:.3f}", unit_of_measurement="kW")
        began = time.monotonic()
        wait_for(lambda: grid_kw(limited) <= limit_kw, 30, "import within its limit")
        print(f"within the limit after {time.monotonic() - began:.1f} s")
        assert limited.state("switch.charger") == "on" and amps(limited) < 22
        wait_for(lambda: doing(limited, "car").get("source") == "guard", BUSY_S, "said")
        assert "import limit" in doing(limited, "car")["text"]
        time.sleep(10)
        assert grid_kw(limited) <= limit_kw + 0.3
    finally:
        show(limited, _LIMIT, "unknown", unit_of_measurement="kW")
        for switch in ("pool_off", "tank_off", "battery_off", "car_boost"):
            limited.call("input_boolean/turn_off", entity_id=f"input_boolean.hems_{switch}")


def test_a_heartbeat_is_published_while_hems_controls(limited: Suite) -> None:
    first = limited.entity("sensor.hems_heartbeat")
    assert first is not None and first["attributes"]["controlling"] == "yes"
    wait_for(lambda: limited.state("sensor.hems_heartbeat") != first["state"], 40, "the next beat")


def test_no_error_and_no_traceback_is_logged(limited: Suite) -> None:
    bad = [line for line in limited.text().splitlines() if " ERROR " in line or "Traceback" in line]
    assert bad == []


def test_a_restart_keeps_an_override_and_its_end(tmp_path: Path) -> None:
    """Home Assistant keeps its switches over a restart; the simulated home forgets its own, so these are others."""
    folder = copy_demo(
        tmp_path / "config",
        lambda text: text.replace("[hems, simulated_home]", "[hems, simulated_home, switches]") + _SWITCHES,
    )
    (folder / "apps/switches.py").write_text(_APP)
    ends = []
    for _ in range(2):
        suite = Suite(folder)
        try:
            wait_for(lambda suite=suite: doing(suite, "battery").get("source") == "hold", 40, "the battery on hold")
            ends.append(datetime.fromisoformat(doing(suite, "battery")["until"]))
            assert suite.state("select.battery_mode") == "Standby"
        finally:
            suite.close()
    first, second = ends
    assert first == second
