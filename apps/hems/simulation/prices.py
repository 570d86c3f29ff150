"""Day-ahead spot prices: two peaks, a cheap, sometimes negative noon, known from 13:00 the day before."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import cos, exp, pi
from random import Random
from zoneinfo import ZoneInfo

from .local_day import local_date, local_hour, slots
from .randomness import dice

# Europe's day-ahead auction is published at about 13:00 local time.
PUBLISHED_HOUR = 13.0
_SLOT = timedelta(minutes=15)


@dataclass(frozen=True)
class PriceSlot:
    """Spot price of one quarter hour, EUR per kWh without VAT, fees and taxes."""

    start: datetime
    end: datetime
    value_per_kwh: float


def seeded_prices(seed: int, day: date, zone: ZoneInfo) -> list[PriceSlot]:
    """All quarters of a local delivery day: 92, 96 or 100."""
    chance = dice(seed, "prices", day)
    season = 0.5 + 0.5 * cos(2 * pi * (day.timetuple().tm_yday - 15) / 365)  # 1 in January, 0 in July
    wind = chance.choices((0.0, 0.5, 1.0), weights=(0.3, 0.5, 0.2))[0] * chance.uniform(0.7, 1.1)
    sun = chance.uniform(0.1, 1.0) * (1.0 - 0.65 * season)
    level = (84 + 26 * season) * (0.86 if day.weekday() >= 5 else 1.0) * (1.0 - 0.55 * wind)
    return [_slot(start, zone, level, sun, wind, chance) for start in slots(day, zone, minutes=15)]


def _slot(start: datetime, zone: ZoneInfo, level: float, sun: float, wind: float, chance: Random) -> PriceSlot:
    hour = local_hour(start, zone)
    peaks = 0.40 * _bell(hour, 8.0, 1.7) + 0.75 * _bell(hour, 19.0, 2.4)
    night = 0.25 * _bell(hour, 3.5, 3.0)
    noon = 1.5 * sun * _bell(hour, 13.0, 3.6)
    # Quarters ramp within the hour: upwards before the peaks, downwards otherwise.
    ramp = (hour % 1.0 - 0.375) * (8.0 if 5 <= hour < 8 or 16 <= hour < 19 else -8.0)
    storm = 40.0 * max(0.0, wind - 0.6) * (1.0 - peaks)
    per_mwh = level * (1.0 + peaks - night - noon) - storm + ramp + chance.gauss(0.0, 2.0)
    return PriceSlot(start, start + _SLOT, round(per_mwh / 1000, 5))


def _bell(hour: float, centre: float, width: float) -> float:
    """A smooth bump of height 1 around `centre`, in hours of the day."""
    return exp(-(((hour - centre) / width) ** 2))


class DayAhead:
    """What a price sensor knows at a moment: today's list, and tomorrow's from 13:00 on."""

    def __init__(self, prices_of: Callable[[date], list[PriceSlot]], zone: ZoneInfo) -> None:
        self._prices_of = prices_of
        self._zone = zone

    def today(self, now: datetime) -> list[PriceSlot]:
        """The delivery day that the wall clock shows."""
        return self._prices_of(local_date(now, self._zone))

    def tomorrow(self, now: datetime) -> list[PriceSlot]:
        """The next delivery day; empty until it is published."""
        if local_hour(now, self._zone) < PUBLISHED_HOUR:
            return []
        return self._prices_of(local_date(now, self._zone) + timedelta(days=1))

    def current(self, now: datetime) -> PriceSlot:
        """The slot that contains `now`."""
        today = self.today(now)
        return today[min(len(today) - 1, (now - today[0].start) // _SLOT)]
