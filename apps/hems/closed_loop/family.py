"""What the people of a home do, seeded: trips with the car, dishes in the machine, showers."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ..config.loads import Heat, Program
from ..config.site import Site
from ..simulation.dishwasher import FamilyLoads
from ..simulation.ev import CarDiary, Trip
from ..simulation.hot_water_tank import HotWaterUse
from ..simulation.local_day import local_date


class Family:
    """The same family for the same seed, whichever controller serves it."""

    def __init__(self, site: Site, zone: ZoneInfo, seed: int = 1) -> None:
        self._zone = zone
        self._diaries = {name: CarDiary(seed + number, zone) for number, name in enumerate(site.evs)}
        programs = [name for name, load in site.loads.items() if isinstance(load, Program)]
        tanks = [name for name, load in site.loads.items() if isinstance(load, Heat)]
        self._dishes = {name: FamilyLoads(seed + number, zone) for number, name in enumerate(programs)}
        self._water = {name: HotWaterUse(seed + number, zone) for number, name in enumerate(tanks)}

    def away(self, car: str, now: datetime) -> Trip | None:
        """The trip that is under way; None: the car is at home and plugged in."""
        return self._diaries[car].away_on(now)

    def trips(self, car: str, begin: datetime, end: datetime) -> Iterator[Trip]:
        """Every trip that reaches into a period."""
        day = local_date(begin, self._zone)
        while day <= local_date(end, self._zone):
            trip = self._diaries[car].trip(day)
            if trip is not None and trip.back > begin and trip.leave < end:
                yield trip
            day += timedelta(days=1)

    def plug_times(self, begin: datetime, end: datetime) -> list[datetime]:
        """When cars come or go within a period, its end excluded."""
        trips = [trip for car in self._diaries for trip in self.trips(car, begin, end)]
        return [at for trip in trips for at in (trip.leave, trip.back) if begin <= at < end]

    def loads_machine(self, program: str, begin: datetime, end: datetime) -> bool:
        """Whether the machine is loaded, and asked to run, within a period of a day at most."""
        return self._dishes[program].happens(begin, end)

    def draw_kw(self, tank: str, begin: datetime, end: datetime) -> float:
        """Mean heat drawn from a tank within a period of a day at most."""
        return self._water[tank].draw_kw(begin, end)
