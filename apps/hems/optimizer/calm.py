"""Preferences between plans of nearly equal cost: no move away from the last plan, fewer switches, earlier programs.

The solver is indifferent between plans that differ by less than its gap; people are not. Each proposal here changes some
whole numbers of the answer, is solved as a linear program, and stands if it costs less than what is left of a cent.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from .model import Model

# Preferences may cost so much in all, in currency: with the solver's own gap less than a cent.
CALM_BUDGET = 0.007
# Each proposal costs a linear program (20 ms at 192 steps).
MOST_PROPOSALS = 8
# Gaps between runs longer than this many steps are not bridged.
_LONGEST_GAP = 8
_CENT = 0.01


@dataclass(frozen=True)
class Fixed:
    """An answer with whole numbers fixed: column values, the least money, and what a kWh is worth in each step."""

    values: list[float]
    objective: float
    energy_value: tuple[float, ...]


Solve = Callable[[list[float]], Fixed | None]


def calmed(model: Model, answer: Fixed, solve: Solve, last: list[float | None] | None) -> Fixed:
    """The answer, or a calmer one at most ``CALM_BUDGET`` dearer.

    ``solve`` gives the best plan with the whole numbers of the given values, None where there is none. ``last``: the last
    plan's columns (``hints.py``). A last plan that is still within the budget stays as it is.
    """
    most = answer.objective + CALM_BUDGET
    if last is not None:
        stayed = solve([new if old is None else old for new, old in zip(answer.values, last, strict=False)])
        if stayed is not None and stayed.objective <= most:
            return stayed
    return with_fewer_switches(model, with_earlier_programs(model, answer, solve, most), solve, most)


def switches(model: Model, values: list[float]) -> int:
    """How often devices go from off to on in the horizon."""
    return sum(len(runs_of(bits_of(model, values, name))) for name in model.node.running)


def bits_of(model: Model, values: list[float], name: str) -> list[bool | None]:
    """Whether a device is on, by step; None where it cannot be."""
    running = model.node.running[name]
    return [round(values[running[k]]) == 1 if k in running else None for k in range(model.node.steps)]


def runs_of(bits: list[bool | None]) -> list[tuple[int, int]]:
    """(first, last + 1) of each run."""
    runs: list[tuple[int, int]] = []
    for k, on in enumerate(bits):
        if on and runs and runs[-1][1] == k:
            runs[-1] = (runs[-1][0], k + 1)
        elif on:
            runs.append((k, k + 1))
    return runs


def with_bits(model: Model, values: list[float], name: str, bits: list[bool | None]) -> list[float]:
    """The values with a device's runs changed; its running count follows."""
    changed = list(values)
    for k, index in model.node.running[name].items():
        changed[index] = float(bool(bits[k]))
    for k, index in enumerate(model.node.counts.get(name, [])):
        changed[index] = float(sum(bool(on) for on in bits[: k + 1]))
    return changed


def with_fewer_switches(model: Model, answer: Fixed, solve: Solve, most: float) -> Fixed:
    """Runs moved together or dropped while the money lasts."""
    best, count = answer, switches(model, answer.values)
    tried = 0
    proposals = [proposal for device in model.node.running for proposal in joined(model, answer, device)]
    for estimate, name, bits in sorted(proposals, key=lambda one: one[0]):
        if tried == MOST_PROPOSALS or estimate > most - answer.objective:
            break
        if bits_of(model, best.values, name) != bits_of(model, answer.values, name):
            continue  # this device has been changed already; its other proposals are about what was
        tried += 1
        found = solve(with_bits(model, best.values, name, bits))
        if found is not None and found.objective <= most and switches(model, found.values) < count:
            best, count = found, switches(model, found.values)
    return best


def joined(model: Model, answer: Fixed, name: str) -> Iterator[tuple[float, str, list[bool | None]]]:
    """(estimated cost, device, bits) of each way to have one run less: the later moved up, the earlier moved down, the gap filled.

    The estimate takes the energy's value as fixed: exact for small moves, too low for large ones.
    """
    bits = bits_of(model, answer.values, name)
    runs = runs_of(bits)
    for (first, end), (begin, last) in pairwise(runs):
        gap = range(end, begin)
        if len(gap) > _LONGEST_GAP or any(bits[k] is None for k in gap):
            continue
        for on, off in (
            (gap, range(0)),
            (range(end, end + last - begin), range(begin, last)),
            (range(begin - (end - first), begin), range(first, end)),
        ):
            if all(bits[k] is not None for k in on):
                changed = list(bits)
                for k in off:
                    changed[k] = False
                for k in on:
                    changed[k] = True
                yield _estimate(model, answer, name, bits, changed), name, changed


def _estimate(model: Model, answer: Fixed, name: str, bits: list[bool | None], changed: list[bool | None]) -> float:
    hours, cost = model.problem.horizon.hours, 0.0
    for k, index in model.node.running[name].items():
        if bits[k] != changed[k] and answer.energy_value:
            power = least_kw(model, name, k, index)
            cost += (1 if changed[k] else -1) * power * hours[k] * answer.energy_value[k]
    return max(cost, 0.0)


def least_kw(model: Model, name: str, k: int, index: int) -> float:
    """The power that being on takes in step k: all of it for what is on or off, nothing certain for what modulates."""
    return dict(model.node.loads[name][k].terms).get(index, 0.0) if name in model.node.loads else 0.0


def with_earlier_programs(model: Model, answer: Fixed, solve: Solve, most: float) -> Fixed:
    """Each program at its first start that costs a tenth of a cent more at most."""
    best = answer
    for name, begins in model.node.begins.items():
        chosen = next((k for k, index in begins.items() if round(best.values[index]) == 1), None)
        if chosen is None or not answer.energy_value:
            continue
        prices = {k: program_price(model, name, k, answer) for k in begins if k <= chosen}
        first = min(k for k, price in prices.items() if price <= prices[chosen] + _CENT / 10)
        if first < chosen:
            values = list(best.values)
            values[begins[chosen]], values[begins[first]] = 0.0, 1.0
            found = solve(values)
            if found is not None and found.objective <= min(most, best.objective + _CENT / 5):
                best = found
    return best


def program_price(model: Model, name: str, start: int, answer: Fixed) -> float:
    """What a program costs from a start on, at the energy's value."""
    problem = model.problem
    load = next(one for one in problem.shiftable_loads if one.name == name)
    posts = problem.horizon.posts_minutes
    covered = problem.horizon.averaged(load.profile_kw, load.profile_step_minutes, posts[start])
    steps = zip(covered, problem.horizon.hours, answer.energy_value, strict=True)
    return sum(kw * h * value for kw, h, value in steps)
