"""The plan where the solver gave none, or only a bad one: the last plan carried on, or a plan by rules."""

from collections.abc import Iterator

from ..domain.plan import Plan, Solver
from ..domain.problem import Problem
from ..domain.schedule import Schedule
from .assemble import plan_of
from .baseline import baseline_schedule
from .check import faults_in
from .last_plan import shifted_schedule
from .rank import rank
from .rule_plan import rule_schedule


def fallback_plan(problem: Problem, seconds: float, last: Plan | None = None) -> Plan:
    """The best lawful plan that needs no solver; ``solver.name`` is ``last plan`` or ``rules``. Status ``fallback``."""
    return fallback(problem, seconds, last)[0]


def fallback(problem: Problem, seconds: float, last: Plan | None = None) -> tuple[Plan, Schedule]:
    """The plan and its schedule: the first that breaks no rule; else the first that exceeds limits and no more.

    The unplanned home is the last of all.
    """
    found: list[tuple[Plan, Schedule]] = []
    for name, schedule in _schedules(problem, last):
        solver = Solver(
            name=name, seconds=round(seconds, 6), build_seconds=0.0, gap=None, bound=None, steps=problem.steps
        )
        plan = plan_of(problem, schedule, "fallback", solver, ())
        if not faults_in(problem, plan.model_copy(update={"status": "feasible"})):
            return plan, schedule
        found.append((plan, schedule))
    return next((one for one in found if not faults_in(problem, one[0])), found[-1])


def _schedules(problem: Problem, last: Plan | None) -> Iterator[tuple[str, Schedule]]:
    """The best by rank first, the unplanned home at the end.

    The last plan is not better by being one: three hours old, or on changed forecasts, the rules often beat it.
    """
    rules, shifted = rule_schedule(problem), shifted_schedule(problem, last) if last is not None else None
    if shifted is not None and rank(problem, shifted) <= rank(problem, rules):
        yield from (("last plan", shifted), ("rules", rules))
    elif shifted is not None:
        yield from (("rules", rules), ("last plan", shifted))
    else:
        yield "rules", rules
    yield "rules", baseline_schedule(problem)
