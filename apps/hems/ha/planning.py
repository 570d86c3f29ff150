"""One planning run: from what was read to a checked plan, the problem kept on disk. Runs beside AppDaemon's threads."""

import time
from dataclasses import dataclass
from datetime import datetime, tzinfo

from ..config.site import Site
from ..domain.faults import Refused
from ..domain.kept import Kept
from ..domain.parse import problem_to_dict
from ..domain.plan import Plan
from ..domain.problem import Problem
from ..optimizer.client import Optimizer
from ..planner.assemble import Notes, assemble
from ..planner.latest import Latest
from ..planner.memory import Memory
from ..planner.overrides import as_wished
from ..planner.readings import Readings
from ..planner.tariff_prices import StepPrices
from ..planner.tariff_settle import settled
from .store import Store


@dataclass(frozen=True)
class Planned:
    """A plan with its problem, or the sentence that says why there is none. ``prices``: the true ones."""

    problem: Problem | None = None
    plan: Plan | None = None
    notes: tuple[str, ...] = ()
    waiting_for: str = ""
    seconds: float = 0.0
    prices: StepPrices | None = None

    def latest(self, created: datetime, reason: str, number: int, more: tuple[str, ...]) -> Latest | None:
        """As the apps pass it on, with ``more`` notes; None where there is no plan."""
        if self.problem is None or self.plan is None:
            return None
        return Latest(self.problem, self.plan, created, reason, number, (*self.notes, *more), self.prices)


def plan_now(
    site: Site,
    readings: Readings,
    memory: Memory,
    zone: tzinfo,
    optimizer: Optimizer,
    store: Store,
    missing: tuple[str, ...] = (),
    last: Plan | None = None,
    kept: Kept | None = None,
) -> Planned:
    """Never raises: what fails becomes the sentence that the page shows.

    ``missing``: sentences about entities that do not exist, said with the plan or with what is waited for. ``last``: the
    plan in force. ``kept``: what the runs before worked out. The plan's money is at the prices that are really paid.
    """
    began = time.monotonic()
    notes = Notes(list(missing))
    try:
        site, readings = as_wished(site, readings)
        problem = assemble(site, readings, memory, zone, notes, kept)
        store.keep_problem(problem_to_dict(problem), readings.now)
        plan = optimizer.solve(problem, site.solve_seconds, last)
        plan = settled(problem, plan, notes.prices) if notes.prices is not None else plan
    except Refused as refused:
        return Planned(notes=tuple(notes.lines), waiting_for="; ".join((*refused.faults, *missing)))
    except Exception as error:  # the next run may do better; this one must be seen
        return Planned(notes=tuple(notes.lines), waiting_for=f"planning failed: {type(error).__name__}: {error}")
    if optimizer.last_error:
        notes.say(f"plan without the solver, by {plan.solver.name}: {optimizer.last_error}")
    return Planned(problem, plan, tuple(notes.lines), "", time.monotonic() - began, notes.prices)
