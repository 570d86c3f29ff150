"""From a problem to a plan: build, solve, judge; a plan without the solver where the solver's is none or a bad one."""

import math
import time

from ..domain.plan import Plan, Solver, Status
from ..domain.problem import Problem
from ..domain.schedule import Schedule
from .assemble import plan_of
from .engine import solver_name
from .fallback import fallback
from .hints import hints
from .last_plan import shifted_schedule
from .model import build_model
from .rank import money, rank
from .schedule import schedule_of
from .solve import Answer, solve
from .task import AGAIN

# The gap is relative to the objective, and to a cent where that is nearly nothing.
A_CENT = 0.01
# An answer so near to its bound, in currency, leaves the rules nothing worth their 0.07 s (48 h in quarter hours).
_NEAR = 0.05
# A plan without the solver must be better by so much, in currency: more than what staying calm may cost.
_WORTH = 0.008


def make_plan(problem: Problem, seconds: float, last: Plan | None = None, explained: bool = True) -> Plan:
    """The plan within ``seconds`` of solving; without the solver (status ``fallback``) where that is better.

    ``last``: the plan in force. The solver starts from it, and does not move from it without a gain. ``explained`` false:
    the reasons may be left out, and the home without planning.
    """
    began = time.perf_counter()
    model = build_model(problem)
    shifted = shifted_schedule(problem, last, traded=False) if last is not None else None
    built = time.perf_counter()
    answer = solve(model, seconds, hints(model, shifted) if shifted is not None else None)
    if answer is None:
        return fallback(problem, time.perf_counter() - built, last)[0]
    schedule = schedule_of(model, answer.values)
    if _may_be_absurd(answer) and not problem.scenarios:
        other, its_schedule = fallback(problem, time.perf_counter() - built, last)
        if _better(problem, its_schedule, schedule):
            model = build_model(problem)
            answer = solve(model, seconds - (time.perf_counter() - built), hints(model, its_schedule), AGAIN)
            schedule = schedule_of(model, answer.values) if answer is not None else its_schedule
            if answer is None or _better(problem, its_schedule, schedule):
                return other
    solved = time.perf_counter()
    reached = money(problem, schedule, model.value_per_kwh)
    bound = reached - max(0.0, answer.objective - answer.bound)  # what is constant in the objective is in both
    solver = Solver(
        name=solver_name(),
        seconds=round(solved - built, 6),
        build_seconds=round(built - began, 6),
        gap=(reached - bound) / max(abs(reached), A_CENT) if math.isfinite(bound) else None,
        bound=bound if math.isfinite(bound) else None,
        steps=problem.steps,
    )
    status: Status = "optimal" if answer.proved else "feasible"
    return plan_of(problem, schedule, status, solver, answer.energy_value, explained, model.value_per_kwh)


def _may_be_absurd(answer: Answer) -> bool:
    """Whether the rules may do better: as they may than a search's first incumbent, far from the bound."""
    return not answer.proved and answer.objective - answer.bound > _NEAR


def _better(problem: Problem, one: Schedule, other: Schedule) -> bool:
    """Whether a schedule that needs no solver is better than the solver's by more than next to nothing."""
    *tiers, cost = rank(problem, one)
    *other_tiers, other_cost = rank(problem, other)
    return (tiers, cost + _WORTH) < (other_tiers, other_cost)
