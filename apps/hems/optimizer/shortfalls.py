"""Wishes that a schedule does not meet: which, by how much, and why, in words for people.

Reckoned from the schedule's series alone, so that any schedule (the solver's, the rules') is judged alike.
"""

from collections.abc import Iterator
from datetime import datetime

import pytz

from ..domain.battery import SocTarget
from ..domain.bill import discomfort
from ..domain.ev import Ev
from ..domain.horizon import Horizon
from ..domain.limits import flow_kw, flow_limits
from ..domain.loads import InterruptibleLoad, ShiftableLoad
from ..domain.plan import Shortfall
from ..domain.problem import Problem, per_step
from ..domain.schedule import Schedule, Store

# Smaller is noise; the contract reports from 0.02 on and wants nothing below 0.001.
LEAST_REPORTED = 0.02


def shortfalls(problem: Problem, schedule: Schedule) -> tuple[Shortfall, ...]:
    """Every unmet wish of more than 0.02 of its unit (kWh, minutes, K h)."""
    found = [
        *_limits(problem, schedule),
        *_battery_targets(problem, schedule),
        *_ev_targets(problem, schedule),
        *_programs(problem, schedule),
        *_quotas(problem, schedule),
        *_comfort(problem, schedule),
    ]
    return tuple(shortfall for shortfall in found if shortfall.short_by > LEAST_REPORTED)


def said(problem: Problem, time: datetime) -> str:
    """An instant in the site's zone, as a family reads it."""
    return time.astimezone(pytz.timezone(problem.time_zone)).strftime("%Y-%m-%d %H:%M")


def _shortfall(device: str, wish: str, short_by: float, unit: str, reason: str) -> Shortfall:
    return Shortfall(device=device, wish=wish, short_by=round(short_by, 6), unit=unit, reason=reason)


def _limits(problem: Problem, schedule: Schedule) -> Iterator[Shortfall]:
    for limit in flow_limits(problem):
        excess = sum(
            h * max(flow_kw(limit, problem, schedule, k) - limit.most_kw[k], 0.0)
            for k, h in enumerate(problem.horizon.hours)
        )
        yield _shortfall(limit.device, limit.wish, excess, "kWh", limit.reason)


def short_kwh(horizon: Horizon, store: Store, capacity_kwh: float, target: SocTarget) -> float | None:
    """By how much a target is missed at its instant (SoC interpolated), kWh; None outside the horizon."""
    minutes = horizon.minutes_at(target.at)
    if minutes < 0 or minutes > horizon.posts_minutes[-1]:
        return None
    k = horizon.step_at(target.at)
    if k is None:
        reached = store.energy_kwh[-1]
    else:
        share = (minutes - horizon.posts_minutes[k]) / horizon.step_minutes[k]
        reached = store.energy_kwh[k] * (1 - share) + store.energy_kwh[k + 1] * share
    return max(0.0, target.soc * capacity_kwh - reached)


def _battery_targets(problem: Problem, schedule: Schedule) -> Iterator[Shortfall]:
    for battery in problem.batteries:
        for target in battery.soc_targets:
            short = short_kwh(problem.horizon, schedule.batteries[battery.name], battery.capacity_kwh, target)
            if short is not None:
                hours = max(0.0, problem.horizon.minutes_at(target.at) / 60)
                reason = f"{hours:.1f} h at {battery.charge_limit_kw:g} kW at most"
                if target.soc > battery.soc_max:
                    reason = f"the battery is charged to {battery.soc_max:.0%} at most"
                elif not battery.grid_charging:
                    reason = "it charges from PV only"
                wish = f"soc {target.soc:.2f} by {said(problem, target.at)}"
                yield _shortfall(battery.name, wish, short, "kWh", reason)


def _ev_targets(problem: Problem, schedule: Schedule) -> Iterator[Shortfall]:
    for ev in problem.evs:
        yield _shortfall(
            ev.name,
            "driving",
            _elsewhere_kwh(problem, schedule, ev),
            "kWh",
            "the trips take more than it holds by then",
        )
        for target in ev.targets:
            short = short_kwh(problem.horizon, schedule.evs[ev.name], ev.battery_kwh, target)
            if short is not None:
                overlap = problem.horizon.overlap(problem.start, target.at)
                hours = sum(
                    h * part for h, part, on in zip(problem.horizon.hours, overlap, ev.connected, strict=True) if on
                )
                reason = f"connected for {hours:.1f} h at {ev.max_kw:g} kW at most"
                if target.soc > ev.soc_max:
                    reason = f"the car is charged to {ev.soc_max:.0%} at most"
                elif ev.surplus_only:
                    reason = "it charges from PV surplus only"
                wish = f"soc {target.soc:.2f} by {said(problem, target.at)}"
                yield _shortfall(ev.name, wish, short, "kWh", reason)


