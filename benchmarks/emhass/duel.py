"""One case planned by both, in turns: seconds, bills, and whether the two plans are of the same problem."""

import inspect
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from equal_cases import Case, problem_of, with_noise
from peer import Peer, Reply
from their_plan import from_emhass, tie_break
from translation import NO_GAP, SHIPPED_SECONDS, load_w, to_emhass

from hems.domain.grid import Grid
from hems.domain.plan import Plan
from hems.domain.problem import Problem
from hems.optimizer.calm import TIDY_BUDGET
from hems.optimizer.check import faults_in
from hems.optimizer.client import Optimizer
from hems.optimizer.fallback import fallback_plan
from hems.optimizer.solve import MONEY_GAP, MONEY_RELATIVE_GAP
from hems.optimizer.task import PROVED

SECONDS = 20.0
# EMHASS's solver keeps its rules to a hundredth of a watt or so: a hundredth of a cent.
NOISE_EUR = 1e-4
# EMHASS's words: proved within its gap; stopped by the clock; on/off and one-block rules of every load given up.
OPTIMAL, INCUMBENT = "Optimal", "Optimal (Incumbent)"


@dataclass(frozen=True)
class Timed:
    """A plan, the seconds that it took, and for EMHASS its status."""

    plan: Plan
    seconds: float
    status: str = OPTIMAL


@dataclass(frozen=True)
class Turn:
    """Both sides' first plan, and both sides' plan of the same problem with another load."""

    ours: Timed
    theirs: Timed
    ours_again: Timed
    theirs_again: Timed


@dataclass(frozen=True)
class Result:
    """All turns of a case. ``optimum`` is EMHASS's without a gap; ``faults`` say what shows that the problems differ."""

    case: Case
    steps: int
    turns: tuple[Turn, ...]
    optimum: Timed
    ours_cold_seconds: float
    theirs_cold_seconds: float
    faults: tuple[str, ...]


def duel(case: Case, folder: Path, python: Path, repeat: int, optimum_seconds: float) -> Result:
    """Plans a case ``repeat`` times on both sides. Raises NoData or NoEmhass."""
    problem = problem_of(case, folder)
    ours_cold = _cold(problem)
    began = time.perf_counter()
    with Peer(python) as peer:
        peer.first(to_emhass(problem))
        theirs_cold = time.perf_counter() - began
        turns = tuple(_turn(problem, peer, seed) for seed in range(repeat))
        best = peer.first(to_emhass(problem, NO_GAP, optimum_seconds))
    optimum = _read(problem, best)
    faults = [fault for seed, turn in enumerate(turns) for fault in _turn_faults(problem, turn, seed)]
    faults += optimum_faults(problem, turns[0].ours.plan, optimum)
    return Result(case, problem.steps, turns, optimum, ours_cold, theirs_cold, tuple(faults))


def _cold(problem: Problem) -> float:
    """Seconds from no process at all to the first plan."""
    began = time.perf_counter()
    optimizer = Optimizer()
    try:
        optimizer.solve(problem, SECONDS)
        return time.perf_counter() - began
    finally:
        optimizer.close()


def _turn(problem: Problem, peer: Peer, seed: int) -> Turn:
    """Each side's first plan and replan; who begins alternates."""
    changed = with_noise(problem, seed)
    if seed % 2 == 0:
        ours, theirs = _ours(problem, changed), _theirs(problem, changed, peer)
    else:
        theirs, ours = _theirs(problem, changed, peer), _ours(problem, changed)
    return Turn(ours[0], theirs[0], ours[1], theirs[1])


def _ours(problem: Problem, changed: Problem) -> tuple[Timed, Timed]:
    """A worker that has loaded its library and nothing else; timed from outside, with the way there and back."""
    optimizer = Optimizer()
    try:
        optimizer.solve(_trifle(), SECONDS)
        began = time.perf_counter()
        first = optimizer.solve(problem, SECONDS)
        seconds = time.perf_counter() - began
        keeps = "last" in inspect.signature(optimizer.solve).parameters
        began = time.perf_counter()
        again = optimizer.solve(changed, SECONDS, **({"last": first} if keeps else {}))
        return Timed(first, seconds), Timed(again, time.perf_counter() - began)
    finally:
        optimizer.close()


def _theirs(problem: Problem, changed: Problem, peer: Peer) -> tuple[Timed, Timed]:
    """As shipped but for one thread; the replan uses the problem that EMHASS keeps."""
    first = peer.first(to_emhass(problem))
    again = peer.again(load_w(changed), SHIPPED_SECONDS)
    return _read(problem, first), _read(changed, again)


def _read(problem: Problem, reply: Reply) -> Timed:
    """EMHASS's plan; a home that got none runs by its rules."""
    if "P_grid_pos" not in reply.columns:
        return Timed(fallback_plan(problem, reply.seconds), reply.seconds, reply.status)
    return Timed(from_emhass(problem, reply.columns, reply.seconds), reply.seconds, reply.status)


def _trifle() -> Problem:
    """The smallest problem: it makes the worker load its library."""
    return Problem(
        schema="hems.problem/1",
        start=datetime(2026, 1, 1, tzinfo=timezone.utc),
        step_minutes=(60.0,),
        time_zone="UTC",
        grid=Grid(import_price=(0.2,), export_price=(0.1,)),
        load_kw=(0.5,),
    )


def _turn_faults(problem: Problem, turn: Turn, seed: int) -> list[str]:
    first = plan_faults(problem, turn.ours.plan, turn.theirs)
    return first + plan_faults(with_noise(problem, seed), turn.ours_again.plan, turn.theirs_again)


def plan_faults(problem: Problem, ours: Plan, theirs: Timed) -> list[str]:
    """What shows that EMHASS solved another problem than ours; a plan that gave rules up, or none, is not judged."""
    if theirs.status not in (OPTIMAL, INCUMBENT):
        return []
    faults = [f"EMHASS's plan breaks a rule: {fault}" for fault in faults_in(problem, theirs.plan)[:1]]
    faults += [f"EMHASS's plan falls short: {short.device}" for short in theirs.plan.shortfalls]
    bound = ours.solver.bound
    if bound is None:
        faults.append("ours proved nothing")
    elif theirs.plan.costs.net < bound - NOISE_EUR:
        faults.append(f"EMHASS's bill {theirs.plan.costs.net:.4f} is below our bound {bound:.4f}")
    return faults


def optimum_faults(problem: Problem, ours: Plan, optimum: Timed) -> list[str]:
    """What shows that our plan and EMHASS's optimum are not of one problem."""
    faults = plan_faults(problem, ours, optimum)
    if optimum.status != OPTIMAL:
        return faults
    # EMHASS's objective is the bill and its tie-break, so the two plans are compared by that.
    least = optimum.plan.costs.net + tie_break(optimum.plan)
    if ours.costs.net + tie_break(ours) < least - NOISE_EUR:
        faults.append(f"our bill {ours.costs.net:.4f} is below EMHASS's optimum {optimum.plan.costs.net:.4f}")
    gap = PROVED * max(MONEY_GAP, MONEY_RELATIVE_GAP * abs(ours.costs.net)) + TIDY_BUDGET
    if ours.status == "optimal" and ours.costs.net > optimum.plan.costs.net + gap + NOISE_EUR:
        faults.append(f"our bill {ours.costs.net:.4f} is called optimal, but {optimum.plan.costs.net:.4f} can be had")
    return faults
