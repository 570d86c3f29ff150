"""What a car did on each local day, from how it was seen: whether it left, when, for how long, and what it used."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple

from .local_days import local_time

# The store writes a car once an hour at least. After a longer silence nobody knows what was in between.
_LONGEST_SILENCE = timedelta(hours=2)
# So much of a day the car must have been seen at home to have stayed; who works at night is back in the morning only.
_SEEN = 0.5
# The plug is out for a moment when a cable is tidied or a fuse trips: not a trip, if nothing was used.
_MOMENT, _NOTHING_USED = timedelta(minutes=15), 0.01
_DAY = timedelta(days=1)


class Observation(NamedTuple):
    """A car at an instant (aware UTC): whether it was connected, and its state of charge 0..1; None: not known."""

    at: datetime
    connected: bool | None
    soc: float | None


@dataclass(frozen=True)
class CarDay:
    """A local day. None: not known.

    ``left``: whether the car set out on it. ``departure_minute``: of the first departure, in minutes of the local day.
    ``hours_away``: how long the first trip took. ``used``: of the capacity, on all trips that began on the day.
    """

    day: date
    left: bool | None
    departure_minute: float | None = None
    hours_away: float | None = None
    used: float | None = None


@dataclass(frozen=True)
class _Trip:
    left: datetime
    back: datetime | None
    used: float | None


def car_days(observations: Sequence[Observation], zone: tzinfo) -> list[CarDay]:
    """Every local day from the first observation to the last."""
    known = sorted((one for one in observations if one.connected is not None), key=lambda one: one.at)
    if not known:
        return []
    trips = list(_trips(known))
    first, last = (at.astimezone(zone).date() for at in (known[0].at, known[-1].at))
    days = [first + k * _DAY for k in range((last - first).days + 1)]
    return [_day(day, known, trips, zone) for day in days]


def _day(day: date, known: Sequence[Observation], trips: Sequence[_Trip], zone: tzinfo) -> CarDay:
    begin, end = local_time(day, time(), zone), local_time(day + _DAY, time(), zone)
    today = [trip for trip in trips if begin <= trip.left < end]
    if today:
        used = [trip.used for trip in today]
        away = (today[0].back or today[0].left) - today[0].left
        return CarDay(
            day,
            True,
            departure_minute=_minute(today[0].left, zone),
            hours_away=away / timedelta(hours=1) or None,
            used=None if None in used else sum(one for one in used if one is not None),
        )
    home = sum((_overlap(one, two, begin, end) for one, two in pairwise(known) if one.connected), timedelta())
    # Away all day, or not seen for long: it is not known whether it would have left.
    stayed = home >= _SEEN * (end - begin)
    return CarDay(day, False, used=0.0) if stayed else CarDay(day, None)


def _overlap(one: Observation, two: Observation, begin: datetime, end: datetime) -> timedelta:
    if two.at - one.at > _LONGEST_SILENCE:
        return timedelta()
    return max(min(two.at, end) - max(one.at, begin), timedelta())


def _minute(at: datetime, zone: tzinfo) -> float:
    clock = at.astimezone(zone).time()
    return clock.hour * 60 + clock.minute


def _trips(known: Sequence[Observation]) -> Iterator[_Trip]:
    """Departures whose time is known, each with the return if its time is known, too."""
    left: Observation | None = None
    soc: float | None = None
    for k, (one, two) in enumerate(pairwise(known)):
        seen = two.at - one.at <= _LONGEST_SILENCE
        if one.connected and not two.connected:
            left, soc = (two if seen else None), (one.soc if two.soc is None else two.soc)
        elif two.connected and not one.connected and left is not None:
            trip = _Trip(left.at, two.at if seen else None, _used(soc, known[k + 1 : k + 3]))
            left = None
            if trip.back is None or trip.back - trip.left > _MOMENT or (trip.used or 0.0) > _NOTHING_USED:
                yield trip
    if left is not None:
        yield _Trip(left.at, None, None)


def _used(before: float | None, back: Sequence[Observation]) -> float | None:
    """What a trip used, by the first two observations after it: the car's own service is often late with the new state of
    charge. Not known where the car was charged on the way."""
    after = min((one.soc for one in back if one.connected and one.soc is not None), default=None)
    return before - after if before is not None and after is not None and after <= before else None
