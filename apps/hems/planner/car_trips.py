"""The trips that a car is likely to make within the horizon, from its habits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import pairwise

from ..domain.horizon import Horizon
from .car_memory import CarMemory
from .habits import Habits
from .local_days import local_time
from .readings import EvReading

# Habits of fewer days say too little.
_DAYS_NEEDED = 7
# One that has not left at its usual time may leave at any moment, for so long.
_LATE, _AT_ANY_MOMENT = timedelta(minutes=90), timedelta(minutes=15)
# One that is not back at its usual time is expected so much later.
_SOON = timedelta(minutes=30)
# Fence-posts in minutes are sums, and a trip that leaves with a step does not touch the one before.
_SAME_MINUTES = 1e-6


@dataclass(frozen=True)
class Trip:
    """Away from ``leaves`` until ``back`` (aware UTC), using ``kwh`` of its battery."""

    leaves: datetime
    back: datetime
    kwh: float


def likely_trips(
    memory: CarMemory, reading: EvReading, battery_kwh: float, horizon: Horizon, zone: tzinfo
) -> tuple[Trip, ...] | None:
    """Trips that reach into the horizon, the one under way first; None where its habits are not known."""
    now = horizon.start
    habits = memory.habits(zone, now)
    if habits.days_seen < _DAYS_NEEDED:
        return None
    trips: list[Trip] = []
    if reading.connected is False:
        under_way = _under_way(memory, habits, battery_kwh, now, zone)
        if under_way is None:
            return None
        trips.append(under_way)
    day = now.astimezone(zone).date()
    while (begin := local_time(day, time(), zone)) < horizon.end:
        trip = _trip(habits, battery_kwh, day, now if begin <= now else None, zone)
        if trip is not None and trip.leaves < horizon.end and (not trips or trip.leaves >= trips[-1].back):
            trips.append(trip)
        day += timedelta(days=1)
    return tuple(trips)


def at_home(trips: Sequence[Trip], horizon: Horizon) -> Iterator[bool]:
    """Whether the car is at home for all of each step."""
    away = [(leaves + _SAME_MINUTES, back - _SAME_MINUTES) for leaves, back in _minutes(trips, horizon)]
    for begin, end in pairwise(horizon.posts_minutes):
        yield not any(leaves < end and back > begin for leaves, back in away)


def driving_kw(trips: Sequence[Trip], horizon: Horizon) -> Iterator[float]:
    """What driving takes out of the battery, mean power of each step: a trip's energy spread evenly over it."""
    spans = [(*span, trip.kwh) for trip, span in zip(trips, _minutes(trips, horizon), strict=True)]
    for begin, end in pairwise(horizon.posts_minutes):
        kwh = 0.0
        for leaves, back, used in spans:
            shared = min(end, back) - max(begin, leaves)
            if shared > _SAME_MINUTES:
                kwh += used * (shared / (back - leaves))
        yield round(kwh / (end - begin) * 60, 4)


def _minutes(trips: Sequence[Trip], horizon: Horizon) -> list[tuple[float, float]]:
    """Minutes from the horizon's start to the begin and the end of each trip."""
    return [(horizon.minutes_at(trip.leaves), horizon.minutes_at(trip.back)) for trip in trips]


def _trip(habits: Habits, battery_kwh: float, day: date, now: datetime | None, zone: tzinfo) -> Trip | None:
    """The usual trip of a day; ``now``: only what of it is still to come, for today."""
    clock = habits.departure_time(day)
    if clock is None:
        return None
    leaves = local_time(day, clock, zone)
    if now is not None and leaves <= now:
        if now - leaves > _LATE:
            return None
        leaves = now + _AT_ANY_MOMENT
    back = habits.arrival_after(leaves)
    kwh = habits.energy_away_kwh(day, battery_kwh)
    return Trip(leaves, back, kwh or 0.0) if back is not None and back > leaves else None


def _under_way(memory: CarMemory, habits: Habits, battery_kwh: float, now: datetime, zone: tzinfo) -> Trip | None:
    """The trip that the car is on: what of its energy is not used yet, until it is usually back."""
    left = memory.left_at
    back = habits.arrival_after(left) if left is not None else None
    if left is None or back is None:
        return None
    kwh = habits.energy_away_kwh(left.astimezone(zone).date(), battery_kwh) or 0.0
    rest = max(0.0, (back - now) / (back - left)) if back > left else 0.0
    return Trip(now, max(back, now + _SOON), kwh * rest)
