"""Cars that the plan charges from the sun follow what the meter shows, not the forecast.

The surplus is what the car takes, plus what is exported, less what is imported, less what the battery was to take and does
not. A car has a least current: below it the car goes on with that for some minutes (a cloud), then it stops.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .guard_rules import GuardRules
from .limits import EvLimits
from .metered import Metered
from .moment import DEADBAND_KW, Moment
from .setpoint import Setpoint

# The meter's noise and short loads are smoothed: less surplus is believed sooner than more.
_FALLING_S = 15.0
_RISING_S = 60.0
# Less is no reason to set another current; with one phase an ampere is 0.23 kW.
_STEP_KW = 0.2
# Aimed at on the meter, so that noise does not become import.
_LEFT_OVER_KW = 0.05


@dataclass(frozen=True)
class Following:
    """A car on surplus. ``level_kw``: the smoothed surplus; ``told_kw``: what it was told last; ``at``: when (None: it does
    not follow now); ``since``: since when the surplus has called for a change; ``changed``: when it last began or stopped."""

    on: bool
    level_kw: float
    told_kw: float
    at: datetime | None
    since: datetime | None = None
    changed: datetime | None = None


def from_surplus(wanted: Setpoint, moment: Moment | str, rules: GuardRules) -> bool:
    """Whether the plan charges this car now and buys nothing for it."""
    if isinstance(moment, str) or wanted.action != "charge" or wanted.source != "plan":
        return False
    return wanted.device in rules.surplus_only or not moment.imports


def surplus_kw(cars: tuple[str, ...], metered: Metered, moment: Moment, rules: GuardRules) -> float | None:
    """What these cars together could take now (below 0: they buy); None where that is not known."""
    net, own = metered.net_kw, [metered.cars_kw.get(car) for car in cars]
    if net is None or None in own:
        return None
    found = sum(kw for kw in own if kw is not None) - net - _LEFT_OVER_KW
    sun_only = any(car in rules.surplus_only for car in cars)
    for name, planned in moment.plan.batteries.items():
        battery_kw = metered.batteries_kw.get(name)
        if battery_kw is None:
            return None
        discharged = 0.0 if sun_only else planned.discharge_kw[moment.step]
        found += battery_kw - (planned.charge_kw[moment.step] - discharged)
    return found


def follow(
    wanted: Mapping[str, Setpoint],
    before: Mapping[str, Following],
    moment: Moment | str,
    metered: Metered,
    limits: Mapping[str, EvLimits],
    rules: GuardRules,
    now: datetime,
) -> tuple[dict[str, Setpoint], dict[str, Following]]:
    """Setpoints of the cars that follow the surplus, and their state; the first car takes what it can, then the next.

    Where the surplus is not known the plan's power stands.
    """
    cars = tuple(name for name in limits if name in wanted and from_surplus(wanted[name], moment, rules))
    left = surplus_kw(cars, metered, moment, rules) if cars and not isinstance(moment, str) else None
    # When it began or stopped is kept, so that it is no restless car when it follows again.
    state = {name: one if name in cars else replace(one, at=None, since=None) for name, one in before.items()}
    found: dict[str, Setpoint] = {}
    for name in cars:
        if left is None:
            break
        one = _follow(before.get(name), left, metered.cars_kw.get(name) or 0.0, limits[name], rules, now)
        state[name], found[name] = one, _told(wanted[name], one)
        left -= one.told_kw
    return found, state


def _follow(
    before: Following | None, surplus: float, car_kw: float, limits: EvLimits, rules: GuardRules, now: datetime
) -> Following:
    if before is None or before.at is None or not timedelta() <= now - before.at <= rules.surplus_stop:
        changed = before.changed if before is not None else None
        on = car_kw > DEADBAND_KW or (surplus >= limits.min_kw and changed is None)
        return Following(on, surplus, _power(surplus, limits) if on else 0.0, now, None, changed)
    level = _smoothed(before.level_kw, surplus, now - before.at)
    calls = level < limits.min_kw if before.on else level >= limits.min_kw
    since = (before.since or now) if calls else None
    due = since is not None and now - since >= (rules.surplus_stop if before.on else rules.surplus_start)
    rested = before.on or before.changed is None or now - before.changed >= rules.rest
    if due and rested:
        told = 0.0 if before.on else _power(level, limits)
        return Following(not before.on, level, told, now, None, now)
    told = _power(level, limits) if before.on else 0.0
    small = abs(told - before.told_kw) < _STEP_KW and told not in (limits.min_kw, limits.max_kw)
    return replace(before, level_kw=level, told_kw=before.told_kw if small else told, at=now, since=since)


def _smoothed(level: float, surplus: float, gone: timedelta) -> float:
    constant = _FALLING_S if surplus < level else _RISING_S
    return level + (1 - math.exp(-gone.total_seconds() / constant)) * (surplus - level)


def _power(surplus: float, limits: EvLimits) -> float:
    return max(limits.min_kw, min(surplus, limits.max_kw))


def _told(wanted: Setpoint, one: Following) -> Setpoint:
    if not one.on:
        text = "Waits for more surplus of the sun."
        return replace(wanted, action="stop", power_kw=0.0, target_soc=None, text=text)
    return replace(wanted, power_kw=one.told_kw, text=f"Charges at {one.told_kw:.1f} kW: it follows the surplus.")
