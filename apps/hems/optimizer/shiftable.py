"""Programs that run once and uninterrupted: one binary for each step in which the program may start."""

from dataclasses import dataclass

from ..domain.horizon import Horizon
from ..domain.limits import flow_limits
from ..domain.loads import ShiftableLoad
from ..domain.problem import Problem
from .node import Node
from .program import Linear, Program, Tier, column, total

# Finishing this much late is on time: a millisecond, for times that do not fall on a whole microsecond.
_ON_TIME_MINUTES = 1e-5


@dataclass(frozen=True)
class Starts:
    """Steps in which a program may start; ``late_minutes`` beyond its deadline or the horizon if it starts there."""

    on_time: tuple[int, ...]
    late: tuple[int, ...]
    late_minutes: dict[int, float]


def possible_starts(load: ShiftableLoad, horizon: Horizon, from_minutes: float = 0.0) -> Starts:
    """Every step boundary from ``earliest_start`` on, on time where it ends by ``latest_finish`` inside the horizon.

    ``from_minutes``: when the program that it waits for has ended at the earliest, in minutes from the start.
    """
    deadline = horizon.minutes_at(load.latest_finish)
    on_time: list[int] = []
    late: list[int] = []
    late_minutes: dict[int, float] = {}
    for k in range(horizon.first_post_from(load.earliest_start), horizon.steps):
        if horizon.posts_minutes[k] < from_minutes - _ON_TIME_MINUTES:
            continue
        finish = horizon.posts_minutes[k] + load.duration_minutes
        late_minutes[k] = max(0.0, finish - min(deadline, horizon.posts_minutes[-1]))
        fits = late_minutes[k] <= _ON_TIME_MINUTES
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
        node.unstoppable_kw[load.name] = running
        return
    starts = possible_starts(load, horizon, earliest_end(problem, node, load.after))
    if not starts.on_time and not starts.late:
        node.loads[load.name] = [Linear()] * horizon.steps
        node.largest_kw[load.name] = (0.0,) * horizon.steps
        return
    regular = starts.on_time or starts.late[:1]
    begins = {k: program.binary() for k in regular}
    choices = [column(begins[k]) for k in regular]
    if any(limit.sign > 0 for limit in flow_limits(problem)):
        for k in starts.late:
            if k not in begins:
                begins[k] = program.slack(Tier.DEADLINE, 1.0, max(starts.late_minutes[k], 1e-3), integer=True)
                choices.append(column(begins[k]))
        never = max(starts.late_minutes.values()) + horizon.posts_minutes[-1] + load.duration_minutes
        choices.append(column(program.slack(Tier.DEADLINE, 1.0, never, integer=True)))
    program.constrain(total(choices), "=", 1.0)
    node.begins[load.name] = begins
    ends_first(program, node, problem, load)
    _power(program, node, horizon, load, begins)


def in_order(loads: tuple[ShiftableLoad, ...]) -> list[ShiftableLoad]:
    """Each program behind the one that it waits for."""
    waiting, ordered = list(loads), list[ShiftableLoad]()
    while waiting:
        known = {load.name for load in ordered}
        ready = [load for load in waiting if load.after is None or load.after in known]
        ordered += ready
        waiting = [load for load in waiting if load not in ready]
    return ordered


def earliest_end(problem: Problem, node: Node, name: str | None) -> float:
    """When a program ends at the earliest, in minutes from the start; infinite where it never starts in the horizon."""
    if name is None:
        return 0.0
    load = next(one for one in problem.shiftable_loads if one.name == name)
    if load.running_since is not None:
        return problem.horizon.minutes_at(load.running_since) + load.duration_minutes
    first = min(node.begins.get(name, {}), default=None)
    return float("inf") if first is None else problem.horizon.posts_minutes[first] + load.duration_minutes


def ends_first(program: Program, node: Node, problem: Problem, load: ShiftableLoad) -> None:
    """``after``: ``sum of its starts up to k <= sum of the other's starts that have ended by fence-post k``."""
    others = node.begins.get(load.after or "")
    if others is None:
        return  # it waits for nothing, or for one that runs already
    posts, own = problem.horizon.posts_minutes, node.begins[load.name]
    takes = next(one for one in problem.shiftable_loads if one.name == load.after).duration_minutes
    for k in sorted(own):
        begun = total(column(index) for step, index in own.items() if step <= k)
        ended = total(
            column(index) for step, index in others.items() if posts[step] + takes <= posts[k] + _ON_TIME_MINUTES
        )
        program.constrain(begun + ended * -1.0, "<")


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
