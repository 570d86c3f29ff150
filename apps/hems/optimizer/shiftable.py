"""Programs that run once and uninterrupted: one binary for each step in which the program may start."""

from dataclasses import dataclass

from ..domain.horizon import Horizon
from ..domain.loads import ShiftableLoad
from ..domain.problem import Problem
from .node import Node
from .program import Linear, Program, Tier, column, total

# Finishing this much late is on time: a millisecond, for times that do not fall on a whole microsecond.
_ON_TIME_MINUTES = 1e-5


@dataclass(frozen=True)
class Starts:
    """Steps in which a program may start; ``late_minutes`` beyond its deadline if it starts there."""

    on_time: tuple[int, ...]
    late: tuple[int, ...]
    late_minutes: dict[int, float]


def possible_starts(load: ShiftableLoad, horizon: Horizon) -> Starts:
    """Every step boundary from ``earliest_start`` on, on time where it ends by ``latest_finish`` inside the horizon."""
    deadline = horizon.minutes_at(load.latest_finish)
    on_time: list[int] = []
    late: list[int] = []
    late_minutes: dict[int, float] = {}
    for k in range(horizon.first_post_from(load.earliest_start), horizon.steps):
        finish = horizon.posts_minutes[k] + load.duration_minutes
        late_minutes[k] = max(0.0, finish - deadline)
        fits = finish <= min(deadline, horizon.posts_minutes[-1]) + _ON_TIME_MINUTES
        (on_time if fits else late).append(k)
    return Starts(tuple(on_time), tuple(late), late_minutes)


def add_shiftable(program: Program, node: Node, problem: Problem, load: ShiftableLoad) -> None:
    """``sum(start) = 1`` over the steps in which it may start; power is the profile from there on.

    A window that cannot hold the program: it starts at the first boundary and runs late. Later starts, and not
    running at all, come into question only where the grid limit leaves no other way, and before any wish in kWh is
    given up: the window is a rule, and only a window that cannot hold the program bends.
    """
    horizon = problem.horizon
    if load.running_since is not None:
        running = horizon.averaged(load.profile_kw, load.profile_step_minutes, horizon.minutes_at(load.running_since))
        node.loads[load.name] = [Linear((), kw) for kw in running]
        node.largest_kw[load.name] = running
        node.unstoppable_kw = [a + b for a, b in zip(node.unstoppable_kw, running, strict=True)]
        return
    starts = possible_starts(load, horizon)
    if not starts.on_time and not starts.late:
        node.loads[load.name] = [Linear()] * horizon.steps
        node.largest_kw[load.name] = (0.0,) * horizon.steps
        return
    regular = starts.on_time or starts.late[:1]
    begins = {k: program.binary() for k in regular}
    choices = [column(begins[k]) for k in regular]
    if problem.grid.import_limit_kw is not None:
        for k in starts.late:
            if k not in begins:
                begins[k] = program.slack(Tier.DEADLINE, 1.0, max(starts.late_minutes[k], 1e-3), integer=True)
                choices.append(column(begins[k]))
        never = max(starts.late_minutes.values()) + horizon.posts_minutes[-1] + load.duration_minutes
        choices.append(column(program.slack(Tier.DEADLINE, 1.0, never, integer=True)))
    program.constrain(total(choices), "=", 1.0)
    _power(program, node, horizon, load, begins)


def _power(program: Program, node: Node, horizon: Horizon, load: ShiftableLoad, begins: dict[int, int]) -> None:
    """``power[k] = sum over starts of start * profile averaged onto the steps it covers``."""
    terms: list[list[tuple[int, float]]] = [[] for _ in range(horizon.steps)]
    largest = [0.0] * horizon.steps
    for step, begin in begins.items():
        covered = horizon.averaged(load.profile_kw, load.profile_step_minutes, horizon.posts_minutes[step])
        for k, kw in enumerate(covered):
            if kw:
                terms[k].append((begin, kw))
                largest[k] = max(largest[k], kw)
        program.cost(Tier.PREFERENCE, begin, 1e-3 * step)
    node.loads[load.name] = [Linear(tuple(t)) for t in terms]
    node.largest_kw[load.name] = tuple(largest)
