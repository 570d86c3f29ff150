"""Nights that a source leaves out: Forecast.Solar writes nothing between sunset and sunrise."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta, tzinfo
from itertools import pairwise

from ..domain.series import Slot

_LONGEST_NIGHT = timedelta(hours=20)
_NOON = time(12)
# Where a night begins or ends a plant gives less than this share of its best: what breaks off at noon is a hole.
_DUSK = 0.5
# Who knows anything within these local hours does not leave out the nights.
_DEAD_OF_NIGHT = (time(23), time(2))


def with_nights(slots: Sequence[Slot], zone: tzinfo) -> tuple[tuple[Slot, ...], list[str]]:
    """The slots with 0 kW in the nights that the source leaves out, and a sentence that says so."""
    if any(_in_dead_of_night(slot, zone) for slot in slots):
        return tuple(slots), []
    most = max((slot.value for slot in slots), default=0.0)
    nights = [
        Slot(before.end, after.begin, 0.0)
        for before, after in pairwise(slots)
        if _is_night(before.end.astimezone(zone), after.begin.astimezone(zone))
        and max(before.value, after.value) <= _DUSK * most
    ]
    if not nights:
        return tuple(slots), []
    words = "a night is" if len(nights) == 1 else f"{len(nights)} nights are"
    return tuple(sorted((*slots, *nights), key=lambda slot: slot.begin)), [
        f"{words} left out by the source: taken as 0 kW"
    ]


def _in_dead_of_night(slot: Slot, zone: tzinfo) -> bool:
    begin, end = slot.begin.astimezone(zone), slot.end.astimezone(zone)
    late, early = _DEAD_OF_NIGHT
    return begin.time() >= late or begin.time() < early or (end.date() > begin.date() and end.time() > time(0))


def _is_night(begin: datetime, end: datetime) -> bool:
    return (
        timedelta() < end - begin <= _LONGEST_NIGHT
        and end.date() - begin.date() == timedelta(days=1)
        and begin.time() >= _NOON >= end.time()
    )
