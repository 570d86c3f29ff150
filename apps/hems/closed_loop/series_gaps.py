"""Holes of a measured series: which there are, what stands in for them, and which are only the night of a PV plant."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo

import numpy as np
from numpy.typing import NDArray

from .series import Gap, Values

LINE = "a straight line between its neighbours"
LAST = "the last known value"
NEXT = "the next known value"
SAME_KIND = "the same time of the nearest working day or weekend day that has it"
ANY_DAY = "the same time of the nearest day that has it, whatever its weekday"
NEAREST = "the nearest known value, no other day has this time"

# Holes up to this long are bridged from their neighbours.
_SHORT_MINUTES = 120.0
# Below this share of its peak a plant counts as dark.
_DARK_SHARE = 0.02
_FAINT_SHARE = 0.15
# Days before and after that tell at which times a plant works.
_SEASON_DAYS = 7
_ENOUGH_DAYS = 3
_LONGEST_NIGHT_HOURS = 20.0
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Grid:
    """Steps of one length (a divisor of a day) from ``start`` (aware UTC), and the local zone of what was measured."""

    start: datetime
    step_minutes: float
    zone: tzinfo

    def time(self, k: int) -> datetime:
        """The begin of step k."""
        return self.start + timedelta(minutes=self.step_minutes * k)


def filled(values: Values, what: str, grid: Grid, held: bool = False) -> tuple[Values, tuple[Gap, ...]]:
    """The series, shape (N,), without its NaN, and one Gap a hole. At least one value must be known.

    A hole of at most two hours is bridged by a straight line, or by the value before it (``held``: prices). A longer
    one takes the same local time of the nearest day of its kind: working day or weekend.
    """
    missing = np.isnan(values)
    result, gaps = values.copy(), []
    same_time: _SameTime | None = None
    for first, last in runs(missing):
        if (last - first) * grid.step_minutes <= _SHORT_MINUTES:
            words = _bridge(result, values, first, last, held)
        else:
            same_time = same_time or _SameTime(values, grid)
            words = same_time.fill(result, first, last)
        gaps.append(Gap(what, grid.time(first), grid.time(last), words))
    return result, tuple(gaps)


def runs(marked: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """First step of each unbroken run of marks, and the step after its last."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], marked, [False])).astype(np.int8)))
    yield from ((int(first), int(last)) for first, last in edges.reshape(-1, 2))


def without_nights(pv_kw: Values, grid: Grid) -> Values:
    """The series with 0 where its NaN is only the night: nothing was written while the plant was dark.

    Dark are the times of day at which the plant worked on none of the days around; what is then left of a hole at dawn and
    dusk is dark if its neighbours are below 2 %. Where too few days around are known, a hole is a night when it holds
    local midnight and the plant was faint on both sides.
    """
    peak = np.nanmax(pv_kw, initial=0.0)
    dark = _dark_times(np.nan_to_num(pv_kw) > _DARK_SHARE * peak, grid)
    result = np.where(np.isnan(pv_kw) & dark, 0.0, pv_kw)
    for first, last in runs(np.isnan(pv_kw)):
        hours = (last - first) * grid.step_minutes / 60
        beside = max((pv_kw[k] for k in (first - 1, last) if 0 <= k < len(pv_kw)), default=0.0)
        if hours <= _LONGEST_NIGHT_HOURS and _is_night(dark[first:last], beside / max(peak, 1e-9), grid, first, last):
            result[first:last] = 0.0
    return result


def _is_night(dark: NDArray[np.bool_], beside: float, grid: Grid, first: int, last: int) -> bool:
    """Whether an empty stretch is one night, ``beside`` being the greater share of the peak among its neighbours."""
    if dark.any():
        return beside <= _DARK_SHARE and all(
            (end - begin) * grid.step_minutes <= _SHORT_MINUTES for begin, end in runs(~dark)
        )
    # No day around tells what is dark. A step may be long enough for the sun to be well up in the first known one.
    before = (grid.time(first) - timedelta(seconds=1)).astimezone(grid.zone)
    return beside <= _FAINT_SHARE and before.date() < grid.time(last).astimezone(grid.zone).date()


