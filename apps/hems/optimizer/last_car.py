"""A car as the last plan meant it, on the new problem's surplus and limits."""

from ..domain.charge_curve import most_charge_kw
from ..domain.ev import Ev
from ..domain.plan import Plan
from ..domain.problem import Problem
from ..domain.schedule import Store
from .follow import car_room_kw
from .last_carried import HALF, NONE_KW, Carried
from .meter import Meter


def car_as_planned(
    problem: Problem, ev: Ev, meter: Meter, evs: dict[str, Store], last: Plan, carried: Carried
) -> tuple[list[float], list[float]]:
    """Charging and discharging as in the last plan, while connected, and up to the state of charge that it meant."""
    n, hours = problem.steps, problem.horizon.hours
    charge, discharge = [0.0] * n, [0.0] * n
    if ev.name not in last.evs or ev.battery_kwh <= 0:
        return charge, discharge
    store, most = last.evs[ev.name], ev.soc_max * ev.battery_kwh
    wished, given, meant = carried.mean(store.charge_kw), carried.mean(store.discharge_kw), carried.at_end(store.soc)
    sold, reached = carried.mean(last.grid.export_kw), ev.soc * ev.battery_kwh
    for k, h in enumerate(hours):
        if not ev.connected[k]:
            reached = ev.driven(k, reached, h)
            continue
        if wished[k] >= given[k]:
            room = car_room_kw(problem, ev, meter, evs, k)
            goal = max(0.0, min(most, meant[k] * ev.battery_kwh) - reached)
            kw = max(wished[k], ev.min_kw) if wished[k] >= max(HALF * ev.min_kw, NONE_KW) else 0.0
            kw = min(kw, ev.max_kw, room, goal / (h * ev.charge_efficiency))
            kw = most_charge_kw(ev.charge_curve, kw, ev.battery_kwh, reached, h * ev.charge_efficiency)
            charge[k] = max(kw, ev.min_kw) if kw >= max(ev.min_kw - NONE_KW, NONE_KW) else 0.0
        else:
            most_out = meter.need_kw(k, ev.name) if sold[k] <= NONE_KW else meter.room_out_kw(k, ev.name)
            discharge[k] = min(given[k], ev.discharge_limit_kw, most_out, reached * ev.discharge_efficiency / h)
        flow = charge[k] * ev.charge_efficiency - discharge[k] / ev.discharge_efficiency
        reached = ev.driven(k, reached + h * flow, h)
    return charge, discharge
