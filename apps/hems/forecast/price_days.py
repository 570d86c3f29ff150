"""Past prices by local day: 96 quarter hours each, and what kind of day it was."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..domain.series import Slot

Values = NDArray[np.float64]
QUARTERS = 96
_QUARTER_S = 900
_EPOCH = date(1970, 1, 1)
# A day counts where so many of its quarter hours are known; the spring day has 92.
_ENOUGH = 88
DayKind = Literal["workday", "saturday", "sunday"]
IsHoliday = Callable[[date], bool]


@dataclass(frozen=True)
class PriceDays:
    """Days in order of time; ``prices`` shape (days, 96): the local quarter hours, no value missing."""

    days: tuple[date, ...]
    prices: Values


def kind_of(day: date, is_holiday: IsHoliday) -> DayKind:
    """Which days have prices alike: demand is that of a Sunday on a holiday."""
    if day.weekday() == 6 or is_holiday(day):
        return "sunday"
    return "saturday" if day.weekday() == 5 else "workday"


def price_days(slots: Sequence[Slot], zone: tzinfo, last: int) -> PriceDays:
    """The newest ``last`` local days that are known in the slots (in order of time).

    An hour that the clock shows twice is the mean of both; one that it skips lies between its neighbours.
    """
    if not slots:
        return PriceDays((), np.zeros((0, QUARTERS)))
    first = int(max(slots[0].begin, slots[-1].end - timedelta(days=last + 2)).timestamp()) // _QUARTER_S
    count = -int(-slots[-1].end.timestamp() // _QUARTER_S) - first
    sums, counts = np.zeros(count), np.zeros(count)
    for slot in slots:
        begin, end = (int(at.timestamp()) for at in (slot.begin, slot.end))
        low, high = max(0, begin // _QUARTER_S - first), -(-end // _QUARTER_S) - first
        if high > low:
            sums[low:high] += slot.value
            counts[low:high] += 1
    local = first + np.arange(count) + _offsets(first, count, zone)
    day_of, place = local // QUARTERS, local % QUARTERS
    known = counts > 0
    prices: dict[date, Values] = {}
    for number in np.unique(day_of[known]):
        mine = known & (day_of == number)
        if len(np.unique(place[mine])) >= _ENOUGH:
            means = sums[mine] / counts[mine]
            prices[_EPOCH + timedelta(days=int(number))] = _without_holes(place[mine], means)
    days = sorted(prices)[-last:]
    return PriceDays(tuple(days), np.array([prices[day] for day in days]).reshape(len(days), QUARTERS))


def _offsets(first: int, count: int, zone: tzinfo) -> NDArray[np.int64]:
    """How many quarter hours the local clock is ahead of UTC in each quarter hour; clocks change on whole hours of UTC
    or, in one zone, half hours. Where a day has one offset at both of its ends it is the day's."""

    def offset(k: int) -> int:
        at = datetime.fromtimestamp((first + k) * _QUARTER_S, zone)
        return round((at.utcoffset() or timedelta()) / timedelta(seconds=_QUARTER_S))

    found = np.zeros(count, dtype=np.int64)
    for begin in range(0, count, QUARTERS):
        end = min(begin + QUARTERS, count)
        at_begin = offset(begin)
        if at_begin == offset(end):
            found[begin:end] = at_begin
        else:
            found[begin:end] = [offset(begin + (k - begin) // 2 * 2) for k in range(begin, end)]
    return found


def _without_holes(places: NDArray[np.int64], values: Values) -> Values:
    """A day of 96 quarter hours from those that are known; two values of one quarter hour are averaged."""
    sums, counts = (np.bincount(places, weights=one, minlength=QUARTERS) for one in (values, np.ones(len(values))))
    known = counts > 0
    filled: Values = np.interp(np.arange(QUARTERS), np.flatnonzero(known), sums[known] / counts[known])
    return filled
