"""One look at the home: every reading that the planner needs, through the port, with units checked."""

from datetime import datetime, timedelta
from typing import Any

from ..config.devices import Ev
from ..config.helpers import controllable, override_entity, override_kinds
from ..config.loads import Heat, Program, Quota
from ..config.site import Site
from ..config.tariff_modes import FreeSessions, SavingSessions
from ..control.overrides import SAME
from ..domain.series import Slot
from ..planner.readings import KINDS, BatteryReading, EvReading, LoadReading, Overrides, Readings
from ..planner.tariff_sessions import FoundSession, sessions_in
from .feed_slots import overlaid
from .feeds import EXPORT, IMPORT, OUTDOOR, Feeds, forecast_name
from .held import (
    CAPACITY,
    CAR_SOC,
    CLOCK,
    COUNTER,
    LIMIT,
    NUMBER,
    PLUG,
    POWER,
    SESSIONS_HELD,
    SOC,
    SWITCH,
    TARGET,
    TEMPERATURE,
    WISH,
    Senses,
    Sort,
)
from .history import baseline_terms
from .inputs import Inputs
from .known_past import KnownPast
from .port import States
from .readings import fraction, power_kw, temperature_c

# What a thermometer says now is taken to hold for so long.
_OUTDOOR_NOW = timedelta(hours=1)
# Weather changes by a degree or two in half an hour.
_THERMOMETER: Sort[float] = Sort(
    "temperature", temperature_c, timedelta(minutes=30), "the load forecast does without it", "°C or °F"
)


def look(home: States, site: Site, past: KnownPast, now: datetime, inputs: Inputs | None = None) -> Readings:
    """Everything as it stands now; ``past``: what was read of the past.

    ``inputs``: what is held from one look to the next; without it, what fails is not known.
    """
    kept = inputs if inputs is not None else Inputs(site)
    senses = kept.begin(home, now)
    feeds, terms = kept.feeds, baseline_terms(site)
    bounds = {name: feeds.bounds(forecast_name(name), now) for name in site.pv}
    return Readings(
        now=now,
        spot=feeds.spot(IMPORT, now),
        export_spot=feeds.spot(EXPORT, now),
        price_history=feeds.past(IMPORT, now),
        saving_sessions=_sessions(senses, site.prices.saving_sessions),
        free_sessions=_sessions(senses, site.prices.free_sessions),
        import_limit_kw=_limit_kw(senses, site.grid.import_limit_kw),
        export_limit_kw=_limit_kw(senses, site.grid.export_limit_kw),
        import_counter_kwh=senses.read(COUNTER, site.grid.import_energy) if site.grid.import_energy else None,
        baseline_kw=_baseline(senses, terms),
        history=past.baseline.slots,
        pv_kw={name: senses.read(POWER, plant.power) if plant.power else None for name, plant in site.pv.items()},
        pv_forecast={name: feeds.series(forecast_name(name), now) for name in site.pv},
        pv_forecast_low={name: low for name, (low, _) in bounds.items()},
        pv_forecast_high={name: high for name, (_, high) in bounds.items()},
        pv_history={name: past.pv.get(name, ()) for name in site.pv},
        pv_forecast_history={name: feeds.past(forecast_name(name), now) for name in site.pv},
        pv_curtailed={name: (*past.curtailed.get(name, ()), *kept.curtailed(name)) for name in site.pv},
        outdoor_c=_outdoor(senses, site, feeds, now),
        outdoor_history=past.outdoor_c,
        batteries={name: _battery(senses, site, name) for name in site.batteries},
        evs={name: _ev(senses, ev) for name, ev in site.evs.items()},
        loads={name: _load(senses, site, name) for name in site.loads},
        overrides=_overrides(senses, site),
        problems=kept.end(senses, now),
    )


def measured_now(home: States, site: Site) -> dict[str, Any]:
    """Powers in kW and states of charge of this moment, for the page; what is not known is left out."""
    imported, exported = _grid(home, site)
    plants = [power_kw(home, plant.power) if plant.power else None for plant in site.pv.values()]
    powers = {
        "import_kw": imported,
        "export_kw": exported,
        "pv_kw": sum(kw for kw in plants if kw is not None) if plants and None not in plants else None,
        "load_kw": baseline_now(home, baseline_terms(site)),
    }
    soc = {name: fraction(home, battery.soc) for name, battery in site.batteries.items()}
    soc |= {name: fraction(home, ev.soc) for name, ev in site.evs.items()}
    known_powers: dict[str, Any] = {key: kw for key, kw in powers.items() if kw is not None}
    return known_powers | {"soc": {name: value for name, value in soc.items() if value is not None}}


def _overrides(senses: Senses, site: Site) -> Overrides:
    """The switches that are on; what the dispatcher knows of their time, where it runs, takes their place."""
    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for device in controllable(site):
        for kind in override_kinds(site, device):
            if senses.read(WISH, override_entity(device, kind)):
                found[SAME.get(kind, kind)].add(device)
    sets: dict[str, Any] = {kind: frozenset(devices) for kind, devices in found.items()}
    return Overrides(**sets)