def _elsewhere_kwh(problem: Problem, schedule: Schedule, ev: Ev) -> float:
    """What driving takes beyond what is stored, kWh."""
    store, missing = schedule.evs[ev.name], 0.0
    for k, h in enumerate(problem.horizon.hours if ev.driving_kw else ()):
        flow = store.charge_kw[k] * ev.charge_efficiency - store.discharge_kw[k] / ev.discharge_efficiency
        missing += max(0.0, h * ev.driving_kw[k] - store.energy_kwh[k] - h * flow)
    return missing


def _programs(problem: Problem, schedule: Schedule) -> Iterator[Shortfall]:
    for load in problem.shiftable_loads:
        finish = program_finish_minutes(problem.horizon, load, schedule.loads_kw[load.name])
        wish = f"finished by {said(problem, load.latest_finish)}"
        deadline = problem.horizon.minutes_at(load.latest_finish)
        if finish is None:
            starts_inside = problem.horizon.first_post_from(load.earliest_start) < problem.horizon.steps
            if starts_inside and load.energy_kwh > 0:
                late = problem.horizon.posts_minutes[-1] + load.duration_minutes - deadline
                yield _shortfall(
                    load.name, wish, max(late, load.duration_minutes), "min", "the grid limit leaves no room for it"
                )
            continue
        reason = f"the program takes {load.duration_minutes:g} minutes"
        if load.running_since is not None:
            reason = f"it runs since {said(problem, load.running_since)} and takes {load.duration_minutes:g} minutes"
        yield _shortfall(load.name, wish, max(0.0, finish - deadline), "min", reason)


def program_finish_minutes(horizon: Horizon, load: ShiftableLoad, power_kw: tuple[float, ...]) -> float | None:
    """Minutes from the start until the program ends, read off its power; None where it does not run.

    Where several starts would look alike (their part inside the horizon takes no power), it is the first.
    """
    if load.running_since is not None:
        return horizon.minutes_at(load.running_since) + load.duration_minutes
    for k in range(horizon.first_post_from(load.earliest_start), horizon.steps):
        covered = horizon.averaged(load.profile_kw, load.profile_step_minutes, horizon.posts_minutes[k])
        if all(abs(a - b) < 1e-6 for a, b in zip(covered, power_kw, strict=True)):
            return horizon.posts_minutes[k] + load.duration_minutes
    return None


def _quotas(problem: Problem, schedule: Schedule) -> Iterator[Shortfall]:
    for load in problem.interruptible_loads:
        for quota in load.quotas:
            shares = problem.horizon.overlap(quota.begin, quota.until)
            if not any(shares):
                continue
            power = schedule.loads_kw[load.name]
            kwh = sum(h * part * kw for h, part, kw in zip(problem.horizon.hours, shares, power, strict=True))
            hours = sum(h * part for h, part in zip(problem.horizon.hours, shares, strict=True))
            wish = f"{quota.kwh:g} kWh by {said(problem, quota.until)}"
            yield _shortfall(load.name, wish, max(0.0, quota.kwh - kwh), "kWh", _why_short(load, hours, quota.kwh))


def _why_short(load: InterruptibleLoad, hours: float, kwh: float) -> str:
    if hours * load.power_kw < kwh:
        return f"{hours:.1f} h are left at {load.power_kw:g} kW at most"
    return "its starts, its minimum times or the grid limit leave no more"


def _comfort(problem: Problem, schedule: Schedule) -> Iterator[Shortfall]:
    outside = discomfort(problem, schedule)
    for load in problem.thermal_loads:
        low, high = per_step(load.min_c, problem.steps), per_step(load.max_c, problem.steps)
        wish = f"{min(low):g} to {max(high):g} °C"
        times = " its minimum times," if load.timed else ""
        reason = f"{load.power_kw:g} kW at most,{times} or comfort at its price is dearer than energy"
        yield _shortfall(load.name, wish, outside[load.name][0], "K h", reason)
