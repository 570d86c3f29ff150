"""The last plan carried onto a new problem, for when the solver has nothing better; without a solver.

What the last plan meant is kept: the sun that it stored, the energy that it bought or sold, the starts of its programs.
What it reckoned with is not: load, PV and every state are those of the new problem, and the physics is followed from
there. Beyond its end, and for devices that it did not know, the rules of ``rule_plan`` decide.
"""

from ..domain.loads import InterruptibleLoad, ShiftableLoad, ThermalLoad
from ..domain.plan import Plan
from ..domain.problem import Problem
from ..domain.schedule import Schedule, Series, Store
from .follow import finished
from .last_battery import BatteryAsPlanned
from .last_car import car_as_planned
from .last_carried import Carried
from .last_loads import heating, meant_outside, on_as_planned, start_minutes
from .meter import Meter
from .rule_cars import charged
from .rule_heat import heat_power
from .rule_programs import Programs
from .rule_quotas import quota_power
from .rule_trade import Trade
from .shared_room import keeps_limits
from .terminal_value import terminal_values


def shifted_schedule(problem: Problem, last: Plan, traded: bool = True) -> Schedule | None:
    """The last plan on the new problem's steps, kept lawful; shapes as in Schedule.

    ``traded`` false: batteries do nothing that the last plan did not; enough for a solver to start from.

    None where the last plan has nothing to say: it covers no step of the problem by half or more, or it knows none of
    the problem's batteries, cars and loads. A device that one of the two does not have is no reason: what is gone is left
    out, what is new is planned by rules.
    """
    carried = Carried(problem.horizon, last.horizon)
    kinds = ((problem.batteries, last.batteries), (problem.evs, last.evs), (_loads(problem), last.loads))
    if not any(carried.known) or not any(one.name in known for devices, known in kinds for one in devices):
        return None
    shifted = _shifted(problem, last, carried, traded, True)
    return shifted if keeps_limits(problem, shifted) else _shifted(problem, last, carried, traded, False)


def _shifted(problem: Problem, last: Plan, carried: Carried, traded: bool, beyond_limit: bool) -> Schedule:
    """``beyond_limit``: a program that the limits leave no room runs all the same."""
    meter, programs, loads = Meter(problem), Programs(problem), dict[str, Series]()
    for program in programs.waiting:
        loads[program.name] = programs.place(program, meter, start_minutes(problem, program, last), beyond_limit)
    for load in problem.interruptible_loads:
        loads[load.name] = quota_power(problem, load, meter, on_as_planned(problem, load, meter, last, carried))
    for thermal in problem.thermal_loads:
        power = heating(problem, thermal, meter, last, carried)
        allowed_k = meant_outside(problem, thermal, last, carried)
        unknown = carried.unknown(thermal.name in last.loads)
        loads[thermal.name] = heat_power(problem, thermal, meter, power, unknown, allowed_k)
    evs: dict[str, Store] = {}
    for ev in sorted(problem.evs, key=lambda ev: not ev.surplus_only):
        evs[ev.name] = charged(problem, ev, meter, evs, *car_as_planned(problem, ev, meter, evs, last, carried))
    values, batteries = terminal_values(problem) if traded else {}, {}
    for b in problem.batteries:
        trade = Trade(problem, b, meter, evs, *BatteryAsPlanned(problem, b, meter, evs, last, carried).powers())
        if traded:
            trade.wishes()
            trade.by_price(values[b.name], carried.unknown(b.name in last.batteries))
        batteries[b.name] = trade.store()
    return finished(problem, meter, batteries, evs, loads)


def _loads(problem: Problem) -> tuple[ShiftableLoad | InterruptibleLoad | ThermalLoad, ...]:
    return (*problem.shiftable_loads, *problem.interruptible_loads, *problem.thermal_loads)
