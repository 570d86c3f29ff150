"""A charge curve where charging is planned in any order: what is added early must leave the later steps lawful."""

from collections.abc import Callable, Sequence

from ..domain.charge_curve import CurvePoint, curve_kw

_NOISE = 1e-9
_HALVINGS = 20


def keeps_curve(
    curve: tuple[CurvePoint, ...], capacity_kwh: float, charge_kw: Sequence[float], energy_kwh: Sequence[float]
) -> bool:
    """No step charges above the curve at the middle of the step. ``charge_kw`` has shape (N,), ``energy_kwh`` (N+1,)."""
    return all(
        kw <= curve_kw(curve, (energy_kwh[k] + energy_kwh[k + 1]) / 2 / capacity_kwh) + _NOISE
        for k, kw in enumerate(charge_kw)
        if kw > 0
    )


def most_lawful(wished: float, lawful: Callable[[float], bool]) -> float:
    """The wish, or the most of it that is lawful, by bisection; 0 is."""
    if lawful(wished):
        return wished
    low, high = 0.0, wished
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if lawful(middle) else (low, middle)
    return low
