"""What will really happen, for those who know it: the suite with perfect forecasts, and the bound over the whole period."""

import math
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from ..config.loads import Heat
from ..config.site import Site
from ..domain.battery import SocTarget
from ..domain.ev import Ev
from ..domain.horizon import Horizon
from ..domain.loads import ThermalLoad
from ..domain.problem import Problem
from ..domain.series import Slot
from ..planner.local_days import local_time
from ..planner.memory import Memory
from ..planner.readings import Readings
from ..simulation.local_day import day_start, local_date
from .family import Family
from .loop import BEAT
from .prices import Tariff, price_slots, tariff_of
from .series import Series, Values

# Just before an instant.
_SAME = timedelta(seconds=1)
# Local days of which spot prices are told: a horizon's two, and half a day more that the price list looks ahead.
_SPOT_DAYS = 4


class Truth:
    """Everything that happens to the home: load, sun and prices in the steps of the series, the family in parts of them."""

    def __init__(self, site: Site, series: Series, family: Family, zone: ZoneInfo) -> None:
        self.site, self.series, self.family, self.zone = site, series, family, zone
        self.tariff: Tariff = tariff_of(site, series, zone)
        parts = math.ceil(timedelta(minutes=series.step_minutes) / BEAT)
        edges = [
            series.start + k * timedelta(minutes=series.step_minutes) / parts for k in range(series.steps * parts + 1)
        ]
        tanks = [name for name, load in site.loads.items() if isinstance(load, Heat)]
        self.draw_kw: dict[str, Values] = {
            name: np.array([family.draw_kw(name, a, b) for a, b in pairwise(edges)]) for name in tanks
        }
        self._spot_of: date | None = None
        self._spot: tuple[Slot, ...] = ()
        self.home: dict[str, Values] = {}
        self.driving_kw: dict[str, Values] = {}
        for name in site.evs:
            self.home[name], self.driving_kw[name] = self._car(name)

    def mean(self, values: Values, horizon: Horizon) -> tuple[float, ...]:
        """The mean of values over all of the series in each step of a horizon inside it, shape (N,); beyond its end the last."""
        length = self.series.step_minutes * self.series.steps / len(values)
        begin = (horizon.start - self.series.start).total_seconds() / 60
        posts = (np.array(horizon.posts_minutes) + begin) / length
        first = max(0, min(int(posts[0]), len(values) - 1))
        posts, values = posts - first, values[first : int(posts[-1]) + 1]
        sums = np.concatenate(([0.0], np.cumsum(values)))
        at = np.interp(posts, np.arange(len(sums)), sums) + np.maximum(posts - len(values), 0.0) * values[-1]
        return tuple(np.round(np.diff(at) / np.diff(posts), 6).tolist())

    def told(self, readings: Readings, memory: Memory) -> tuple[Readings, Memory]:
        """The true spot prices of the next days, and no past: nothing is left to be forecast, which was a sixth of the run."""
        today = local_date(readings.now, self.zone)
        if today != self._spot_of:
            begin, end = (day_start(today + timedelta(days=days), self.zone) for days in (0, _SPOT_DAYS))
            self._spot_of, self._spot = today, price_slots(self.series, begin, end)
        told = replace(readings, spot=self._spot, export_spot=self._spot, price_history=(), history=())
        told = replace(told, pv_forecast={}, pv_history={}, pv_forecast_history={}, baseline_kw=0.0)
        return told, replace(memory, draws={}, cars={})

    def __call__(self, problem: Problem) -> Problem:
        """A problem with everything in it that will really be: load, PV, prices, hot water, trips."""
        horizon, series = problem.horizon, self.series
        grid = problem.grid.model_copy(
            update={
                "import_price": self.mean(self.tariff.import_price, horizon),
                "export_price": self.mean(self.tariff.export_price, horizon),
            }
        )
        pv = tuple(p.model_copy(update={"forecast_kw": self.mean(series.pv_kw[p.name], horizon)}) for p in problem.pv)
        tanks = tuple(self._known_tank(tank, horizon) for tank in problem.thermal_loads)
        update = {"grid": grid, "load_kw": self.mean(series.load_kw, horizon), "pv": pv, "thermal_loads": tanks}
        update["scenarios"] = ()
        return problem.model_copy(update=update | {"evs": tuple(self._known_car(ev, horizon) for ev in problem.evs)})

    def at_home(self, first: int, last: int) -> dict[str, Values]:
        """By car, the share of each of the steps ``first`` to ``last`` that it is at home, 0..1."""
        steps = self.series.steps
        return {name: share.reshape(steps, -1).mean(axis=1)[first:last] for name, share in self.home.items()}

    def _car(self, name: str) -> tuple[Values, Values]:
        """Share of each minute that a car is at home, and what driving takes in kW, shape (minutes,)."""
        series = self.series
        minutes = math.ceil(series.step_minutes) * series.steps
        part = (series.end - series.start) / minutes
        begins, away, driving = np.arange(minutes), np.zeros(minutes), np.zeros(minutes)
        for trip in self.family.trips(name, series.start, series.end):
            power_kw = trip.energy_kwh / ((trip.back - trip.leave) / timedelta(hours=1))
            leave, back = (trip.leave - series.start) / part, (trip.back - series.start) / part
            near = slice(max(0, int(leave)), max(0, int(back) + 1))
            shares = np.clip(np.minimum(begins[near] + 1, back) - np.maximum(begins[near], leave), 0.0, 1.0)
            away[near] += shares
            driving[near] += shares * power_kw
        return 1.0 - away, driving

    def _known_tank(self, tank: ThermalLoad, horizon: Horizon) -> ThermalLoad:
        """The tank with its draws, and without a reserve for others."""
        config = self.site.loads[tank.name]
        least = config.min_c if isinstance(config, Heat) else tank.min_c
        return tank.model_copy(update={"draw_kw": self.mean(self.draw_kw[tank.name], horizon), "min_c": least})

    def _known_car(self, ev: Ev, horizon: Horizon) -> Ev:
        """The car with its trips; connected in steps that it is at home for most of. Its own first step is as it was read."""
        home = self.mean(self.home[ev.name], horizon)
        connected = (ev.connected[0] and home[0] > 0.5, *(share > 0.5 for share in home[1:]))
        driving = self.mean(self.driving_kw[ev.name], horizon)
        config = self.site.evs[ev.name]
        known = ev.model_copy(update={"connected": tuple(connected), "driving_kw": driving})
        target_soc = config.target_soc_or_usual
        wished = target_soc if isinstance(target_soc, float | int) else 0.0
        targets = tuple(self.targets(ev.name, horizon, min(float(wished), config.soc_max)))
        return known.model_copy(update={"targets": targets})

    def targets(self, name: str, horizon: Horizon, soc: float) -> list[SocTarget]:
        """Every time at which the car is to be ready and is at home."""
        config, day, found = self.site.evs[name], local_date(horizon.start, self.zone), []
        ready_by = config.ready_by_or_usual
        assert not isinstance(ready_by, str)
        while (at := local_time(day, ready_by, self.zone)) <= horizon.end:
            if at > horizon.start and self.family.away(name, at - _SAME) is None:
                found.append(SocTarget(at=at, soc=soc))
            day += timedelta(days=1)
        return found
