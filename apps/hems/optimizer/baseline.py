"""The same home without planning: what ``baseline_net`` costs, and the fallback where the solver gave no answer.

The battery follows the house (self-consumption), cars charge at once, loads run at their earliest. Rule-based and
step by step, without a solver; every physical rule of the contract holds.
"""

from ..domain.ev import Ev
from ..domain.loads import InterruptibleLoad, ThermalLoad
from ..domain.problem import Problem, per_step
from ..domain.schedule import Schedule, Series, Store, store_energy
from .follow import NOISE, Switch, curtailed
from .schedule import balanced
from .shiftable import possible_starts


def baseline_schedule(problem: Problem) -> Schedule:
    """The unplanned home, step by step. Shapes as in Schedule."""
    loads = {load.name: _program(problem, index) for index, load in enumerate(problem.shiftable_loads)}
    base = [problem.load_kw[k] + sum(load[k] for load in loads.values()) for k in range(problem.steps)]
    for interruptible in problem.interruptible_loads:
        loads[interruptible.name] = _quota_at_once(problem, interruptible, base)
        base = [a + b for a, b in zip(base, loads[interruptible.name], strict=True)]
    for thermal in problem.thermal_loads:
        loads[thermal.name] = _thermostat(problem, thermal, base)
        base = [a + b for a, b in zip(base, loads[thermal.name], strict=True)]
    evs: dict[str, Store] = {}
    for ev in problem.evs:
        evs[ev.name] = _charge_at_once(problem, ev, base)
        base = [a + b for a, b in zip(base, evs[ev.name].charge_kw, strict=True)]
    pv = {plant.name: plant.forecast_kw for plant in problem.pv}
    net = [base[k] - sum(used[k] for used in pv.values()) for k in range(problem.steps)]
    batteries: dict[str, Store] = {}
    for index, battery in enumerate(problem.batteries):
        batteries[battery.name] = _self_consumption(problem, index, net)
        flows = zip(net, batteries[battery.name].charge_kw, batteries[battery.name].discharge_kw, strict=True)
        net = [n + c - d for n, c, d in flows]
    return balanced(problem, curtailed(problem, _beyond_export_limit(problem, net)), batteries, evs, loads)


def _room_kw(problem: Problem, k: int, taken_kw: float) -> float:
    """What the import limit leaves, PV counted, kW."""
    if problem.grid.import_limit_kw is None:
        return float("inf")
    limit = per_step(problem.grid.import_limit_kw, problem.steps)[k]
    return max(0.0, limit - taken_kw + sum(pv.forecast_kw[k] for pv in problem.pv))


def _program(problem: Problem, index: int) -> Series:
    """At the first boundary of its window, or where it runs now."""
    load, horizon = problem.shiftable_loads[index], problem.horizon
    if load.running_since is not None:
        return horizon.averaged(load.profile_kw, load.profile_step_minutes, horizon.minutes_at(load.running_since))
    starts = possible_starts(load, horizon)
    first = (starts.on_time or starts.late)[:1]
    if not first:
        return (0.0,) * problem.steps
    return horizon.averaged(load.profile_kw, load.profile_step_minutes, horizon.posts_minutes[first[0]])


def _quota_at_once(problem: Problem, load: InterruptibleLoad, base: list[float]) -> Series:
    """On from the opening of each quota until it is met; minimum times and starts are kept."""
    horizon = problem.horizon
    left = [quota.kwh for quota in load.quotas]
    shares = [horizon.overlap(quota.begin, quota.until) for quota in load.quotas]
    power: list[float] = []
    switch = Switch(load, horizon)
    for k, h in enumerate(horizon.hours):
        wanted = any(kwh > NOISE and share[k] > 0 for kwh, share in zip(left, shares, strict=True))
        wanted = wanted and load.power_kw <= _room_kw(problem, k, base[k])
        power.append(load.power_kw if switch.step(k, wanted) else 0.0)
        for index, share in enumerate(shares):
            left[index] -= power[-1] * h * share[k]
    return tuple(power)


