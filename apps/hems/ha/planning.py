"""One planning run: from what was read to a checked plan, the problem kept on disk. Runs beside AppDaemon's threads."""

import time
from dataclasses import dataclass
from datetime import tzinfo

from ..config.site import Site
from ..domain.faults import Refused
from ..domain.parse import problem_to_dict
from ..domain.plan import Plan
from ..domain.problem import Problem
from ..optimizer.client import Optimizer
from ..planner.assemble import Notes, assemble
from ..planner.memory import Memory
from ..planner.readings import Readings
from .store import Store


@dataclass(frozen=True)
class Planned:
    """A plan with its problem, or the sentence that says why there is none."""

    problem: Problem | None = None
    plan: Plan | None = None
    notes: tuple[str, ...] = ()
    waiting_for: str = ""
    seconds: float = 0.0


def plan_now(
    site: Site,
    readings: Readings,
    memory: Memory,
    zone: tzinfo,
    optimizer: Optimizer,
    store: Store,
    missing: tuple[str, ...] = (),
    last: Plan | None = None,
) -> Planned:
    """Never raises: what fails becomes the sentence that the page shows.

    ``missing``: sentences about entities that do not exist, said with the plan or with what is waited for. ``last``: the
    plan in force.
    """
    began = time.monotonic()
    notes = Notes(list(missing))
    try:
        problem = assemble(site, readings, memory, zone, notes)
        store.keep_problem(problem_to_dict(problem), readings.now)
        plan = optimizer.solve(problem, site.solve_seconds, last)
    except Refused as refused:
        return Planned(notes=tuple(notes.lines), waiting_for="; ".join((*refused.faults, *missing)))
    except Exception as error:  # the next run may do better; this one must be seen
        return Planned(notes=tuple(notes.lines), waiting_for=f"planning failed: {type(error).__name__}: {error}")
    if optimizer.last_error:
        notes.say(f"plan without the solver, by {plan.solver.name}: {optimizer.last_error}")
    return Planned(problem, plan, tuple(notes.lines), "", time.monotonic() - began)
