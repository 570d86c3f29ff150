"""How fast a store may charge at a state of charge: full power at first, less when nearly full."""

from bisect import bisect_right
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator

from .quantity import Fraction, Frozen, NonNegative


class CurvePoint(Frozen):
    """At state of charge ``soc`` the store takes ``kw`` at most (AC)."""

    soc: Fraction
    kw: NonNegative


def _rising(points: tuple[CurvePoint, ...]) -> tuple[CurvePoint, ...]:
    for one, other in pairwise(points):
        if other.soc <= one.soc:
            raise ValueError(f"soc {other.soc:g} follows {one.soc:g}; give the points with rising soc")
    return points


# Linear between the points, level before the first and beyond the last; no points: no limit but the store's own.
ChargeCurve = Annotated[tuple[CurvePoint, ...], AfterValidator(_rising)]


def curve_kw(curve: tuple[CurvePoint, ...], soc: float) -> float:
    """The most charging power in kW at a state of charge; infinite without a curve."""
    if not curve:
        return float("inf")
    after = bisect_right([point.soc for point in curve], soc)
    if after == 0:
        return curve[0].kw
    if after == len(curve):
        return curve[-1].kw
    left, right = curve[after - 1], curve[after]
    return left.kw + (right.kw - left.kw) * (soc - left.soc) / (right.soc - left.soc)


def most_charge_kw(
    curve: tuple[CurvePoint, ...], limit_kw: float, capacity_kwh: float, energy_kwh: float, gain_per_kw: float
) -> float:
    """The most that a step may charge: ``c <= curve(soc at the middle of the step)``, the step storing ``gain_per_kw * c``.

    ``gain_per_kw``: hours times charge efficiency. By bisection: with a curve that never rises there is one crossing.
    """
    if not curve or capacity_kwh <= 0:
        return limit_kw

    def allowed(kw: float) -> float:
        return curve_kw(curve, min(1.0, (energy_kwh + kw * gain_per_kw / 2) / capacity_kwh))

    if allowed(limit_kw) >= limit_kw:
        return limit_kw
    low, high = 0.0, limit_kw
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if allowed(middle) >= middle else (low, middle)
    return low
