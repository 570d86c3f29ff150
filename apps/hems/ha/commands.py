"""From a setpoint to Home Assistant actions, placeholders filled in; and what a site's devices can do."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, get_args

from pydantic import BaseModel

from ..config.actions import Action, SgReadyActions
from ..config.devices import Battery, Ev, Pv
from ..config.loads import AnyLoad, Heat, Program
from ..config.site import Site
from ..control.limits import BatteryLimits, EvLimits, Limits, LoadLimits, PvLimits
from ..control.setpoint import Action as Word
from ..control.setpoint import BatteryAction, Setpoint
from .placeholders import Device, Value, filled, values_of
from .port import Home
from .read_back import NUMBERS, Command, make_command, number_of, targets

# A heating element stays as it is for a step of the plan at least, a compressor for its own least times.
_ELEMENT_STAYS = timedelta(minutes=5)


def commands(
    setpoint: Setpoint, device: Device, home: Home, soc_now: float | None = None, phases: int | None = None
) -> tuple[Command, ...]:
    """The actions for a setpoint, in the order in which they are configured; none for "leave".

    Powers are clamped to the range of the number entity that takes them. Raises ValueError where a device has
    no actions for the setpoint, or a placeholder has no value in its mode. ``soc_now`` and ``phases``: as for
    ``values_of``.
    """
    if setpoint.action == "leave":
        return ()
    actions = _told(setpoint, device)
    if actions is None:
        raise ValueError(f"{setpoint.device}: has no actions for {setpoint.action}")
    return _filled_in(actions, values_of(setpoint, device, home, soc_now, phases), home)


def phase_commands(setpoint: Setpoint, car: Ev, home: Home, phases: int) -> tuple[Command, ...]:
    """The actions that set a charge point to so many phases."""
    return _filled_in(car.actions.set_phases or (), values_of(setpoint, car, home, None, phases), home)


def entities_of_actions(device: Device) -> frozenset[str]:
    """The entities that a device's actions write to, as far as they are named."""
    return frozenset(entity for action in _all_actions(device) for entity in targets(action.data) if "{" not in entity)


def limits_of(site: Site) -> Limits:
    """What the devices of a site can do and can be told. PV without actions is not told anything."""
    return Limits(
        batteries={name: _battery_limits(site, name) for name in site.batteries},
        evs={
            name: EvLimits(one.min_kw, one.max_kw, one.soc_max, not one.from_home_battery)
            for name, one in site.evs.items()
        },
        loads={name: _load_limits(one) for name, one in site.loads.items()},
        pv={name: PvLimits(one.limit_kw or 0.0) for name, one in site.pv.items() if one.actions is not None},
    )


def _battery_limits(site: Site, name: str) -> BatteryLimits:
    one = site.batteries[name]
    words: tuple[BatteryAction, ...] = get_args(BatteryAction)
    return BatteryLimits(
        charge_kw=one.charge_limit_kw,
        discharge_kw=one.discharge_limit_kw,
        soc_min=one.soc_min,
        soc_max=one.soc_max,
        actions=frozenset(word for word in words if getattr(one.actions, word) is not None),
        curtails=frozenset(plant for plant, pv in site.pv.items() if pv.curtailed_by == name),
    )


def _load_limits(one: AnyLoad) -> LoadLimits:
    power_kw = max(one.program_kw) if isinstance(one, Program) else one.power_kw
    states = one.actions
    if not isinstance(states, SgReadyActions) or isinstance(one, Program):
        if not isinstance(one, Heat):
            return LoadLimits(power_kw, isinstance(one, Program))
        on, off = (max(timedelta(minutes=minutes), _ELEMENT_STAYS) for minutes in one.least_minutes)
        return LoadLimits(power_kw, max_c=one.max_c, stays_on=on, stays_off=off)
    found: set[Word] = {"block"} if states.block is not None else set()
    # Without a boost the load is switched on by force already.
    found |= {"force"} if states.boost is not None and states.force is not None else set()
    return LoadLimits(power_kw, sg_ready=frozenset(found), min_c=one.min_c if isinstance(one, Heat) else None)


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
    if setpoint.action in ("block", "force"):
        return _named(device.actions if isinstance(device.actions, SgReadyActions) else None, setpoint.action)
    told = device.told()
    if setpoint.action == "on":
        return told.start or told.schedule
    return told.stop or () if setpoint.action == "off" else None  # a program without stop ends by itself


def _named(actions: BaseModel | None, name: str) -> tuple[Action, ...] | None:
    found = getattr(actions, name, None)
    return found if isinstance(found, tuple) else None


def _filled_in(actions: tuple[Action, ...], values: Mapping[str, Value], home: Home) -> tuple[Command, ...]:
    found = []
    for action in actions:
        data = filled(action.data, values)
        if action.service in NUMBERS and action.data.get("value") != data.get("value"):
            data["value"] = _within(data["value"], targets(data), home)
        found.append(make_command(action.service, data))
    return tuple(found)


def _all_actions(device: Device) -> Iterator[Action]:
    told: BaseModel | None = device.actions
    if not isinstance(device, Battery | Ev | Pv) and not isinstance(told, SgReadyActions):
        told = device.told()
    for name in type(told).model_fields if told is not None else ():
        yield from getattr(told, name) or ()


def _within(value: Any, entities: tuple[str, ...], home: Home) -> Any:
    """A number rounded to the entity's step and kept inside its range, as far as these are known."""
    if len(entities) != 1 or number_of(value) is None:
        return value
    attributes = home.attributes(entities[0])
    low, high, step = (number_of(attributes.get(key)) for key in ("min", "max", "step"))
    found = float(value)
    if step:
        found = round(round(found / step) * step, 6)
    found = found if high is None else min(found, high)
    found = found if low is None else max(found, low)
    return int(found) if found == int(found) else found
