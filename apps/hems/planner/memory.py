"""What must survive a restart: what each load has done today, what runs since when, which windows are done,
what was imported today.

Pure: ``observe`` makes the next memory from the last one and what is read now.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from ..config.loads import Heat, Program
from ..config.site import Site
from ..domain.quantity import parse_time
from .car_memory import CarMemory, car_from_dict, car_to_dict, observe_car
from .draws import Draws, draws_from_dict, draws_to_dict, observe_draw
from .imported import Imported, imported_from_dict, imported_to_dict, observe_import
from .local_days import local_time
from .readings import LoadReading, Readings

# After a longer silence (a restart, a lost connection) it is not known what ran in between, so nothing is counted.
# Looks come once a step at least, so a silence is more than a step and a bit.
_LONGEST_GAP, _LATE = timedelta(minutes=20), timedelta(minutes=5)

# Machines end a little before or after the program that was written down for them.
_NEARLY = 0.9


@dataclass(frozen=True)
class LoadMemory:
    """``on_since``: when it was last switched on (None: it is off); ``kwh`` used on the local day ``day``;
    ``done_until``: the end of the window in which its program has last been run."""

    on_since: datetime | None = None
    day: str = ""
    kwh: float = 0.0
    done_until: datetime | None = None


@dataclass(frozen=True)
class Memory:
    """By load, when it was last written, what was imported, what was drawn from each tank, how each car was seen."""

    seen: datetime | None = None
    loads: dict[str, LoadMemory] = field(default_factory=dict)
    imported: Imported = field(default_factory=Imported)
    draws: dict[str, Draws] = field(default_factory=dict)
    cars: dict[str, CarMemory] = field(default_factory=dict)

    def of(self, load: str) -> LoadMemory:
        """A load's memory; an empty one where there is none."""
        return self.loads.get(load, LoadMemory())


def observe(memory: Memory, site: Site, readings: Readings, zone: tzinfo) -> Memory:
    """The memory after this look: energy of the time since the last one, programs that have come to their end."""
    elapsed = readings.now - memory.seen if memory.seen is not None else timedelta()
    if not timedelta() <= elapsed <= max(_LONGEST_GAP, timedelta(minutes=site.step_minutes) + _LATE):
        elapsed = timedelta()
    loads, draws = {}, {}
    for name, load in site.loads.items():
        reading = readings.loads.get(name, LoadReading(None))
        before = memory.of(name)
        nominal = load.power_kw if not isinstance(load, Program) else sum(load.program_kw) / len(load.program_kw)
        used = _used_kwh(before, reading, elapsed, nominal)
        loads[name] = _observed(before, reading, readings.now, used, zone)
        if isinstance(load, Program):
            loads[name] = _program_done(before, loads[name], load, readings.now, zone)
        if isinstance(load, Heat):
            known = memory.draws.get(name, Draws())
            heat = reading.temperature_c if _heat_is_known(before, reading) else None, reading.ambient_c
            draws[name] = observe_draw(known, load, *heat, used, readings.now, elapsed, zone)
    imported = observe_import(memory.imported, readings.import_counter_kwh, readings.now, zone)
    cars = {
        name: observe_car(
            memory.cars.get(name, CarMemory()),
            car.connected,
            car.soc,
            readings.now,
            zone,
            (car.power_kw or 0.0) * elapsed.total_seconds() / 3600,
        )
        for name, car in readings.evs.items()
    }
    return Memory(readings.now, loads, imported, draws, cars)


def _heat_is_known(before: LoadMemory, reading: LoadReading) -> bool:
    """Whether anything says what was heated: without it, what a tank gained would be taken for less drawn."""
    return reading.power_kw is not None or reading.on is not None or before.on_since is not None


def _used_kwh(before: LoadMemory, reading: LoadReading, elapsed: timedelta, nominal_kw: float) -> float:
    """The measured power, or the nominal one while it was on, times the time since the last look.

    A load that is switched by actions has nothing that says whether it is on: what it took is what was measured.
    """
    was_on = before.on_since is not None
    measured = reading.power_kw if was_on or reading.on is None else 0.0
    power = measured if measured is not None else nominal_kw if was_on else 0.0
    return power * elapsed.total_seconds() / 3600


def _observed(before: LoadMemory, reading: LoadReading, now: datetime, used_kwh: float, zone: tzinfo) -> LoadMemory:
    """The day's energy, and since when it is on."""
    day = now.astimezone(zone).date().isoformat()
    kwh = used_kwh + (before.kwh if before.day == day else 0.0)
    on_since = before.on_since
    if reading.on is True:
        on_since = before.on_since or now
    elif reading.on is False:
        on_since = None
    return replace(before, on_since=on_since, day=day, kwh=kwh)


def _program_done(before: LoadMemory, memory: LoadMemory, load: Program, now: datetime, zone: tzinfo) -> LoadMemory:
    """A program that has run for its length, or nearly so when it switched itself off, is done for the window of its start."""
    length = timedelta(minutes=len(load.program_kw) * load.program_step_minutes)
    needed = length if memory.on_since is not None else length * _NEARLY
    if before.on_since is None or now - before.on_since < needed:
        return memory
    return replace(memory, done_until=window_around(load.window, before.on_since, zone)[1])


def window_around(window: Any, now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """The daily window (local times) that contains ``now``, or else the next one, in UTC."""
    begin, end = window
    today = now.astimezone(zone).date()
    for days in (-1, 0, 1, 2):
        opens = local_time(today + timedelta(days=days), begin, zone)
        closes = local_time(today + timedelta(days=days + (end <= begin)), end, zone)
        if closes > now:
            return opens, closes
    raise AssertionError("a daily window closes within two days")


def memory_to_dict(memory: Memory) -> dict[str, Any]:
    """As JSON values."""

    def text(time: datetime | None) -> str | None:
        return time.isoformat() if time else None

    loads = {
        name: {"on_since": text(m.on_since), "day": m.day, "kwh": m.kwh, "done_until": text(m.done_until)}
        for name, m in memory.loads.items()
    }
    draws = {name: draws_to_dict(one) for name, one in memory.draws.items()}
    imported = imported_to_dict(memory.imported)
    cars = {name: car_to_dict(one) for name, one in memory.cars.items()}
    return {"seen": text(memory.seen), "loads": loads, "imported": imported, "draws": draws, "cars": cars}


def memory_from_dict(document: Any) -> Memory:
    """From JSON values; what cannot be read is forgotten (an empty memory is always safe)."""
    try:
        loads = {
            str(name): LoadMemory(
                on_since=parse_time(m["on_since"]) if m["on_since"] else None,
                day=str(m["day"]),
                kwh=float(m["kwh"]),
                done_until=parse_time(m["done_until"]) if m["done_until"] else None,
            )
            for name, m in document["loads"].items()
        }
        seen = parse_time(document["seen"]) if document["seen"] else None
        draws = {str(name): draws_from_dict(one) for name, one in document.get("draws", {}).items()}
        cars = {str(name): car_from_dict(one) for name, one in document.get("cars", {}).items()}
        return Memory(seen, loads, imported_from_dict(document.get("imported")), draws, cars)
    except (KeyError, TypeError, ValueError, AttributeError):
        return Memory()
