"""Slots of any length as half-hours of local days: a matrix with a row a day, NaN where nothing is known."""

from collections.abc import Sequence
from datetime import date, datetime, timezone, tzinfo

import numpy as np
from numpy.typing import NDArray

from ..domain.series import Slot

Values = NDArray[np.float64]
Counts = NDArray[np.int64]

PER_DAY = 48
HALF_HOUR_S = 1800
# A half-hour is known when at least this share of it is.
_COVERED = 0.5
# The zone's offset is asked this often (in half-hours), and every half-hour where it changes between.
_STRIDE = 12
_EPOCH = date(1970, 1, 1).toordinal()


def half_hour_means(slots: Sequence[Slot]) -> tuple[int, Values]:
    """The first half-hour (counted from 1970, UTC) and the mean power in kW of each from there on, shape (H,), NaN: a gap.

    Slots may be of any length and order; of two that overlap, the later one counts. Values that are not finite are gaps.
    """
    told = [value for slot in slots for value in (slot.begin.timestamp(), slot.end.timestamp(), slot.value)]
    table = np.array(told, dtype=float).reshape(-1, 3)
    table = table[np.isfinite(table).all(axis=1) & (table[:, 1] > table[:, 0])]
    if not len(table):
        return 0, np.empty(0)
    table = table[np.argsort(table[:, 0], kind="stable")]
    begin, end, value = table.T
    end = np.minimum(end, np.append(begin[1:], np.inf))
    times = np.column_stack((begin, end)).ravel()
    seconds = _sums(end - begin)
    energy = _sums((end - begin) * value)
    first, last = int(times[0] // HALF_HOUR_S), int(-(times[-1] // -HALF_HOUR_S))
    edges = np.arange(first, last + 1) * float(HALF_HOUR_S)
    covered = np.diff(np.interp(edges, times, seconds))
    means = np.full(last - first, np.nan)
    np.divide(np.diff(np.interp(edges, times, energy)), covered, out=means, where=covered >= _COVERED * HALF_HOUR_S)
    return first, means


def local_places(first: int, count: int, zone: tzinfo) -> tuple[Counts, Counts]:
    """Local day (ordinal, as ``date.toordinal``) and half-hour of the day 0..47 of ``count`` half-hours, shape (count,)."""
    half_hours = np.arange(first, first + count)
    local_s = half_hours * HALF_HOUR_S + _offsets_s(first, count, zone)
    return local_s // 86400 + _EPOCH, local_s % 86400 // HALF_HOUR_S


def day_matrix(days: Counts, places: Counts, means: Values) -> Values:
    """Rows from the first day to the last, 48 columns; the hour that occurs twice in autumn is the mean of both."""
    rows = int(days[-1] - days[0]) + 1
    known = np.isfinite(means)
    at = ((days - days[0]) * PER_DAY + places)[known]
    counts = np.bincount(at, minlength=rows * PER_DAY)
    sums = np.bincount(at, weights=means[known], minlength=rows * PER_DAY)
    matrix = np.full(rows * PER_DAY, np.nan)
    np.divide(sums, counts, out=matrix, where=counts > 0)
    return matrix.reshape(rows, PER_DAY)


def _sums(parts: Values) -> Values:
    """Running sum at the begin and the end of each slot, shape (2 n,); over a gap it does not grow."""
    after = np.cumsum(parts)
    return np.column_stack((after - parts, after)).ravel()


def _offsets_s(first: int, count: int, zone: tzinfo) -> Counts:
    """The zone's offset from UTC in seconds at each half-hour."""
    asked = [*range(0, count, _STRIDE), count]
    known = [_offset_s(first + k, zone) for k in asked]
    offsets = np.empty(count, dtype=np.int64)
    for low, high, before, after in zip(asked, asked[1:], known, known[1:], strict=False):
        offsets[low:high] = before if before == after else [_offset_s(first + k, zone) for k in range(low, high)]
    return offsets


def _offset_s(half_hour: int, zone: tzinfo) -> int:
    offset = datetime.fromtimestamp(half_hour * HALF_HOUR_S, timezone.utc).astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0
