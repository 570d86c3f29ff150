"""The stores of a home without planning: cars charge at once, batteries follow the house."""

from ..domain.battery import Battery
from ..domain.charge_curve import most_charge_kw
from ..domain.ev import Ev
from ..domain.problem import Problem
from ..domain.schedule import Store, store_energy
from .baseline_meter import BaselineMeter
from .meter import NOISE
from .shared_room import SharedRoom


def charge_at_once(problem: Problem, ev: Ev, meter: BaselineMeter) -> Store:
    """At full power as soon as connected, up to the highest target (the same wishes as the plan's)."""
    horizon = problem.horizon
    wished = [t.soc for t in ev.targets if problem.start <= t.at <= horizon.end]
    goal = min(max(wished, default=0.0), ev.soc_max) * ev.battery_kwh
    reached, charge = ev.soc * ev.battery_kwh, []
    for k, h in enumerate(horizon.hours):
        room = max(0.0, goal - reached) / (h * ev.charge_efficiency)
        allowed = meter.surplus_kw if ev.surplus_only else meter.room_kw
        kw = min(ev.max_kw, room, allowed(k, ev.name)) if ev.connected[k] else 0.0
        kw = most_charge_kw(ev.charge_curve, kw, ev.battery_kwh, reached, h * ev.charge_efficiency)
        kw = 0.0 if kw < max(ev.min_kw, NOISE) else kw
        charge.append(kw)
        reached = ev.driven(k, reached + kw * h * ev.charge_efficiency, h)
    idle = (0.0,) * problem.steps
    return Store(tuple(charge), idle, ev.energy(horizon.hours, tuple(charge), idle))


def self_consumption(problem: Problem, b: Battery, net: list[float], shared: SharedRoom) -> Store:
    """Charges from surplus, discharges into the house's own need; never to or from the grid."""
    horizon = problem.horizon
    low, high = b.soc_min * b.capacity_kwh, b.soc_max * b.capacity_kwh
    kept = sum(load for load in (ev.max_kw for ev in problem.evs if not ev.from_home_battery))
    reached, charge, discharge = b.soc * b.capacity_kwh, [], []
    for k, h in enumerate(horizon.hours):
        surplus, per_kw = min(max(-net[k], 0.0), shared.surplus_kw(k, b.name)), h * b.charge_efficiency
        into = min(b.charge_limit_kw, surplus, max(0.0, high - reached) / per_kw)
        leaked = reached - b.standing_loss_kw * h / 2
        into = most_charge_kw(b.charge_curve, into, b.capacity_kwh, leaked, per_kw)
        need = max(net[k] - (kept if any(e.connected[k] for e in problem.evs) else 0.0), 0.0)
        stored = max(0.0, reached - b.standing_loss_kw * h - low)
        need = min(need, shared.give_kw(k, b.name))
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
