"""Cars of the problem: when they are at home, what they drive, and what the family wishes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from ..config.devices import Ev as EvConfig
from ..config.site import Site
from ..domain.battery import SocTarget
from ..domain.ev import Ev
from ..domain.horizon import Horizon
from .car_memory import CarMemory
from .car_trips import at_home, driving_kw, likely_trips
from .car_wishes import CarWishes
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

    A wish that apps.yaml does not give is learned (``CarWishes``). What it holds above its target saves the cheapest charging to come: a little less than the least ``import_price``. So
    it takes surplus that would be sold for less, and buys nothing for it. Off and manual: nothing is planned for it.
    Boost: full as soon as can be.
    """
    for name, config in site.evs.items():
        reading = readings.evs.get(name)
        override = readings.overrides.of(name)
        known = memory.cars.get(name, CarMemory())
        soc = known.soc_now(reading, config.battery_kwh, config.charge_efficiency) if reading is not None else None
        if reading is None or soc is None or reading.connected is None:
            notes.say(f"{name}: its state of charge or its plug is not known; nothing is planned for it")
            continue
        free = override not in ("off", "manual")
        wishes = _wishes(config, replace(reading, soc=soc), known, horizon, zone)
        targets = tuple(_targets(wishes, horizon, override, readings.overrides.vacation)) if free else ()
        note = wishes.note(name, targets[0]) if targets and override != "boost" else None
        if note is not None:
            notes.say(note)
        connected, driven = _stays(wishes, horizon)
        yield Ev(
            name=name,
            battery_kwh=config.battery_kwh,
            soc=soc,
            soc_max=config.soc_max,
            connected=tuple(free and stays for stays in connected),
            driving_kw=driven,
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


def _wishes(config: EvConfig, reading: EvReading, known: CarMemory, horizon: Horizon, zone: tzinfo) -> CarWishes:
    trips = likely_trips(known, reading, config.battery_kwh, horizon, zone)
    return CarWishes(config, reading, trips, known.habits(zone, horizon.start) if trips is not None else None, zone)


def _stays(wishes: CarWishes, horizon: Horizon) -> tuple[tuple[bool, ...], tuple[float, ...]]:
    """Whether it is at home for all of each step, and what driving takes in kW; empty where that is not known."""
    if wishes.trips is not None:
        return tuple(at_home(wishes.trips, horizon)), tuple(driving_kw(wishes.trips, horizon))
    leaves = next(wishes.ready_times(horizon), horizon.end + timedelta(days=1))
    connected = bool(wishes.reading.connected)
    return tuple(connected and horizon.time(k + 1) <= leaves for k in range(horizon.steps)), ()


def _targets(wishes: CarWishes, horizon: Horizon, override: str | None, away: bool) -> Iterator[SocTarget]:
    """Full as soon as can be with boost; else what is wished, and nothing while the family is away."""
    if override == "boost" and wishes.reading.connected:
        config = wishes.config
        yield SocTarget(at=_full_at(config, wishes.reading.soc or 0.0, horizon.start), soc=config.soc_max)
    elif not away:
        yield from wishes.targets(horizon)


def _full_at(config: EvConfig, soc: float, now: datetime) -> datetime:
    """The earliest instant at which the car can be full, a minute added."""
    power = (config.max_kw, config.charge_efficiency)
    hours = hours_to_full((soc, config.soc_max), config.battery_kwh, power, config.charge_curve)
    return now + timedelta(hours=hours, minutes=1)
