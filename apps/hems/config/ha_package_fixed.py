"""What the placeholders of a safe action stand for: values that are known without HEMS, since it no longer runs then."""

import math
from collections.abc import Mapping
from typing import Any

from ..domain.faults import Refused
from .actions import Action
from .devices import Battery, Ev, Pv
from .loads import AnyLoad
from .placeholder import PLACEHOLDER

Fixed = float | str

# Nothing is asked of a device that is left to itself.
_POWERS = ("power_w", "power_kw", "charge_w", "charge_kw", "discharge_w", "discharge_kw")
_PERCENTS = ("power_pct", "charge_pct", "discharge_pct")
_NUMBERS = frozenset({"number.set_value", "input_number.set_value"})
# What a percentage may be off by arithmetic alone: 0.07 * 100 is 7.000000000000001.
_PERCENT_NOISE = 0.01


def fixed_values(device: Battery | Ev | Pv | AnyLoad) -> dict[str, Fixed]:
    """By placeholder what it stands for when the device is left to itself; what only HEMS can know is absent.

    A plant's power is absent too: released it has none, and 0 would be the tightest limit.
    """
    lasting_s = device.write.duration_s
    found: dict[str, Fixed] = {"duration_s": round(lasting_s), "duration_min": max(1, round(lasting_s / 60))}
    if isinstance(device, Pv):
        return found if device.limit_kw is None else found | _both("limit", device.limit_kw)
    found |= dict.fromkeys(_POWERS, 0) | {"power_text": "0"}
    if isinstance(device, Battery):
        return found | dict.fromkeys(_PERCENTS, 0) | _of_battery(device)
    if isinstance(device, Ev):
        highest = math.ceil(device.soc_max * 100 - _PERCENT_NOISE)
        amperes: dict[str, Fixed] = {"phases": device.phases, "current_a": 0, "current_text": "0"}
        return found | dict.fromkeys(_PERCENTS, 0) | amperes | {"target_soc_percent": highest}
    return found | {"delay_s": 0}


def _of_battery(battery: Battery) -> dict[str, Fixed]:
    found: dict[str, Fixed] = {
        "soc_min_percent": round(battery.soc_min * 100),
        "soc_max_percent": round(battery.soc_max * 100),
        "target_soc_percent": math.ceil(battery.soc_max * 100 - _PERCENT_NOISE),
    }
    limits = {"charge_limit": battery.charge_limit_kw, "discharge_limit": battery.discharge_limit_kw}
    for name, limit_kw in limits.items():
        found |= _both(name, limit_kw)
        if battery.battery_voltage_v is not None:
            # Tenths of an ampere, rounded down: never above the power.
            found[f"{name}_a"] = math.floor(limit_kw * 10_000 / battery.battery_voltage_v + 0.01) / 10
    return found | ({"battery_a": 0.0} if battery.battery_voltage_v is not None else {})


def _both(name: str, kw: float) -> dict[str, Fixed]:
    return {f"{name}_kw": kw, f"{name}_w": round(kw * 1000)}


def fixed_data(action: Action, values: Mapping[str, Fixed], path: str) -> dict[str, Any]:
    """The data of an action with its placeholders filled in. Raises Refused, ``path`` first, where one is not known."""
    data: dict[str, Any] = _filled(action.data, values, path)
    entity, value = data.get("entity_id"), data.get("value")
    if action.service in _NUMBERS and value != action.data.get("value") and isinstance(entity, str):
        data["value"] = _within_range(value, entity)
    return data


def _filled(value: Any, values: Mapping[str, Fixed], path: str) -> Any:
    if isinstance(value, Mapping):
        return {key: _filled(inner, values, path) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(inner, values, path) for inner in value]
    if not isinstance(value, str):
        return value
    for name in PLACEHOLDER.findall(value):
        if name not in values:
            known = ", ".join(f"{{{one}}}" for one in values)
            raise Refused(
                [
                    f"{path}: {{{name}}} is not known when HEMS does not run, which is when the watchdog acts; "
                    f"write a number, or one of {known}"
                ]
            )
    alone = PLACEHOLDER.fullmatch(value.strip())
    return values[alone[1]] if alone else PLACEHOLDER.sub(lambda found: str(values[found[1]]), value)


def _within_range(value: Any, entity: str) -> str:
    """A Home Assistant template: the value held within the entity's own range, as HEMS does; beyond it is refused."""
    highest = f"state_attr('{entity}', 'max') | float({value})"
    lowest = f"state_attr('{entity}', 'min') | float({value})"
    return f"{{{{ [[{value}, {highest}] | min, {lowest}] | max }}}}"
