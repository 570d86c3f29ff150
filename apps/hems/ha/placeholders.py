"""What the placeholders of an action stand for at a setpoint."""

import math
from collections.abc import Mapping
from typing import Any

from ..config.devices import Battery, Ev, Pv
from ..config.loads import Heat, Program, Quota
from ..config.placeholder import PLACEHOLDER
from ..control.setpoint import RUNNING, Setpoint
from .port import Home
from .readings import fraction

Device = Battery | Ev | Pv | Program | Quota | Heat
Value = float | str

# A solver's 15.9999 A is 16 A, and a state of charge of 50.0001 % is 50 %: noise, not a wish.
_AMPERE_NOISE = 0.02
_PERCENT_NOISE = 0.01


def values_of(
    setpoint: Setpoint, device: Device, home: Home, soc_now: float | None = None, phases: int | None = None
) -> dict[str, Value]:
    """By placeholder its value; those that mean nothing for this device or setpoint are absent.

    ``soc_now`` (0..1): a battery's state of charge as the mode began; read from the home where it is None.
    ``phases``: on which a car charges now; those of its block where it is None.
    """
    found = _powers(setpoint.power_kw, _direction(setpoint), _limit_kw(setpoint, device))
    found |= {"duration_s": round(device.write.duration_s), "duration_min": max(1, round(device.write.duration_s / 60))}
    if setpoint.target_soc is not None:
        found["soc_percent"] = round(setpoint.target_soc * 100)
    if isinstance(device, Battery):
        found |= _of_battery(setpoint, device, fraction(home, device.soc) if soc_now is None else soc_now)
    elif isinstance(device, Ev):
        found |= {"phases": phases or device.phases}
        found["target_soc_percent"] = _target(setpoint, device.soc_max, device.soc_max)
    elif isinstance(device, Pv) and device.limit_kw is not None:
        found |= {"limit_kw": device.limit_kw, "limit_w": round(device.limit_kw * 1000)}
    elif not isinstance(device, Pv):
        found["delay_s"] = 0
    return found | _current(setpoint.power_kw, device, phases)


def filled(value: Any, values: Mapping[str, Value]) -> Any:
    """A copy with placeholders filled in; a text that is nothing but one placeholder becomes its value.

    Raises ValueError where a placeholder has none.
    """
    if isinstance(value, Mapping):
        return {key: filled(inner, values) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [filled(inner, values) for inner in value]
    if not isinstance(value, str):
        return value
    for name in PLACEHOLDER.findall(value):
        if name not in values:
            raise ValueError(f"{{{name}}} has no value here")
    alone = PLACEHOLDER.fullmatch(value.strip())
    return values[alone[1]] if alone else PLACEHOLDER.sub(lambda found: str(values[found[1]]), value)


def _current(power_kw: float, device: Device, phases: int | None) -> dict[str, Value]:
    """The current of each phase. A car that switches phases keeps within its currents, whatever phases it is on."""
    voltage, most = (device.voltage, device.phases) if isinstance(device, Ev) else (230.0, 1)
    if voltage <= 0:
        return {}
    current_a = math.floor(round(power_kw * 1000) / (voltage * (phases or most)) + _AMPERE_NOISE)
    if isinstance(device, Ev) and phases is not None and power_kw > 0:
        lowest = math.ceil(device.min_kw * 1000 / voltage - _AMPERE_NOISE)
        highest = math.floor(device.max_kw * 1000 / (voltage * most) + _AMPERE_NOISE)
        current_a = max(lowest, min(current_a, highest))
    return {"current_a": current_a, "current_text": str(current_a)}


def _powers(power_kw: float, direction: int, limit_kw: float | None) -> dict[str, Value]:
    power_w, kw = round(power_kw * 1000), round(power_kw, 3)
    found: dict[str, Value] = {"power_w": power_w, "power_kw": kw, "power_text": str(power_w)}
    found |= {"charge_w": power_w * direction, "charge_kw": kw * direction}
    found |= {"discharge_w": -power_w * direction, "discharge_kw": -kw * direction}
    if limit_kw:
        percent = min(100, round(power_kw / limit_kw * 100))
        found |= {"power_pct": percent, "charge_pct": percent * direction, "discharge_pct": -percent * direction}
    return {name: 0 if value == 0 else value for name, value in found.items()}  # -0.0 is no number for people


def _direction(setpoint: Setpoint) -> int:
    """1 where power flows into the device, -1 where it comes out, 0 where none is set."""
    if setpoint.action == "charge" or setpoint.action in RUNNING:
        return 1
    return -1 if setpoint.action in ("discharge", "limit") else 0


def _limit_kw(setpoint: Setpoint, device: Device) -> float | None:
    if setpoint.action == "limit_export":
        return None  # what may be fed in is no part of what the battery can do
    if isinstance(device, Battery):
        return device.discharge_limit_kw if setpoint.action == "discharge" else device.charge_limit_kw
    if isinstance(device, Ev):
        return device.max_kw
    if isinstance(device, Pv):
        return device.limit_kw
    return None


def _of_battery(setpoint: Setpoint, battery: Battery, soc_now: float | None) -> dict[str, Value]:
    bound = battery.soc_min if setpoint.action == "discharge" else battery.soc_max
    found: dict[str, Value] = {
        "charge_limit_w": round(battery.charge_limit_kw * 1000),
        "charge_limit_kw": battery.charge_limit_kw,
        "discharge_limit_w": round(battery.discharge_limit_kw * 1000),
        "discharge_limit_kw": battery.discharge_limit_kw,
        "soc_min_percent": round(battery.soc_min * 100),
        "soc_max_percent": round(battery.soc_max * 100),
        "target_soc_percent": _target(setpoint, bound, battery.soc_max),
    }
    if soc_now is not None:
        found["soc_now_percent"] = math.floor(soc_now * 100 + _PERCENT_NOISE)
    if battery.battery_voltage_v is not None:
        powers = {"battery_a": setpoint.power_kw, "charge_limit_a": battery.charge_limit_kw}
        powers["discharge_limit_a"] = battery.discharge_limit_kw
        # Tenths of an ampere, rounded down: never above the power.
        tenths = {name: math.floor(kw * 10_000 / battery.battery_voltage_v + 0.01) for name, kw in powers.items()}
        found |= {name: tenth / 10 for name, tenth in tenths.items()}
    return found


def _target(setpoint: Setpoint, bound: float, highest: float) -> int:
    """Whole percent, rounded away from where the device is now: else it would stop before it has begun."""
    percent = (bound if setpoint.target_soc is None else min(setpoint.target_soc, highest)) * 100
    if setpoint.action == "discharge":
        return math.floor(percent + _PERCENT_NOISE)
    return math.ceil(percent - _PERCENT_NOISE)
