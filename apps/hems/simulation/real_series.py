"""Real prices, load and PV, mapped to any day by day of the year and weekday."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from .by_day import ByDay
from .local_day import local_date, slots
from .nature import Nature
from .prices import PriceSlot
from .pv_forecast import PvPeriod
from .real_files import NORD_POOL_FILE, HouseRow, SeriesError, read_house, read_prices
from .settings import HomeSettings

# Where each series was measured: its local days are what is mapped.
_HOUSE_ZONE = ZoneInfo("Europe/Paris")
_PRICE_ZONE = ZoneInfo("Europe/Berlin")
# No uncertainty is in the file: a typical spread of a day-ahead rooftop forecast.
_LOW, _HIGH = 0.6, 1.3

Clock = tuple[int, int]
T = TypeVar("T")


def real_nature(settings: HomeSettings, folder: Path) -> Nature:
    """Load, PV and prices from the files of a folder; raises SeriesError, which names the file."""
    prices = RealPrices(read_prices(folder), settings.zone)
    house = RealHouse(read_house(folder), settings.zone)
    return Nature(
        load_kw=house.load_kw,
        pv_available_kw=house.pv_kw,
        pv_forecast=house.pv_forecast,
        prices=ByDay(prices.day),
    )


def alike(day: date, known: Iterable[date]) -> date:
    """The known day of the same weekday that is nearest in the year; of two as near the earlier one."""

    def distance(other: date) -> int:
        apart = abs(day.timetuple().tm_yday - other.timetuple().tm_yday)
        return min(apart, 365 - apart)

    return min((other for other in known if other.weekday() == day.weekday()), key=lambda d: (distance(d), d))


class RealPrices:
    """Prices of the most alike day; the quarter-hour file wins where both have a day as near."""

    def __init__(self, files: dict[str, dict[datetime, float]], zone: ZoneInfo) -> None:
        self._zone = zone
        self._days: dict[date, dict[Clock, float]] = {}
        for name in sorted(files, key=lambda name: name == NORD_POOL_FILE):
            minutes = 15 if name == NORD_POOL_FILE else 60
            for day, clocks in _by_local_day(files[name], _PRICE_ZONE).items():
                # A day cut by the file's ends, or with a hole, is no delivery day; spring loses one hour.
                if len(clocks) >= 23 * 60 // minutes:
                    self._days[day] = clocks
        if {day.weekday() for day in self._days} != set(range(7)):
            raise SeriesError("the price files do not hold a whole day of each weekday; add the other file")

    def day(self, day: date) -> list[PriceSlot]:
        """All quarters of a local delivery day, each with the price of the same wall-clock time."""
        clocks = self._days[alike(day, self._days)]
        found: list[PriceSlot] = []
        value = next(iter(clocks.values()))
        for start in slots(day, self._zone, minutes=15):
            wall = start.astimezone(self._zone)
            # Hourly files have only the full hour; the hour that spring skips keeps the price before it.
            value = clocks.get((wall.hour, wall.minute), clocks.get((wall.hour, 0), value))
            found.append(PriceSlot(start, start + timedelta(minutes=15), value))
        return found


class RealHouse:
    """Load and PV of one real house."""

    def __init__(self, rows: dict[datetime, HouseRow], zone: ZoneInfo) -> None:
        self._zone = zone
        days = _by_local_day(rows, _HOUSE_ZONE)
        # Days with holes in the load are left out: another week's same weekday stands in.
        self._days = {
            day: clocks
            for day, clocks in days.items()
            if len(clocks) >= 46 and all(row.load_kw is not None for row in clocks.values())
        }
        if {day.weekday() for day in self._days} != set(range(7)):
            raise SeriesError("the file of the house does not hold a whole day of each weekday")
        self._alike = ByDay(lambda day: self._days[alike(day, self._days)])

    def load_kw(self, start: datetime, end: datetime) -> float:
        """Load of the half hour that contains the middle of the interval."""
        return self._row(start + (end - start) / 2).load_kw or 0.0

    def pv_kw(self, start: datetime, end: datetime) -> float:
        """PV of that half hour; nothing was measured at night, which is 0."""
        return self._row(start + (end - start) / 2).pv_kw or 0.0

    def pv_forecast(self, day: date, days_ahead: int) -> list[PvPeriod]:
        """The house's own forecast, the same for every `days_ahead`; the hours around where it is missing."""
        return [self._period(start) for start in slots(day, self._zone, minutes=30)]

    def _period(self, start: datetime) -> PvPeriod:
        estimate = self._row(start).pv_forecast_kw
        if estimate is None:
            around = [start + timedelta(minutes=30 * k) for k in (-2, -1, 0, 1, 2)]
            estimate = sum(self.pv_kw(moment, moment) for moment in around) / len(around)
        return PvPeriod(start, round(estimate, 4), round(_LOW * estimate, 4), round(_HIGH * estimate, 4))

    def _row(self, moment: datetime) -> HouseRow:
        wall = moment.astimezone(self._zone)
        clocks = self._alike(local_date(moment, self._zone))
        half_hour = (wall.hour, wall.minute - wall.minute % 30)
        # The source's spring day lacks 02:00 and 02:30; the hour before stands in.
        return clocks.get(half_hour) or clocks[(wall.hour - 1, half_hour[1])]


def _by_local_day(series: dict[datetime, T], zone: ZoneInfo) -> dict[date, dict[Clock, T]]:
    """Values by local day and wall clock; an hour that occurs twice keeps its second value."""
    days: dict[date, dict[Clock, T]] = {}
    for moment, value in series.items():
        wall = moment.astimezone(zone)
        days.setdefault(wall.date(), {})[(wall.hour, wall.minute)] = value
    return days
