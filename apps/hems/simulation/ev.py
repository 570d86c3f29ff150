"""The car: it drives on a seeded diary, comes home, is plugged in, and charges when its charger is on."""

from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from zoneinfo import ZoneInfo

from .by_day import ByDay
from .local_day import local_date, local_moment
from .randomness import dice

VOLT = 230.0
MIN_CURRENT_A = 6.0


@dataclass(frozen=True)
class Trip:
    """Away from `leave` until `back`, driving `energy_kwh` in between."""

    leave: datetime
    back: datetime
    energy_kwh: float


class CarDiary:
    """One trip a day at most: to work on weekdays, an outing on some weekend days."""

    def __init__(self, seed: int, zone: ZoneInfo) -> None:
        self._seed = seed
        self._zone = zone
        self._trips = ByDay(self._draw)
        self._at_home: date | None = None

    def stay_home(self, day: date) -> None:
        """No trip on that local day."""
        self._at_home = day

    def trip(self, day: date) -> Trip | None:
        """The trip of a local day; None when the car stays at home."""
        return self._trips(day)

    def away_on(self, moment: datetime) -> Trip | None:
        """The trip under way at that moment; None at home."""
        day = local_date(moment, self._zone)
        trip = self._trips(day) if day != self._at_home else None
        return trip if trip and trip.leave <= moment < trip.back else None

    def _draw(self, day: date) -> Trip | None:
        chance = dice(self._seed, "car", day)
        if day.weekday() < 5:
            return self._make(day, chance, leave=(7.5, 8.25), back=(16.75, 18.0))
        if chance.random() < 0.5:
            return None
        return self._make(day, chance, leave=(9.5, 11.5), back=(13.5, 17.5))

    def _make(self, day: date, chance: Random, leave: tuple[float, float], back: tuple[float, float]) -> Trip:
        return Trip(
            leave=local_moment(day, chance.uniform(*leave), self._zone),
            back=local_moment(day, chance.uniform(*back), self._zone),
            energy_kwh=chance.uniform(8.0, 20.0),
        )


@dataclass
class Car:
    """The car's battery behind a single-phase charger."""

    capacity_kwh: float
    energy_kwh: float
    efficiency: float = 0.92
    # Below this the family would have charged on the road.
    reserve: float = 0.05
    phases: int = 1
    soc_max: float = 1.0

    @property
    def soc(self) -> float:
        """State of charge, 0..1."""
        return self.energy_kwh / self.capacity_kwh

    def charge(self, current_a: float, hours: float) -> float:
        """Charge for one step at that current; answers the AC power in kW, less when nearly full.

        E[k+1] = E[k] + h * charge * 0.92. Below 6 A the car does not charge (IEC 61851).
        """
        if current_a < MIN_CURRENT_A:
            return 0.0
        room = max(0.0, self.soc_max * self.capacity_kwh - self.energy_kwh)
        power = min(current_a * self.phases * VOLT / 1000, room / (hours * self.efficiency))
        self.energy_kwh += hours * power * self.efficiency
        return power

    def drive(self, trip: Trip, hours: float) -> None:
        """Use the trip's energy evenly over its time away, down to the reserve."""
        trip_hours = (trip.back - trip.leave).total_seconds() / 3600
        used = trip.energy_kwh * hours / trip_hours
        floor = min(self.energy_kwh, self.reserve * self.capacity_kwh)
        self.energy_kwh = max(floor, self.energy_kwh - used)
