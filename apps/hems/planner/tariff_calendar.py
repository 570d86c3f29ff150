"""The local day, hour and holiday of an instant, and when a rule that speaks of them may begin or end to hold."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from itertools import pairwise

from ..config.tariff_when import IsHoliday, When

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
# Every zone's clock changes on a quarter of an hour of UTC.
_QUARTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Local:
    """An instant as the wall clock and the calendar show it."""

    day: date
    minute: int
    holiday: bool


@dataclass(frozen=True)
class Calendar:
    """The site's zone and its holidays."""

    zone: tzinfo
    is_holiday: IsHoliday

    def local(self, at: datetime) -> Local:
        """What an aware instant is in the site's zone."""
        wall = at.astimezone(self.zone)
        return Local(wall.date(), wall.hour * 60 + wall.minute, self.is_holiday(wall.date()))

    def holds(self, when: When, at: datetime) -> bool:
        """Whether a rule holds at an instant."""
        local = self.local(at)
        return when.holds(local.day, local.minute, local.holiday)

    def edges(self, begin: datetime, end: datetime, minutes: Iterable[int]) -> list[datetime]:
        """``begin``, and every later instant before ``end`` at which the wall clock may show midnight or one of ``minutes``.

        On a day on which the clock changes every quarter of an hour is one, so that the change itself is.
        """
        wanted = {0, *minutes}
        begin = begin.astimezone(timezone.utc)
        found = {begin}
        day = begin.replace(hour=0, minute=0, second=0, microsecond=0)
        while day < end:
            found |= self._of_utc_day(day, wanted)
            day += _DAY
        return sorted(at for at in found if begin <= at < end)

    def _of_utc_day(self, day: datetime, minutes: set[int]) -> set[datetime]:
        offsets = {self._offset(day), self._offset(day + _DAY)}
        if len(offsets) > 1:
            return {day + k * _QUARTER for k in range(96)} | self._shown(day, offsets, minutes)
        return self._shown(day, offsets, minutes)

    def _shown(self, day: datetime, offsets: set[timedelta], minutes: set[int]) -> set[datetime]:
        """Instants of a UTC day at which a clock ahead of UTC by one of ``offsets`` shows one of ``minutes``."""
        local = (
            day + k * _DAY + minute * _MINUTE - offset for offset in offsets for k in (-1, 0, 1) for minute in minutes
        )
        return {at for at in local if day <= at < day + _DAY}

    def _offset(self, at: datetime) -> timedelta:
        return at.astimezone(self.zone).utcoffset() or timedelta()

    def share(self, when: When, begin: datetime, end: datetime) -> float:
        """The part of the time between two instants in which a rule holds, 0..1."""
        edges = [*self.edges(begin, end, when.minutes), end]
        held = sum(((b - a) for a, b in pairwise(edges) if self.holds(when, a)), start=timedelta())
        return held / (end - begin)
