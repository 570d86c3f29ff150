"""From a setpoint to Home Assistant actions: placeholders filled in, and what is read back afterwards."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..config.actions import Actions
from ..config.devices import Battery, Ev, Heat, Program, Pv, Quota
from ..config.site import Site
from ..control.limits import BatteryLimits, EvLimits, Limits, LoadLimits, PvLimits
from ..control.setpoint import Setpoint
from .port import Home
from .readings import known

Device = Battery | Ev | Pv | Program | Quota | Heat

# Services whose effect is the entity's state itself, for entities whose state is on or off.
_SWITCHED = {"turn_on": "on", "turn_off": "off"}
_ON_OFF_DOMAINS = frozenset({"switch", "input_boolean", "light", "fan", "siren"})
_NUMBERS = frozenset({"number.set_value", "input_number.set_value"})
_OPTIONS = frozenset({"select.select_option", "input_select.select_option"})
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
# A solver's 15.9999 A is 16 A: two hundredths of an ampere are noise, not a wish.
_AMPERE_NOISE = 0.02


@dataclass(frozen=True)
class Command:
    """One action. ``expect``: the state (text) or number that each entity shows once it is carried out."""

    service: str
    data: Mapping[str, Any]
    expect: Mapping[str, str | float]


def commands(setpoint: Setpoint, device: Device, home: Home) -> tuple[Command, ...]:
    """The actions for a setpoint, in the order in which they are configured; none for "leave".

    Powers are clamped to the range of the number entity that takes them. Raises ValueError where a device has
    no actions for the setpoint, or a placeholder has no value in its mode.
    """
    if setpoint.action == "leave":
        return ()
    actions = _actions(setpoint, device)
    if actions is None:
        raise ValueError(f"{setpoint.device}: has no actions for {setpoint.action}")
    values = _values(setpoint, device)
    found = []
    for action in actions:
        data = _filled(action.data, values)
        if action.service in _NUMBERS and action.data.get("value") != data.get("value"):
            data["value"] = _within(data["value"], _targets(data), home)
        found.append(Command(action.service, data, _expected(action.service, data)))
    return tuple(found)


def obeyed(home: Home, entity: str, wanted: str | float) -> bool:
    """Whether an entity shows what is wanted; numbers within half a step or 1 %, whichever is more."""
    state = known(home.state(entity))
    if state is None:
        return False
    if isinstance(wanted, str):
        return state == wanted
    try:
        found = float(state)
    except ValueError:
        return False
    step = _number(home.attributes(entity).get("step")) or 0.0
    return abs(found - wanted) <= max(step / 2, abs(wanted) / 100) + 1e-9


def not_obeyed(home: Home, given: Iterable[Command]) -> list[str]:
    """What is not as the commands want it, in words; empty where all is."""
    return [
        f"{entity} was to be {wanted} and is {home.state(entity)}"
        for command in given
        for entity, wanted in command.expect.items()
        if not obeyed(home, entity, wanted)
    ]


def limits_of(site: Site) -> Limits:
    """What the devices of a site can do and can be told. PV without actions is not told anything."""
    return Limits(
        batteries={
            name: BatteryLimits(
                charge_kw=one.charge_limit_kw,
                discharge_kw=one.discharge_limit_kw,
                soc_min=one.soc_min,
                soc_max=one.soc_max,
                actions=frozenset(
                    word
                    for word in ("self_use", "charge", "discharge", "hold")
                    if getattr(one.actions, word) is not None
                ),
            )
            for name, one in site.batteries.items()
        },
        evs={name: EvLimits(one.min_kw, one.max_kw, one.soc_max) for name, one in site.evs.items()},
        loads={
            name: LoadLimits(
                max(one.program_kw) if isinstance(one, Program) else one.power_kw, isinstance(one, Program)
            )
            for name, one in site.loads.items()
        },
        pv={name: PvLimits(one.limit_kw or 0.0) for name, one in site.pv.items() if one.actions is not None},
    )


def devices_of(site: Site) -> dict[str, Device]:
    """Every device that can be told something, by name."""
    plants = {name: plant for name, plant in site.pv.items() if plant.actions is not None}
    return {**site.batteries, **site.evs, **site.loads, **plants}


def _actions(setpoint: Setpoint, device: Device) -> Actions | None:
    told: Any = device.told() if isinstance(device, Program | Quota | Heat) else device.actions
    found = getattr(told, setpoint.action, None)
    return found if isinstance(found, tuple) else None


def _values(setpoint: Setpoint, device: Device) -> dict[str, float]:
    """What the placeholders stand for; ``current_a`` in whole amperes, never above the power."""
    power_w = round(setpoint.power_kw * 1000)
    voltage, phases = (device.voltage, device.phases) if isinstance(device, Ev) else (230.0, 1)
    values: dict[str, float] = {"power_w": power_w, "power_kw": round(setpoint.power_kw, 3)}
    if voltage > 0:
        values["current_a"] = math.floor(power_w / (voltage * phases) + _AMPERE_NOISE)
    if setpoint.target_soc is not None:
        values["soc_percent"] = round(setpoint.target_soc * 100)
    return values


def _filled(value: Any, values: Mapping[str, float]) -> Any:
    """A copy with placeholders filled in; a text that is nothing but one placeholder becomes a number."""
    if isinstance(value, Mapping):
        return {key: _filled(inner, values) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(inner, values) for inner in value]
    if not isinstance(value, str):
        return value
    for name in _PLACEHOLDER.findall(value):
        if name not in values:
            raise ValueError(f"{{{name}}} has no value here")
    alone = _PLACEHOLDER.fullmatch(value.strip())
    return values[alone[1]] if alone else _PLACEHOLDER.sub(lambda found: str(values[found[1]]), value)


def _within(value: Any, entities: tuple[str, ...], home: Home) -> Any:
    """A number rounded to the entity's step and kept inside its range, as far as these are known."""
    if len(entities) != 1 or _number(value) is None:
        return value
    attributes = home.attributes(entities[0])
    low, high, step = (_number(attributes.get(key)) for key in ("min", "max", "step"))
    found = float(value)
    if step:
        found = round(round(found / step) * step, 6)
    found = found if high is None else min(found, high)
    found = found if low is None else max(found, low)
    return int(found) if found == int(found) else found


def _number(value: Any) -> float | None:
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def _targets(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The entities that an action names, in its data or in its target."""
    target = data.get("target")
    found = data.get("entity_id") or (target.get("entity_id") if isinstance(target, Mapping) else None)
    if isinstance(found, str):
        return tuple(part.strip() for part in found.split(",") if part.strip())
    return tuple(str(part) for part in found) if isinstance(found, list) else ()


def _expected(service: str, data: Mapping[str, Any]) -> dict[str, str | float]:
    """What is read back; empty where a service leaves no state that is known beforehand."""
    entities = _targets(data)
    word = service.split(".")[1]
    if word in _SWITCHED:
        return {one: _SWITCHED[word] for one in entities if one.split(".")[0] in _ON_OFF_DOMAINS}
    number = _number(data.get("value"))
    if service in _NUMBERS and number is not None:
        return dict.fromkeys(entities, number)
    if service in _OPTIONS and isinstance(data.get("option"), str):
        return dict.fromkeys(entities, str(data["option"]))
    return {}
