"""What a period could have cost at the least, everything known beforehand: one linear program over all of it.

Why no controller can be cheaper. Take any course of the home that keeps its limits and wishes, and the mean of each flow
in each step of the problem. These means, and the stored energies and temperatures at the steps' ends, fulfil every row of
the program: balances and energy equations are linear, so they hold for means; what is on for a part of a step has a part
of its power as its mean (``continuous.py``), and where there is sun that part of the step has a balance of its own
(``parts.py``); where no step may both import and export, the rows are the convex hull of the two, which holds every
division of the step's time among them. Its cost is the sum of mean powers times prices. So the course is a point of the
program with the cost that it had, and the least cost of all points is at most that.

It is a bound and not a plan: a tank that heats for a third of every quarter hour, a car that charges below its least current.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..domain.bill import block_cost
from ..domain.problem import Problem
from ..optimizer.cbc import Solver
from ..optimizer.matrix import Basis
from ..optimizer.model import Model, build_model
from ..optimizer.program import Tier, column, total
from ..optimizer.terminal_value import terminal_values
from .continuous import add_programs, continuous
from .parts import divide_steps, switched_devices
from .quiet import quiet
from .results import Trace
from .series import Values
from .windowed_basis import windowed_basis

# What must be given up where not all can be kept, in the contract's order.
_TIERS = (Tier.GRID, Tier.SOC, Tier.DEADLINE, Tier.WISH)
# A tier is held to a millionth, and to a millionth of its size: a long program's sums have no more digits.
_HELD = 1e-6
# A long linear program begins from windows: 45 days are as fast without.
_LONG_HOURS = 45 * 24.0
# Of the time that a long one takes, the windows take this share.
_SHARE_OF_WINDOWS = 0.8
# Time for the solver: at least so much, and for each step; a year has ten times the 200 s that it took.
_LEAST_SECONDS, _SECONDS_A_STEP = 900.0, 0.06


class NoBound(RuntimeError):
    """The linear program was not solved; the message is a sentence for people."""


@dataclass(frozen=True)
class Bound:
    """The least of the period. Money in currency; ``seconds`` of wall time.

    ``objective = bill + wear + other - stored_value``: as ``optimizer.rank.money`` counts. ``bill``: import, energy blocks
    and peak, less export. ``stored_value``: what is stored at the end, heat counted from its begin. ``other``: priced
    discomfort and carbon. ``short``: by tier, what had to be given up; empty where every wish is met.
    """

    objective: float
    bill: float
    import_kwh: float
    export_kwh: float
    wear: float
    stored_value: float
    other: float
    short: dict[str, float]
    trace: Trace
    seconds: float


def solve_bound(
    problem: Problem,
    at_home: Mapping[str, Values] | None = None,
    seconds: float | None = None,
    tell: Callable[[float], None] = lambda share: None,
) -> Bound:
    """The least money of the problem, whole numbers given up. Raises NoBound where the solver finds none within ``seconds``.

    ``at_home``: by car, the share of each step that it is connected, 0..1, shape (N,): its mean power is so much of its
    limit at most. All of the steps in which it is connected where nothing is given. ``seconds``: by the number of steps
    where nothing is given. ``tell`` hears the share that is done.
    """
    began = time.perf_counter()
    if seconds is None:
        seconds = max(_LEAST_SECONDS, _SECONDS_A_STEP * problem.steps)
    relaxed = continuous(problem)
    model = build_model(relaxed.problem)
    add_programs(model, relaxed.machines)
    at_home = at_home or {}
    divide_steps(model, switched_devices(problem), at_home)
    for name, shares in at_home.items():
        for index, share in zip(model.node.evs[name].charge, shares.tolist(), strict=True):
            model.program.upper[index] *= share
    # What is left of the whole numbers (directions, bends of charge curves) is between 0 and 1 too.
    model.program.integer = [False] * len(model.program.integer)
    with quiet():
        long = sum(problem.horizon.hours) > _LONG_HOURS
        basis = windowed_basis(model, lambda share: tell(_SHARE_OF_WINDOWS * share)) if long else None
        with Solver(model.program) as solver:
            values = _least(model, solver, seconds, basis)
    return _bound(problem, model, values, began)


def _least(model: Model, solver: Solver, seconds: float, basis: Basis | None) -> list[float]:
    """The columns of the least money; where not all can be kept, of the least that must be given up, tier by tier."""
    program, end = model.program, time.perf_counter() + seconds
    found = _solved(solver, program.costs[Tier.MONEY], end, basis)
    if found is not None:
        return found
    for tier in _TIERS:
        for index, upper in program.slacks[tier].items():
            program.upper[index] = upper
    for tier in _TIERS:
        cost = program.costs[tier]
        if cost:
            values = _solved(solver, cost, end, basis)
            if values is None:
                break
            reached = sum(weight * values[index] for index, weight in cost.items())
            held = total(column(index, weight) for index, weight in cost.items())
            program.constrain(held, "<", reached + _HELD * max(1.0, reached))
    found = _solved(solver, program.costs[Tier.MONEY], end, basis)
    if found is None:
        raise NoBound(f"the bound over {model.problem.steps} steps was not found within {seconds:.0f} s")
    return found


def _solved(solver: Solver, cost: dict[int, float], end: float, basis: Basis | None) -> list[float] | None:
    """The linear program's columns: from a basis, the last one that was solved with the first; or from nothing.

    Without whole numbers ``branched`` has nothing to branch on, and presolves; but it takes no basis.
    """
    solver.aim(cost, basis=basis)
    left = end - time.perf_counter()
    if left <= 0:
        return None
    found = solver.relaxed(left) if basis is not None else solver.branched(left, gap=0.0, cutting=False)
    return found.values if found is not None and found.proved else None


def _bound(problem: Problem, model: Model, values: list[float], began: float) -> Bound:
    hours, grid, node = problem.horizon.hours, problem.grid, model.node
    imported = tuple(values[index] for index in node.imports)
    exported = tuple(values[index] for index in node.exports)
    bought = sum(h * price * kw for h, price, kw in zip(hours, grid.import_price, imported, strict=True))
    sold = sum(h * price * kw for h, price, kw in zip(hours, grid.export_price, exported, strict=True))
    charge = grid.capacity_charge
    peak = charge.price_per_kw * max(charge.peak_so_far_kw, *imported) if charge is not None else 0.0
    bill = bought - sold + block_cost(problem, imported) + peak
    wear = sum(
        battery.wear_cost_per_kwh * h * values[index]
        for battery in problem.batteries
        for h, index in zip(hours, node.batteries[battery.name].discharge, strict=True)
    )
    objective = sum(weight * values[index] for index, weight in model.program.costs[Tier.MONEY].items())
    objective += heat_at_begin(problem)
    stored = _stored_value(problem, model, values)
    counted = bill if problem.objective.cost_function != "cost" else bill + sold
    return Bound(
        objective=objective,
        bill=bill,
        import_kwh=sum(h * kw for h, kw in zip(hours, imported, strict=True)),
        export_kwh=sum(h * kw for h, kw in zip(hours, exported, strict=True)),
        wear=wear,
        stored_value=stored,
        other=objective - (counted + wear - stored),
        short=_short(model, values),
        trace=_trace(problem, model, values),
        seconds=time.perf_counter() - began,
    )


def heat_at_begin(problem: Problem) -> float:
    """What the heat of the begin is worth, in currency: a constant of the objective that the columns do not carry."""
    worth = terminal_values(problem)
    return sum(
        (1.0 if load.mode == "heat" else -1.0) * worth[load.name] * load.last_capacity_kwh_per_k * load.temperature_c
        for load in problem.thermal_loads
    )


def _stored_value(problem: Problem, model: Model, values: list[float]) -> float:
    worth, node = terminal_values(problem), model.node
    stored = sum(worth[name] * values[store.energy[-1]] for name, store in node.stores().items())
    for load in problem.thermal_loads:
        risen_k = values[node.temperatures[load.name][-1]] - load.temperature_c
        stored += (1.0 if load.mode == "heat" else -1.0) * worth[load.name] * load.last_capacity_kwh_per_k * risen_k
    return stored


def _short(model: Model, values: list[float]) -> dict[str, float]:
    found = {}
    for tier in _TIERS:
        missing = sum(weight * values[index] for index, weight in model.program.costs[tier].items())
        if missing > 2 * _HELD:  # less is what a tier that needs nothing is held to
            found[tier.name.lower()] = missing
    return found


def _trace(problem: Problem, model: Model, values: list[float]) -> Trace:
    """Means of the steps; states at the steps' ends."""
    node = model.node
    capacity = {b.name: b.capacity_kwh for b in problem.batteries} | {ev.name: ev.battery_kwh for ev in problem.evs}
    return Trace(
        import_kw=tuple(values[index] for index in node.imports),
        export_kw=tuple(values[index] for index in node.exports),
        soc={
            name: tuple(values[index] / capacity[name] for index in store.energy)
            for name, store in node.stores().items()
            if capacity[name] > 0
        },
        load_kw={
            name: tuple(sum(c * values[i] for i, c in power.terms) + power.constant for power in powers)
            for name, powers in node.loads.items()
        },
        temperature_c={name: tuple(values[i] for i in indices) for name, indices in node.temperatures.items()},
    )
