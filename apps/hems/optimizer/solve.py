"""The order of the contract, one solve after another: grid limits, SoC bounds, deadlines, wishes, money, preferences.

Most homes can have all they wish: then the first solve, with every slack closed, is the answer. Only where it has none
are the tiers opened and minimised one by one, each held while the next is sought.
"""

import time
from dataclasses import dataclass, replace

from .calm import calmed
from .cbc import Found, Solver
from .model import Model
from .program import INFINITE, Program, Tier, column, total
from .runs import Fixed
from .search import least
from .task import AGAIN, Wanted
from .tolerance import tolerance

# Stops within this of the best bill, in currency (a fifth of a cent), or within this share of it.
MONEY_GAP, MONEY_RELATIVE_GAP = 0.002, 1e-5
# A tier in kWh is minimised to a gap of 0.1 Wh and held to a millionth.
TIER_GAP, TIER_HELD = 1e-4, 1e-6
# Preferences decide between plans of equal cost: they may cost a ten-thousandth of a cent, so that numbers stay round.
PREFERENCE_BUDGET = 1e-6
# Powers below this, in kW, are numerical noise.
NOISE_KW = 1e-6
# A tier may use this share of the time that is left, so that the stages after it have theirs.
_TIER_SHARE = 0.4
# Finding that not all wishes can be met is usually a matter of milliseconds; where it is not, the tiers still need time.
_FIRST_SHARE = 0.95
# How often binaries may be added where a solution went both ways at once.
_ROUNDS = 5
# One round leaves time for those that may follow it.
_ROUND_SHARE = 0.85
# With less time left than this preferences are left alone.
_CALM_SECONDS = 0.3


# Columns' values to start from, None where they are not known.
Start = list[float | None]


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

    def part(self, share: float) -> "Clock":
        """A clock with a share of what is left."""
        return Clock(self.left() * share)

    def left(self) -> float:
        """Seconds left, never below a little, so that a stage still answers when the time is over."""
        return max(self._end - time.perf_counter(), 0.05)


def solve(model: Model, seconds: float, start: Start | None = None, patience: float = 1.0) -> Answer | None:
    """Minimises tier after tier within ``seconds`` of wall time; None where no answer was found.

    ``start``: the last plan's columns (``hints.py``), from which the plan does not move without a gain.
    ``patience``: the share of it (``task.py``) that the search for the least money has.
    """
    with Solver(model.program) as solver:
        return _solve(model, solver, Clock(seconds), start, patience)


def _solve(model: Model, solver: Solver, clock: Clock, start: Start | None, patience: float) -> Answer | None:
    program = model.program
    wished = _money(model, solver, clock.part(_FIRST_SHARE), start, patience) if _may_meet_all(program) else None
    if wished is not None:
        return _calm(model, solver, wished, clock, start)
    tiers = (Tier.GRID, Tier.SOC, Tier.DEADLINE, Tier.WISH)
    for tier in tiers:
        for index, upper in program.slacks[tier].items():
            program.upper[index] = upper
    answer: Answer | None = None
    for tier in (*tiers, Tier.SURPLUS):
        cost = program.costs[tier]
        if cost:
            part, wanted = clock.part(_TIER_SHARE), Wanted(TIER_GAP)
            found = _least(model, solver, cost, part, wanted, TIER_HELD, start=_values(answer))
            answer = _worst_proof(found, answer)
            if answer is None:
                return None
            held = total(column(index, value) for index, value in cost.items())
            reached = sum(value * answer.values[index] for index, value in cost.items())
            program.constrain(held, "<", reached + TIER_HELD)
    money = _money(model, solver, clock.part(1.0), _values(answer), patience)
    return _worst_proof(_calm(model, solver, money, clock, start) if money is not None else None, answer)


def _calm(model: Model, solver: Solver, answer: Answer, clock: Clock, last: Start | None) -> Answer:
    """The answer, or one that people like better at nearly the same cost; see ``calm.py``."""
    program = model.program
    cost, whole = program.costs[Tier.MONEY], [i for i, integer in enumerate(program.integer) if integer]

    def fixed(values: list[float], most: float) -> Fixed | None:
        if clock.left() < _CALM_SECONDS or not all(program.allows(i, values[i]) for i in whole):
            return None
        found = _fixed(model, solver, cost, Found(values, 0.0, -INFINITE, False, []), PREFERENCE_BUDGET, most)
        possible = found.energy_value and not any(both_at_once(model, found.values))
        return Fixed(found.values, found.objective, found.energy_value) if possible else None

    if not answer.energy_value:
        return answer
    calm = calmed(model, Fixed(answer.values, answer.objective, answer.energy_value), fixed, last)
    return replace(answer, values=calm.values, objective=calm.objective, energy_value=calm.energy_value)


