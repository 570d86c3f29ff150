"""From a plan to what every device does now. Overrides act here, without waiting for a new plan."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from ..domain.plan import Plan
from ..domain.problem import Problem
from .battery import battery_setpoint
from .ev import ev_setpoint
from .limits import Limits
from .load import load_setpoint
from .measured import Measured
from .moment import MAX_PLAN_AGE, Moment, moment_of
from .overrides import Override, Overrides
from .pv import pv_setpoint
from .setpoint import Action, Setpoint
from .side import Side

# What a battery is told with a power of its own; one that is left alone may be doing the same.
_FORCED: frozenset[Action] = frozenset({"charge", "discharge", "leave"})
_MOSTLY = 0.5


def setpoints(
    plan: Plan | None,
    problem: Problem | None,
    now: datetime,
    overrides: Overrides,
    readings: Measured,
    limits: Limits,
    *,
    created: datetime | None = None,
    max_plan_age: timedelta = MAX_PLAN_AGE,
) -> dict[str, Setpoint]:
    """One setpoint for every device of ``limits``, by name.

    ``now`` and ``created`` (when the plan was made; None: its start) are aware. A plan that is missing, older
    than ``max_plan_age`` or does not cover ``now`` is not followed. With control off every device is left
    alone, and the text says what would be done.
    """
    moment = moment_of(plan, problem, now, created, max_plan_age)
    cars = [
        ev_setpoint(name, overrides.of(name), moment, readings.connected.get(name), ev)
        for name, ev in limits.evs.items()
    ]
    found = [*_batteries(moment, cars, overrides, readings, limits), *cars]
    for name, load in limits.loads.items():
        found.append(load_setpoint(name, overrides.of(name), moment, readings, load))
    for name, plant in limits.pv.items():
        found.append(pv_setpoint(name, overrides.of(name), moment, plant))
    if overrides.until:
        found = [_timed(one, overrides) for one in found]
    return {one.device: one if overrides.control else _not_controlled(one) for one in found}


def _batteries(
    moment: Moment | str, cars: Collection[Setpoint], overrides: Overrides, readings: Measured, limits: Limits
) -> list[Setpoint]:
    """The batteries' setpoints; those at rest see on which side of the meter the home is."""

    def told(name: str, side: Side | None) -> Setpoint:
        reserve, soc = overrides.reserve_soc.get(name), readings.soc.get(name)
        return battery_setpoint(name, overrides.of(name), moment, soc, limits.batteries[name], reserve, side)

    found = {name: told(name, None) for name in limits.batteries}
    resting = [name for name, one in found.items() if one.action == "hold" and name not in readings.spent]
    if readings.side is None or not resting or any(_may_feed(one, moment, readings, limits) for one in cars):
        return list(found.values())
    # In self-use a battery would supply another one that is charged by force, or charge from one that sells.
    forced = {name for name, one in found.items() if one.action in _FORCED}
    return list((found | {name: told(name, readings.side) for name in resting if not forced}).values())


def _may_feed(car: Setpoint, moment: Moment | str, readings: Measured, limits: Limits) -> bool:
    """Whether a battery in self-use might feed a car that it must not: the car charges, or nobody knows.

    Nor is one to be fed that the plan charges mostly from the grid.
    """
    if not limits.evs[car.device].apart:
        bought = not isinstance(moment, str) and moment.import_kw >= _MOSTLY * car.power_kw
        return car.action == "charge" and bought
    drawing = readings.drawing.get(car.device)
    unknown = drawing is None and car.action == "leave" and readings.connected.get(car.device) is not False
    return car.action == "charge" or drawing is True or unknown


def _timed(setpoint: Setpoint, overrides: Overrides) -> Setpoint:
    """With the time at which the override ends that it follows."""
    until = overrides.until.get(setpoint.device)
    return setpoint if until is None or setpoint.source in ("plan", "fallback") else replace(setpoint, until=until)


def given_back(overrides: Overrides, limits: Limits, held: Collection[str] = ()) -> dict[str, Setpoint]:
    """What the devices are told once when HEMS lets go: batteries run themselves, PV is not curtailed.

    Cars and loads stay as they are, but for those that are ``held``, blocked or forced, which nobody else would end. So does
    a device that the family has on manual: it is theirs.
    """
    found = [
        Setpoint(name, "battery", "self_use", 0.0, "fallback", "HEMS lets go: runs in self-use.")
        for name in limits.batteries
    ]
    found += [Setpoint(name, "pv", "release", 0.0, "fallback", "HEMS lets go: is not curtailed.") for name in limits.pv]
    found += [Setpoint(name, "load", "off", 0.0, "fallback", "HEMS lets go: runs as it likes.") for name in held]
    return {one.device: one for one in found if overrides.of(one.device) is not Override.MANUAL}


def _not_controlled(wanted: Setpoint) -> Setpoint:
    if wanted.action == "leave":
        return wanted
    text = f"Control is off, so nothing is written. With control on: {wanted.text}"
    return replace(wanted, action="leave", power_kw=0.0, target_soc=None, text=text)
