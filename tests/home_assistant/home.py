"""The tests' home as a person in it sees and moves it, and the plan that the suite made for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from .client import T, wait_for
from .feeds import ZONE, one_window, publish_prices, publish_pv_forecast
from .past import pv_kw
from .server import HomeAssistant
from .suite import Suite, step_at

CONTROL = "input_boolean.hems_control"
DEVICES = (
    "select.battery_mode",
    "number.battery_forced_power",
    "switch.charger",
    "number.charger_current",
    "switch.dishwasher",
    "switch.pool_pump",
    "switch.water_heater",
)
OVERRIDES = [
    f"input_boolean.hems_{device}_{override}"
    for device in ("battery", "car", "dishwasher", "pool", "tank")
    for override in ("off", "manual", "boost")
]

PLAN_TIMEOUT_S = 60.0
"""From a change in Home Assistant to the plan that follows from it, on a slow and busy machine."""

FOLLOW_TIMEOUT_S = 100.0
"""From a plan to the devices: commands to one device may be a minute apart."""


class Home:
    """What a test does to the home and asks of it."""

    def __init__(self, server: HomeAssistant, suite: Suite) -> None:
        self.server = server
        self.client = server.client
        self.suite = suite

    def put_in_order(self) -> None:
        """Control off first, so that nobody writes to the devices while they are put in order."""
        act = self.client.act
        act("input_boolean.turn_off", CONTROL)
        for override in OVERRIDES:
            act("input_boolean.turn_off", override)
        act("input_boolean.turn_on", "input_boolean.sim_battery_online")
        act("input_number.set_value", "input_number.sim_battery_soc", value=50)
        act("input_number.set_value", "input_number.sim_car_soc", value=40)
        act("select.select_option", "select.battery_mode", option="Self-consumption")
        act("number.set_value", "number.battery_forced_power", value=0)
        act("number.set_value", "number.charger_current", value=6)
        for entity in DEVICES:
            if entity.startswith("switch."):
                act("switch.turn_off", entity)
        # the car has ten hours for what takes it four: when to charge is a question of price
        ready_by = (datetime.now(ZONE) + timedelta(hours=10)).strftime("%H:%M:00")
        act("input_datetime.set_datetime", "input_datetime.car_ready_by", time=ready_by)

    def set_battery_soc(self, percent: float) -> None:
        self.client.act("input_number.set_value", "input_number.sim_battery_soc", value=percent)

    def control(self, on: bool) -> None:
        self.client.act(f"input_boolean.turn_{'on' if on else 'off'}", CONTROL)

    def devices(self) -> dict[str, str | None]:
        """The state of every entity that the suite may write to."""
        return {entity: self.client.state(entity) for entity in DEVICES}

    def publish(self, *, after_hours: float, hours: float, inside: float, outside: float) -> None:
        """Publish the PV forecast, and prices that differ in one window from the current quarter-hour on."""
        now = datetime.now(timezone.utc)
        publish_pv_forecast(self.client, now, pv_kw)
        price = one_window(now, after_hours=after_hours, hours=hours, inside=inside, outside=outside)
        publish_prices(self.client, now, price)

    def cheap_now(self) -> None:
        """This hour costs nearly nothing and is too short to fill what can be filled: all charge, at once."""
        self.set_battery_soc(20)
        self.publish(after_hours=0, hours=1, inside=0.01, outside=0.50)

    def dear_now(self) -> None:
        """This hour pays many times what the rest of both days costs."""
        self.set_battery_soc(80)
        self.publish(after_hours=0, hours=1, inside=0.90, outside=0.05)

    def plan_when(self, what: str, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first plan that fits."""

        def look() -> dict[str, Any] | None:
            plan = self.suite.plan()
            return plan if plan is not None and fits(plan) else None

        return self._wait(what, look, PLAN_TIMEOUT_S)

    def follows(self, what: str, looks_right: Callable[[Now], bool]) -> None:
        """Wait until the devices are as the plan in force has it for this moment."""
        self._wait(what, lambda: looks_right(Now(self)) or None, FOLLOW_TIMEOUT_S)

    def _wait(self, what: str, look: Callable[[], T | None], timeout_s: float) -> T:
        try:
            return wait_for(what, look, timeout_s, 0.2)
        except AssertionError as error:
            complaints = self.suite.complaints()
            raise AssertionError(f"{error}; AppDaemon's last complaints:\n{complaints}") from None


class Now:
    """The plan's values for this moment, and the devices' states, read one after the other."""

    def __init__(self, home: Home) -> None:
        plan = home.suite.plan()
        assert plan is not None, "the plan is gone"
        step = step_at(plan, datetime.now(timezone.utc))
        self.charge_kw: float = plan["batteries"]["battery"]["charge_kw"][step]
        self.discharge_kw: float = plan["batteries"]["battery"]["discharge_kw"][step]
        self.car_kw: float = plan["evs"]["car"]["charge_kw"][step]
        self.pool_kw: float = plan["loads"]["pool"]["power_kw"][step]
        self.tank_kw: float = plan["loads"]["tank"]["power_kw"][step]
        states = home.devices()
        self.mode = states["select.battery_mode"]
        self.forced_kw = float(states["number.battery_forced_power"] or 0) / 1000
        self.charger = states["switch.charger"]
        self.charger_kw = float(states["number.charger_current"] or 0) * 230 / 1000
        self.pool = states["switch.pool_pump"]
        self.tank = states["switch.water_heater"]
