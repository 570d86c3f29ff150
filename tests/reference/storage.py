"""Batteries and cars, written as literally as the contract: a binary in every step for every either-or."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .curve import limit_by_curve
from .given import Given
from .linear import Linear, Model, total


@dataclass
class Store:
    """Linear series of one battery or car; energy has N+1 entries, the others N (charging: binaries)."""

    data: dict[str, Any]
    capacity_kwh: float
    charge: list[Linear]
    discharge: list[Linear]
    energy: list[Linear]
    charging: list[Linear]
    outside_kwh: Linear
    short_kwh: Linear


def _recursion(
    m: Model, g: Given, data: dict[str, Any], flows: tuple[list, list], box: tuple[float, float]
) -> list[Linear]:
    charge, discharge = flows
    capacity = data.get("capacity_kwh", data.get("battery_kwh"))
    energy = [Linear({}, data["soc"] * capacity)]
    for k in range(g.n):
        after = m.variable(*box)
        gain = charge[k] * data["charge_efficiency"] - discharge[k] * (1.0 / data["discharge_efficiency"])
        m.equal(after, energy[k] - data.get("standing_loss_kw", 0.0) * g.hours[k] + gain * g.hours[k])
        energy.append(after)
    return energy


def _shortfalls(m: Model, g: Given, wishes: list, energy: list[Linear], capacity: float) -> Linear:
    """kWh short of each target at its instant, summed."""
    short = []
    for hours, soc in g.targets(wishes):
        held = total([energy[post] * weight for post, weight in g.interpolate(hours)])
        # Standing loss may take the energy of a battery below 0, as the equation is written.
        gap = m.variable(0.0, max(soc * capacity - m.low(energy[-1]), 0.0))
        m.at_most(soc * capacity - held, gap)
        short.append(gap)
    return total(short)


def add_battery(m: Model, g: Given, data: dict[str, Any]) -> Store:
    capacity = data["capacity_kwh"]
    low, high, now = data["soc_min"] * capacity, data["soc_max"] * capacity, data["soc"] * capacity
    loss = data["standing_loss_kw"] * float(g.posts[-1])
    bottom, top = min(low, now) - loss, max(high, now)
    charging = [m.binary() for _ in range(g.n)]
    charge = [m.variable(0.0, data["charge_limit_kw"]) for _ in range(g.n)]
    discharge = [m.variable(0.0, data["discharge_limit_kw"]) for _ in range(g.n)]
    energy = _recursion(m, g, data, (charge, discharge), (bottom, top))
    limit_by_curve(m, g, data, (charge, energy), (bottom, top))
    outside = []
    for k in range(g.n):
        after = energy[k + 1]
        m.at_most(charge[k], charging[k] * data["charge_limit_kw"])
        m.at_most(discharge[k], (1.0 - charging[k]) * data["discharge_limit_kw"])
        # Charging never ends above the upper bound, discharging never below the lower one.
        m.at_most(after, high + (1.0 - charging[k]) * (top - high))
        m.at_most(low - charging[k] * (low - bottom), after)
        if top > high:
            above = m.variable(0.0, top - high)
            m.at_most(after - high, above)
            outside.append(above)
        if bottom < low:
            below = m.variable(0.0, low - bottom)
            m.at_most(low - after, below)
            outside.append(below)
    short = _shortfalls(m, g, data["soc_targets"], energy, capacity)
    return Store(data, capacity, charge, discharge, energy, charging, total(outside), short)


def add_ev(m: Model, g: Given, data: dict[str, Any]) -> Store:
    capacity = data["battery_kwh"]
    high, now = data["soc_max"] * capacity, data["soc"] * capacity
    top = max(high, now)
    here = np.array(data["connected"], dtype=bool)
    charging = [m.binary() for _ in range(g.n)]
    charge = [m.variable(0.0, data["max_kw"] if here[k] else 0.0) for k in range(g.n)]
    discharge = [m.variable(0.0, data["discharge_limit_kw"] if here[k] else 0.0) for k in range(g.n)]
    energy = _recursion(m, g, data, (charge, discharge), (0.0, top))
    limit_by_curve(m, g, data, (charge, energy), (0.0, top))
    for k in range(g.n):
        if not here[k]:
            m.equal(charging[k], 0.0)
        m.at_most(charge[k], charging[k] * data["max_kw"])
        m.at_most(charging[k] * data["min_kw"], charge[k])
        m.at_most(discharge[k], (1.0 - charging[k]) * data["discharge_limit_kw"])
        m.at_most(energy[k + 1], high + (1.0 - charging[k]) * (top - high))
    short = _shortfalls(m, g, data["targets"], energy, capacity)
    return Store(data, capacity, charge, discharge, energy, charging, Linear(), short)
