"""The tariff over a series, and what of its spot prices is published at a moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from ..config.site import Site
from ..domain.series import Slot
from ..planner.tariff import Tariff as SiteTariff
from ..simulation.local_day import day_start, local_date, local_moment
from ..simulation.prices import PUBLISHED_HOUR
from .series import Series, Values

_DAY, _HISTORY = timedelta(days=1), timedelta(days=21)


@dataclass(frozen=True)
class Tariff:
    """Import and export price of every step of a series per kWh, shape (N,)."""

    import_price: Values
    export_price: Values


def tariff_of(site: Site, series: Series, zone: tzinfo) -> Tariff:
    """The site's true prices at the series' spot prices, which are those of export too where it has a source of its own."""
    terms, spot, begin, minutes = SiteTariff(site.prices, zone), series.spot_per_kwh, series.start, series.step_minutes
    return Tariff(terms.series("import", spot, begin, minutes), terms.series("export", spot, begin, minutes))


def stored_worth(tariff: Tariff, first: int, last: int, step_minutes: float) -> float:
    """What a stored kWh is worth at the end of a period: the least import price of its last day, but not below 0.

    With the mean price as its worth, or the first quartile, it paid to end a week with everything full (4.6 EUR of 70),
    which only those do who know when a simulation ends.
    """
    day = round(24 * 60 / step_minutes)
    return max(0.0, float(np.min(tariff.import_price[max(first, last - day) : last])))


class Published:
    """Spot prices of today, and of tomorrow from 13:00 local time on, as slots; the same tuple while nothing is new."""

    def __init__(self, series: Series, zone: ZoneInfo) -> None:
        self._series, self._zone = series, zone
        self._begin = self._until = series.start
        self._slots: tuple[Slot, ...] = ()
        self._history: tuple[Slot, ...] = ()

    def slots(self, now: datetime) -> tuple[Slot, ...]:
        """What a price sensor shows at ``now``."""
        if not self._begin <= now < self._until:
            self._publish(now)
        return self._slots

    def history(self, now: datetime) -> tuple[Slot, ...]:
        """The spot prices of the three weeks before today, as far as the series goes back."""
        self.slots(now)
        return self._history

    def _publish(self, now: datetime) -> None:
        today = local_date(now, self._zone)
        midnight, next_midnight, after = (day_start(today + k * _DAY, self._zone) for k in range(3))
        noon = local_moment(today, PUBLISHED_HOUR, self._zone)
        known = now >= noon
        self._begin, self._until = (noon, next_midnight) if known else (midnight, noon)
        self._slots = price_slots(self._series, midnight, after if known else next_midnight)
        self._history = price_slots(self._series, day_start(today - _HISTORY, self._zone), midnight)


def price_slots(series: Series, begin: datetime, end: datetime) -> tuple[Slot, ...]:
    """The spot prices between two times, equal neighbours joined."""
    length = timedelta(minutes=series.step_minutes)
    first = max(0, int((begin - series.start) / length))
    last = min(series.steps, -int((series.start - end) // length))
    prices = series.spot_per_kwh[first:last].tolist()
    if not prices:
        return ()
    edges = [0, *(k for k in range(1, len(prices)) if prices[k] != prices[k - 1]), len(prices)]
    return tuple(Slot(series.time(first + a), series.time(first + b), prices[a]) for a, b in pairwise(edges))
