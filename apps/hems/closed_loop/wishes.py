"""The family's wishes, watched: a car that is not charged when it is to be ready, a late program, cold water."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ..config.loads import Heat, Program, Quota
from ..config.site import Site
from ..planner.local_days import local_time
from ..planner.memory import window_around
from ..simulation.local_day import local_date
from .home import Flow, PhysicalHome
from .results import Unmet

# A charger takes whole amperes and a meter has its noise: less than this is not missed.
_CAR_SHORT_KWH, _QUOTA_SHORT_KWH, _COLD_K_HOURS = 0.4, 0.3, 0.5


@dataclass
class Wishes:
    """Watches one run. Picklable."""

    site: Site
    zone: ZoneInfo
    unmet: list[Unmet] = field(default_factory=list)
    _came: dict[str, tuple[datetime, float]] = field(default_factory=dict)
    _asked: dict[str, datetime] = field(default_factory=dict)
    _cold: dict[str, float] = field(default_factory=dict)
    _drawn: dict[str, float] = field(default_factory=dict)
    _day: object = None

    def watch(self, home: PhysicalHome, flow: Flow, begin: datetime, end: datetime) -> None:
        """One step of the run."""
        hours = (end - begin).total_seconds() / 3600
        for name in home.cars:
            self._watch_car(name, home, begin, end)
        for name, load in self.site.loads.items():
            if isinstance(load, Program):
                self._watch_program(name, load, home, begin, end)
            elif isinstance(load, Heat):
                below = max(0.0, load.min_c - home.tanks[name].temperature_c)
                self._cold[name] = self._cold.get(name, 0.0) + below * hours
            elif isinstance(load, Quota):
                self._drawn[name] = self._drawn.get(name, 0.0) + flow.devices[name] * hours
        day = local_date(end - timedelta(seconds=1), self.zone)
        if self._day is not None and day != self._day:
            self._end_of_day(begin)
        self._day = day

    def _watch_car(self, name: str, home: PhysicalHome, begin: datetime, end: datetime) -> None:
        config, car = self.site.evs[name], home.cars[name]
        if not home.plugged[name]:
            self._came.pop(name, None)
            return
        self._came.setdefault(name, (begin, car.soc))
        ready_by, target_soc = config.ready_by_or_usual, config.target_soc_or_usual
        assert not isinstance(ready_by, str) and not isinstance(target_soc, str)
        ready = local_time(local_date(end, self.zone), ready_by, self.zone)
        if not begin < ready <= end:
            return
        wished = min(target_soc, config.soc_max)
        short = (wished - car.soc) * car.capacity_kwh
        if short > _CAR_SHORT_KWH:
            came, soc = self._came[name]
            possible = (end - came).total_seconds() / 3600 * config.max_kw * config.charge_efficiency
            could = possible - 2 * _CAR_SHORT_KWH > (wished - soc) * car.capacity_kwh
            self.unmet.append(Unmet(name, f"soc {wished:.2f}", ready, round(short, 3), "kWh", could))

    def _watch_program(self, name: str, load: Program, home: PhysicalHome, begin: datetime, end: datetime) -> None:
        """Asked for, it is to be done by the end of its window."""
        if not home.requested[name]:
            self._asked.pop(name, None)
            return
        if name not in self._asked:
            length = timedelta(minutes=len(load.program_kw) * load.program_step_minutes)
            opens, closes = window_around(load.window, begin, self.zone)
            if max(opens, begin) + length > closes:
                closes = window_around(load.window, closes + timedelta(minutes=1), self.zone)[1]
            self._asked[name] = closes
        if begin < self._asked[name] <= end:
            late = timedelta(hours=24) if not home.machines[name].running else timedelta(minutes=30)
            self.unmet.append(Unmet(name, "done by its window's end", end, late.total_seconds() / 60, "min", True))

    def _end_of_day(self, at: datetime) -> None:
        for name, cold in self._cold.items():
            if cold > _COLD_K_HOURS:
                self.unmet.append(Unmet(name, "warm water", at, round(cold, 3), "K h", True))
            self._cold[name] = 0.0
        for name, drawn in self._drawn.items():
            load = self.site.loads[name]
            hours = load.hours_per_day if isinstance(load, Quota) else 0.0
            short = load.power_kw * hours - drawn if isinstance(load, Quota) and isinstance(hours, float | int) else 0.0
            if short > _QUOTA_SHORT_KWH:
                self.unmet.append(Unmet(name, "its hours of the day", at, round(short, 3), "kWh", True))
            self._drawn[name] = 0.0
