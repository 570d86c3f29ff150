"""Batteries on plain self-consumption: surplus in, the house's own need out, nothing to or from the grid.

    E[k+1] = E[k] + h * (charge[k] * charge_efficiency - discharge[k] / discharge_efficiency - standing_loss)

What the real battery took and gave within one and the same quarter hour, it takes and gives here, too: means of a quarter
hour do not show it, and it has the same losses in both houses.
"""

from dataclasses import dataclass

import numpy as np

from ..config.devices import Battery
from ..domain.charge_curve import most_charge_kw
from .measured import HOURS, Known, Values

# A state of charge holds for an hour around the instant at which it was read.
_NEAR_QUARTERS = 4


@dataclass(frozen=True)
class Stored:
    """Energy in kWh at fence-posts, shape (N+1,), and power in kW by quarter hour, shape (N,): charge less discharge."""

    energy_kwh: Values
    net_kw: Values


def real_energy(soc: Values, capacity_kwh: float) -> tuple[Values, Known]:
    """What is really stored at fence-posts, shape (N+1,), between two readings by a line; and where that is known."""
    read = np.flatnonzero(~np.isnan(soc))
    if not len(read):
        return np.zeros(len(soc)), np.zeros(len(soc), dtype=bool)
    posts = np.arange(len(soc))
    nearest = np.searchsorted(read, posts)
    ahead = np.where(nearest < len(read), read[np.minimum(nearest, len(read) - 1)] - posts, len(soc))
    behind = np.where(nearest > 0, posts - read[np.maximum(nearest - 1, 0)], len(soc))
    near = np.minimum(ahead, behind) <= _NEAR_QUARTERS
    return np.interp(posts, read, soc[read]) * capacity_kwh, near


def self_consumption(
    config: Battery,
    capacity_kwh: float,
    real_kwh: Values,
    known: Known,
    net_kw: Values,
    feeds_kw: Values,
    churn_kw: Values,
) -> Stored:
    """The battery from the really stored energy at the begin on, never set back to it.

    ``net_kw``: what the house takes without it, below 0 for a surplus; ``feeds_kw``: as much of that it may give; ``churn_kw``:
    what goes in and out within a quarter hour. Where ``known`` is false nobody knows what the house did: there it is taken
    to have stored as much more or less as the real one.
    """
    low, high = config.soc_min * capacity_kwh, config.soc_max * capacity_kwh
    into, out, leak = config.charge_efficiency, config.discharge_efficiency, config.standing_loss_kw
    energy, flows = [float(real_kwh[0])], []
    real, surplus = real_kwh.tolist(), np.maximum(-net_kw, 0.0).tolist()
    feeds, lost = feeds_kw.tolist(), (churn_kw * (1 / out - into) + leak).tolist()
    for k, is_known in enumerate(known.tolist()):
        stored = energy[-1]
        if not is_known:
            flows.append(0.0)
            shifted = stored + real[k + 1] - real[k]
            energy.append(min(max(shifted, min(low, real[k + 1])), max(high, real[k + 1])))
            continue
        charge = min(config.charge_limit_kw, surplus[k], max(0.0, high - stored) / (HOURS * into))
        if config.charge_curve and charge > 0:
            charge = most_charge_kw(config.charge_curve, charge, capacity_kwh, stored, HOURS * into)
        usable = max(0.0, stored - lost[k] * HOURS - low)
        discharge = min(config.discharge_limit_kw, feeds[k], usable * out / HOURS) if surplus[k] <= 0 else 0.0
        flows.append(charge - discharge)
        energy.append(max(0.0, stored + HOURS * (charge * into - discharge / out - lost[k])))
    return Stored(np.array(energy), np.array(flows))
