"""The roof: clear-sky light times clouds, and what the power limit leaves of it."""

from datetime import datetime, timedelta

from .clouds import Clouds
from .settings import HomeSettings
from .solar import clear_sky_kw_per_m2

# Inverter, wiring, warm cells, dirt: what a real roof delivers of its peak power under full light.
_PERFORMANCE = 0.86
_SAMPLE = timedelta(minutes=5)


class PvPlant:
    """What the roof could deliver, before any limit."""

    def __init__(self, settings: HomeSettings, clouds: Clouds) -> None:
        self._settings = settings
        self._clouds = clouds

    def clear_kw(self, moment: datetime) -> float:
        """Power under a cloudless sky."""
        home = self._settings
        light = clear_sky_kw_per_m2(moment, home.latitude, home.longitude)
        return min(home.pv_peak_kw, home.pv_peak_kw * light * _PERFORMANCE)

    def available_kw(self, start: datetime, end: datetime) -> float:
        """Mean power that the sky allows within an interval, sampled every five minutes or finer."""
        count = max(1, round((end - start) / _SAMPLE))
        width = (end - start) / count
        moments = [start + (k + 0.5) * width for k in range(count)]
        return sum(self.clear_kw(moment) * self._clouds.light(moment) for moment in moments) / count


def curtail(available_kw: float, limit_kw: float) -> float:
    """What is used of the available power under a limit; the rest is curtailed."""
    return min(available_kw, max(0.0, limit_kw))
