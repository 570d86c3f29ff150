"""What will really happen, for those who know it: the suite with perfect forecasts, and the bound over the whole period."""

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from ..config.devices import Heat, Program, Quota
from ..config.site import Site
from ..domain.battery import Battery, SocTarget
from ..domain.ev import Ev
from ..domain.grid import Grid
from ..domain.horizon import Horizon
from ..domain.loads import InterruptibleLoad, ShiftableLoad, ThermalLoad
from ..domain.loads import Quota as Wish
from ..domain.problem import Problem
from ..domain.pv import Pv
from ..domain.series import Slot
from ..planner.local_days import local_time, periods
from ..planner.memory import Memory, window_around
from ..planner.readings import Readings
from ..simulation.local_day import day_start, local_date
from .family import Family
from .home import PhysicalHome
from .loop import BEAT
from .prices import Tariff, price_slots, stored_worth, tariff_of
from .series import Series, Values

# Just before an instant.
_SAME = timedelta(seconds=1)
# Local days of which spot prices are told: a horizon's two, and half a day more that the price list looks ahead.
_SPOT_DAYS = 4


class Truth:
    """Everything that happens to the home: load, sun and prices in the steps of the series, the family in parts of them."""

    def __init__(self, site: Site, series: Series, family: Family, zone: ZoneInfo) -> None:
        self._site, self._series, self._family, self._zone = site, series, family, zone
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
        length = self._series.step_minutes * self._series.steps / len(values)
        begin = (horizon.start - self._series.start).total_seconds() / 60
        posts = (np.array(horizon.posts_minutes) + begin) / length
        first = max(0, min(int(posts[0]), len(values) - 1))
        posts, values = posts - first, values[first : int(posts[-1]) + 1]
        sums = np.concatenate(([0.0], np.cumsum(values)))
        at = np.interp(posts, np.arange(len(sums)), sums) + np.maximum(posts - len(values), 0.0) * values[-1]
        return tuple(np.round(np.diff(at) / np.diff(posts), 6).tolist())

    def told(self, readings: Readings, memory: Memory) -> tuple[Readings, Memory]:
        """The true spot prices of the next days, and no past: nothing is left to be forecast, which was a sixth of the run."""
        today = local_date(readings.now, self._zone)
        if today != self._spot_of:
            begin, end = (day_start(today + timedelta(days=days), self._zone) for days in (0, _SPOT_DAYS))
            self._spot_of, self._spot = today, price_slots(self._series, begin, end)
        told = replace(readings, spot=self._spot, export_spot=self._spot, price_history=(), history=())
        told = replace(told, pv_forecast={}, pv_history={}, pv_forecast_history={})
        return told, replace(memory, draws={}, cars={})

    def __call__(self, problem: Problem) -> Problem:
        """A problem with everything in it that will really be: load, PV, prices, hot water, trips."""
        horizon, series = problem.horizon, self._series
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
        steps = self._series.steps
        return {name: share.reshape(steps, -1).mean(axis=1)[first:last] for name, share in self.home.items()}

    def whole_period(self, first: int, last: int, home: PhysicalHome) -> Problem:
        """Steps ``first`` to ``last`` of the series as one problem. What is stored at the end is worth ``stored_worth``."""
        site, series = self._site, self._series
        horizon = Horizon(series.time(first), (series.step_minutes,) * (last - first))
        prices = self.mean(self.tariff.import_price, horizon)
        worth = stored_worth(self.tariff, first, last, series.step_minutes)
        limit = site.grid.import_limit_kw
        return Problem.model_construct(
            schema_="hems.problem/1",
            start=horizon.start,
            step_minutes=horizon.step_minutes,
            time_zone=str(self._zone),
            currency=site.currency,
            grid=Grid(
                import_price=prices,
                export_price=self.mean(self.tariff.export_price, horizon),
                import_limit_kw=limit if isinstance(limit, float | int) else None,
            ),
            load_kw=self.mean(series.load_kw, horizon),
            pv=tuple(
                Pv(
                    name=name,
                    forecast_kw=self.mean(kw, horizon),
                    curtailable=name in site.pv and site.pv[name].can_be_curtailed,
                )
                for name, kw in series.pv_kw.items()
            ),
            batteries=tuple(self._whole_battery(name, home, worth) for name in home.batteries),
            evs=tuple(self._whole_car(name, home, horizon, worth) for name in site.evs),
            shiftable_loads=tuple(
                program
                for name, load in site.loads.items()
                if isinstance(load, Program)
                for program in self._programs(name, load, horizon, home)
            ),
            interruptible_loads=tuple(
                self._whole_load(name, load, horizon) for name, load in site.loads.items() if isinstance(load, Quota)
            ),
            thermal_loads=tuple(
                self._whole_tank(name, load, home, horizon, worth)
                for name, load in site.loads.items()
                if isinstance(load, Heat)
            ),
            on_off_until=horizon.start,
        )

    def _car(self, name: str) -> tuple[Values, Values]:
        """Share of each minute that a car is at home, and what driving takes in kW, shape (minutes,)."""
        series = self._series
        minutes = math.ceil(series.step_minutes) * series.steps
        part = (series.end - series.start) / minutes
        begins, away, driving = np.arange(minutes), np.zeros(minutes), np.zeros(minutes)
        for trip in self._family.trips(name, series.start, series.end):
            power_kw = trip.energy_kwh / ((trip.back - trip.leave) / timedelta(hours=1))
            leave, back = (trip.leave - series.start) / part, (trip.back - series.start) / part
            near = slice(max(0, int(leave)), max(0, int(back) + 1))
            shares = np.clip(np.minimum(begins[near] + 1, back) - np.maximum(begins[near], leave), 0.0, 1.0)
            away[near] += shares
            driving[near] += shares * power_kw
        return 1.0 - away, driving

    def _known_tank(self, tank: ThermalLoad, horizon: Horizon) -> ThermalLoad:
        """The tank with its draws, and without a reserve for others."""
        config = self._site.loads[tank.name]
        least = config.min_c if isinstance(config, Heat) else tank.min_c
        return tank.model_copy(update={"draw_kw": self.mean(self.draw_kw[tank.name], horizon), "min_c": least})

    def _known_car(self, ev: Ev, horizon: Horizon) -> Ev:
        """The car with its trips; connected in steps that it is at home for most of. Its own first step is as it was read."""
        home = self.mean(self.home[ev.name], horizon)
        connected = (ev.connected[0] and home[0] > 0.5, *(share > 0.5 for share in home[1:]))
        driving = self.mean(self.driving_kw[ev.name], horizon)
        config = self._site.evs[ev.name]
        known = ev.model_copy(update={"connected": tuple(connected), "driving_kw": driving})
        target_soc = config.target_soc_or_usual
        wished = target_soc if isinstance(target_soc, float | int) else 0.0
        targets = tuple(self._targets(ev.name, horizon, min(float(wished), config.soc_max)))
        return known.model_copy(update={"targets": targets})

    def _targets(self, name: str, horizon: Horizon, soc: float) -> list[SocTarget]:
        """Every time at which the car is to be ready and is at home."""
        config, day, found = self._site.evs[name], local_date(horizon.start, self._zone), []
        ready_by = config.ready_by_or_usual
        assert not isinstance(ready_by, str)
        while (at := local_time(day, ready_by, self._zone)) <= horizon.end:
            if at > horizon.start and self._family.away(name, at - _SAME) is None:
                found.append(SocTarget(at=at, soc=soc))
            day += timedelta(days=1)
        return found

    def _whole_battery(self, name: str, home: PhysicalHome, worth: float) -> Battery:
        config, store = self._site.batteries[name], home.batteries[name].store
        return Battery(
            name=name,
            capacity_kwh=store.capacity_kwh,
            soc=store.soc,
            soc_min=config.soc_min,
            soc_max=config.soc_max,
            charge_limit_kw=config.charge_limit_kw,
            discharge_limit_kw=config.discharge_limit_kw,
            charge_efficiency=config.charge_efficiency,
            discharge_efficiency=config.discharge_efficiency,
            wear_cost_per_kwh=config.wear_cost_per_kwh,
            terminal_value_per_kwh=worth,
        )

    def _whole_car(self, name: str, home: PhysicalHome, horizon: Horizon, worth: float) -> Ev:
        """Connected in every step of which it is at home for a part; ``at_home`` says for how much of it."""
        config, car = self._site.evs[name], home.cars[name]
        target_soc = config.target_soc_or_usual
        wished = target_soc if isinstance(target_soc, float | int) else 0.0
        return Ev(
            name=name,
            battery_kwh=config.battery_kwh,
            soc=car.soc,
            soc_max=config.soc_max,
            connected=tuple(share > 0.001 for share in self.mean(self.home[name], horizon)),
            driving_kw=self.mean(self.driving_kw[name], horizon),
            min_kw=config.min_kw,
            max_kw=config.max_kw,
            charge_efficiency=config.charge_efficiency,
            targets=tuple(self._targets(name, horizon, min(float(wished), config.soc_max))),
            terminal_value_per_kwh=worth,
        )

    def _programs(self, name: str, config: Program, horizon: Horizon, home: PhysicalHome) -> Iterator[ShiftableLoad]:
        """What runs now, and one for each time that the machine is loaded, if its window ends inside the horizon."""
        length = timedelta(minutes=len(config.program_kw) * config.program_step_minutes)
        elapsed = home.machines[name].elapsed_hours
        waiting = home.requested[name] and elapsed is None
        if elapsed is not None:
            yield ShiftableLoad(
                name=f"{name} now",
                profile_kw=config.program_kw,
                profile_step_minutes=config.program_step_minutes,
                earliest_start=horizon.start,
                latest_finish=horizon.start + length,
                running_since=horizon.start - timedelta(hours=elapsed),
            )
        for k in range(horizon.steps):
            begin, end = horizon.time(k), horizon.time(k + 1)
            if not (waiting and k == 0) and not self._family.loads_machine(name, begin, end):
                continue
            opens, closes = window_around(config.window, begin, self._zone)
            if max(opens, begin) + length > closes:
                opens, closes = window_around(config.window, closes + timedelta(minutes=1), self._zone)
            if closes <= horizon.end:
                yield ShiftableLoad(
                    name=f"{name} {begin.date()} {k}",
                    profile_kw=config.program_kw,
                    profile_step_minutes=config.program_step_minutes,
                    earliest_start=max(opens, begin),
                    latest_finish=closes,
                )

    def _whole_load(self, name: str, config: Quota, horizon: Horizon) -> InterruptibleLoad:
        hours = config.hours_per_day if isinstance(config.hours_per_day, float | int) else 0.0
        days = [(a, b) for a, b in periods("day", horizon.start, horizon.end, self._zone) if b <= horizon.end]
        wishes = [_wish(max(a, horizon.start), b, config.power_kw * hours) for a, b in days]
        return InterruptibleLoad(name=name, power_kw=config.power_kw, quotas=tuple(wishes))

    def _whole_tank(self, name: str, load: Heat, home: PhysicalHome, horizon: Horizon, worth: float) -> ThermalLoad:
        tank = home.tanks[name]
        return ThermalLoad(
            name=name,
            power_kw=load.power_kw,
            min_power_kw=None,
            cop=load.cop,
            capacity_kwh_per_k=tank.capacity_kwh_per_k,
            loss_kw_per_k=load.loss_kw_per_k,
            ambient_c=tank.ambient_c,
            draw_kw=self.mean(self.draw_kw[name], horizon),
            temperature_c=tank.temperature_c,
            min_c=load.min_c,
            max_c=load.max_c,
            comfort_penalty_per_k_hour=load.comfort_penalty_per_k_hour,
            terminal_value_per_kwh=worth / load.cop,
        )


def _wish(begin: datetime, until: datetime, kwh: float) -> Wish:
    return Wish.model_validate({"from": begin, "until": until, "kwh": kwh})
