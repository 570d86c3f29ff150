"""The order of the contract, one solve after another: grid limits, SoC bounds, deadlines, wishes, money, preferences.

Most homes can have all they wish: then the first solve, with every slack closed, is the answer. Only where it has none
are the tiers opened and minimised one by one, each held while the next is sought.
"""

import time
from dataclasses import dataclass

from .cbc import Found, Solver
from .model import Model
from .program import Program, Tier, column, total

# Stops within this of the best bill, in currency (a fifth of a cent), or within this share of it.
MONEY_GAP, MONEY_RELATIVE_GAP = 0.002, 1e-5
# A tier in kWh is minimised to a gap of 0.1 Wh and held to a millionth.
TIER_GAP, TIER_HELD = 1e-4, 1e-6
# Preferences decide between plans of equal cost: they may cost a ten-thousandth of a cent, so that numbers stay round.
PREFERENCE_BUDGET = 1e-6
# Powers below this, in kW, are numerical noise.
NOISE_KW = 1e-6
# How often binaries may be added where a solution went both ways at once; each round forbids every such step it found.
_ROUNDS = 6


@dataclass(frozen=True)
class Answer:
    """The columns' values, the least objective and its bound, and the shadow price of each step's energy."""

    values: list[float]
    objective: float
    bound: float
    proved: bool
    energy_value: tuple[float, ...]


class Clock:
    """Wall time left for a solve, in seconds."""

    def __init__(self, seconds: float) -> None:
        self._end = time.perf_counter() + seconds

    def left(self) -> float:
        """Seconds left, never below a little, so that a stage still answers when the time is over."""
        return max(self._end - time.perf_counter(), 0.05)


def solve(model: Model, seconds: float) -> Answer | None:
    """Minimises tier after tier within ``seconds`` of wall time; None where no answer was found."""
    clock, solver, program = Clock(seconds), Solver(model.program), model.program
    wished = _money(model, solver, clock) if _may_meet_all(program) else None
    if wished is not None:
        return wished
    for tier in (Tier.GRID, Tier.SOC, Tier.DEADLINE, Tier.WISH):
        for index, upper in program.slacks[tier].items():
            program.upper[index] = upper
    answer = None
    for tier in (Tier.GRID, Tier.SOC, Tier.DEADLINE, Tier.WISH, Tier.SURPLUS):
        cost = program.costs[tier]
        if cost:
            answer = _least(model, solver, cost, clock, TIER_GAP, TIER_HELD)
            if answer is None:
                return None
            held = total(column(index, value) for index, value in cost.items())
            program.constrain(held, "<", answer.objective + TIER_HELD)
    return _money(model, solver, clock, answer.values if answer else None) or answer


def _may_meet_all(program: Program) -> bool:
    """Whether one solve may do: nothing is out of bounds from the start, and no surplus is minimised before money."""
    return not (program.slacks[Tier.GRID] or program.slacks[Tier.SOC] or program.costs[Tier.SURPLUS])


def _money(model: Model, solver: Solver, clock: Clock, start: list[float] | None = None) -> Answer | None:
    cost = model.program.costs[Tier.MONEY]
    return _least(model, solver, cost, clock, MONEY_GAP, PREFERENCE_BUDGET, MONEY_RELATIVE_GAP, start)


def _least(
    model: Model,
    solver: Solver,
    cost: dict[int, float],
    clock: Clock,
    gap: float,
    budget: float,
    relative_gap: float = 1e-6,
    start: list[float] | None = None,
) -> Answer | None:
    """The least cost with no step going both ways.

    Both ways at once is only forbidden where it could pay, so most programs have few binaries; a solution that does it
    all the same gets binaries in those steps and is solved again.
    """
    preference = model.program.costs[Tier.PREFERENCE]
    for _ in range(_ROUNDS):
        found = solver.minimise(cost, clock.left(), gap, relative_gap, start)
        if found is None:
            return None
        fixed = solver.minimise_fixed(cost, found.values, preference, budget)
        least, values = fixed if fixed is not None else (found, found.values)
        wrong_ways, wrong_directions = both_at_once(model, values)
        if not wrong_ways and not wrong_directions:
            bound = min(found.bound, least.objective)
            return Answer(values, least.objective, bound, found.proved, _energy_value(model, least))
        for k in wrong_ways:
            model.forbid_both_ways(k)
        for name, k in wrong_directions:
            model.forbid_both_directions(name, k)
        start = None
    return None


def both_at_once(model: Model, values: list[float]) -> tuple[list[int], list[tuple[str, int]]]:
    """Steps that import and export, and stores with the steps in which they charge and discharge."""

    def both(one: int, other: int) -> bool:
        return min(values[one], values[other]) > NOISE_KW

    node = model.node
    ways = [k for k in range(node.steps) if both(node.imports[k], node.exports[k])]
    stores = node.stores().items()
    return ways, [(name, k) for name, s in stores for k in range(node.steps) if both(s.charge[k], s.discharge[k])]


def _energy_value(model: Model, least: Found) -> tuple[float, ...]:
    """The shadow price of the balance per kWh: what one more kWh in step k would be worth, shape (N,)."""
    if not least.duals:
        return ()
    hours = model.problem.horizon.hours
    duals = [least.duals[row] if row is not None else 0.0 for row in model.node.balance_rows]
    return tuple(dual / h for dual, h in zip(duals, hours, strict=True))
