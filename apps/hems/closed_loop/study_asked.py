"""What is to be simulated: a home, a series, a period, and who drives."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from ..config.site import Site
from ..domain.faults import Refused
from ..simulation.local_day import local_date
from .family import Family
from .foresight import Truth
from .results import CONTROLLERS, ControllerName
from .series import Series


@dataclass(frozen=True)
class Study:
    """What is to be simulated. Steps ``first`` to ``last`` of the series; what is before is the home's known past.

    ``notes``: what must be said beside the results; ``code``: which program makes them, so that no other one's are kept.
    """

    site: Site
    series: Series
    zone: ZoneInfo
    first: int
    last: int
    controllers: tuple[ControllerName, ...] = CONTROLLERS
    mode: str = "mpc"
    replan_minutes: int = 30
    seed: int = 1
    title: str = "simulation"
    notes: tuple[str, ...] = ()
    code: str = ""

    @cached_property
    def truth(self) -> Truth:
        """Everything that will happen, worked out once: the family of a year takes half a second."""
        return Truth(self.site, self.series, Family(self.site, self.zone, self.seed), self.zone)

    def key(self) -> str:
        """The same for the same study: what is kept of another one is not taken up."""
        series = self.series
        parts = (self.site, self.zone.key, self.first, self.last, self.mode, self.replan_minutes, self.seed, self.code)
        plants = (series.start, series.step_minutes, list(series.pv_kw), list(series.pv_forecast_kw))
        found = hashlib.sha256(repr((parts, plants)).encode())
        for array in (series.load_kw, series.spot_per_kwh, *series.pv_kw.values(), *series.pv_forecast_kw.values()):
            found.update(array.tobytes())
        return found.hexdigest()[:12]


def days_of(series: Series, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first and the last local midnight inside the series."""
    midnights: Sequence[datetime] = [
        series.time(k) for k in range(series.steps + 1) if series.time(k).astimezone(zone).strftime("%H:%M") == "00:00"
    ]
    if len(midnights) < 2:
        day = local_date(series.start, zone)
        raise Refused([f"the series holds no whole day (it begins on {day.isoformat()} and has {series.steps} steps)"])
    return midnights[0], midnights[-1]