def _thermostat(problem: Problem, load: ThermalLoad, base: list[float]) -> Series:
    """Runs where the temperature would leave its band without it."""
    n, hours = problem.steps, problem.horizon.hours
    cop, loss, draw = per_step(load.cop, n), per_step(load.loss_kw_per_k, n), per_step(load.draw_kw, n)
    capacity = per_step(load.capacity_kwh_per_k, n)
    ambient, low, high = per_step(load.ambient_c, n), per_step(load.min_c, n), per_step(load.max_c, n)
    sign = 1.0 if load.mode == "heat" else -1.0
    reached, power = load.temperature_c, []
    for k, h in enumerate(hours):
        per_kw = h / capacity[k]
        idle = reached - per_kw * (loss[k] * (reached - ambient[k]) + draw[k])
        needed = idle < low[k] if sign > 0 else idle > high[k]
        kw = load.power_kw if needed and load.power_kw <= _room_kw(problem, k, base[k]) else 0.0
        power.append(kw)
        reached = idle + sign * kw * cop[k] * per_kw
    return tuple(power)


def _charge_at_once(problem: Problem, ev: Ev, base: list[float]) -> Store:
    """At full power as soon as connected, up to the highest target (the same wishes as the plan's)."""
    horizon = problem.horizon
    wished = [t.soc for t in ev.targets if problem.start <= t.at <= horizon.end]
    goal = min(max(wished, default=0.0), ev.soc_max) * ev.battery_kwh
    reached, charge = ev.soc * ev.battery_kwh, []
    for k, h in enumerate(horizon.hours):
        room = max(0.0, goal - reached) / (h * ev.charge_efficiency)
        kw = min(ev.max_kw, room, _allowed_kw(problem, ev, k, base)) if ev.connected[k] else 0.0
        kw = 0.0 if kw < max(ev.min_kw, NOISE) else kw
        charge.append(kw)
        reached += kw * h * ev.charge_efficiency
    idle = (0.0,) * problem.steps
    energy = store_energy(
        ev.soc * ev.battery_kwh, 0.0, ev.charge_efficiency, ev.discharge_efficiency, horizon.hours, tuple(charge), idle
    )
    return Store(tuple(charge), idle, energy)


def _allowed_kw(problem: Problem, ev: Ev, k: int, base: list[float]) -> float:
    if ev.surplus_only:
        return max(0.0, sum(pv.forecast_kw[k] for pv in problem.pv) - base[k])
    return _room_kw(problem, k, base[k])


def _self_consumption(problem: Problem, index: int, net: list[float]) -> Store:
    """Charges from surplus, discharges into the house's own need; never to or from the grid."""
    b, horizon = problem.batteries[index], problem.horizon
    low, high = b.soc_min * b.capacity_kwh, b.soc_max * b.capacity_kwh
    kept = sum(load for load in (ev.max_kw for ev in problem.evs if not ev.from_home_battery))
    reached, charge, discharge = b.soc * b.capacity_kwh, [], []
    for k, h in enumerate(horizon.hours):
        into = min(b.charge_limit_kw, max(-net[k], 0.0), max(0.0, high - reached) / (h * b.charge_efficiency))
        need = max(net[k] - (kept if any(e.connected[k] for e in problem.evs) else 0.0), 0.0)
        stored = max(0.0, reached - b.standing_loss_kw * h - low)
        out = min(b.discharge_limit_kw, need, stored * b.discharge_efficiency / h)
        charge.append(into)
        discharge.append(out if into == 0 else 0.0)
        reached += h * (into * b.charge_efficiency - discharge[-1] / b.discharge_efficiency - b.standing_loss_kw)
    energy = store_energy(
        b.soc * b.capacity_kwh,
        b.standing_loss_kw,
        b.charge_efficiency,
        b.discharge_efficiency,
        horizon.hours,
        tuple(charge),
        tuple(discharge),
    )
    return Store(tuple(charge), tuple(discharge), energy)


def _beyond_export_limit(problem: Problem, net: list[float]) -> list[float]:
    """What the export limit keeps out, kW, shape (N,)."""
    limit_kw = problem.grid.export_limit_kw
    limit = per_step(float("inf") if limit_kw is None else limit_kw, problem.steps)
    return [max(0.0, -net[k] - limit[k]) for k in range(problem.steps)]
