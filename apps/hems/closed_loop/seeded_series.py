"""A year that never was: load, PV and prices from a seed, for who has no measurements at hand."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from ..config.site import Site
from ..simulation.local_day import day_start, slots
from ..simulation.nature import MeanPower, seeded_nature
from ..simulation.settings import HomeSettings
from .series import Series, Values

STEP_MINUTES = 15
# The planner's load forecast looks back four weeks; the PV of the day after tomorrow is forecast.
DAYS_BEFORE, DAYS_AFTER = 35, 2
PEAK_KW = 6.0


def seeded_series(site: Site, zone: ZoneInfo, first: date, last: date, seed: int) -> Series:
    """Local days ``first`` until ``last`` (not included) in quarter hours, with their past and what is forecast of beyond.

    The house is the demo's: load, clouds and prices of ``simulation/``. A plant's peak is its ``limit_kw``, or 6 kWp.
    """
    settings = HomeSettings(seed=seed, time_zone=zone.key, longitude=_longitude(zone))
    nature = seeded_nature(settings)
    days = [first + timedelta(days=k) for k in range(-DAYS_BEFORE, (last - first).days + DAYS_AFTER)]
    begins = [begin for day in days for begin in slots(day, zone, STEP_MINUTES)]
    step = timedelta(minutes=STEP_MINUTES)

    def values(of: MeanPower) -> Values:
        return np.array([of(begin, begin + step) for begin in begins])

    light = values(nature.pv_available_kw) / settings.pv_peak_kw
    return Series(
        start=day_start(days[0], zone),
        step_minutes=float(STEP_MINUTES),
        load_kw=values(nature.load_kw),
        pv_kw={name: light * (plant.limit_kw or PEAK_KW) for name, plant in site.pv.items()},
        spot_per_kwh=np.array([slot.value_per_kwh for day in days for slot in nature.prices(day)]),
    )


def _longitude(zone: ZoneInfo) -> float:
    """Where the zone's own noon is: the sun must be up when the family is."""
    offsets = [datetime(2025, month, 1, tzinfo=zone).utcoffset() or timedelta() for month in (1, 7)]
    return max(-180.0, min(180.0, min(offsets) / timedelta(hours=1) * 15))
