"""All that happens to the home without its doing: weather, family, market. Seeded, or real series."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from .by_day import ByDay
from .clouds import Clouds
from .household import Household
from .prices import PriceSlot, seeded_prices
from .pv import PvPlant
from .pv_forecast import PvForecast, PvPeriod
from .settings import HomeSettings

MeanPower = Callable[[datetime, datetime], float]


@dataclass(frozen=True)
class Nature:
    """Functions of time: mean power in (start, end), PV forecast of (day, days ahead), prices of a day."""

    load_kw: MeanPower
    pv_available_kw: MeanPower
    pv_forecast: Callable[[date, int], list[PvPeriod]]
    prices: Callable[[date], list[PriceSlot]]


def seeded_nature(settings: HomeSettings) -> Nature:
    """Weather, family and market from the seed alone."""
    clouds = Clouds(settings.seed, settings.longitude)
    plant = PvPlant(settings, clouds)
    prices = ByDay(lambda day: seeded_prices(settings.seed, day, settings.zone))
    return Nature(
        load_kw=Household(settings).load_kw,
        pv_available_kw=plant.available_kw,
        pv_forecast=PvForecast(settings, clouds, plant).day,
        prices=prices,
    )
