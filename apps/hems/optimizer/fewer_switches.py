"""Fewer switches: runs of a device moved together, or joined, where that costs next to nothing."""

from collections.abc import Iterator
from itertools import pairwise

from .model import Model
from .runs import Fixed, Solve, bits_of, on_before, runs_of, switches, with_bits

# Each proposal costs a linear program (20 ms at 192 steps).
MOST_PROPOSALS = 5
# Gaps between runs longer than this many steps are not bridged.
_LONGEST_GAP = 8


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
        found = solve(with_bits(model, best.values, name, bits), most)
        if found is not None and switches(model, found.values) < count:
            best, count = found, switches(model, found.values)
    return best


def joined(model: Model, answer: Fixed, name: str) -> Iterator[tuple[float, str, list[bool | None]]]:
    """(estimated cost, device, bits) of each way to have one run less: the later moved up, the earlier moved down, the gap filled.

    The run of a device that is on now has ended before the first step where the plan switches it off at once. The estimate
    takes the energy's value as fixed: exact for small moves, too low for large ones.
    """
    bits = bits_of(model, answer.values, name)
    runs = runs_of(bits)
    if name in on_before(model) and runs and runs[0][0] > 0:
        runs = [(0, 0), *runs]
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
                if changed == bits:
                    continue
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
