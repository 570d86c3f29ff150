"""What plans made by rules have in common: who may charge from what, and PV as the prices and the limits ask.

No solver is needed here, nor its library: this works when the solver does not.
"""

from collections.abc import Sequence

from ..domain.battery import Battery
from ..domain.ev import Ev
from ..domain.problem import Problem
from ..domain.schedule import Schedule, Series, Store
from .meter import INFINITE, Meter
from .schedule import balanced
from .shared_room import SharedRoom

# Energies nearer than this are the same, kWh.
SAME_KWH = 1e-7
# Less gain than this per kWh is not worth moving energy for.
LEAST_GAIN = 1e-3


def curtailed(problem: Problem, shared: SharedRoom, excess_kw: Sequence[float]) -> dict[str, Series]:
    """PV used, by plant, where so much in all is to be curtailed; what cannot be curtailed is used.

    More or less is curtailed where limits of phases and groups ask for it.
    """
    excess, used = list(excess_kw), {}
    for pv in problem.pv:
        cut = [min(excess[k], kw) if pv.curtailable else 0.0 for k, kw in enumerate(pv.forecast_kw)]
        excess = [a - b for a, b in zip(excess, cut, strict=True)]
        used[pv.name] = tuple(kw - c for kw, c in zip(pv.forecast_kw, cut, strict=True))
    return shared.used_kw(used)


def finished(
    problem: Problem, meter: Meter, batteries: dict[str, Store], evs: dict[str, Store], loads: dict[str, Series]
) -> Schedule:
    """The whole schedule: PV as the prices ask, and at least what the devices that live from PV take."""
    from_pv = [batteries[b.name] for b in problem.batteries if not b.grid_charging]
    of_surplus = [evs[ev.name] for ev in problem.evs if ev.surplus_only]
    stores = (*batteries.values(), *evs.values())
    cut = []
    for k in range(problem.steps):
        used = meter.used_kw(k, meter.demand_kw[k])
        needed = sum(store.charge_kw[k] for store in from_pv)
        if any(store.charge_kw[k] > 0 for store in of_surplus):
            taken = problem.load_kw[k] + sum(load[k] for load in loads.values())
            needed = max(needed, taken + sum(store.charge_kw[k] for store in stores))
        cut.append(max(0.0, meter.pv_kw[k] - max(used, min(needed, meter.pv_kw[k]))))
    return balanced(problem, curtailed(problem, meter.shared, cut), batteries, evs, loads)


def surplus_taken(problem: Problem, evs: dict[str, Store], k: int) -> bool:
    """A car that lives from surplus charges in step k: nothing else may charge from the grid then."""
    return any(evs[ev.name].charge_kw[k] > 0 for ev in problem.evs if ev.surplus_only and ev.name in evs)


def car_room_kw(problem: Problem, ev: Ev, meter: Meter, others: dict[str, Store], k: int) -> float:
    """What a car may charge in step k beside what is on the meter: from surplus alone, or up to the limits."""
    if not ev.connected[k] or ev.battery_kwh <= 0:
        return 0.0
    from_surplus = ev.surplus_only or surplus_taken(problem, others, k)
    return meter.surplus_kw(k, ev.name) if from_surplus else meter.room_kw(k, ev.name)


def may_feed_kw(problem: Problem, meter: Meter, battery: Battery, evs: dict[str, Store], k: int) -> float:
    """Most that a home battery may give in step k for the cars' sake: all, but not to cars that it may not feed."""
    kept = sum(evs[ev.name].charge_kw[k] for ev in problem.evs if not ev.from_home_battery and ev.name in evs)
    return INFINITE if kept == 0 else max(0.0, min(meter.demand_kw[k] - kept, meter.need_kw(k, battery.name)))
