"""What is remembered of a car: how it was seen lately, and what it did on each day before."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from ..domain.quantity import parse_time
from .habits import Habits
from .habits_days import CarDay, Observation, car_days
from .readings import EvReading

# Six weeks of each weekday; the days of the last two may still change, for a trip may end on a later one.
_DAYS_KEPT, _DAYS_OPEN = 42, 2
# It is written down when it comes or goes, and once in so long.
_EVERY = timedelta(minutes=55)


@dataclass(frozen=True)
class CarMemory:
    """``days``: what is known of past days; ``recent``: how it was seen since.

    ``reported_soc``: its own word, and ``charged_kwh``: what its charger has given since it said so.
    """

    days: tuple[CarDay, ...] = ()
    recent: tuple[Observation, ...] = ()
    reported_soc: float | None = None
    charged_kwh: float = 0.0

    def soc_now(self, reading: EvReading, battery_kwh: float, efficiency: float) -> float | None:
        """Its state of charge: what it said last, and what it was charged since. A car that sleeps says nothing new."""
        if reading.soc is None or reading.soc != self.reported_soc or battery_kwh <= 0:
            return reading.soc
        return min(1.0, reading.soc + self.charged_kwh * efficiency / battery_kwh)

    def habits(self, zone: tzinfo, now: datetime) -> Habits:
        """What it usually does."""
        today = now.astimezone(zone).date()
        known = {day.day: day for day in self.days}
        for day in car_days(self.recent, zone):
            known.setdefault(day.day, day)
        return Habits(tuple(known[day] for day in sorted(known) if day < today), zone, today)

    @property
    def left_at(self) -> datetime | None:
        """Since when it is away; None: it is at home, or nobody saw it leave."""
        left: datetime | None = None
        for one, two in zip(self.recent, self.recent[1:], strict=False):
            if two.connected:
                left = None
            elif one.connected and two.connected is False:
                left = two.at
        return left


def observe_car(
    before: CarMemory, connected: bool | None, soc: float | None, now: datetime, zone: tzinfo, charged_kwh: float = 0.0
) -> CarMemory:
    """The memory after this look; the same object where there is nothing new. Unknown states are not written.

    ``charged_kwh``: what the charger has given since the last look.
    """
    last = before.recent[-1] if before.recent else None
    if connected is None or (last is not None and now <= last.at):
        return before
    before = _charged(before, connected, soc, charged_kwh)
    if last is not None and connected == last.connected and now - last.at < _EVERY:
        return before
    recent = (*before.recent, Observation(now, connected, soc))
    days = before.days
    closed = now.astimezone(zone).date() - timedelta(days=_DAYS_OPEN)
    if recent[0].at.astimezone(zone).date() < closed:
        done = [day for day in car_days(recent, zone) if day.day < closed]
        known = {day.day for day in days}
        days = (*days, *(day for day in done if day.day not in known))[-_DAYS_KEPT:]
        recent = tuple(one for one in recent if one.at.astimezone(zone).date() >= closed)
    return replace(before, days=days, recent=recent)


def _charged(before: CarMemory, connected: bool | None, soc: float | None, charged_kwh: float) -> CarMemory:
    again = soc == before.reported_soc and connected is not False
    charged = before.charged_kwh + charged_kwh if again else 0.0
    if (soc, charged) == (before.reported_soc, before.charged_kwh):
        return before
    return replace(before, reported_soc=soc, charged_kwh=charged)


def car_to_dict(memory: CarMemory) -> dict[str, Any]:
    """As JSON values."""
    days = [[one.day.isoformat(), one.left, one.departure_minute, one.hours_away, one.used] for one in memory.days]
    recent = [[one.at.isoformat(), one.connected, one.soc] for one in memory.recent]
    return {"days": days, "recent": recent, "reported_soc": memory.reported_soc, "charged_kwh": memory.charged_kwh}


def car_from_dict(document: Any) -> CarMemory:
    """From JSON values. Raises KeyError, TypeError or ValueError for what is none."""
    days = tuple(CarDay(date.fromisoformat(day), *map(_number, rest)) for day, *rest in document["days"])
    recent = tuple(
        Observation(parse_time(at), bool(connected), _number(soc)) for at, connected, soc in document["recent"]
    )
    reported, charged = _number(document.get("reported_soc")), _number(document.get("charged_kwh"))
    return CarMemory(days, recent, reported, charged or 0.0)


def _number(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    raise ValueError(f"{value!r} is not a number")