def _dark_times(bright: NDArray[np.bool_], grid: Grid) -> NDArray[np.bool_]:
    """Where no day around worked at this time of day, though enough of them worked at all; shape (N,)."""
    a_day = round(1440 / grid.step_minutes)
    before = round((grid.start - _EPOCH) / timedelta(minutes=grid.step_minutes)) % a_day
    days = -(-(before + len(bright)) // a_day)
    flat = np.zeros(days * a_day, dtype=bool)
    flat[before : before + len(bright)] = bright
    table = flat.reshape(days, a_day)
    alive = np.asarray(table.any(axis=1))
    dark = np.zeros_like(table)
    for day in range(days):
        around = slice(max(0, day - _SEASON_DAYS), day + _SEASON_DAYS + 1)
        if alive[around].sum() >= _ENOUGH_DAYS:
            dark[day] = ~table[around].any(axis=0)
    return dark.reshape(-1)[before : before + len(bright)]


def _bridge(result: Values, values: Values, first: int, last: int, held: bool) -> str:
    """Fills a short hole from its neighbours; the words for it."""
    before = float(values[first - 1]) if first > 0 else None
    after = float(values[last]) if last < len(values) else None
    if before is None or after is None or held:
        known = before if before is not None else after
        result[first:last] = np.nan if known is None else known
        return NEXT if before is None else LAST
    result[first:last] = np.interp(np.arange(first, last), [first - 1, last], [before, after])
    return LINE


def _local_minutes(grid: Grid, steps: int) -> NDArray[np.int64]:
    """Minutes of the wall clock since 1970 at the begin of each step; offsets change on a half hour of UTC at most."""
    first = round((grid.start - _EPOCH) / timedelta(minutes=1))
    utc = (first + np.arange(steps) * grid.step_minutes).astype(np.int64)
    halves, which = np.unique(utc // 30, return_inverse=True)
    times = [(_EPOCH + timedelta(minutes=30 * half)).astimezone(grid.zone) for half in halves.tolist()]
    offsets = np.array([round((time.utcoffset() or timedelta()) / timedelta(minutes=1)) for time in times])
    local: NDArray[np.int64] = utc + offsets[which]
    return local


class _SameTime:
    """Looks up the same local time of day on other days."""

    def __init__(self, values: Values, grid: Grid) -> None:
        self._values = values
        minutes = _local_minutes(grid, len(values))
        self._day, self._clock = minutes // 1440, minutes % 1440
        self._weekend = (self._day + 3) % 7 >= 5  # 1970 began with a Thursday
        self._known = np.flatnonzero(~np.isnan(values))
        by_clock = self._known[np.argsort(self._clock[self._known], kind="stable")]
        clocks, begins = np.unique(self._clock[by_clock], return_index=True)
        self._at_clock = dict(zip(clocks.tolist(), np.split(by_clock, begins[1:]), strict=True))

    def fill(self, result: Values, first: int, last: int) -> str:
        """Fills a long hole; the words name the poorest source that was needed."""
        worst = 0
        for k in range(first, last):
            source, rank = self._source(k)
            result[k] = self._values[source]
            worst = max(worst, rank)
        return (SAME_KIND, ANY_DAY, NEAREST)[worst]

    def _source(self, k: int) -> tuple[int, int]:
        """The step to take the value from, and how poor that is. Of two days as near, the earlier one."""
        found = self._at_clock.get(int(self._clock[k]))
        if found is None:
            return int(self._known[np.argmin(np.abs(self._known - k))]), 2
        alike = found[self._weekend[found] == self._weekend[k]]
        rank = 0 if len(alike) else 1
        found = alike if len(alike) else found
        return int(found[np.argmin(np.abs(self._day[found] - self._day[k]))]), rank
