"""A problem without whole numbers: every device may have any mean power, and a program may be spread over its starts."""

from dataclasses import dataclass, field

from ..domain.horizon import Horizon
from ..domain.loads import InterruptibleLoad, ShiftableLoad
from ..domain.problem import Problem
from ..optimizer.model import Model
from ..optimizer.program import Linear, Tier, column, total
from ..optimizer.shiftable import possible_starts


@dataclass(frozen=True)
class Continuous:
    """A problem in which programs are replaced by ``machines``, loads of free power, and the programs of each machine.

    ``build_model`` writes a row a step for each start of a program, so that the programs of a year would be millions of
    them. Those of one phase and one group stand as one load here, whose power ``add_programs`` ties to their starts.
    """

    problem: Problem
    machines: dict[str, list[ShiftableLoad]] = field(default_factory=dict)


def continuous(problem: Problem) -> Continuous:
    """The same home with its whole numbers given up; no plan and no controller that the home can have is lost."""
    machines = _machines(problem)
    free = {"min_power_kw": 0.0, "min_on_minutes": 0.0, "min_off_minutes": 0.0, "on_now": False, "on_for_minutes": 0.0}
    loads = [
        load.model_copy(update={**free, "max_starts": None, "start_cost": 0.0}) for load in problem.interruptible_loads
    ]
    for name, programs in machines.items():
        most_kw = sum(max(program.profile_kw) for program in programs)
        loads.append(
            InterruptibleLoad(name=name, power_kw=most_kw, min_power_kw=0.0, quotas=(), phase=programs[0].phase)
        )
    changed = {
        "evs": tuple(ev.model_copy(update={"min_kw": 0.0}) for ev in problem.evs),
        "interruptible_loads": tuple(loads),
        "thermal_loads": tuple(load.model_copy(update=free) for load in problem.thermal_loads),
        "shiftable_loads": tuple(load for load in problem.shiftable_loads if load.running_since is not None),
        "groups": _with_machines(problem, machines),
    }
    return Continuous(problem.model_copy(update=changed), machines)


def _machines(problem: Problem) -> dict[str, list[ShiftableLoad]]:
    """Programs that do not run yet, by phase and groups."""
    found: dict[tuple[object, ...], list[ShiftableLoad]] = {}
    for load in problem.shiftable_loads:
        if load.running_since is None:
            groups = tuple(group.name for group in problem.groups if load.name in group.devices)
            found.setdefault((load.phase, groups), []).append(load)
    return {f"programs like {programs[0].name}": programs for programs in found.values()}


def _with_machines(problem: Problem, machines: dict[str, list[ShiftableLoad]]) -> tuple[object, ...]:
    gone = {program.name for programs in machines.values() for program in programs}
    groups = []
    for group in problem.groups:
        devices = tuple(name for name in group.devices if name not in gone)
        devices += tuple(name for name, programs in machines.items() if programs[0].name in group.devices)
        groups.append(group.model_copy(update={"devices": devices}))
    return tuple(groups)


def add_programs(model: Model, machines: dict[str, list[ShiftableLoad]]) -> None:
    """``power[k] = sum over programs and starts of start * profile``, ``sum(start) = 1`` for each program, 0 <= start <= 1.

    A start within a step is a mixture of the starts at its two ends where the profile's periods are whole steps.
    """
    program, horizon = model.program, model.problem.horizon
    for name, loads in machines.items():
        power: dict[int, list[Linear]] = {}
        for load in loads:
            chosen = []
            for begun in starts_of(load, horizon):
                start = program.add(0.0, 1.0)
                chosen.append(column(start))
                for k, kw in begun.items():
                    power.setdefault(k, []).append(column(start, kw))
            if chosen:
                never = program.slack(Tier.DEADLINE, 1.0, cost=load.duration_minutes)
                program.constrain(total(chosen) + column(never), "=", 1.0)
        for k, taken in enumerate(model.node.loads[name]):
            if k in power:
                program.constrain(taken + total(power[k]) * -1.0, "=")
            else:
                for index, _ in taken.terms:
                    program.upper[index] = 0.0


def starts_of(load: ShiftableLoad, horizon: Horizon) -> list[dict[int, float]]:
    """Mean power by step for each possible start: those inside the window, or the first where none fits.

    Only the window's own steps are looked at; a year has many windows.
    """
    first = horizon.first_post_from(load.earliest_start)
    if first >= horizon.steps:
        return []
    behind = horizon.minutes_at(load.latest_finish) + load.duration_minutes
    minutes, end = horizon.posts_minutes, first + 1
    while end < horizon.steps and minutes[end] < max(behind, minutes[first] + load.duration_minutes):
        end += 1
    window = Horizon(horizon.time(first), horizon.step_minutes[first:end])
    starts = possible_starts(load, window)
    found = []
    for k in starts.on_time or starts.late[:1]:
        powers = window.averaged(load.profile_kw, load.profile_step_minutes, window.posts_minutes[k])
        found.append({first + j: kw for j, kw in enumerate(powers) if kw})
    return found
