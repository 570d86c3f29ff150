"""The export limit, and prices below zero, kept between two plans: batteries take the surplus, then PV is curtailed.

A plant that is curtailed follows the meter: its limit rises as soon as the home takes more, and it is released once the
limit has not held it back for a while. A plant of a hybrid inverter is held back by what its battery may feed in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .feed_in import FeedIn, can_limit, still_limited
from .guard_rules import GuardRules
from .limits import Limits
from .metered import Metered
from .moment import Moment
from .setpoint import Setpoint

# Exported beyond the limit without a reaction: a meter's noise.
_TOLERANCE_KW = 0.1
# A plant that gives less than its limit by this is not held back by it.
_FREE_KW = 0.3
# A higher limit is worth a call from here on, and no sooner than this after the last: clouds would wear the inverter.
_STEP_KW = 0.2
_RISE = timedelta(seconds=30)
# So long a battery goes on taking the surplus once it has begun, whatever the clouds do.
_ABSORBS = timedelta(minutes=10)
# So near to full a battery takes hardly anything any more.
_NEARLY_FULL = 0.02
# The price's noise: fees that cancel out.
_NEGATIVE = -1e-4


@dataclass(frozen=True)
class Curtailing:
    """``caps``: each plant's limit in kW (its full one: it is released); ``acted``: when one was set; ``free``: since when none has held its plant back;
    ``absorbing``: batteries that take the surplus, and since when; ``feed_in``: what inverters may feed in, by battery;
    ``over``: since when too much is exported, now or again and again; ``within``: since when no longer."""

    caps: Mapping[str, float] = field(default_factory=dict)
    acted: datetime | None = None
    free: datetime | None = None
    absorbing: Mapping[str, datetime] = field(default_factory=dict)
    feed_in: Mapping[str, FeedIn] = field(default_factory=dict)
    over: datetime | None = None
    within: datetime | None = None


def export_limit_kw(moment: Moment | str, rules: GuardRules) -> float | None:
    """What may be exported now: nothing where export costs money; None: as much as there is."""
    problem = None if isinstance(moment, str) else moment.problem
    if problem is None or isinstance(moment, str):
        return rules.export_kw
    return 0.0 if problem.grid.export_price[moment.step] < _NEGATIVE else rules.export_kw


def curtail(
    before: Curtailing,
    wanted: Mapping[str, Setpoint],
    moment: Moment | str,
    metered: Metered,
    soc: Mapping[str, float | None],
    limits: Limits,
    rules: GuardRules,
    now: datetime,
) -> Curtailing:
    """The limits that hold now; ``metered.net_kw`` must be known."""
    limit, net = export_limit_kw(moment, rules), metered.net_kw
    if limit is None or net is None:
        return Curtailing()
    # A plan that curtails begins with its own limit.
    planned = {name: one.power_kw for name, one in wanted.items() if one.action == "limit" and name in limits.pv}
    caps = {name: kw for name, kw in (planned | dict(before.caps)).items() if _ours(wanted.get(name))}
    feed_in = still_limited(before.feed_in, wanted, limits, metered, limit, rules, now)
    absorbing = _absorbing(before, wanted, soc, limits, metered, limit, now)
    state = replace(before, caps=caps, absorbing=absorbing, feed_in=feed_in)
    beyond = -net - limit
    if beyond > _TOLERANCE_KW:
        return _less(state, wanted, beyond, metered, soc, limits, limit, rules, now)
    within = state.within if state.within is not None and state.within <= now else now
    # What comes again within seconds has not ended: clouds that flicker around the limit.
    state = replace(state, within=within, over=state.over if now - within < rules.settle else None)
    return _more(state, -beyond, metered, limits, rules, now) if caps else state


def _ours(wanted: Setpoint | None) -> bool:
    return wanted is not None and wanted.source in ("plan", "fallback") and wanted.action != "leave"


def _settling(state: Curtailing, span: timedelta, now: datetime) -> bool:
    return state.acted is not None and timedelta() <= now - state.acted < span


def _less(
    state: Curtailing,
    wanted: Mapping[str, Setpoint],
    beyond: float,
    metered: Metered,
    soc: Mapping[str, float | None],
    limits: Limits,
    limit: float,
    rules: GuardRules,
    now: datetime,
) -> Curtailing:
    over = now if state.over is None or state.over > now else state.over
    state = replace(state, over=over, within=None, free=None)
    if now - over < rules.react or _settling(state, rules.settle, now):
        return state
    # A plan that curtails keeps the battery's room for something better.
    curtails = any(one.action in ("limit", "limit_export") for one in wanted.values())
    idle = [] if curtails else [name for name in limits.batteries if _can(name, wanted, soc, limits)]
    taker = next((name for name in idle if name not in state.absorbing and name not in state.feed_in), None)
    if taker is not None and can_limit(taker, wanted, limits):
        return _feeding_less(state, taker, limit, now)  # takes the surplus, and keeps the limit with what is left
    if taker is not None:
        return replace(state, absorbing={**state.absorbing, taker: now}, acted=now)
    caps = _lower_caps(state, wanted, beyond, metered, limits)
    if caps != state.caps:
        return replace(state, caps=caps, acted=now)
    able = (name for name in limits.batteries if name not in state.feed_in and can_limit(name, wanted, limits))
    last = next((name for name in able if not _feeds_less_already(wanted[name], limit)), None)
    return state if last is None else _feeding_less(state, last, limit, now)


def _feeding_less(state: Curtailing, battery: str, limit: float, now: datetime) -> Curtailing:
    return replace(state, feed_in={**state.feed_in, battery: FeedIn(limit, now)}, acted=now)


def _feeds_less_already(one: Setpoint, limit: float) -> bool:
    return one.action == "limit_export" and one.power_kw <= limit


def _lower_caps(
    state: Curtailing, wanted: Mapping[str, Setpoint], beyond: float, metered: Metered, limits: Limits
) -> dict[str, float]:
    """The plants' limits, lower by what is exported beyond the limit."""
    caps = dict(state.caps)
    for name, plant in limits.pv.items():
        gives = metered.pv_kw.get(name)
        gives = min(gives if gives is not None else plant.limit_kw, caps.get(name, plant.limit_kw))
        if not _ours(wanted.get(name)) or beyond <= 0 or gives <= 0:
            continue
        caps[name] = round(max(0.0, gives - beyond), 3)
        beyond -= gives - caps[name]
    return caps


