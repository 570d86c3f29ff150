"""Charge curves: the mean charging power of a step within a piecewise linear function of the SoC in its middle."""

from __future__ import annotations

from typing import Any

import numpy as np

from .given import Given
from .linear import Linear, Model, total


def limit_by_curve(
    m: Model, g: Given, data: dict[str, Any], series: tuple[list[Linear], list[Linear]], reach: tuple[float, float]
) -> None:
    """series: charging (N) and energy (N+1); reach: the least and the greatest energy, kWh."""
    if not data["charge_curve"]:
        return
    charge, energy = series
    at, most = _pieces(g, data, reach)
    for k in range(g.n):
        if m.highs[next(iter(charge[k].weights))] <= 0.0:
            continue  # not connected
        middle = (energy[k] + energy[k + 1]) * 0.5
        if len(at) == 1:
            m.at_most(charge[k], float(most[0]))
        elif _bends_down(at, most):
            for slope, level in _lines(at, most):
                m.at_most(charge[k], middle * slope + level)
        else:
            _one_piece(m, (charge[k], middle), at, most)


def _pieces(g: Given, data: dict[str, Any], reach: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """The corners within reach: energies in kWh and the powers allowed there."""
    capacity = data.get("capacity_kwh", data.get("battery_kwh"))
    corners = [point["soc"] * capacity for point in data["charge_curve"]]
    inside = [one for one in corners if reach[0] + 1e-9 < one < reach[1] - 1e-9]
    at = np.array(sorted({reach[0], *inside, reach[1]}))
    return at, g.curve_kw(data, at / capacity)


def _lines(at: np.ndarray, most: np.ndarray) -> list[tuple[float, float]]:
    """(slope, level at 0 kWh) of each piece."""
    slopes = np.diff(most) / np.diff(at)
    return [(float(s), float(y - s * x)) for s, x, y in zip(slopes, at, most, strict=False)]


def _bends_down(at: np.ndarray, most: np.ndarray) -> bool:
    return bool(np.all(np.diff(np.diff(most) / np.diff(at)) <= 1e-12))


def _one_piece(m: Model, point: tuple[Linear, Linear], at: np.ndarray, most: np.ndarray) -> None:
    """A binary chooses the piece in which the middle lies; only that piece has a share of the middle."""
    chosen, parts, limits = [], [], []
    for number, (slope, level) in enumerate(_lines(at, most)):
        here = m.binary()
        part = m.variable(min(0.0, float(at[number])), max(0.0, float(at[number + 1])))
        m.at_most(here * float(at[number]), part)
        m.at_most(part, here * float(at[number + 1]))
        chosen.append(here)
        parts.append(part)
        limits.append(part * slope + here * level)
    m.equal(total(chosen), 1.0)
    m.equal(point[1], total(parts))
    m.at_most(point[0], total(limits))
