"""Cars of the problem: when they are at home, what they drive, and what the family wishes."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta, tzinfo

from ..config.devices import Ev as EvConfig
from ..config.site import Site
from ..domain.battery import SocTarget
from ..domain.ev import Ev
from ..domain.horizon import Horizon
from .car_memory import CarMemory
from .car_trips import Trip, at_home, driving_kw, likely_trips
from .local_days import local_time
from .memory import Memory
from .readings import EvReading, Readings
from .stores import Says, hours_to_full

# What a kWh in a car is worth, of the price of the cheapest charging that it saves.
_SAVED = 0.9


def evs(
    site: Site,
    readings: Readings,
    memory: Memory,
    horizon: Horizon,
    zone: tzinfo,
    notes: Says,
    import_price: Sequence[float],
) -> Iterator[Ev]:
    """Every car that is known. Where its habits are not, it is taken to stay until it is to be ready and to be away then.

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
        trips = likely_trips(memory.cars.get(name, CarMemory()), reading, config.battery_kwh, horizon, zone)
        free = override not in ("off", "manual")
        connected, driven = _stays(reading, trips, horizon, zone)
        yield Ev(
            name=name,
            battery_kwh=config.battery_kwh,
            soc=reading.soc,
            soc_max=config.soc_max,
            connected=tuple(free and stays for stays in connected),
            driving_kw=driven,
            min_kw=config.min_kw,
            max_kw=config.max_kw,
            charge_efficiency=config.charge_efficiency,
            charge_curve=config.charge_curve,
            targets=tuple(_targets(config, reading, trips, horizon, zone, override)) if free else (),
            from_home_battery=config.from_home_battery,
            surplus_only=config.surplus_only and override != "boost",
            terminal_value_per_kwh=round(max(0.0, _SAVED * min(import_price) / config.charge_efficiency), 6),
            phase=config.phase,
        )


def _stays(
    reading: EvReading, trips: tuple[Trip, ...] | None, horizon: Horizon, zone: tzinfo
) -> tuple[tuple[bool, ...], tuple[float, ...]]:
    """Whether it is at home for all of each step, and what driving takes in kW; empty where that is not known."""
    if trips is not None:
        return tuple(at_home(trips, horizon)), tuple(driving_kw(trips, horizon))
    leaves = next(_ready_times(reading, horizon, zone), horizon.end + timedelta(days=1))
    return tuple(bool(reading.connected) and horizon.time(k + 1) <= leaves for k in range(horizon.steps)), ()


def _targets(
    config: EvConfig,
    reading: EvReading,
    trips: tuple[Trip, ...] | None,
    horizon: Horizon,
    zone: tzinfo,
    override: str | None,
) -> Iterator[SocTarget]:
    """Full as soon as can be with boost; else ready at every such time within the horizon at which it is at home."""
    if override == "boost" and reading.connected:
        yield SocTarget(at=_full_at(config, reading.soc or 0.0, horizon.start), soc=config.soc_max)
        return
    if reading.target_soc is None:
        return
    soc = min(reading.target_soc, config.soc_max)
    for at in _ready_times(reading, horizon, zone):
        if trips is None:
            if reading.connected:
                yield SocTarget(at=at, soc=soc)
            return
        if not any(trip.leaves < at <= trip.back for trip in trips):
            yield SocTarget(at=at, soc=soc)


def _ready_times(reading: EvReading, horizon: Horizon, zone: tzinfo) -> Iterator[datetime]:
    """Every time within the horizon at which the car is to be ready."""
    if reading.ready_by is None:
        return
    day = horizon.start.astimezone(zone).date()
    while (begin := local_time(day, time(), zone)) <= horizon.end:
        at = local_time(day, reading.ready_by, zone)
        if horizon.start < at <= horizon.end:
            yield at
        day = (begin + timedelta(hours=36)).astimezone(zone).date()


def _full_at(config: EvConfig, soc: float, now: datetime) -> datetime:
    """The earliest instant at which the car can be full, a minute added."""
    power = (config.max_kw, config.charge_efficiency)
    hours = hours_to_full((soc, config.soc_max), config.battery_kwh, power, config.charge_curve)
    return now + timedelta(hours=hours, minutes=1)