def _values(answer: Answer | None) -> Start | None:
    return list(answer.values) if answer is not None else None


def _worst_proof(found: Answer | None, before: Answer | None) -> Answer | None:
    """The newer answer, proved only if those before were; the older one, unproved, where a stage found none."""
    if found is None:
        return replace(before, proved=False, bound=-INFINITE) if before is not None else None
    return replace(found, proved=found.proved and (before is None or before.proved))


def _may_meet_all(program: Program) -> bool:
    """Whether one solve may do: nothing is out of bounds from the start, and no surplus is minimised before money."""
    return not (program.slacks[Tier.GRID] or program.slacks[Tier.SOC] or program.costs[Tier.SURPLUS])


def _money(
    model: Model, solver: Solver, clock: Clock, start: Start | None = None, patience: float = 1.0
) -> Answer | None:
    cost, wanted = model.program.costs[Tier.MONEY], Wanted(MONEY_GAP, MONEY_RELATIVE_GAP, tolerance(model.problem))
    return _least(model, solver, cost, clock, wanted, PREFERENCE_BUDGET, start, patience)


def _least(
    model: Model,
    solver: Solver,
    cost: dict[int, float],
    clock: Clock,
    wanted: Wanted,
    budget: float,
    start: Start | None = None,
    patience: float = 1.0,
) -> Answer | None:
    """The least cost with no step going both ways.

    Both ways at once is only forbidden where it could pay, so most programs have few binaries. A solution that does it
    all the same gets binaries in those steps, then for the whole of what went wrong, and is solved again from its own
    repair: the same solution with the larger of the two flows in each step.
    """
    repaired: Answer | None = None
    for attempt in range(_ROUNDS):
        left, share = clock.part(_ROUND_SHARE).left, AGAIN if attempt else patience
        found = least(solver, model.node, cost, left, wanted, start, share)
        if found is None:
            return repaired
        answer = _fixed(model, solver, cost, found, budget)
        wrong_ways, wrong_directions = both_at_once(model, answer.values)
        if not wrong_ways and not wrong_directions:
            return answer
        _forbid(model, wrong_ways, wrong_directions, everywhere=attempt > 0)
        completed = model.completed(answer.values)
        start = list(completed)
        repair = _fixed(model, solver, cost, replace(found, values=completed, proved=False, bound=-INFINITE), budget)
        if repair.energy_value and not any(both_at_once(model, repair.values)):
            repaired, start = repair, list(repair.values)
    return repaired


def _fixed(
    model: Model, solver: Solver, cost: dict[int, float], found: Found, budget: float, most: float = INFINITE
) -> Answer:
    """The best that the found integers allow, preferences decided; without shadow prices where they allow nothing."""
    fixed = solver.minimise_fixed(cost, found.values, model.program.costs[Tier.PREFERENCE], budget, most)
    least, values = fixed if fixed is not None else (found, found.values)
    return Answer(values, least.objective, min(found.bound, least.objective), found.proved, _energy_value(model, least))


def _forbid(model: Model, ways: list[int], directions: list[tuple[str, int]], everywhere: bool) -> None:
    """Binaries where a solution went both ways; ``everywhere``: in every step of the meter or store that did."""
    steps = range(model.node.steps)
    for k in steps if everywhere and ways else ways:
        model.forbid_both_ways(k)
    names = {name for name, _ in directions}
    for name, k in [(name, k) for name in names for k in steps] if everywhere else directions:
        model.forbid_both_directions(name, k)


def both_at_once(model: Model, values: list[float]) -> tuple[list[int], list[tuple[str, int]]]:
    """Steps that import and export, and stores with the steps in which they charge and discharge."""

    def both(one: int, other: int) -> bool:
        return min(values[one], values[other]) > NOISE_KW

    node = model.node
    ways = [k for k in range(node.steps) if both(node.imports[k], node.exports[k])]
    stores = node.stores().items()
    return ways, [(name, k) for name, s in stores for k in range(node.steps) if both(s.charge[k], s.discharge[k])]


def _energy_value(model: Model, least: Found) -> tuple[float, ...]:
    """The shadow price of the balance per kWh: what one more kWh in step k would be worth in all scenarios, shape (N,)."""
    if not least.duals:
        return ()
    hours = model.problem.horizon.hours
    balances = (model.node.balance_rows, *model.other_balances)
    duals = [sum(least.duals[row] for row in rows if row is not None) for rows in zip(*balances, strict=True)]
    return tuple(dual / h for dual, h in zip(duals, hours, strict=True))
