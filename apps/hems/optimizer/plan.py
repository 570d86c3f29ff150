"""From a problem to a plan: build, solve, judge; the rules' plan where the solver gave none."""

import math
import time

from ..domain.plan import Plan, Solver, Status
from ..domain.problem import Problem
from .assemble import fallback_plan, plan_of
from .baseline import baseline_schedule
from .model import build_model
from .rank import money, rank
from .schedule import schedule_of
from .solve import solve

# The gap is relative to the objective, and to a cent where that is nearly nothing.
A_CENT = 0.01


def make_plan(problem: Problem, seconds: float) -> Plan:
    """The plan within ``seconds`` of solving; the rule-based one (status ``fallback``) where the solver found none."""
    began = time.perf_counter()
    model = build_model(problem)
    built = time.perf_counter()
    answer = solve(model, seconds)
    solved = time.perf_counter()
    if answer is None:
        return fallback_plan(problem, solved - built)
    schedule = schedule_of(model, answer.values)
    if not answer.proved and rank(problem, schedule) > rank(problem, baseline_schedule(problem)):
        return fallback_plan(problem, solved - built)  # a first incumbent can be absurd: the rules do better
    reached = money(problem, schedule)
    bound = reached - max(0.0, answer.objective - answer.bound)  # what is constant in the objective is in both
    solver = Solver(
        name="CBC",
        seconds=round(solved - built, 6),
        build_seconds=round(built - began, 6),
        gap=(reached - bound) / max(abs(reached), A_CENT) if math.isfinite(bound) else None,
        bound=bound if math.isfinite(bound) else None,
        steps=problem.steps,
    )
    status: Status = "optimal" if answer.proved else "feasible"
    return plan_of(problem, schedule, status, solver, answer.energy_value)
