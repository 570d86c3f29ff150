"""What a plant gave and what had been forecast, by the hour of UTC: the sun knows no summer time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from ..domain.series import Slot
from .half_hours import HALF_HOUR_S, half_hour_means

Values = NDArray[np.float64]

HOUR_S = 3600.0
PER_DAY = 24
# As much of the past as is used, in days, today not counted: more of it would be of another season.
MOST_DAYS = 21


@dataclass(frozen=True)
class PvPast:
    """Hourly means in kW, shape (days, 24), NaN where not known; the last row is today (UTC), its hours to come are NaN.

    ``measured_kw`` lacks the hours in which the plant was held back. ``issued_kw``: the forecast that stood for the hour.
    ``first_s``: the begin of the first row in seconds since 1970; ``now_s``: the instant that the past ends at.
    """

    first_s: float
    now_s: float
    measured_kw: Values
    issued_kw: Values

    @property
    def middles_s(self) -> Values:
        """The middle of each hour in seconds since 1970, shape (days, 24)."""
        hours = np.arange(self.measured_kw.size, dtype=float) + 0.5
        middles: Values = (self.first_s + hours * HOUR_S).reshape(self.measured_kw.shape)
        return middles


def pv_past(
    now: datetime, measured: Sequence[Slot], issued: Sequence[Slot], today: Sequence[Slot], curtailed: Sequence[Slot]
) -> PvPast:
    """The last days until ``now``. ``today``: what the source says of past hours stands in where ``issued`` has nothing.

    An hour that is not whole, in ``measured`` or because some of it is ``curtailed``, is not known.
    """
    now_s = now.timestamp()
    last_s = now_s // HOUR_S * HOUR_S
    first_s = last_s // (PER_DAY * HOUR_S) * PER_DAY * HOUR_S - MOST_DAYS * PER_DAY * HOUR_S
    known = int((last_s - first_s) // HOUR_S)
    gave = _hours(measured, first_s, known)
    for slot in curtailed:
        low, high = ((time.timestamp() - first_s) / HOUR_S for time in (slot.begin, slot.end))
        gave[max(int(low // 1), 0) : max(int(-(-high // 1)), 0)] = np.nan
    said = _hours(issued, first_s, known)
    if np.isnan(said).any():
        past = [slot for slot in today if slot.begin < now]
        said = np.where(np.isnan(said), _hours(past, first_s, known), said)
    shape = (MOST_DAYS + 1, PER_DAY)
    spare = np.full(shape[0] * shape[1] - known, np.nan)
    grids = [np.append(np.maximum(kw, 0.0), spare).reshape(shape) for kw in (gave, said)]
    return PvPast(first_s, now_s, *grids)


def _hours(slots: Sequence[Slot], first_s: float, count: int) -> Values:
    """The mean of each hour from ``first_s`` on, shape (count,), NaN unless both its halves are known."""
    halves = np.full(2 * count, np.nan)
    begin, means = half_hour_means(slots)
    offset = begin - int(first_s // HALF_HOUR_S)
    low, high = max(offset, 0), min(offset + len(means), len(halves))
    if low < high:
        halves[low:high] = means[low - offset : high - offset]
    hours: Values = halves.reshape(-1, 2).mean(axis=1)
    return hours
