"""When a car leaves, when it comes back and what it uses on the way: learned by weekday from how it was seen.

Pure. A weekday is judged by its own past first, by that of its kind (Monday to Friday, weekend) a little, and by all other
days next to nothing: one week says something, two weeks say it well. Where too little was seen, the answer is None, and the
user's own setting or the default holds.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from .habits_days import CarDay, Observation, car_days

__all__ = ["Habits", "Observation", "habits_of"]

# What a day of the same weekday, of the same kind, and of the other kind counts; a day four weeks ago half of today's.
_SAME, _KIND, _OTHER = 1.0, 0.1, 0.01
_HALF_LIFE_DAYS = 28.0
# Less than this in all says nothing about a weekday: one day of its own, or three of its kind, not too old.
_LEAST = 0.25
# A day on which the car leaves in two weeks of five is one to be ready for.
_LEAVES = 0.4
# Ready for the early ones, and for the long trips.
_EARLY, _FAR = 0.2, 0.8
_SUNDAY = 6


@dataclass(frozen=True)
class Habits:
    """What was learned. ``days``: observed ones. Energies are fractions of the car's capacity."""

    days: tuple[CarDay, ...]
    zone: tzinfo
    today: date
    holidays: frozenset[date] = frozenset()

    @property
    def days_seen(self) -> int:
        """On so many days it was seen whether the car left."""
        return sum(day.left is not None for day in self.days)

    def leaves(self, day: date) -> float | None:
        """How often the car leaves on such a day, 0..1; None: not known."""
        return _mean(self._weighted(day, lambda one: None if one.left is None else float(one.left)))

    def departure_time(self, day: date) -> time | None:
        """The earliest usual time of the first departure on such a day (one in five is earlier); None: it mostly stays,
        or nobody knows."""
        share = self.leaves(day)
        if share is None or share < _LEAVES:
            return None
        minutes = _quantile(self._weighted(day, lambda one: one.departure_minute), _EARLY)
        return None if minutes is None else time(int(minutes) // 60, int(minutes) % 60)

    def arrival_after(self, departure: datetime) -> datetime | None:
        """When the car is usually back from a departure (aware UTC): as long away as is usual on such a day."""
        day = departure.astimezone(self.zone).date()
        hours = _quantile(self._weighted(day, lambda one: one.hours_away), 0.5)
        return None if hours is None else departure + timedelta(hours=hours)

    def used_away(self, day: date) -> float | None:
        """What the car uses on such a day on average, as a fraction of its capacity: 0 on days that it stays."""
        return _mean(self._weighted(day, lambda one: one.used))

    def energy_away_kwh(self, day: date, battery_kwh: float) -> float | None:
        """What the car uses on such a day on average, in kWh out of a battery of ``battery_kwh``."""
        used = self.used_away(day)
        return None if used is None else used * battery_kwh

    def needed_soc(self, day: date, reserve: float = 0.2) -> float | None:
        """The state of charge (0..1) that does for four of five such days on which the car leaves, with ``reserve`` left
        when it is back; None: nobody knows."""
        used = _quantile(self._weighted(day, lambda one: one.used if one.left else None), _FAR)
        return None if used is None else min(used + reserve, 1.0)

    def _weighted(self, day: date, value: Callable[[CarDay], float | None]) -> list[tuple[float, float]]:
        """The values of all days that have one, and how much each counts for ``day``."""
        weekday, found = self._weekday(day), []
        for one in self.days:
            known = value(one)
            if known is not None:
                other = self._weekday(one.day)
                near = _SAME if other == weekday else _KIND if (other < 5) == (weekday < 5) else _OTHER
                found.append((known, near * 0.5 ** ((self.today - one.day).days / _HALF_LIFE_DAYS)))
        return found if sum(weight for _, weight in found) >= _LEAST else []

    def _weekday(self, day: date) -> int:
        return _SUNDAY if day in self.holidays else day.weekday()


def habits_of(
    observations: Sequence[Observation], zone: tzinfo, now: datetime, holidays: Collection[date] = ()
) -> Habits:
    """The habits of a car. ``observations``: how it was seen, in order; ``holidays``: local dates that are like Sundays."""
    today = now.astimezone(zone).date()
    days = tuple(day for day in car_days(observations, zone) if day.day < today)
    return Habits(days, zone, today, frozenset(holidays))


def _mean(weighted: Sequence[tuple[float, float]]) -> float | None:
    total = sum(weight for _, weight in weighted)
    return sum(value * weight for value, weight in weighted) / total if total > 0 else None


def _quantile(weighted: Sequence[tuple[float, float]], share: float) -> float | None:
    """The smallest value below or at which ``share`` of the weight lies."""
    below, total = 0.0, sum(weight for _, weight in weighted)
    for value, weight in sorted(weighted):
        below += weight
        if below >= share * total - 1e-12:
            return value
    return None
