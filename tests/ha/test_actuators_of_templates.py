"""An actuator and what templates need: buttons that commit, and entities that are there only once control is taken."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from hems.config.actions import BatteryActions, Write
from hems.config.devices import Battery
from hems.control.setpoint import Action, Setpoint
from hems.ha.actuators import Actuator
from hems.ha.port import Outcome

NOON = datetime(2026, 3, 28, 12, 0, tzinfo=timezone.utc)
SWITCH, MODE, POWER, BUTTON = "switch.remote", "select.mode", "number.power", "button.commit"


class Inverter:
    """Mode and power are unavailable until the switch is on; a call may be refused."""

    def __init__(self, remote: str) -> None:
        self.states = {SWITCH: remote, MODE: "Auto", POWER: "0", BUTTON: "unknown"}
        self.calls: list[str] = []
        self.refused: set[str] = set()
        self.awakens = True

    def state(self, entity: str) -> str | None:
        awake = self.states[SWITCH] == "on" and self.awakens
        return self.states.get(entity) if awake or entity in (SWITCH, BUTTON) else "unavailable"

    def entity_ids(self) -> frozenset[str]:
        return frozenset(self.states)

    def attributes(self, entity: str) -> Mapping[str, Any]:
        return {"unit_of_measurement": "%"} if entity == "sensor.soc" else {}

    def publish(self, entity: str, state: str, attributes: Mapping[str, Any]) -> None:
        raise AssertionError("an actuator publishes nothing")

    def call(self, service: str, data: Mapping[str, Any]) -> Outcome:
        entity = data["entity_id"]
        self.calls.append(entity)
        if entity in self.refused:
            return Outcome(False, "no")
        on_off = {"turn_on": "on", "turn_off": "off"}.get(service.split(".")[1])
        self.states[entity] = on_off or str(data.get("option", data.get("value", "pressed")))
        return Outcome(True)

    def taken(self) -> list[str]:
        calls, self.calls = self.calls, []
        return calls


def made(
    home: Inverter, write: Write | None = None, actions: dict[str, Any] | None = None
) -> tuple[Actuator, list[str]]:
    switch = {"switch.turn_on": {"entity_id": SWITCH}}
    power = {"number.set_value": {"entity_id": POWER, "value": "{power_w}"}}
    press = {"button.press": {"entity_id": BUTTON}}

    def mode(option: str) -> dict[str, Any]:
        return {"select.select_option": {"entity_id": MODE, "option": option}}

    actions = actions or {
        "self_use": [{"switch.turn_off": {"entity_id": SWITCH}}],
        "charge": [switch, power, mode("Charge"), press],
        "hold": [switch, mode("Hold"), press],
    }
    device = Battery(
        soc="sensor.soc",
        capacity_kwh=10.0,
        charge_limit_kw=5.0,
        discharge_limit_kw=5.0,
        actions=BatteryActions.model_validate(actions),
        write=write or Write(min_interval_s=0),
    )
    said: list[str] = []
    return Actuator("battery", device, home, said.append), said


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def wish(action: Action, power_kw: float = 0.0) -> Setpoint:
    return Setpoint("battery", "battery", action, power_kw, "plan", "")


def test_button_commits_every_change_and_nothing_else() -> None:
    home = Inverter("on")
    actuator, _ = made(home)
    actuator.apply(wish("charge", 3.0), at(0))
    assert home.taken() == [POWER, MODE, BUTTON]
    actuator.verify(at(3))
    actuator.apply(wish("charge", 3.0), at(60))
    assert home.taken() == []
    actuator.apply(wish("charge", 2.0), at(120))
    assert home.taken() == [POWER, BUTTON]
    actuator.verify(at(123))
    home.states[MODE] = "Auto"  # lost by the inverter, as it took up the power
    actuator.verify(at(129))
    assert home.taken() == [MODE, BUTTON]


def test_button_that_failed_is_pressed_again_though_the_value_is_there() -> None:
    home = Inverter("on")
    actuator, _ = made(home)
    actuator.apply(wish("charge", 3.0), at(0))
    actuator.verify(at(3))
    home.taken()
    home.refused = {BUTTON}
    actuator.apply(wish("charge", 2.0), at(60))
    home.refused = set()
    actuator.verify(at(71))
    assert home.taken() == [POWER, BUTTON, BUTTON]
    actuator.verify(at(80))
    assert (home.taken(), actuator.ok, actuator.fault) == ([], True, None)


def test_control_is_taken_before_what_becomes_available_by_it() -> None:
    home = Inverter("off")
    actuator, said = made(home)
    actuator.apply(wish("charge", 3.0), at(0))
    assert home.taken() == [SWITCH]
    actuator.verify(at(3))
    assert home.taken() == [POWER, MODE, BUTTON]
    actuator.verify(at(20))
    assert (actuator.ok, actuator.fault, said) == (True, None, [])


def test_what_stays_unavailable_after_that_is_said_once() -> None:
    home = Inverter("off")
    home.awakens = False
    actuator, said = made(home)
    for seconds in (0, 3, 13, 30, 61, 75, 120, 180):
        actuator.apply(wish("charge", 3.0), at(seconds))
    assert home.taken() == [SWITCH]
    assert said == ["battery: number.power is unavailable; nothing is written to it until it is back"]
    home.awakens = True
    actuator.apply(wish("charge", 3.0), at(200))
    actuator.verify(at(203))
    assert home.taken() == [POWER, MODE, BUTTON]
    assert (said[1:], actuator.ok) == (["battery: can be reached again"], True)


def test_keep_alive_says_everything_again_button_included() -> None:
    home = Inverter("on")
    actuator, _ = made(home, Write(keep_alive_s=300))
    actuator.apply(wish("hold"), at(0))
    actuator.verify(at(3))
    home.taken()
    actuator.apply(wish("hold"), at(310))
    assert home.taken() == [SWITCH, MODE, BUTTON]


def test_state_of_charge_that_is_held_is_that_of_the_moment_when_holding_began() -> None:
    home = Inverter("on")
    home.states["sensor.soc"] = "48.4"
    reserve = {"number.set_value": {"entity_id": POWER, "value": "{soc_now_percent}"}}
    actuator, _ = made(home, actions={"self_use": [reserve], "hold": [reserve]})
    for seconds, soc in ((0, "48.4"), (60, "49.2"), (120, "47.1")):
        home.states["sensor.soc"] = soc
        actuator.apply(wish("hold"), at(seconds))
        actuator.verify(at(seconds + 3))
    assert (home.taken(), home.states[POWER]) == ([POWER], "48")
    actuator.apply(wish("self_use"), at(180))
    assert home.states[POWER] == "47"
