"""Preferences between plans of nearly equal cost: no move away from the last plan, earlier programs, fewer switches.

The solver is indifferent between plans that differ by less than its gap; people are not. Each proposal here changes some
whole numbers of the answer, is solved as a linear program, and stands if it costs less than what is left of a cent.
"""

from .fewer_switches import with_fewer_switches
from .gentle import with_gentle_charging
from .model import Model
from .runs import Fixed, Solve
from .tolerance import tolerance

# What staying with the last plan may cost, and what tidying a new one may, in currency: with the solver's own gap less
# than a cent, and less than half a cent.
STAY_BUDGET, TIDY_BUDGET = 0.007, 0.0025
_CENT = 0.01


def calmed(model: Model, answer: Fixed, solve: Solve, last: list[float | None] | None) -> Fixed:
    """The answer, or a calmer one: ``STAY_BUDGET`` dearer at most with a last plan, ``TIDY_BUDGET`` without, by ``tolerance``.

    ``solve``: see ``runs.Solve``. ``last``: the last plan's columns (``hints.py``).
    """
    part = tolerance(model.problem)
    if last is not None:
        return staying(model, answer, solve, last, answer.objective + part * STAY_BUDGET)
    most = answer.objective + part * TIDY_BUDGET
    earlier = with_earlier_programs(model, answer, solve, most)
    return with_gentle_charging(model, with_fewer_switches(model, earlier, solve, most), solve, most)


def staying(model: Model, answer: Fixed, solve: Solve, last: list[float | None], most: float) -> Fixed:
    """The last plan where all of it is still good; else the answer with each device that may stay as it was."""
    best = answer
    integer = model.program.integer
    known = {index: old for index, old in enumerate(last) if old is not None and integer[index]}
    if all(round(answer.values[index]) == round(old) for index, old in known.items()):
        return answer
    stayed = solve([known.get(index, new) for index, new in enumerate(answer.values)], most)
    if stayed is not None:
        return stayed
    node = model.node
    for name in (*node.running, *node.begins):
        own = (*node.running.get(name, {}).values(), *node.counts.get(name, []), *node.begins.get(name, {}).values())
        values = list(best.values)
        for index in own:
            values[index] = known.get(index, values[index])
        if any(round(values[index]) != round(best.values[index]) for index in own):
            best = solve(values, most) or best
    return best


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
            best = solve(values, min(most, best.objective + _CENT / 5)) or best
    return best


def program_price(model: Model, name: str, start: int, answer: Fixed) -> float:
    """What a program costs from a start on, at the energy's value."""
    problem = model.problem
    load = next(one for one in problem.shiftable_loads if one.name == name)
    posts = problem.horizon.posts_minutes
    covered = problem.horizon.averaged(load.profile_kw, load.profile_step_minutes, posts[start])
    steps = zip(covered, problem.horizon.hours, answer.energy_value, strict=True)
    return sum(kw * h * value for kw, h, value in steps)
