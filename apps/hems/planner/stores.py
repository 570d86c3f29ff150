"""Batteries and cars of the problem, with what the family has set."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Protocol

from ..config.devices import Ev as EvConfig
from ..config.site import Site
from ..domain.battery import Battery, SocTarget
from ..domain.charge_curve import CurvePoint, curve_kw
from ..domain.ev import Ev
from ..domain.horizon import Horizon
from .local_days import local_time
from .readings import EvReading, Readings

# A curve is followed in so many parts of the way to full; one that ends at nothing would take for ever.
_PARTS = 50
_SLOWEST = 0.05
# What a kWh in a car is worth, of the price of the cheapest charging that it saves.
_SAVED = 0.9


class Says(Protocol):
    """Takes a sentence for people."""

    def say(self, line: str) -> None:
        """One sentence."""
        ...


def batteries(site: Site, readings: Readings, horizon: Horizon, notes: Says) -> Iterator[Battery]:
    """Every battery whose state of charge is known.

    An action that is absent is never planned: without ``charge`` it charges from PV only, without ``discharge`` it does
    not export. Off: it rests. Manual: it is the family's, so nothing is planned for it. Boost: it fills up.
    """
    for name, config in site.batteries.items():
        reading = readings.batteries.get(name)
        override = readings.overrides.of(name)
        if reading is None or reading.soc is None or reading.capacity_kwh is None or reading.capacity_kwh <= 0:
            notes.say(f"{name}: its state of charge or capacity is not known; it is left to itself")
            continue
        idle = override in ("off", "manual")
        hours = _hours_to_full(
            (reading.soc, config.soc_max),
            reading.capacity_kwh,
            (config.charge_limit_kw, config.charge_efficiency),
            config.charge_curve,
        )
        full = horizon.start + timedelta(hours=hours + 0.02)
        yield Battery(
            name=name,
            capacity_kwh=reading.capacity_kwh,
            soc=reading.soc,
            soc_min=config.soc_min,
            soc_max=config.soc_max,
            charge_limit_kw=0.0 if idle else config.charge_limit_kw,
            discharge_limit_kw=0.0 if idle else config.discharge_limit_kw,
            charge_efficiency=config.charge_efficiency,
            discharge_efficiency=config.discharge_efficiency,
            standing_loss_kw=config.standing_loss_kw,
            wear_cost_per_kwh=config.wear_cost_per_kwh,
            grid_charging=config.actions.charge is not None,
            grid_export=config.actions.discharge is not None,
            charge_curve=config.charge_curve,
            soc_targets=(SocTarget(at=full, soc=config.soc_max),) if override == "boost" else (),
            phase=config.phase,
        )


def evs(
    site: Site, readings: Readings, horizon: Horizon, zone: tzinfo, notes: Says, import_price: Sequence[float]
) -> Iterator[Ev]:
    """Every car that is known. It is taken to stay until ``ready_by`` and to be away afterwards.

    What it holds above its target saves the cheapest charging to come: a little less than the least ``import_price``. So
    it takes surplus that would be sold for less, and buys nothing for it. Off and manual: nothing is planned for it.
    Boost: full as soon as can be.
    """
    for name, config in site.evs.items():
        reading = readings.evs.get(name)
        override = readings.overrides.of(name)
        if reading is None or reading.soc is None or reading.connected is None:
            notes.say(f"{name}: its state of charge or its plug is not known; nothing is planned for it")
            continue
        leaves = _leaves(reading, horizon.start, zone)
        stays = reading.connected and override not in ("off", "manual")
        connected = tuple(stays and horizon.time(k + 1) <= leaves for k in range(horizon.steps))
        targets: tuple[SocTarget, ...] = ()
        if stays and override == "boost":
            targets = (SocTarget(at=_full_at(config, reading.soc, horizon.start), soc=config.soc_max),)
        elif stays and reading.target_soc is not None and leaves <= horizon.end:
            targets = (SocTarget(at=leaves, soc=min(reading.target_soc, config.soc_max)),)
        yield Ev(
            name=name,
            battery_kwh=config.battery_kwh,
            soc=reading.soc,
            soc_max=config.soc_max,
            connected=connected,
            min_kw=config.min_kw,
            max_kw=config.max_kw,
            charge_efficiency=config.charge_efficiency,
            charge_curve=config.charge_curve,
            targets=targets,
            from_home_battery=config.from_home_battery,
            surplus_only=config.surplus_only and override != "boost",
            terminal_value_per_kwh=round(max(0.0, _SAVED * min(import_price) / config.charge_efficiency), 6),
            phase=config.phase,
        )


def _leaves(reading: EvReading, now: datetime, zone: tzinfo) -> datetime:
    """The next time at which the car is to be ready; far away where no time is set."""
    if reading.ready_by is None:
        return now + timedelta(days=2)
    today = now.astimezone(zone).date()
    times = (local_time(today + timedelta(days=days), reading.ready_by, zone) for days in (0, 1, 2))
    return next(time for time in times if time > now)


def _full_at(config: EvConfig, soc: float, now: datetime) -> datetime:
    """The earliest instant at which the car can be full, a minute added."""
    power = (config.max_kw, config.charge_efficiency)
    hours = _hours_to_full((soc, config.soc_max), config.battery_kwh, power, config.charge_curve)
    return now + timedelta(hours=hours, minutes=1)


def _hours_to_full(
    socs: tuple[float, float], capacity_kwh: float, power: tuple[float, float], curve: tuple[CurvePoint, ...]
) -> float:
    """Hours from one state of charge to another at full ``power`` (kW, efficiency), slower where the curve says so."""
    low, high = socs
    limit_kw, efficiency = power[0] or 1.0, power[1]
    part = max(high - low, 0.0) / _PARTS
    hours = 0.0
    for number in range(_PARTS):
        kw = min(limit_kw, curve_kw(curve, low + (number + 0.5) * part))
        hours += part * capacity_kwh / (max(kw, limit_kw * _SLOWEST) * efficiency)
    return hours
