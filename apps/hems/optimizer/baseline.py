"""The same home without planning: what ``baseline_net`` costs, and the fallback where the solver gave no answer.

The battery follows the house (self-consumption), cars charge at once, loads run at their earliest. Rule-based and
step by step, without a solver; every physical rule of the contract holds.
"""

from ..domain.loads import InterruptibleLoad, ThermalLoad
from ..domain.problem import Problem, per_step
from ..domain.schedule import Schedule, Series, Store
from .baseline_meter import BaselineMeter
from .baseline_stores import charge_at_once, self_consumption
from .follow import curtailed
from .least_power import least_on_kw
from .meter import INFINITE, NOISE
from .schedule import balanced
from .shiftable import in_order, possible_starts
from .switch import Switch


def baseline_schedule(problem: Problem) -> Schedule:
    """The unplanned home, step by step. Shapes as in Schedule."""
    loads = _programs(problem)
    meter = BaselineMeter(problem, loads)
    for interruptible in problem.interruptible_loads:
        loads[interruptible.name] = _quota_at_once(problem, interruptible, meter)
        meter.add(interruptible.name, loads[interruptible.name])
    for thermal in problem.thermal_loads:
        loads[thermal.name] = _thermostat(problem, thermal, meter)
        meter.add(thermal.name, loads[thermal.name])
    evs: dict[str, Store] = {}
    for ev in problem.evs:
        evs[ev.name] = charge_at_once(problem, ev, meter)
        meter.add(ev.name, evs[ev.name].charge_kw)
    net = meter.net_kw()
    batteries: dict[str, Store] = {}
    for battery in problem.batteries:
        store = batteries[battery.name] = self_consumption(problem, battery, net, meter.shared)
        net = [n + c - d for n, c, d in zip(net, store.charge_kw, store.discharge_kw, strict=True)]
        meter.shared.add(battery.name, [c - d for c, d in zip(store.charge_kw, store.discharge_kw, strict=True)])
    used = curtailed(problem, meter.shared, _beyond_export_limit(problem, net))
    return balanced(problem, used, batteries, evs, loads)


def _programs(problem: Problem) -> dict[str, Series]:
    """Each at the first boundary of its window, or where it runs now; behind the one that it waits for."""
    horizon, power, ends = problem.horizon, dict[str, Series](), dict[str, float]()
    for load in in_order(problem.shiftable_loads):
        begin: float | None = None
        if load.running_since is not None:
            begin = horizon.minutes_at(load.running_since)
        else:
            starts = possible_starts(load, horizon, ends.get(load.after or "", 0.0))
            for k in (starts.on_time or starts.late)[:1]:
                begin = horizon.posts_minutes[k]
        ends[load.name] = INFINITE if begin is None else begin + load.duration_minutes
        profile, length = load.profile_kw, load.profile_step_minutes
        power[load.name] = (0.0,) * problem.steps if begin is None else horizon.averaged(profile, length, begin)
    return {load.name: power[load.name] for load in problem.shiftable_loads}


def _quota_at_once(problem: Problem, load: InterruptibleLoad, meter: BaselineMeter) -> Series:
    """On from the opening of each quota until it is met; minimum times and starts are kept."""
    horizon = problem.horizon
    left = [quota.kwh for quota in load.quotas]
    shares = [horizon.overlap(quota.begin, quota.until) for quota in load.quotas]
    power: list[float] = []
    switch = Switch(load, horizon)
    for k, h in enumerate(horizon.hours):
        wanted = any(kwh > NOISE and share[k] > 0 for kwh, share in zip(left, shares, strict=True))
        wanted = wanted and load.power_kw <= meter.room_kw(k, load.name)
        power.append(load.power_kw if switch.step(k, wanted) else 0.0)
        for index, share in enumerate(shares):
            left[index] -= power[-1] * h * share[k]
    return tuple(power)


def _thermostat(problem: Problem, load: ThermalLoad, meter: BaselineMeter) -> Series:
    """Runs where the temperature would leave its band without it, and as its minimum times ask."""
    n, hours = problem.steps, problem.horizon.hours
    cop, loss, draw = per_step(load.cop, n), per_step(load.loss_kw_per_k, n), per_step(load.draw_kw, n)
    capacity = per_step(load.capacity_kwh_per_k, n)
    ambient, low, high = per_step(load.ambient_c, n), per_step(load.min_c, n), per_step(load.max_c, n)
    sign, switch = 1.0 if load.mode == "heat" else -1.0, Switch(load, problem.horizon)
    reached, power = load.temperature_c, list[float]()
    room = [meter.room_kw(k, load.name) for k in range(n)]
    fits = [load.power_kw <= kw for kw in room]
    for k, h in enumerate(hours):
        per_kw = h / capacity[k]
        idle = reached - per_kw * (loss[k] * (reached - ambient[k]) + draw[k])
        needed = idle < low[k] if sign > 0 else idle > high[k]
        on = switch.step(k, needed and switch.fits(k, fits))
        kw = min(load.power_kw, max(least_on_kw(load), room[k])) if on else 0.0
        power.append(kw)
        reached = idle + sign * kw * cop[k] * per_kw
    return tuple(power)


def _beyond_export_limit(problem: Problem, net: list[float]) -> list[float]:
    """What the export limit keeps out, kW, shape (N,)."""
    limit_kw = problem.grid.export_limit_kw
    limit = per_step(INFINITE if limit_kw is None else limit_kw, problem.steps)
    return [max(0.0, -net[k] - limit[k]) for k in range(problem.steps)]
