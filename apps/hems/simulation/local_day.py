"""The local day in UTC: midnight, wall-clock moments, and the 92, 96 or 100 quarters of a delivery day."""

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

UTC = timezone.utc


def local_moment(day: date, hour: float, zone: ZoneInfo) -> datetime:
    """The UTC moment at which the wall clock shows `hour` (8.25 is 08:15) on that day.

    Hours that the clock skips or shows twice take their first meaning (fold 0).
    """
    minutes = round(hour * 60)
    wall = datetime.combine(day, time(minutes // 60, minutes % 60), zone)
    return wall.astimezone(UTC)


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """Local midnight in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def slots(day: date, zone: ZoneInfo, minutes: int) -> list[datetime]:
    """UTC starts of all slots of that length from local midnight to the next: 23, 24 or 25 hours of them."""
    start, end = day_start(day, zone), day_start(day + timedelta(days=1), zone)
    count = round((end - start) / timedelta(minutes=minutes))
    return [start + k * timedelta(minutes=minutes) for k in range(count)]


def local_date(moment: datetime, zone: ZoneInfo) -> date:
    """The calendar day that the wall clock shows at that moment."""
    return moment.astimezone(zone).date()


def local_hour(moment: datetime, zone: ZoneInfo) -> float:
    """The wall clock as a number of hours: 8.25 at 08:15."""
    wall = moment.astimezone(zone)
    return wall.hour + wall.minute / 60 + wall.second / 3600
