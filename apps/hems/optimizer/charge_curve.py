"""Charging that slows down near full: the charge curve of a battery or a car in the program."""

from itertools import pairwise

from ..domain.charge_curve import CurvePoint
from .node import StoreColumns
from .program import Linear, Program, column, total

# One line of a curve: kW at soc 0 of the store, and kW per unit of soc.
Line = tuple[float, float]
# Slopes in kW that differ by less are one line.
_SAME_SLOPE = 1e-9


def add_charge_curve(
    program: Program, store: StoreColumns, energy_kwh: float, capacity_kwh: float, curve: tuple[CurvePoint, ...]
) -> None:
    """``charge <= line(soc)`` for every line of the curve, at the soc in the middle of the step.

    Where the curve bends downwards all its lines hold at once, and no binary is needed. Where it bends upwards, at
    ``corner``, a binary ``beyond[k]`` tells the two sides apart: ``(1 + corner) * beyond - 1 <= soc <= corner + (1 - corner)
    * beyond``, and lines hold on their own side only. (Bends as ordered binaries, not as special ordered sets: those crash CBC.)
    """
    if not curve or capacity_kwh <= 0:
        return
    pieces, corners = bends(curve)
    for k, limit_kw in enumerate(store.charge_limit_kw):
        if limit_kw <= 0:
            continue
        before = column(store.energy[k - 1]) if k else Linear((), energy_kwh)
        soc = (before + column(store.energy[k])) * (0.5 / capacity_kwh)
        beyond = [program.binary() for _ in corners]
        for corner, binary in zip(corners, beyond, strict=True):
            program.constrain(soc + column(binary, -(1 - corner)), "<", corner)
            program.constrain(soc + column(binary, -(1 + corner)), ">", -1.0)
        for number, lines in enumerate(pieces):
            before_it, behind_it = beyond[number - 1 : number], beyond[number : number + 1]
            elsewhere = total(Linear(((binary, -1.0),), 1.0) for binary in before_it) + total(map(column, behind_it))
            for level, slope in lines:
                if level < limit_kw or slope < 0:
                    room = elsewhere * (limit_kw + abs(slope))
                    program.constrain(column(store.charge[k]) + soc * -slope + room * -1.0, "<", level)


def bends(curve: tuple[CurvePoint, ...]) -> tuple[list[list[Line]], list[float]]:
    """The curve's lines in pieces that bend downwards, and the states of charge at which one piece ends."""
    points = [(0.0, curve[0].kw)] if curve[0].soc > 0 else []
    points += [(point.soc, point.kw) for point in curve]
    points += [(1.0, curve[-1].kw)] if curve[-1].soc < 1 else []
    if len(points) == 1:
        return [[(points[0][1], 0.0)]], []
    pieces: list[list[Line]] = [[]]
    corners: list[float] = []
    for (left, left_kw), (right, right_kw) in pairwise(points):
        slope = (right_kw - left_kw) / (right - left)
        if pieces[-1] and slope > pieces[-1][-1][1] + _SAME_SLOPE:
            pieces.append([])
            corners.append(left)
        pieces[-1].append((left_kw - slope * left, slope))
    return pieces, corners
