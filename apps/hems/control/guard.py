"""The guard between two plans: every few seconds it fits the plan's setpoints to what the meter shows.

Cars on surplus follow it; export is kept within its limit; import, last and before all, within its own. What the family has
set by hand is left alone, except that a limit of the connection outranks a boost. Pure: state in, state out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .curtail import Curtailing, curtail
from .feed_in import feed_in_limited
from .guard_rules import GuardRules
from .limits import Limits
from .measured import Measured
from .metered import Metered
from .moment import DEADBAND_KW, Moment
from .setpoint import SUPPLYING, Action, Setpoint
from .shed import Cap, Sheddable, Shedding, Stage, shed
from .surplus import Following, follow

# A meter that is silent for longer guards nothing: the plan stands alone.
_SILENCE = timedelta(seconds=60)
# A battery is not discharged for the fuse below its minimum and so much.
_ABOVE_MINIMUM = 0.02


@dataclass(frozen=True)
class GuardState:
    """What the guard keeps from one look to the next. ``metered``: when the meter was known last."""

    following: Mapping[str, Following] = field(default_factory=dict)
    curtailing: Curtailing = field(default_factory=Curtailing)
    shedding: Shedding = field(default_factory=Shedding)
    metered: datetime | None = None


def guard(
    before: GuardState,
    wanted: Mapping[str, Setpoint],
    moment: Moment | str,
    metered: Metered,
    measured: Measured,
    limits: Limits,
    rules: GuardRules,
    now: datetime,
) -> tuple[dict[str, Setpoint], GuardState]:
    """The setpoints that hold now, for every device of ``wanted``, and the state for the next look.

    A meter that is not known changes nothing: for a minute what was decided last stands, then the plan alone.
    """
    if metered.net_kw is None and metered.phases_kw is None:
        silent = before.metered is None or not timedelta() <= now - before.metered <= _SILENCE
        state = GuardState() if silent else before
        return _capped(_curtailed(dict(wanted), state.curtailing, limits), state.shedding, limits), state
    followed, following = follow(wanted, before.following, moment, metered, limits.evs, rules, now)
    found = dict(wanted) | followed
    curtailing = curtail(before.curtailing, found, moment, metered, measured.soc, limits, rules, now)
    found = _curtailed(found, curtailing, limits)
    earlier = _supported(before.shedding, found, measured, limits)
    stages = tuple(_stages(found, earlier, metered, measured, limits, rules))
    shedding = shed(earlier, stages, metered, rules, now)
    state = GuardState(following, curtailing, shedding, now)
    return _capped(found, shedding, limits), state


def _supported(before: Shedding, wanted: Mapping[str, Setpoint], measured: Measured, limits: Limits) -> Shedding:
    """Without batteries that supply the home for a limit and are at their minimum now."""
    caps = {
        name: Cap(0.0, cap.since)
        if cap.kw < 0 and name in limits.batteries and not _may_supply(wanted[name], measured.soc.get(name), limits)
        else cap
        for name, cap in before.caps.items()
    }
    return replace(before, caps=caps)


def _curtailed(wanted: dict[str, Setpoint], state: Curtailing, limits: Limits) -> dict[str, Setpoint]:
    found = dict(wanted)
    for name in filter(lambda name: _is_ours(found.get(name)), state.absorbing):
        text = "Takes the surplus, of which too much would be exported."
        found[name] = replace(found[name], action="self_use", power_kw=0.0, target_soc=None, source="guard", text=text)
    for name, feed_in in state.feed_in.items():
        if _is_ours(found.get(name)):
            found[name] = feed_in_limited(found[name], feed_in)
    for name, kw in state.caps.items():
        if not _is_ours(found.get(name)):
            continue
        full = limits.pv[name].limit_kw
        if kw >= full - DEADBAND_KW:
            found[name] = replace(found[name], action="release", power_kw=0.0, text="Gives all it can.")
        else:
            text = f"Is limited to {kw:.1f} kW: too much would be exported."
            found[name] = replace(found[name], action="limit", power_kw=kw, source="guard", text=text)
    return found


def _stages(
    wanted: Mapping[str, Setpoint],
    before: Shedding,
    metered: Metered,
    measured: Measured,
    limits: Limits,
    rules: GuardRules,
) -> Iterator[Stage]:
    """What can be shed, in its order: cars to their least power, batteries, then loads and cars as declared."""
    caps = {name: cap.kw for name, cap in before.caps.items()}
    cars = {name: _car(wanted[name], caps, metered, limits) for name in limits.evs if _is_ours(wanted.get(name))}
    for name, car in cars.items():
        yield Stage(car, min(car.level_kw, limits.evs[name].min_kw))
    stores = {
        name: _battery(wanted[name], caps, metered)
        for name in limits.batteries
        if _is_ours(wanted.get(name)) and wanted[name].action not in SUPPLYING
    }
    for store in stores.values():
        yield Stage(store, min(store.level_kw, 0.0))
    for name, store in stores.items():
        if _may_supply(wanted[name], measured.soc.get(name), limits):
            yield Stage(store, min(store.level_kw, -limits.batteries[name].discharge_kw))
    for name in rules.shed:
        if name in cars:
            yield Stage(cars[name], 0.0)
        elif name in limits.loads and _may_wait(name, wanted, measured, limits):
            yield Stage(_load(name, wanted[name], caps, limits), 0.0)


def _is_ours(one: Setpoint | None) -> bool:
    return one is not None and one.action != "leave"


def _may_wait(name: str, wanted: Mapping[str, Setpoint], measured: Measured, limits: Limits) -> bool:
    """Whether a load can be switched off, or its start put off: a program that runs cannot."""
    running = limits.loads[name].program and measured.running.get(name) is not False
    return _is_ours(wanted.get(name)) and not running


def _may_supply(wanted: Setpoint, soc: float | None, limits: Limits) -> bool:
    battery = limits.batteries[wanted.device]
    able = "discharge" in battery.actions and wanted.source in ("plan", "fallback", "boost", "charge")
    return able and soc is not None and soc > battery.soc_min + _ABOVE_MINIMUM


def _car(one: Setpoint, caps: Mapping[str, float], metered: Metered, limits: Limits) -> Sheddable:
    full = one.power_kw if one.action == "charge" else 0.0
    taken = metered.cars_kw.get(one.device)
    level = min(full, caps.get(one.device, full), taken if taken is not None else full)
    return Sheddable(one.device, level, full, limits.evs[one.device].min_kw)


def _battery(one: Setpoint, caps: Mapping[str, float], metered: Metered) -> Sheddable:
    full = {"charge": one.power_kw, "discharge": -one.power_kw}.get(one.action, 0.0)
    taken = metered.batteries_kw.get(one.device)
    level = min(full, caps.get(one.device, full), taken if taken is not None else full)
    return Sheddable(one.device, level, full, least_kw=float("-inf"))


def _load(name: str, one: Setpoint, caps: Mapping[str, float], limits: Limits) -> Sheddable:
    power = limits.loads[name].power_kw
    on = one.action == "on" and name not in caps
    return Sheddable(name, power if on else 0.0, power, switched=True)


def _capped(wanted: dict[str, Setpoint], state: Shedding, limits: Limits) -> dict[str, Setpoint]:
    """Every cap of the shedding kept."""
    found = dict(wanted)
    for name, cap in state.caps.items():
        one = found.get(name)
        if one is not None and one.action != "leave":
            found[name] = _under(one, cap.kw, limits)
    return found


def _under(one: Setpoint, cap_kw: float, limits: Limits) -> Setpoint:
    why = "the import limit"
    if one.kind == "load" and one.action == "on":
        return replace(one, action="off", power_kw=0.0, source="guard", text=f"Waits, for {why}.")
    if one.kind == "ev" and one.action == "charge" and one.power_kw > cap_kw:
        if cap_kw < limits.evs[one.device].min_kw:
            return replace(one, action="stop", power_kw=0.0, target_soc=None, source="guard", text=f"Waits, for {why}.")
        text = f"Charges at {cap_kw:.1f} kW, no faster, for {why}."
        return replace(one, power_kw=cap_kw, source="guard", text=text)
    return _battery_under(one, cap_kw, why, limits) if one.kind == "battery" else one


def _battery_under(one: Setpoint, cap_kw: float, why: str, limits: Limits) -> Setpoint:
    level = {"charge": one.power_kw, "discharge": -one.power_kw, "hold": 0.0}.get(one.action)
    actions = limits.batteries[one.device].actions
    if level is None or level <= cap_kw:
        return one
    if cap_kw > DEADBAND_KW:
        text = f"Charges at {cap_kw:.1f} kW, no faster, for {why}."
        return replace(one, power_kw=cap_kw, source="guard", text=text)
    if cap_kw < -DEADBAND_KW and "discharge" in actions:
        text, soc = f"Discharges at {-cap_kw:.1f} kW, for {why}.", limits.batteries[one.device].soc_min
        return replace(one, action="discharge", power_kw=-cap_kw, target_soc=soc, source="guard", text=text)
    idle: Action = "hold" if "hold" in actions else "self_use"
    return replace(one, action=idle, power_kw=0.0, target_soc=None, source="guard", text=f"Does not charge, for {why}.")
