"""The user's own home as it can be run again: entities become numbers, and what was never measured is left out."""

from collections.abc import Iterator, Mapping
from datetime import time
from typing import Any

from ..config.devices import Ev
from ..config.loads import Heat, Program, Quota
from ..config.site import Site
from ..domain.faults import Refused, nearest, shown
from ..ha.history import baseline_terms
from ..ha.port import Outcome
from ..ha.readings import clock, energy_kwh, fraction, number, power_kw, temperature_c


class SeenHome:
    """The states of one moment as a home that can be read and not written."""

    def __init__(self, states: Mapping[str, Mapping[str, Any]]) -> None:
        self._states = states

    def state(self, entity: str) -> str | None:
        """The state's text; None where there is no such entity."""
        found = self._states.get(entity)
        return None if found is None else str(found.get("state"))

    def entity_ids(self) -> frozenset[str]:
        """All that were seen."""
        return frozenset(self._states)

    def attributes(self, entity: str) -> Mapping[str, Any]:
        """The attributes; empty where there is no such entity."""
        found = self._states.get(entity, {}).get("attributes")
        return found if isinstance(found, Mapping) else {}

    def call(self, service: str, data: Mapping[str, Any]) -> Outcome:
        """Nothing is ever called."""
        return Outcome(False, "states only")

    def publish(self, entity: str, state: str, attributes: Mapping[str, Any]) -> None:
        """Nothing is ever set."""


def entity_words(home: SeenHome, entity: str) -> str:
    """Why an entity tells nothing: there is none of that name, or what it says."""
    if home.state(entity) is None:
        near = nearest(entity, home.entity_ids())
        return f"Home Assistant knows no {entity}" + (f"; did you mean {near}?" if near else "")
    unit = home.attributes(entity).get("unit_of_measurement")
    return f"{entity} says {shown(home.state(entity))}" + (f" in {unit}" if unit else " without a unit")


def with_numbers(site: Site, home: SeenHome) -> Site:
    """The site with what its entities say now in their place. Raises Refused for each that says nothing of use."""
    faults: list[str] = []

    def literal(path: str, value: Any, found: Any, words: str) -> Any:
        if not isinstance(value, str):
            return value
        if found is None:
            faults.append(f"{path}: {entity_words(home, value)}; write {words} in a copy of the file for the backtest")
        return found

    def limit(name: str, value: float | str | None) -> Any:
        return literal(f"grid.{name}", value, power_kw(home, str(value)), "its number of kW")

    grid = site.grid.model_copy(
        update={name: limit(name, getattr(site.grid, name)) for name in ("import_limit_kw", "export_limit_kw")}
    )
    batteries = {}
    for name, one in site.batteries.items():
        capacity = literal(
            f"batteries.{name}.capacity_kwh", one.capacity_kwh, energy_kwh(home, str(one.capacity_kwh)), "its kWh"
        )
        batteries[name] = one.model_copy(update={"capacity_kwh": capacity})
    evs = {}
    for name, car in site.evs.items():
        update = {
            "ready_by": literal(f"evs.{name}.ready_by", car.ready_by, _clock(home, car.ready_by), 'a time as "07:00"'),
            "target_soc": literal(f"evs.{name}.target_soc", car.target_soc, _target(home, car), "a fraction as 0.8"),
        }
        evs[name] = car.model_copy(update=update)
    loads = {
        name: load.model_copy(update=dict(_of_load(home, name, load, literal))) for name, load in site.loads.items()
    }
    if faults:
        raise Refused(faults)
    return site.model_copy(update={"grid": grid, "batteries": batteries, "evs": evs, "loads": loads})


def _clock(home: SeenHome, value: time | str | None) -> time | None:
    return clock(home, value) if isinstance(value, str) else value


def _target(home: SeenHome, car: Ev) -> float | None:
    return fraction(home, car.target_soc) if isinstance(car.target_soc, str) else car.target_soc


def _of_load(home: SeenHome, name: str, load: Any, literal: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(load, Quota):
        hours = number(home, str(load.hours_per_day))
        yield "hours_per_day", literal(f"loads.{name}.hours_per_day", load.hours_per_day, hours, "its hours")
    if isinstance(load, Heat) and isinstance(load.ambient_c, str):
        ambient = temperature_c(home, load.ambient_c)
        # An entity that says nothing stays: the simulation takes a value of its own for it, and says so.
        yield "ambient_c", load.ambient_c if ambient is None else ambient


def baseline_sensors(site: Site) -> list[tuple[str, float]]:
    """Entities and signs that add up to the baseline load. Raises Refused where a plant or battery has no power sensor."""
    faults = [
        f"pv.{name}.power: is missing; its past is what the backtest lives from"
        for name, plant in site.pv.items()
        if plant.power is None
    ]
    if site.load.power is None:
        faults += [
            f"batteries.{name}.power: is missing; without it the load cannot be told from the battery"
            for name, battery in site.batteries.items()
            if battery.power is None
        ]
    terms = baseline_terms(site)
    if faults or terms is None:
        raise Refused(faults)
    return terms


def measured_only(site: Site) -> tuple[Site, list[str]]:
    """The site without devices that have no power sensor, and a sentence on each: their past is part of the load.

    Were they run as well, what they take would be counted twice.
    """
    if site.load.power is not None:
        return site, []
    evs = {name: car for name, car in site.evs.items() if car.power is not None}
    loads = {name: load for name, load in site.loads.items() if load.power is not None}
    out = [f"evs.{name}" for name in site.evs if name not in evs] + [
        f"loads.{name}" for name in site.loads if name not in loads
    ]
    if not out:
        return site, []
    left = [*site.pv, *site.batteries, *evs, *loads]
    words = f"{', '.join(out)}: without a power sensor, so part of the load as it was, and nothing that is planned."
    return _with_devices(site, evs, loads, left), [words]


def _with_devices(site: Site, evs: Mapping[str, Any], loads: Mapping[str, Any], left: list[str]) -> Site:
    """No program waits for one that is gone, and no group holds it."""
    kept = {
        name: load.model_copy(update={"after": None}) if isinstance(load, Program) and load.after not in loads else load
        for name, load in loads.items()
    }
    groups = {
        name: group.model_copy(update={"devices": tuple(one for one in group.devices if one in left)})
        for name, group in site.groups.items()
        if any(one in left for one in group.devices)
    }
    return site.model_copy(update={"evs": dict(evs), "loads": kept, "groups": groups})
