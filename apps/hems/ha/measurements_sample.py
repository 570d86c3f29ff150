"""One look at all that is measured, for the store: powers, states of charge, cars."""

from collections.abc import Collection, Sequence
from datetime import datetime
from zlib import crc32

from ..config.devices import Ev
from ..config.site import Site
from .history import baseline_terms
from .measurements_rows import Sample, Series
from .port import States
from .readings import fraction, known, power_kw, temperature_c, weather_c

BASELINE, OUTDOOR = "baseline", "outdoor"


def plant_name(plant: str) -> str:
    """The name of a plant's power, and of its forecasts."""
    return f"pv.{plant}"


def curtailed_name(plant: str) -> str:
    """The name of what is 1 while a plant is held back, else 0."""
    return f"curtailed.{plant}"


def sample(home: States, site: Site, now: datetime, limited: Collection[str] = ()) -> Sample:
    """Everything that the configuration names a sensor for, as it stands now. Powers in kW, never negative but the
    baseline: it is clipped when it is read, for one sensor is always a little later than the other.

    ``limited``: the plants that are held back.
    """
    values: dict[Series, float | None] = {}
    grid = site.grid.power
    _two(values, home, grid.entity, ("import", "export"), turned=grid.positive == "export")
    for name, plant in site.pv.items():
        _one(values, home, plant.power, plant_name(name))
        if plant.can_be_curtailed:
            values[Series(curtailed_name(name))] = float(name in limited)
    for name, battery in site.batteries.items():
        if battery.power is not None:
            directions = (f"discharge.{name}", f"charge.{name}")
            _two(values, home, battery.power.entity, directions, turned=battery.power.positive == "charge")
    for name, ev in site.evs.items():
        _one(values, home, ev.power, f"ev.{name}")
    for name, load in site.loads.items():
        _one(values, home, load.power, f"load.{name}")
    if site.outdoor is not None and site.outdoor.temperature is not None:
        values[Series(OUTDOOR, site.outdoor.temperature)] = temperature_c(home, site.outdoor.temperature)
    if site.outdoor is not None and site.outdoor.weather is not None:
        values[Series(OUTDOOR, site.outdoor.weather)] = weather_c(home, site.outdoor.weather)
    terms = baseline_terms(site)
    if terms is not None:
        values[Series(BASELINE, source_of(terms))] = _balance(home, terms)
    stores = {**{n: b.soc for n, b in site.batteries.items()}, **{n: ev.soc for n, ev in site.evs.items()}}
    socs = {Series(f"soc.{name}", entity): fraction(home, entity) for name, entity in stores.items()}
    return Sample(now, values, socs, {name: _car(home, ev) for name, ev in site.evs.items()})


def source_of(terms: Sequence[tuple[str, float]]) -> str:
    """A short name for sensors and signs that add up to the baseline load: another set is another series."""
    return f"{crc32(repr(sorted(terms)).encode()):08x}"


def _one(values: dict[Series, float | None], home: States, entity: str | None, name: str) -> None:
    if entity is not None:
        kw = power_kw(home, entity)
        values[Series(name, entity)] = None if kw is None else max(kw, 0.0)


def _two(values: dict[Series, float | None], home: States, entity: str, names: tuple[str, str], turned: bool) -> None:
    """A signed sensor as the two powers that it stands for."""
    kw = power_kw(home, entity)
    source = f"-{entity}" if turned else entity
    kw = -kw if kw is not None and turned else kw
    values[Series(names[0], source)] = None if kw is None else max(kw, 0.0)
    values[Series(names[1], source)] = None if kw is None else max(-kw, 0.0)


def _balance(home: States, terms: Sequence[tuple[str, float]]) -> float | None:
    found = [(power_kw(home, entity), sign) for entity, sign in terms]
    powers = [kw * sign for kw, sign in found if kw is not None]
    return sum(powers) if len(powers) == len(found) else None


def _car(home: States, ev: Ev) -> tuple[bool | None, float | None]:
    plug = known(home.state(ev.connected))
    return (None if plug is None else plug in ev.connected_states), fraction(home, ev.soc)