def _can(name: str, wanted: Mapping[str, Setpoint], soc: Mapping[str, float | None], limits: Limits) -> bool:
    """Whether a battery could take surplus and is told not to."""
    one, level = wanted.get(name), soc.get(name)
    idle = one is not None and _ours(one) and one.action in ("hold", "export_pv", "discharge")
    return idle and level is not None and level < limits.batteries[name].soc_max - _NEARLY_FULL


def _absorbing(
    before: Curtailing,
    wanted: Mapping[str, Setpoint],
    soc: Mapping[str, float | None],
    limits: Limits,
    metered: Metered,
    limit: float,
    now: datetime,
) -> dict[str, datetime]:
    """The batteries that go on: at least for a while, and as long as what they take would be exported beyond the limit."""
    found = {}
    for name, since in before.absorbing.items():
        taken = metered.batteries_kw.get(name)
        needed = taken is None or taken - (metered.net_kw or 0.0) > limit - _FREE_KW
        if name in limits.batteries and _can(name, wanted, soc, limits) and (needed or now - since < _ABSORBS):
            found[name] = since
    return found


def _more(
    state: Curtailing, room: float, metered: Metered, limits: Limits, rules: GuardRules, now: datetime
) -> Curtailing:
    """Raises the limits by the room there is; releases what has not been held back for a while."""
    held = {name: kw for name, kw in state.caps.items() if (metered.pv_kw.get(name) or 0.0) > kw - _FREE_KW}
    if not held:
        free = now if state.free is None or state.free > now else state.free
        if now - free < rules.restore:
            return replace(state, free=free)
        # The full limit, and not none: else a plan that curtails would begin with its own again.
        return replace(state, caps={name: limits.pv[name].limit_kw for name in state.caps}, free=free)
    state = replace(state, free=None)
    if room < _STEP_KW or _settling(state, _RISE, now):
        return state
    caps = dict(state.caps)
    for name in held:
        raised = min(caps[name] + room, limits.pv[name].limit_kw)
        room -= raised - caps[name]
        caps[name] = round(raised, 3)
    return replace(state, caps=caps, acted=now) if caps != state.caps else state
