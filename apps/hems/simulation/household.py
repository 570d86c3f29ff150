"""The load that nobody controls: a family's day with its kettle, cooker and washing."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from .by_day import ByDay
from .local_day import local_date, local_hour, local_moment
from .pulses import Pulse, mean_kw
from .randomness import dice
from .settings import HomeSettings

# Fridge, standby, light and screens by local hour, in kW; weekends are fuller at noon.
_WEEKDAY_KW = (0.20, 0.18, 0.17, 0.17, 0.17, 0.20, 0.34, 0.46, 0.36, 0.26, 0.24, 0.25,
               0.27, 0.25, 0.24, 0.26, 0.33, 0.48, 0.60, 0.62, 0.58, 0.52, 0.40, 0.27)  # fmt: skip
_WEEKEND_KW = (0.24, 0.20, 0.18, 0.17, 0.17, 0.18, 0.22, 0.32, 0.46, 0.50, 0.48, 0.46,
               0.48, 0.44, 0.40, 0.40, 0.44, 0.52, 0.60, 0.62, 0.60, 0.54, 0.46, 0.32)  # fmt: skip
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class FamilyDay:
    """One day's peaks and how much more or less than usual each quarter takes."""

    peaks: tuple[Pulse, ...]
    quarter_factors: tuple[float, ...]


class Household:
    """Baseline load of the house."""

    def __init__(self, settings: HomeSettings) -> None:
        self._settings = settings
        self._zone = settings.zone
        self._days = ByDay(self._draw)

    def load_kw(self, start: datetime, end: datetime) -> float:
        """Mean load within an interval of at most a quarter hour."""
        middle = start + (end - start) / 2
        day = local_date(middle, self._zone)
        hour = local_hour(middle, self._zone)
        profile = _WEEKEND_KW if day.weekday() >= 5 else _WEEKDAY_KW
        whole = int(hour)
        usual = profile[whole] + (hour - whole) * (profile[(whole + 1) % 24] - profile[whole])
        family = self._days(day)
        return usual * family.quarter_factors[int(hour * 4)] + mean_kw(family.peaks, start, end)

    def _draw(self, day: date) -> FamilyDay:
        chance = dice(self._settings.seed, "household", day)
        peaks = [*self._kettle(chance, day), *self._cooking(chance, day), *self._washing(chance, day)]
        factors = tuple(min(1.6, max(0.6, chance.gauss(1.0, 0.12))) for _ in range(96))
        return FamilyDay(tuple(peaks), factors)

    def _peak(self, day: date, hour: float, minutes: float, power_kw: float) -> Pulse:
        start = local_moment(day, hour, self._zone)
        return Pulse(start, start + minutes * _MINUTE, power_kw)

    def _kettle(self, chance: Random, day: date) -> list[Pulse]:
        hours = [chance.uniform(6.8, 7.6), chance.uniform(19.5, 21.5)]
        if day.weekday() >= 5:
            hours += [chance.uniform(9.5, 11.0), chance.uniform(14.5, 16.5)]
        return [self._peak(day, hour, chance.uniform(2.5, 4.5), 2.0) for hour in hours]

    def _cooking(self, chance: Random, day: date) -> list[Pulse]:
        supper = chance.uniform(17.6, 18.6)
        meals = [self._peak(day, supper, chance.uniform(18, 35), 1.6)]
        if chance.random() < 0.5:
            meals.append(self._peak(day, supper - 0.2, chance.uniform(30, 50), 2.2))
        return meals

    def _washing(self, chance: Random, day: date) -> list[Pulse]:
        if chance.random() >= (0.6 if day.weekday() >= 5 else 0.3):
            return []
        hour = chance.uniform(9.0, 14.0) if day.weekday() >= 5 else chance.uniform(18.8, 20.5)
        return [self._peak(day, hour, 20, 2.0), self._peak(day, hour + 0.34, 50, 0.25)]
