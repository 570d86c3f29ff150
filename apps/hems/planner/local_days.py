"""Local times of day, local days and months, in UTC; right on both days of the clock change."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Literal

from ..domain.quantity import parse_time

Period = Literal["day", "month"]


def local_time(day: Any, clock: Any, zone: tzinfo) -> datetime:
    """A local date and time of day in UTC; an hour that the clock change skips is taken with the offset before it."""
    naive = datetime.combine(day, clock)
    localize = getattr(zone, "localize", None)
    local = localize(naive, is_dst=False) if localize is not None else naive.replace(tzinfo=zone)
    return parse_time(local)


def period_begin(period: Period, now: datetime, zone: tzinfo) -> datetime:
    """When the local day or month of ``now`` began."""
    return local_time(_first(period, now.astimezone(zone).date()), time(), zone)


def period_name(period: Period, now: datetime, zone: tzinfo) -> str:
    """``2026-06-01`` or ``2026-06``: the local day or month of ``now``."""
    text = now.astimezone(zone).date().isoformat()
    return text if period == "day" else text[:7]


def periods(period: Period, begin: datetime, end: datetime, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    """Begin and end of every local day or month that reaches between two times: the first holds ``begin``."""
    day = _first(period, begin.astimezone(zone).date())
    opens = local_time(day, time(), zone)
    while opens < end:
        day = _first(period, day + timedelta(days=1 if period == "day" else 31))
        closes = local_time(day, time(), zone)
        yield opens, closes
        opens = closes


def _first(period: Period, day: date) -> date:
    return day if period == "day" else day.replace(day=1)
