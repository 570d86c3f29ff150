"""Devices as apps.yaml describes them, told by entities that can be read back, with a home that has these entities."""

from typing import Any

from builders.obeying_home import ObeyingHome
from hems.config.devices import Battery, Ev, Pv
from hems.config.loads import Heat, Program, Quota
from hems.config.write import Write
from hems.control.setpoint import Action, Kind, Setpoint, Source

MODE, POWER, SOC = "select.battery_mode", "number.forced_power", "sensor.soc"
CHARGER, CURRENT, PHASES, PLUG, CAR_SOC = (
    "switch.charger", "number.current", "select.phases", "binary_sensor.plug", "sensor.car_soc",
)  # fmt: skip
POOL, TANK, DISHWASHER, READY = "switch.pool", "switch.tank", "switch.dishwasher", "binary_sensor.remote_start"
LIMIT, PV_POWER = "number.pv_limit", "sensor.pv_power"


def _select(entity: str, option: str) -> dict[str, Any]:
    return {"select.select_option": {"entity_id": entity, "option": option}}


def _number(entity: str, value: Any) -> dict[str, Any]:
    return {"number.set_value": {"entity_id": entity, "value": value}}


def home_of_devices() -> ObeyingHome:
    """Everything is at rest: the battery in self-use at 50 %, the car connected at 40 %, loads off, PV not limited."""
    home = ObeyingHome()
    home.set(MODE, "Self-use")
    home.set(POWER, "0", "W", min=0, max=5000, step=1)
    home.set(SOC, "50", "%")
    home.set(CHARGER, "off")
    home.set(CURRENT, "6", "A", min=6, max=16, step=1)
    home.set(PHASES, "3")
    home.set(PLUG, "on")
    home.set(CAR_SOC, "40", "%")
    for switch in (POOL, TANK, DISHWASHER, READY):
        home.set(switch, "off")
    home.set("sensor.tank", "50", "°C")
    home.set(LIMIT, "6000", "W", min=0, max=6000, step=1)
    home.set(PV_POWER, "3", "kW")
    return home


def battery(write: Write | None = None, **actions: list[dict[str, Any]]) -> Battery:
    """Told by a mode and a power."""
    told = {
        "self_use": [_select(MODE, "Self-use")],
        "charge": [_number(POWER, "{power_w}"), _select(MODE, "Charge")],
        "discharge": [_number(POWER, "{power_w}"), _select(MODE, "Discharge")],
        "hold": [_select(MODE, "Standby")],
    }
    limits = {"capacity_kwh": 10.0, "charge_limit_kw": 5.0, "discharge_limit_kw": 5.0}
    return Battery.model_validate({"soc": SOC, **limits, "actions": told | actions, "write": write or Write()})


def car(write: Write | None = None, **more: Any) -> Ev:
    """Told by a current and a switch."""
    actions = {
        "start": [{"switch.turn_on": {"entity_id": CHARGER}}],
        "stop": [{"switch.turn_off": {"entity_id": CHARGER}}],
        "set_current": [_number(CURRENT, "{current_a}")],
    } | more.pop("actions", {})
    block = {"connected": PLUG, "soc": CAR_SOC, "battery_kwh": 60.0, "actions": actions, "write": write or Write()}
    return Ev.model_validate(block | more)


def three_phase_car(write: Write | None = None, **more: Any) -> Ev:
    """It charges on one phase or on three, with 6 to 16 A."""
    block = {"switches_phases": True, "phases": 3, "min_kw": 1.38, "max_kw": 11.04}
    return car(write, **(block | {"actions": {"set_phases": [_select(PHASES, "{phases}")]}} | more))


def pool(write: Write | None = None, **more: Any) -> Quota:
    """A pump on a switch."""
    block = {"type": "quota", "switch": POOL, "power_kw": 1.1, "hours_per_day": 4.0, "write": write or Write()}
    return Quota.model_validate(block | more)


def tank(write: Write | None = None) -> Heat:
    """A heating element on a switch."""
    block = {"type": "heat", "switch": TANK, "power_kw": 2.0, "temperature": "sensor.tank", "write": write or Write()}
    return Heat.model_validate(block | {"min_c": 45.0, "max_c": 65.0, "volume_l": 200.0})


def dishwasher(write: Write | None = None, **more: Any) -> Program:
    """A program on a switch."""
    block = {"type": "program", "switch": DISHWASHER, "program_kw": [2.0, 0.1], "window": "20:00-06:30"}
    return Program.model_validate(block | {"write": write or Write()} | more)


def roof(write: Write | None = None) -> Pv:
    """A plant that takes a limit in W."""
    forecast = {"source": "solcast", "entities": ["sensor.forecast"]}
    actions = {"curtail": [_number(LIMIT, "{power_w}")], "release": [_number(LIMIT, "{limit_w}")]}
    block = {"power": PV_POWER, "forecast": forecast, "limit_kw": 6.0, "actions": actions, "write": write or Write()}
    return Pv.model_validate(block)


_KINDS: dict[type, Kind] = {Battery: "battery", Ev: "ev", Pv: "pv"}


def wish(device: Any, action: Action, power_kw: float = 0.0, source: Source = "plan") -> Setpoint:
    """A setpoint for a device."""
    return Setpoint("device", _KINDS.get(type(device), "load"), action, power_kw, source, f"{action} it is")
