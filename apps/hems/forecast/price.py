"""Spot prices of the whole horizon: those that are known, and beyond them an estimate with its own uncertainty."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

import numpy as np

from ..domain.series import Slot, merged
from .price_days import IsHoliday, Values, price_days
from .price_shape import DAYS, DayPrices, estimated_day

_DAY = timedelta(hours=24)
_QUARTER = timedelta(minutes=15)
# How many days back a price is looked for: a week holds every kind of day.
_DAYS_BACK = 7


@dataclass(frozen=True)
class Outlook:
    """Slots without a hole from now to the end of the horizon, in order; ``low`` and ``high``: 10th and 90th percentile.

    ``estimated``: the holes between the known prices (aware UTC), in order, of which they are estimates. Low and high of a
    known price are the price itself.
    """

    slots: tuple[Slot, ...]
    low: tuple[Slot, ...]
    high: tuple[Slot, ...]
    estimated: tuple[tuple[datetime, datetime], ...] = ()
    from_history: bool = False

    @property
    def estimated_from(self) -> datetime | None:
        """Where the known prices end, None where they reach the end. A known price later than that stays what it is."""
        return self.estimated[0][0] if self.estimated else None


def outlook(
    known: Sequence[Slot],
    history: Sequence[Slot],
    now: datetime,
    end: datetime,
    zone: tzinfo,
    is_holiday: IsHoliday = lambda day: False,
) -> Outlook | None:
    """Prices from ``now`` until ``end``; None where that of ``now`` is not known: a missing price is never made up for it.

    ``history``: spot prices of the last three weeks. Without it the prices of a day before stand in.
    """
    slots = [slot for slot in merged(known) if slot.end > now and slot.begin < end]
    holes = _holes(slots, now, end)
    if not slots or (holes and holes[0][0] <= now):
        return None
    if not holes:
        return Outlook(tuple(slots), tuple(slots), tuple(slots))
    everything = merged((*history, *known))
    shapes = _Shapes(everything, zone, is_holiday)
    found: list[list[Slot]] = [list(slots), list(slots), list(slots)]
    for begin, until in holes:
        at = begin
        while at < until:
            following = min(until, _next_quarter(at))
            for series, value in zip(found, shapes.at(at), strict=True):
                series.append(Slot(at, following, value))
            at = following
    mid, low, high = (merged(series) for series in found)
    return Outlook(mid, low, high, tuple(holes), shapes.from_history)


def _holes(slots: Sequence[Slot], begin: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """Stretches between two instants that no slot covers."""
    found, at = [], begin
    for slot in slots:
        if slot.begin > at:
            found.append((at, min(slot.begin, end)))
        at = max(at, slot.end)
        if at >= end:
            return found
    return [*found, (at, end)]


def _next_quarter(at: datetime) -> datetime:
    return at + _QUARTER - timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)


class _Shapes:
    """Estimates of single instants; each day is made once."""

    def __init__(self, past: Sequence[Slot], zone: tzinfo, is_holiday: IsHoliday) -> None:
        self._past, self._zone, self._is_holiday = past, zone, is_holiday
        self._begins = [slot.begin for slot in past]
        self._days = price_days(past, zone, DAYS)
        self._made: dict[date, DayPrices | None] = {}
        self._half_spread, self._mean = _spread_of(past)
        self.from_history = False

    def at(self, time: datetime) -> tuple[float, float, float]:
        """Estimate, 10th and 90th percentile."""
        wall = time.astimezone(self._zone)
        day, place = wall.date(), (wall.hour * 60 + wall.minute) // 15
        if day not in self._made:
            self._made[day] = estimated_day(self._days, day, self._is_holiday)
        prices = self._made[day]
        if prices is None:
            value = self._day_before(time)
            return value, value - self._half_spread, value + self._half_spread
        self.from_history = True
        return float(prices.mid[place]), float(prices.low[place]), float(prices.high[place])

    def _day_before(self, time: datetime) -> float:
        """What it was at the same time of the newest day before that has a price; else the mean."""
        wall = time.astimezone(self._zone)
        for days in range(1, _DAYS_BACK + 1):
            earlier = time - days * _DAY
            shift = (wall.utcoffset() or timedelta()) - (earlier.astimezone(self._zone).utcoffset() or timedelta())
            k = bisect_right(self._begins, earlier + shift) - 1
            if k >= 0 and earlier + shift < self._past[k].end:
                return self._past[k].value
        return self._mean


def _spread_of(slots: Sequence[Slot]) -> tuple[float, float]:
    """Half the span between the 10th and 90th percentile of what is known, and its mean."""
    values: Values = np.array([slot.value for slot in slots])
    low, high = np.percentile(values, [10, 90])
    weights = np.array([(slot.end - slot.begin).total_seconds() for slot in slots])
    return float(high - low) / 2, float((values * weights).sum() / weights.sum())
