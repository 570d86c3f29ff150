"""The outdoor temperatures of the past, on the level of the forecast that they are to be compared with."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from ..config.site import Site
from ..domain.series import Slot
from ..forecast.half_hours import half_hour_means
from ..forecast.load_model import MOST_DAYS
from .feed_slots import overlaid
from .history_statistics import temperatures
from .measurements import Measurements
from .measurements_sample import OUTDOOR
from .port import Home

# A thermometer and a weather service are compared over so many half-hours at least: a day, or sun on the wall would count.
_COMPARED = 48


def outdoor_past(home: Home, site: Site, store: Measurements, now: datetime) -> tuple[Slot, ...]:
    """°C of the last weeks as far as they are known, in order; nothing where no outdoor temperature is configured.

    The sensor's come from Home Assistant's statistics and from the store, the weather entity's from the store alone, for it has
    no statistics. Where there are both, the weather's hold and the sensor's are moved to its level: the forecast is the weather's.
    """
    if site.outdoor is None:
        return ()
    since = now - timedelta(days=MOST_DAYS)
    sensor, weather = site.outdoor.temperature, site.outdoor.weather
    said = store.slots(OUTDOOR, since, now, weather) if weather is not None else ()
    if sensor is None:
        return said
    measured = overlaid(temperatures(home, sensor, now), store.slots(OUTDOOR, since, now, sensor))
    return overlaid(_moved(measured, _apart_k(measured, said)), said)


def _apart_k(measured: Sequence[Slot], said: Sequence[Slot]) -> float:
    """By how much the weather service's temperatures lie above the sensor's; 0 where too few are there to compare."""
    (first, own), (begin, other) = half_hour_means(measured), half_hour_means(said)
    low, high = max(first, begin), min(first + len(own), begin + len(other))
    if high <= low:
        return 0.0
    apart = other[low - begin : high - begin] - own[low - first : high - first]
    apart = apart[np.isfinite(apart)]
    return float(np.median(apart)) if len(apart) >= _COMPARED else 0.0


def _moved(slots: Sequence[Slot], by_k: float) -> tuple[Slot, ...]:
    return tuple(Slot(slot.begin, slot.end, slot.value + by_k) for slot in slots)
