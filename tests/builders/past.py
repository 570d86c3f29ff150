"""Slots of an hourly or quarter-hourly past, from a function of local time."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone, tzinfo

from hems.domain.series import Slot

UTC = timezone.utc


def slots_from(
    begin: datetime, end: datetime, minutes: float, value: Callable[[datetime], float], zone: tzinfo = UTC
) -> tuple[Slot, ...]:
    """Slots of ``minutes`` from ``begin`` until ``end``; ``value`` is given the local begin of each."""
    found, time = [], begin.astimezone(UTC)
    while time < end:
        following = time + timedelta(minutes=minutes)
        found.append(Slot(time, following, value(time.astimezone(zone))))
        time = following
    return tuple(found)
