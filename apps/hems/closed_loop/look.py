"""One look at the physical home: the readings that Home Assistant would give at that moment."""

from datetime import datetime, timedelta
from typing import Protocol

import numpy as np

from ..config.loads import Quota
from ..config.site import Site
from ..domain.faults import Refused
from ..domain.series import Slot
from ..planner.readings import BatteryReading, EvReading, LoadReading, Readings
from .home import Flow, PhysicalHome
from .prices import Published
from .series import Series, Values

# As much of the past as the planner reads: Home Assistant keeps hourly means for ever and finer ones for ten days.
_HISTORY, _FINE_HISTORY, _PV_HISTORY = timedelta(days=28), timedelta(days=10), timedelta(days=22)
_HOUR, _HALF_HOUR = timedelta(hours=1), timedelta(minutes=30)


class PvForecast(Protocol):
    """What a forecast service says at a moment."""

    def slots(self, now: datetime, plant: str) -> tuple[Slot, ...]:
        """Mean powers in kW of coming periods."""
        ...


class Look:
    """Makes readings of a home over a series. What is the same for an hour or a day is made once."""

    def __init__(self, site: Site, series: Series, published: Published, forecast: PvForecast) -> None:
        self._site, self._series, self._published, self._forecast = site, series, published, forecast
        self._load_hours = _means(series, series.load_kw, _HOUR)
        self._load_half_hours = _means(series, series.load_kw, _HALF_HOUR)
        self._pv_hours = {name: _means(series, kw, _HOUR) for name, kw in series.pv_kw.items()}
        self._key: datetime | None = None
        self._history: tuple[Slot, ...] = ()
        self._pv_history: dict[str, tuple[Slot, ...]] = {}
        self._issued: dict[str, dict[datetime, Slot]] = {name: {} for name in series.pv_kw}
        self._issued_slots: dict[str, tuple[Slot, ...]] = {}

    def __call__(self, now: datetime, home: PhysicalHome, flow: Flow) -> Readings:
        """The readings at ``now``; ``flow``: the powers of the moment before."""
        site, series, seen = self._site, self._series, devices(self._site, now, home, flow)
        self._refresh(now)
        before = max(0, series.step_at(now - timedelta(seconds=1)) if now > series.start else 0)
        return Readings(
            now=now,
            spot=self._published.slots(now),
            export_spot=self._published.slots(now),
            price_history=self._published.history(now),
            import_limit_kw=_literal("grid.import_limit_kw", site.grid.import_limit_kw),
            export_limit_kw=_literal("grid.export_limit_kw", site.grid.export_limit_kw),
            baseline_kw=float(series.load_kw[before]),
            history=self._history,
            pv_kw={name: float(kw[before]) for name, kw in series.pv_kw.items()},
            pv_forecast={name: self._forecast.slots(now, name) for name in series.pv_kw},
            pv_history=self._pv_history,
            pv_forecast_history=self._issued_slots,
            batteries=seen.batteries,
            evs=seen.evs,
            loads=seen.loads,
        )

    def _refresh(self, now: datetime) -> None:
        half_hour = now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0)
        if half_hour == self._key:
            return
        self._key, fine, series = (
            half_hour,
            (now - _FINE_HISTORY).replace(minute=0, second=0, microsecond=0),
            self._series,
        )
        hour = now.replace(minute=0, second=0, microsecond=0)
        coarse = _between(self._load_hours, hour - _HISTORY, fine)
        self._history = (*coarse, *_between(self._load_half_hours, fine, half_hour))
        if not self._pv_history or hour == half_hour:
            for name, hours in self._pv_hours.items():
                self._pv_history[name] = _between(hours, hour - _PV_HISTORY, hour)
                self._keep_issued(name, max(hour - _PV_HISTORY, series.time(0)), hour)

    def _keep_issued(self, plant: str, begin: datetime, hour: datetime) -> None:
        """What the service said of each hour when it came, as the suite's own store keeps it."""
        known = self._issued[plant]
        begin = begin.replace(minute=0, second=0, microsecond=0)
        for back in range(round((hour - begin) / _HOUR) + 1):
            at = hour - back * _HOUR
            if at in known:
                break
            said = [slot for slot in self._forecast.slots(at, plant) if slot.begin < at + _HOUR and slot.end > at]
            if said:  # an hour that the service did not cover says nothing
                known[at] = Slot(at, at + _HOUR, sum(slot.value for slot in said) / len(said))
        for at in [at for at in known if at < begin]:
            del known[at]
        self._issued_slots[plant] = tuple(known[at] for at in sorted(known))


def devices(site: Site, now: datetime, home: PhysicalHome, flow: Flow) -> Readings:
    """Of the readings at ``now`` those of batteries, cars and loads."""
    return Readings(
        now=now,
        batteries={
            name: BatteryReading(battery.store.soc, battery.store.capacity_kwh)
            for name, battery in home.batteries.items()
        },
        evs={name: _car(site, name, home, flow) for name in home.cars},
        loads={name: _load(site, name, home, flow) for name in site.loads},
    )


def _car(site: Site, name: str, home: PhysicalHome, flow: Flow) -> EvReading:
    config = site.evs[name]
    ready_by, target_soc = config.ready_by_or_usual, config.target_soc_or_usual
    if isinstance(ready_by, str) or isinstance(target_soc, str):
        raise Refused([f"evs.{name}: ready_by and target_soc are entities; write a time and a number to simulate"])
    return EvReading(
        connected=home.plugged[name],
        soc=min(1.0, home.cars[name].soc),
        power_kw=flow.devices.get(name, 0.0),
        ready_by=ready_by,
        target_soc=target_soc,
    )


def _load(site: Site, name: str, home: PhysicalHome, flow: Flow) -> LoadReading:
    config, tank = site.loads[name], home.tanks.get(name)
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


def _means(series: Series, values: Values, length: timedelta) -> list[Slot]:
    """Means of the whole hours, or half-hours, of the series."""
    minutes = length / timedelta(minutes=1)
    per_slot = max(1, round(minutes / series.step_minutes))
    length = max(length, timedelta(minutes=series.step_minutes))
    seconds = length.total_seconds()
    first = round(
        (-(series.start.timestamp() // -seconds) * seconds - series.start.timestamp()) / 60 / series.step_minutes
    )
    whole = (len(values) - first) // per_slot
    means = np.asarray(values[first : first + whole * per_slot]).reshape(whole, per_slot).mean(axis=1).tolist()
    begin = series.time(first)
    return [Slot(begin + k * length, begin + (k + 1) * length, mean) for k, mean in enumerate(means)]


def _between(slots: list[Slot], begin: datetime, end: datetime) -> tuple[Slot, ...]:
    if not slots:
        return ()
    length = slots[0].end - slots[0].begin
    first = max(0, -((slots[0].begin - begin) // length))
    return tuple(slots[first : max(first, (end - slots[0].begin) // length)])
