"""A plan by the rules that a person would write, for when there is no better one; without a solver.

Programs, quotas, heat, cars and batteries are placed in this order, each in the cheapest lawful hours that the ones before
leave. A battery serves the dearest hours first, each from the cheapest energy that can be stored for it, where that
pays after losses and wear. Each rule starts from what is planned already, so that an older plan can be completed too.
"""

from ..domain.problem import Problem
from ..domain.schedule import Schedule, Series, Store
from .baseline import baseline_schedule
from .follow import finished
from .meter import Meter
from .rank import rank
from .rule_cars import charged, filled
from .rule_heat import heat_power
from .rule_programs import Programs
from .rule_quotas import quota_power
from .rule_trade import Trade
from .shared_room import keeps_limits
from .switch import forced_on
from .terminal_value import terminal_values


def rule_schedule(problem: Problem) -> Schedule:
    """The home by rules; shapes as in Schedule. Never worse by ``rank`` than the home without planning.

    But where that one exceeds limits of phases and groups that can be kept, they are kept before anything else.
    """
    found = [_by_rules(problem, True)]
    if problem.shiftable_loads and (rank(problem, found[0])[0] > 0 or not keeps_limits(problem, found[0])):
        found.append(_by_rules(problem, False))
    found.append(baseline_schedule(problem))
    return min(found, key=lambda schedule: (not keeps_limits(problem, schedule), rank(problem, schedule)))


def _by_rules(problem: Problem, beyond_limit: bool) -> Schedule:
    """``beyond_limit``: a program that the limits leave no room runs all the same; a battery may make room."""
    meter, idle, free = Meter(problem), [0.0] * problem.steps, [True] * problem.steps
    loads: dict[str, Series] = {}
    programs = Programs(problem)
    for program in programs.waiting:
        loads[program.name] = programs.place(program, meter, None, beyond_limit)
    for load in problem.interruptible_loads:
        loads[load.name] = quota_power(problem, load, meter, forced_on(load, problem.horizon))
    for thermal in problem.thermal_loads:
        loads[thermal.name] = heat_power(problem, thermal, meter, idle, free, idle)
    evs: dict[str, Store] = {}
    for ev in sorted(problem.evs, key=lambda ev: not ev.surplus_only):
        evs[ev.name] = charged(problem, ev, meter, evs, idle, idle)
    values, batteries = terminal_values(problem), {}
    for b in problem.batteries:
        trade = Trade(problem, b, meter, evs, idle, idle)
        trade.wishes()
        trade.by_price(values[b.name], free)
        batteries[b.name] = trade.store()
    for ev in problem.evs:
        evs[ev.name] = filled(problem, ev, meter, evs, batteries, values[ev.name])
    return finished(problem, meter, batteries, evs, loads)
