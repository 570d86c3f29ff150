"""One look at the home: every reading that the planner needs, through the port, with units checked."""

from datetime import datetime
from typing import Any

from ..config.devices import Ev, Heat, Program, Quota
from ..config.site import Site
from ..domain.series import Slot
from ..planner.readings import BatteryReading, EvReading, LoadReading, Overrides, Readings
from .history import Hours, baseline_history, baseline_terms, slots
from .port import Home
from .price_sources import nordpool_slots
from .pv_sources import solcast_slots
from .readings import clock, energy_kwh, fraction, is_on, known, number, power_kw, temperature_c


def look(home: Home, site: Site, past: dict[str, Hours], now: datetime) -> Readings:
    """Everything as it stands now; ``past``: hourly means by entity."""
    terms = baseline_terms(site)
    return Readings(
        now=now,
        spot=nordpool_slots(home.attributes(site.prices.import_.entity)),
        import_limit_kw=_limit_kw(home, site.grid.import_limit_kw),
        export_limit_kw=_limit_kw(home, site.grid.export_limit_kw),
        import_counter_kwh=energy_kwh(home, site.grid.import_energy) if site.grid.import_energy else None,
        baseline_kw=baseline_now(home, terms),
        history=baseline_history(past, terms) if terms is not None else (),
        pv_kw={name: power_kw(home, plant.power) if plant.power else None for name, plant in site.pv.items()},
        pv_forecast={
            name: solcast_slots([home.attributes(entity) for entity in plant.forecast.entities])
            for name, plant in site.pv.items()
        },
        pv_history={name: _past(past, plant.power) for name, plant in site.pv.items()},
        batteries={name: _battery(home, site, name) for name in site.batteries},
        evs={name: _ev(home, ev) for name, ev in site.evs.items()},
        loads={name: _load(home, site, name) for name in site.loads},
        overrides=overrides(home, site),
    )


def measured_now(home: Home, site: Site) -> dict[str, Any]:
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


def override_entity(device: str, kind: str) -> str:
    """The switch of an override: ``input_boolean.hems_car_off``."""
    return f"input_boolean.hems_{device}_{kind}"


CONTROL_ENTITY = "input_boolean.hems_control"
OVERRIDE_KINDS = ("off", "manual", "boost")


def controllable(site: Site) -> tuple[str, ...]:
    """Devices that have overrides: batteries, cars and loads. PV has none: it gives what it can."""
    return (*site.batteries, *site.evs, *site.loads)


def overrides(home: Home, site: Site) -> Overrides:
    """The overrides that are on; a switch that does not exist is off."""
    found = {
        kind: frozenset(d for d in controllable(site) if is_on(home, override_entity(d, kind)))
        for kind in OVERRIDE_KINDS
    }
    return Overrides(**found)


def baseline_now(home: Home, terms: list[tuple[str, float]] | None) -> float | None:
    """The baseline load of this moment in kW; None where the meter or a sensor is not known."""
    if terms is None:
        return None
    powers = [(power_kw(home, entity), sign) for entity, sign in terms]
    if any(kw is None for kw, _ in powers):
        return None
    return max(sum(kw * sign for kw, sign in powers if kw is not None), 0.0)


def _grid(home: Home, site: Site) -> tuple[float | None, float | None]:
    kw = power_kw(home, site.grid.power.entity)
    if kw is None:
        return None, None
    kw = kw if site.grid.power.positive == "import" else -kw
    return max(kw, 0.0), max(-kw, 0.0)


def _literal(home: Home, value: float | str | None) -> float | None:
    """A number of apps.yaml: the literal itself, or what its entity says."""
    return number(home, value) if isinstance(value, str) else value


def _limit_kw(home: Home, value: float | str | None) -> float | None:
    """A limit in kW; None where there is none, or its entity's power is not known or below zero."""
    kw = power_kw(home, value) if isinstance(value, str) else value
    return kw if kw is not None and kw >= 0 else None


def _past(past: dict[str, Hours], entity: str | None) -> tuple[Slot, ...]:
    return slots(past.get(entity, {})) if entity else ()


def _battery(home: Home, site: Site, name: str) -> BatteryReading:
    battery = site.batteries[name]
    capacity = energy_kwh(home, battery.capacity_kwh) if isinstance(battery.capacity_kwh, str) else battery.capacity_kwh
    kw = power_kw(home, battery.power.entity) if battery.power else None
    if kw is None or battery.power is None:
        return BatteryReading(fraction(home, battery.soc), capacity)
    out = kw if battery.power.positive == "discharge" else -kw
    return BatteryReading(fraction(home, battery.soc), capacity, max(-out, 0.0), max(out, 0.0))


def _ev(home: Home, ev: Ev) -> EvReading:
    plug = known(home.state(ev.connected))
    wish = ev.target_soc
    return EvReading(
        connected=None if plug is None else plug in ev.connected_states,
        soc=fraction(home, ev.soc),
        power_kw=power_kw(home, ev.power) if ev.power else None,
        ready_by=clock(home, ev.ready_by) if isinstance(ev.ready_by, str) else ev.ready_by,
        target_soc=fraction(home, wish) if isinstance(wish, str) else wish,
    )


def _load(home: Home, site: Site, name: str) -> LoadReading:
    load = site.loads[name]
    return LoadReading(
        on=is_on(home, load.switch) if load.switch else None,
        power_kw=power_kw(home, load.power) if load.power else None,
        requested=is_on(home, load.requested) if isinstance(load, Program) and load.requested else None,
        temperature_c=temperature_c(home, load.temperature) if isinstance(load, Heat) else None,
        ambient_c=_ambient(home, load) if isinstance(load, Heat) else None,
        hours_per_day=_literal(home, load.hours_per_day) if isinstance(load, Quota) else None,
    )


def _ambient(home: Home, load: Heat) -> float | None:
    return temperature_c(home, load.ambient_c) if isinstance(load.ambient_c, str) else load.ambient_c
