"""The import limit and each phase's fuse, kept between two plans: what exceeds them is shed, and given back with patience.

Sheds in this order: cars are charged more slowly, batteries stop charging and then supply the home, and then loads and cars
are switched off in the declared order. Each device that was shed has a cap, which rises again in the reverse order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .guard_rules import GuardRules, hysteresis_kw, margin_kw
from .metered import Metered

# Beyond this part of a limit nothing is waited for.
_BY_FAR = 1.1
# Less is not worth a call.
_LEAST_GIFT_KW = 0.2


@dataclass(frozen=True)
class Sheddable:
    """What a device takes now (a battery below 0: gives), and ``full_kw``, what it is to take where nothing holds it back.

    ``least_kw``: below it the device is off; ``switched``: it takes all or nothing.
    """

    name: str
    level_kw: float
    full_kw: float
    least_kw: float = 0.0
    switched: bool = False


@dataclass(frozen=True)
class Cap:
    """The most that a device may take, in kW (below 0: what a battery gives at least), and since when."""

    kw: float
    since: datetime


@dataclass(frozen=True)
class Shedding:
    """``caps`` in the order of shedding; ``over``: since when a limit is exceeded, now or again and again; ``within``: since
    when no longer; ``clear``: since when there is room; ``acted``: when something was shed last."""

    caps: Mapping[str, Cap] = field(default_factory=dict)
    over: datetime | None = None
    clear: datetime | None = None
    acted: datetime | None = None
    within: datetime | None = None


@dataclass(frozen=True)
class Stage:
    """One thing to do: bring ``device`` down as far as ``floor_kw``."""

    device: Sheddable
    floor_kw: float


Excess = Mapping[int | None, float]


def excess(metered: Metered, rules: GuardRules) -> dict[int | None, float] | None:
    """By how much each limit (None: of all phases together) is exceeded, kW, below 0: the room; None: not known."""
    found: dict[int | None, float] = {}
    if rules.import_kw is not None and metered.import_kw is not None:
        found[None] = (metered.net_kw or 0.0) - rules.import_kw
    if rules.phase_kw is not None and metered.phases_kw is not None:
        found |= {phase: kw - rules.phase_kw for phase, kw in enumerate(metered.phases_kw, start=1)}
    return found or None


def shed(before: Shedding, stages: tuple[Stage, ...], metered: Metered, rules: GuardRules, now: datetime) -> Shedding:
    """The caps that hold now. A device that is in no stage is not to be shed (any more): it has no cap."""
    beyond, devices = excess(metered, rules), {stage.device.name: stage.device for stage in stages}
    if beyond is None:
        return Shedding()
    before = replace(before, caps={name: cap for name, cap in before.caps.items() if name in devices})
    limits = {phase: rules.import_kw if phase is None else rules.phase_kw for phase in beyond}
    sizes = {phase: limit for phase, limit in limits.items() if limit is not None}
    if max(beyond.values()) > 0:
        over = _start(before.over, now)
        far = any(beyond[phase] > (_BY_FAR - 1) * size for phase, size in sizes.items())
        settling = before.acted is not None and timedelta() <= now - before.acted < rules.settle
        if settling or not (far or now - over >= rules.react):
            return Shedding(before.caps, over, None, before.acted)
        aimed = {phase: kw + margin_kw(sizes[phase]) for phase, kw in beyond.items()}
        caps = _more(before.caps, stages, aimed, rules, now)
        return Shedding(caps, over, None, now if caps != before.caps else before.acted)
    within = _start(before.within, now)
    # What comes again within seconds has not ended: a hob that switches its ring on and off.
    over_since = before.over if now - within < rules.settle else None
    room = {phase: -kw - hysteresis_kw(sizes[phase]) for phase, kw in beyond.items()}
    if min(room.values()) <= 0 or not before.caps:
        return Shedding(before.caps, over_since, None, before.acted, within)
    clear = _start(before.clear, now)
    if now - clear < rules.restore:
        return Shedding(before.caps, over_since, clear, before.acted, within)
    caps = _given_back(before.caps, devices, room, rules, now)
    return Shedding(caps, over_since, now if caps != before.caps else clear, before.acted, within)


def _start(before: datetime | None, now: datetime) -> datetime:
    """Since when; a clock that was set back begins anew."""
    return now if before is None or before > now else before


def _more(
    caps: Mapping[str, Cap], stages: tuple[Stage, ...], beyond: Excess, rules: GuardRules, now: datetime
) -> dict[str, Cap]:
    """The caps with as much more as is needed, in the order of the stages."""
    found, left, levels = dict(caps), dict(beyond), {stage.device.name: stage.device.level_kw for stage in stages}
    for stage in stages:
        name = stage.device.name
        parts = {phase: rules.part_on(name, phase) for phase in left}
        needed = max((kw / parts[phase] for phase, kw in left.items() if parts[phase] > 0 and kw > 0), default=0.0)
        possible = levels[name] - stage.floor_kw
        if needed <= 0 or possible <= 0:
            continue
        # Below its least power a device is off, and what it took is gone at once.
        off = levels[name] - needed < stage.device.least_kw
        less = possible if stage.device.switched or off else min(needed, possible)
        levels[name] -= less
        found.pop(name, None)  # the newest cap stands last
        found[name] = Cap(round(levels[name], 3), now)
        left = {phase: kw - parts[phase] * less for phase, kw in left.items()}
    return found


def _given_back(
    caps: Mapping[str, Cap], devices: Mapping[str, Sheddable], room: Excess, rules: GuardRules, now: datetime
) -> dict[str, Cap]:
    """The caps after the last that can be raised has been."""
    found = dict(caps)
    for name, cap in reversed(list(found.items())):
        raised = _raised(devices[name], cap, _room_for(name, room, rules), rules, now)
        if raised is None:
            continue
        if raised >= devices[name].full_kw:
            del found[name]
        else:
            found[name] = Cap(round(raised, 3), now)
        return found
    return found


def _room_for(name: str, room: Excess, rules: GuardRules) -> float:
    parts = {phase: rules.part_on(name, phase) for phase in room}
    return min((kw / parts[phase] for phase, kw in room.items() if parts[phase] > 0), default=float("inf"))


def _raised(device: Sheddable, cap: Cap, room_kw: float, rules: GuardRules, now: datetime) -> float | None:
    """What a device may take again; None where it must wait."""
    off = device.switched or cap.kw < device.least_kw
    if off and now - cap.since < rules.rest:
        return None
    level = min(cap.kw, device.level_kw) + room_kw
    if device.switched:
        return device.full_kw if level >= device.full_kw else None
    least = max(device.least_kw, cap.kw + _LEAST_GIFT_KW)
    return level if level >= min(least, device.full_kw) else None
