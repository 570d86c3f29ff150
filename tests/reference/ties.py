"""What ties devices to each other in the reference: limits of phases and groups, and blocks of energy."""

from __future__ import annotations

from typing import Any

from .given import Given
from .limits import Limit
from .linear import Linear, Model, total


def add_limit(m: Model, g: Given, limit: Limit, taken: dict[str, list[Linear]]) -> Linear:
    """kWh beyond the limit of a phase or a group, as far as nobody can stop it.

    taken: what each device takes from the grid in each step (kW), by name; negative is what it gives.
    """
    excess = []
    for k in range(g.n):
        flow = total([taken[name][k] * share for name, share in limit.shares.items()]) + limit.load[k]
        if limit.most_in is not None:
            over = m.variable(0.0, max(0.0, float(limit.unstoppable[k] - limit.most_in[k])))
            m.at_most(flow - float(limit.most_in[k]), over)
            excess.append(over * g.hours[k])
        if limit.most_out is not None:
            over = m.variable(0.0, max(0.0, float(limit.uncurtailable[k] - limit.most_out[k])))
            m.at_most(-flow - float(limit.most_out[k]), over)
            excess.append(over * g.hours[k])
    return total(excess)


def add_block(m: Model, g: Given, block: dict[str, Any], imports: list[Linear]) -> Linear:
    """What a block of energy costs beside the price: its difference for the first kWh in its window."""
    within = g.overlap(g.after(block["from"]), g.after(block["until"]))
    imported = total([imports[k] * within[k] for k in range(g.n) if within[k] > 0.0])
    left = max(0.0, block["kwh"] - block["used_kwh"])
    most = sum(m.highs[i] * weight for i, weight in imported.weights.items())
    if left <= 0.0 or most <= 0.0:
        return Linear()
    filled = m.variable(0.0, left)
    if block["price_difference_per_kwh"] < 0.0:
        m.at_most(filled, imported)
    else:
        # The lesser of the two bends the wrong way for a minimum: either the block is full, or all import is in it.
        full = m.binary()
        m.at_most(full * left, filled)
        m.at_most(imported - full * most, filled)
    return filled * block["price_difference_per_kwh"]
