"""Loads as the last plan meant them: starts of programs, runs, and heat."""

from datetime import timedelta

from ..domain.loads import InterruptibleLoad, ShiftableLoad, ThermalLoad
from ..domain.plan import Plan
from ..domain.problem import Problem, per_step
from .last_carried import HALF, NONE_KW, Carried
from .meter import NOISE, Meter
from .switch import Switch


def start_minutes(problem: Problem, load: ShiftableLoad, last: Plan) -> float | None:
    """When the last plan started the program, in minutes from now; None: it did not, or that has passed and it did not run."""
    if load.name not in last.loads or not any(load.profile_kw):
        return None
    first = next((k for k, kw in enumerate(last.loads[load.name].power_kw) if kw > NONE_KW), None)
    if first is None:
        return None
    silent = next(i for i, kw in enumerate(load.profile_kw) if kw > 0) * load.profile_step_minutes
    begin = problem.horizon.minutes_at(last.horizon.time(first) - timedelta(minutes=silent))
    return begin if begin > -last.step_minutes[first] else None


def on_as_planned(problem: Problem, load: InterruptibleLoad, meter: Meter, last: Plan, carried: Carried) -> list[bool]:
    """Where the last plan was on, made lawful; not where the import limit leaves no room for its shortest run."""
    switch = Switch(load, problem.horizon)
    wished = [False] * problem.steps
    if load.name in last.loads:
        running = [float(kw > NONE_KW) for kw in last.loads[load.name].power_kw]
        wished = [share >= HALF for share in carried.mean(running)]
    room = [meter.room_kw(k, load.name) >= load.power_kw - NOISE for k in range(problem.steps)]
    found: list[bool] = []
    for k, wanted in enumerate(wished):
        found.append(switch.step(k, wanted and switch.fits(k, room)))
    return found


def heating(problem: Problem, load: ThermalLoad, meter: Meter, last: Plan, carried: Carried) -> list[float]:
    """The last plan's power by its steps, left out where it would go beyond the band or the import limit."""
    n, hours = problem.steps, problem.horizon.hours
    if load.name not in last.loads:
        return [0.0] * n
    wished = carried.mean(last.loads[load.name].power_kw)
    capacity, loss, cop = (per_step(x, n) for x in (load.capacity_kwh_per_k, load.loss_kw_per_k, load.cop))
    ambient, draw = per_step(load.ambient_c, n), per_step(load.draw_kw, n)
    low, high = per_step(load.min_c, n), per_step(load.max_c, n)
    sign, reached, power = (1.0 if load.mode == "heat" else -1.0), load.temperature_c, []
    for k, h in enumerate(hours):
        idle = reached - h / capacity[k] * (loss[k] * (reached - ambient[k]) + draw[k])
        per_kw = sign * cop[k] * h / capacity[k]
        least = load.power_kw if load.min_power_kw is None else load.min_power_kw
        kw = min(wished[k], load.power_kw) if load.min_power_kw is not None else load.power_kw
        kw = 0.0 if wished[k] < HALF * least or wished[k] <= NONE_KW else max(kw, least)
        beyond = idle + kw * per_kw > high[k] if sign > 0 else idle + kw * per_kw < low[k]
        inside = idle >= low[k] if sign > 0 else idle <= high[k]
        if kw > meter.room_kw(k, load.name) + NOISE or (beyond and inside):
            kw = 0.0
        power.append(kw)
        reached = idle + kw * per_kw
    return power


def meant_outside(problem: Problem, load: ThermalLoad, last: Plan, carried: Carried) -> list[float]:
    """Kelvin outside the band (below it; above, for cooling) that the last plan accepted at each fence-post k+1."""
    found = last.loads.get(load.name)
    if found is None or found.temperature_c is None:
        return [0.0] * problem.steps
    low, high = per_step(load.min_c, problem.steps), per_step(load.max_c, problem.steps)
    meant = zip(carried.at_end(found.temperature_c), low, high, carried.known, strict=True)
    if load.mode == "heat":
        return [max(0.0, least - t) if known else 0.0 for t, least, _, known in meant]
    return [max(0.0, t - most) if known else 0.0 for t, _, most, known in meant]