def baseline_now(home: States, terms: list[tuple[str, float]] | None) -> float | None:
    """The baseline load of this moment in kW; None where the meter or a sensor is not known."""
    return _balance([(power_kw(home, entity), sign) for entity, sign in terms]) if terms is not None else None


def _baseline(senses: Senses, terms: list[tuple[str, float]] | None) -> float | None:
    return _balance([(senses.read(POWER, entity), sign) for entity, sign in terms]) if terms is not None else None


def _balance(powers: list[tuple[float | None, float]]) -> float | None:
    if any(kw is None for kw, _ in powers):
        return None
    return max(sum(kw * sign for kw, sign in powers if kw is not None), 0.0)


def _grid(home: States, site: Site) -> tuple[float | None, float | None]:
    kw = power_kw(home, site.grid.power.entity)
    if kw is None:
        return None, None
    kw = kw if site.grid.power.positive == "import" else -kw
    return max(kw, 0.0), max(-kw, 0.0)


def _limit_kw(senses: Senses, value: float | str | None) -> float | None:
    """A limit in kW; None where there is none, or its entity's power is not known or below zero."""
    kw = senses.read(LIMIT, value) if isinstance(value, str) else value
    return kw if kw is not None and kw >= 0 else None


def _sessions(senses: Senses, config: SavingSessions | FreeSessions | None) -> tuple[FoundSession, ...]:
    """The sessions that an entity lists. An event that has not come yet is unknown: there are none."""
    if config is None or config.entity is None:
        return ()

    def read(states: States, entity: str) -> tuple[FoundSession, ...] | None:
        away = states.state(entity) in (None, "unavailable")
        return None if away else sessions_in(states.attributes(entity), senses.zone)

    return senses.read(Sort("sessions", read, SESSIONS_HELD, "there are none"), config.entity) or ()


def _outdoor(senses: Senses, site: Site, feeds: Feeds, now: datetime) -> tuple[Slot, ...]:
    """The forecast, and for the next hour what the thermometer says."""
    forecast = feeds.series(OUTDOOR, now)
    entity = site.outdoor.temperature if site.outdoor is not None else None
    measured = senses.read(_THERMOMETER, entity) if entity is not None else None
    return overlaid(forecast, [Slot(now, now + _OUTDOOR_NOW, measured)]) if measured is not None else forecast


def _battery(senses: Senses, site: Site, name: str) -> BatteryReading:
    battery = site.batteries[name]
    size = battery.capacity_kwh
    capacity = senses.read(CAPACITY, size) if isinstance(size, str) else size
    soc = senses.read(SOC, battery.soc)
    kw = senses.read(POWER, battery.power.entity) if battery.power else None
    if kw is None or battery.power is None:
        return BatteryReading(soc, capacity)
    out = kw if battery.power.positive == "discharge" else -kw
    return BatteryReading(soc, capacity, max(-out, 0.0), max(out, 0.0))


def _ev(senses: Senses, ev: Ev) -> EvReading:
    plug = senses.read(PLUG, ev.connected)
    connected = None if plug is None else plug in ev.connected_states
    soc = senses.read(CAR_SOC, ev.soc)
    if connected is False:
        senses.forgive(ev.soc)  # a car that is away may well be out of reach
    return EvReading(
        connected=connected,
        soc=soc,
        power_kw=senses.read(POWER, ev.power) if ev.power else None,
        ready_by=senses.read(CLOCK, ev.ready_by) if isinstance(ev.ready_by, str) else ev.ready_by,
        target_soc=senses.read(TARGET, ev.target_soc) if isinstance(ev.target_soc, str) else ev.target_soc,
    )


def _load(senses: Senses, site: Site, name: str) -> LoadReading:
    load = site.loads[name]
    heat = load if isinstance(load, Heat) else None
    return LoadReading(
        on=senses.read(SWITCH, load.switch) if load.switch else None,
        power_kw=senses.read(POWER, load.power) if load.power else None,
        requested=senses.read(WISH, load.requested) if isinstance(load, Program) and load.requested else None,
        temperature_c=senses.read(TEMPERATURE, heat.temperature) if heat is not None else None,
        ambient_c=_ambient(senses, heat) if heat is not None else None,
        hours_per_day=_hours(senses, load) if isinstance(load, Quota) else None,
    )


def _hours(senses: Senses, load: Quota) -> float | None:
    wish = load.hours_per_day
    return senses.read(NUMBER, wish) if isinstance(wish, str) else wish


def _ambient(senses: Senses, load: Heat) -> float | None:
    return senses.read(TEMPERATURE, load.ambient_c) if isinstance(load.ambient_c, str) else load.ambient_c
