"""One look at the physical home: the readings that Home Assistant would give at that moment."""

from datetime import datetime, timedelta
from typing import Protocol

import numpy as np

from ..config.devices import Quota
from ..config.site import Site
from ..domain.faults import Refused
from ..domain.series import Slot
from ..planner.readings import BatteryReading, EvReading, LoadReading, Readings
from .home import Flow, PhysicalHome
from .prices import Published
from .series import Series, Values

# As much of the past as the planner reads from Home Assistant's statistics, and what stands in for a PV forecast.
_HISTORY, _PV_HISTORY = timedelta(days=28), timedelta(days=3)
_HOUR = timedelta(hours=1)


class PvForecast(Protocol):
    """What a forecast service says at a moment."""

    def slots(self, now: datetime, plant: str) -> tuple[Slot, ...]:
        """Mean powers in kW of coming periods."""
        ...


class Look:
    """Makes readings of a home over a series. What is the same for an hour or a day is made once."""

    def __init__(self, site: Site, series: Series, published: Published, forecast: PvForecast) -> None:
        self._site, self._series, self._published, self._forecast = site, series, published, forecast
        self._load_hours = _hours(series, series.load_kw)
        self._pv_hours = {name: _hours(series, kw) for name, kw in series.pv_kw.items()}
        self._key: datetime | None = None
        self._history: tuple[Slot, ...] = ()
        self._pv_history: dict[str, tuple[Slot, ...]] = {}

    def __call__(self, now: datetime, home: PhysicalHome, flow: Flow) -> Readings:
        """The readings at ``now``; ``flow``: the powers of the moment before."""
        site, series = self._site, self._series
        self._refresh(now)
        before = max(0, series.step_at(now - timedelta(seconds=1)) if now > series.start else 0)
        return Readings(
            now=now,
            spot=self._published.slots(now),
            import_limit_kw=_literal("grid.import_limit_kw", site.grid.import_limit_kw),
            export_limit_kw=_literal("grid.export_limit_kw", site.grid.export_limit_kw),
            baseline_kw=float(series.load_kw[before]),
            history=self._history,
            pv_kw={name: float(kw[before]) for name, kw in series.pv_kw.items()},
            pv_forecast={name: self._forecast.slots(now, name) for name in series.pv_kw},
            pv_history=self._pv_history,
            batteries={
                name: BatteryReading(battery.store.soc, battery.store.capacity_kwh)
                for name, battery in home.batteries.items()
            },
            evs={name: self._car(name, home, flow) for name in home.cars},
            loads={name: self._load(name, home, flow) for name in site.loads},
        )

    def _refresh(self, now: datetime) -> None:
        hour = now.replace(minute=0, second=0, microsecond=0)
        if hour != self._key:
            self._key = hour
            self._history = _between(self._load_hours, self._series, hour - _HISTORY, hour)
            self._pv_history = {
                name: _between(hours, self._series, hour - _PV_HISTORY, hour) for name, hours in self._pv_hours.items()
            }

    def _car(self, name: str, home: PhysicalHome, flow: Flow) -> EvReading:
        config = self._site.evs[name]
        if isinstance(config.ready_by, str) or isinstance(config.target_soc, str):
            raise Refused([f"evs.{name}: ready_by and target_soc are entities; write a time and a number to simulate"])
        return EvReading(
            connected=home.plugged[name],
            soc=min(1.0, home.cars[name].soc),
            power_kw=flow.devices.get(name, 0.0),
            ready_by=config.ready_by,
            target_soc=config.target_soc,
        )

    def _load(self, name: str, home: PhysicalHome, flow: Flow) -> LoadReading:
        config, tank = self._site.loads[name], home.tanks.get(name)
        hours = _literal(f"loads.{name}.hours_per_day", config.hours_per_day) if isinstance(config, Quota) else None
        return LoadReading(
            on=home.on[name],
            power_kw=flow.devices.get(name, 0.0),
            requested=home.requested[name],
            temperature_c=tank.temperature_c if tank is not None else None,
            ambient_c=tank.ambient_c if tank is not None else None,
            hours_per_day=hours,
        )


def _literal(path: str, value: float | str | None) -> float | None:
    if isinstance(value, str):
        raise Refused([f"{path}: {value} is an entity; write its number to simulate"])
    return value


def _hours(series: Series, values: Values) -> list[Slot]:
    """Means of the whole hours of the series."""
    per_hour = round(60 / series.step_minutes)
    first = int(-(series.start.timestamp() // -3600) * 3600 - series.start.timestamp()) // round(
        60 * series.step_minutes
    )
    whole = (len(values) - first) // per_hour
    means = np.asarray(values[first : first + whole * per_hour]).reshape(whole, per_hour).mean(axis=1).tolist()
    begin = series.time(first)
    return [Slot(begin + k * _HOUR, begin + (k + 1) * _HOUR, mean) for k, mean in enumerate(means)]


def _between(hours: list[Slot], series: Series, begin: datetime, end: datetime) -> tuple[Slot, ...]:
    if not hours:
        return ()
    first = max(0, int((begin - hours[0].begin) / _HOUR))
    return tuple(hours[first : max(first, int((end - hours[0].begin) / _HOUR))])
