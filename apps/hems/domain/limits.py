"""Every limit on what may flow at once: at the meter, on a phase, through a feeder that devices share.

All are of one shape: ``sign * (load_share * load + sum share * (taken - given)) <= most``, in every step.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from .problem import Problem, per_step
from .schedule import Schedule, Series

_CANNOT_STOP = "what cannot be switched off takes more than that"
_CANNOT_CURTAIL = "PV that cannot be curtailed gives more than that"


@dataclass(frozen=True)
class FlowLimit:
    """``sign`` +1 limits what is taken, -1 what is given. ``shares``: the part of each device that counts, by name.

    ``most_kw`` has shape (N,). ``device``, ``wish`` and ``reason`` are the words of its shortfall.
    """

    device: str
    wish: str
    reason: str
    sign: float
    most_kw: Series
    load_share: float
    shares: dict[str, float]


def flow_limits(problem: Problem) -> list[FlowLimit]:
    """The limits of the meter, of the phases and of the groups, those that a problem has."""
    return [*_meter(problem), *_phases(problem), *_groups(problem)]


def phase_and_group_limits(problem: Problem) -> list[FlowLimit]:
    """Those that are about some devices, or about parts of them."""
    return [*_phases(problem), *_groups(problem)]


def _meter(problem: Problem) -> Iterator[FlowLimit]:
    grid, n = problem.grid, problem.steps
    shares = {device.name: 1.0 for _, device in problem.devices()}
    for sign, limit_kw, word, reason in (
        (1.0, grid.import_limit_kw, "import", _CANNOT_STOP),
        (-1.0, grid.export_limit_kw, "export", _CANNOT_CURTAIL),
    ):
        if limit_kw is not None:
            most = per_step(limit_kw, n)
            yield FlowLimit("grid", f"{word} at most {_span(most)} kW", reason, sign, most, 1.0, shares)


def _phases(problem: Problem) -> Iterator[FlowLimit]:
    """Amperes at the grid's voltage; a device on all three phases takes a third of its power from each."""
    grid = problem.grid
    if grid.phase_limit_a is None:
        return
    amperes = per_step(grid.phase_limit_a, problem.steps)
    most = tuple(a * grid.phase_voltage_v / 1000 for a in amperes)
    for phase, load_share in zip((1, 2, 3), grid.shares_of_load, strict=True):
        shares = {d.name: 1 / 3 if d.phase is None else float(d.phase == phase) for _, d in problem.devices()}
        wish = f"at most {_span(amperes)} A on phase {phase}"
        yield FlowLimit("grid", wish, _CANNOT_STOP, 1.0, most, load_share, shares)


def _groups(problem: Problem) -> Iterator[FlowLimit]:
    for group in problem.groups:
        shares = {name: 1.0 for name in group.devices}
        for sign, limit_kw, word, reason in (
            (1.0, group.import_limit_kw, "take", _CANNOT_STOP),
            (-1.0, group.export_limit_kw, "give", _CANNOT_CURTAIL),
        ):
            if limit_kw is not None:
                most = per_step(limit_kw, problem.steps)
                yield FlowLimit(group.name, f"{word} at most {_span(most)} kW", reason, sign, most, 0.0, shares)


def _span(limit: Series) -> str:
    low, high = min(limit), max(limit)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def flow_kw(limit: FlowLimit, problem: Problem, schedule: Schedule, k: int) -> float:
    """What a schedule lets flow in the limit's direction in step k, kW; negative the other way."""
    flow = limit.load_share * problem.load_kw[k]
    for name, share in limit.shares.items():
        flow += share * taken_kw(schedule, name, k) if share else 0.0
    return limit.sign * flow


def taken_kw(schedule: Schedule, name: str, k: int) -> float:
    """What a device takes less what it gives in step k, kW."""
    if name in schedule.loads_kw:
        return schedule.loads_kw[name][k]
    if name in schedule.pv_used_kw:
        return -schedule.pv_used_kw[name][k]
    store = schedule.batteries.get(name) or schedule.evs[name]
    return store.charge_kw[k] - store.discharge_kw[k]
