"""Outdoor temperatures by the half-hour, as a building feels them: with a memory of the hours before."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..domain.series import Slot
from .half_hours import half_hour_means

Values = NDArray[np.float64]

# What lies beyond was measured nowhere on earth: a sensor that is broken, or another unit.
_COLDEST_C, _HOTTEST_C = -80.0, 60.0
# A memory is followed for so many times its length; so much of it must be known.
_FOLLOWED, _COVERED = 3.0, 0.5


def temperatures(slots: Sequence[Slot], first: int, count: int) -> Values:
    """°C of ``count`` half-hours from ``first`` on (counted from 1970, UTC), shape (count,), NaN where nothing is known.

    ``slots``: of any length and order (aware UTC). Values that cannot be temperatures are gaps.
    """
    possible = [slot for slot in slots if _COLDEST_C <= slot.value <= _HOTTEST_C]
    begin, means = half_hour_means(possible)
    found = np.full(count, np.nan)
    low, high = max(begin, first), min(begin + len(means), first + count)
    if low < high:
        found[low - first : high - first] = means[low - begin : high - begin]
    return found


def felt(outdoor_c: Values, memory_hours: float) -> Values:
    """Means of the half-hours until now that forget by e in ``memory_hours``, shape as ``outdoor_c``, NaN: not known."""
    weights = np.exp(-np.arange(half_hours_felt(memory_hours)) / (2 * memory_hours))
    weights = weights / weights.sum()
    count = len(outdoor_c)
    known = np.convolve(np.isfinite(outdoor_c).astype(float), weights)[:count]
    sums = np.convolve(np.nan_to_num(outdoor_c), weights)[:count]
    found = np.full(count, np.nan)
    np.divide(sums, known, out=found, where=known >= _COVERED)
    return found


def half_hours_felt(memory_hours: float) -> int:
    """How many half-hours a memory reaches back."""
    return max(1, round(2 * _FOLLOWED * memory_hours))
