"""From a setpoint to Home Assistant actions: placeholders filled in, and what is read back afterwards."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from ..config.actions import Action
from ..config.devices import Battery, Ev, Program, Pv
from ..config.site import Site
from ..control.limits import BatteryLimits, EvLimits, Limits, LoadLimits, PvLimits
from ..control.setpoint import Setpoint
from .placeholders import Device, filled, values_of
from .port import Home
from .readings import known

# Services whose effect is the entity's state itself, for entities whose state is on or off.
_SWITCHED = {"turn_on": "on", "turn_off": "off"}
_ON_OFF_DOMAINS = frozenset({"switch", "input_boolean", "light", "fan", "siren"})
_NUMBERS = frozenset({"number.set_value", "input_number.set_value"})
_OPTIONS = frozenset({"select.select_option", "input_select.select_option"})


@dataclass(frozen=True)
class Command:
    """One action. ``expect``: the state (text) or number that each entity shows once it is carried out."""

    service: str
    data: Mapping[str, Any]
    expect: Mapping[str, str | float]


def commands(setpoint: Setpoint, device: Device, home: Home, soc_now: float | None = None) -> tuple[Command, ...]:
    """The actions for a setpoint, in the order in which they are configured; none for "leave".

    Powers are clamped to the range of the number entity that takes them. Raises ValueError where a device has
    no actions for the setpoint, or a placeholder has no value in its mode. ``soc_now``: as for ``values_of``.
    """
    if setpoint.action == "leave":
        return ()
    actions = _told(setpoint, device)
    if actions is None:
        raise ValueError(f"{setpoint.device}: has no actions for {setpoint.action}")
    values = values_of(setpoint, device, home, soc_now)
    found = []
    for action in actions:
        data = filled(action.data, values)
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


def _told(setpoint: Setpoint, device: Device) -> tuple[Action, ...] | None:
    """The actions that bring the setpoint about; None where the device cannot be told.

    A setpoint says what is to be, the actions how: a car charges once its phases and its current are set.
    """
    if isinstance(device, Battery):
        return _named(device.actions, setpoint.action)
    if isinstance(device, Ev):
        if setpoint.action == "stop":
            return device.actions.stop
        parts = (device.actions.set_phases, device.actions.set_current, device.actions.start)
        return sum((part for part in parts if part), ()) if setpoint.action == "charge" else None
    if isinstance(device, Pv):
        return _named(device.actions, {"limit": "curtail"}.get(setpoint.action, setpoint.action))
    told = device.told()
    if setpoint.action == "on":
        return told.start or told.schedule
    return told.stop or () if setpoint.action == "off" else None  # a program without stop ends by itself


def _named(actions: BaseModel | None, name: str) -> tuple[Action, ...] | None:
    found = getattr(actions, name, None)
    return found if isinstance(found, tuple) else None


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
