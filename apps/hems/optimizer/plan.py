"""From a problem to a plan: build, solve, judge; a plan without the solver where the solver's is none or a bad one."""

import math
import time

from ..domain.plan import Plan, Solver, Status
from ..domain.problem import Problem
from .assemble import plan_of
from .engine import solver_name
from .fallback import fallback
from .hints import hints
from .last_plan import shifted_schedule
from .model import build_model
from .rank import money, rank
from .schedule import schedule_of
from .solve import solve

# The gap is relative to the objective, and to a cent where that is nearly nothing.
A_CENT = 0.01
# A plan without the solver must be better by so much, in currency.
_WORTH = 0.001


def make_plan(problem: Problem, seconds: float, last: Plan | None = None) -> Plan:
    """The plan within ``seconds`` of solving; without the solver (status ``fallback``) where that is better.

    ``last``: the plan in force. The solver starts from it, and does not move from it without a gain.
    """
    began = time.perf_counter()
    model = build_model(problem)
    shifted = shifted_schedule(problem, last) if last is not None else None
    built = time.perf_counter()
    answer = solve(model, seconds, hints(model, shifted) if shifted is not None else None)
    solved = time.perf_counter()
    if answer is None:
        return fallback(problem, solved - built, last)[0]
    schedule = schedule_of(model, answer.values)
    if not answer.proved:  # a first incumbent can be absurd: the rules may do better
        other, its_schedule = fallback(problem, solved - built, last)
        *tiers, cost = rank(problem, schedule)
        *other_tiers, other_cost = rank(problem, its_schedule)
        if (tiers, cost) > (other_tiers, other_cost + _WORTH):
            return other
    reached = money(problem, schedule)
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
    return plan_of(problem, schedule, status, solver, answer.energy_value)
