"""The past as the simulation wants it: baseline load, PV and prices on quarter hours, holes left open."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from ..config.site import Site
from ..config.tariff import ImportPrices
from ..domain.faults import Refused
from .backtest_home import baseline_sensors
from .backtest_terms import QUARTER, Terms
from .series import Values
from .statistics_source import Past

# Below this a load is a meter's noise around nothing.
_NOISE_KW = 0.05
# From this share of hours on, a load below nothing is no chance.
_OFTEN = 0.05


@dataclass(frozen=True)
class Measured:
    """Quarter hours from ``start`` (aware UTC), shape (N,) each, NaN where nothing is known; ``notes``: what must be said.

    ``meter_kw``: what the meter saw, import above 0; None where the baseline load has a sensor of its own and no meter is
    known. ``devices_kw``: what each car and load took. ``spot_per_kwh``: None where its entity has no statistics.
    """

    start: datetime
    time_zone: str
    load_kw: Values
    pv_kw: Mapping[str, Values]
    spot_per_kwh: Values | None
    meter_kw: Values | None
    devices_kw: Mapping[str, Values]
    notes: tuple[str, ...] = ()

    def time(self, k: int) -> datetime:
        """The begin of quarter k."""
        return self.start + k * QUARTER


def entities_of(site: Site) -> list[str]:
    """Every entity whose statistics a backtest can use."""
    devices = [*site.evs.values(), *site.loads.values()]
    found = [entity for entity, _ in baseline_sensors(site)] + [site.grid.power.entity, *site.prices.import_.read_from]
    found += [one.power for one in (*site.pv.values(), *devices) if one.power is not None]
    return sorted(set(found))


def measured_home(site: Site, past: Past, spot: bool) -> Measured:
    """What was measured, from the moment on at which every term is known. ``spot``: the prices are wanted too.

    A quarter hour takes the five-minute statistics where every term has them, and the hour's means elsewhere. Raises
    Refused for each entity without statistics of use.
    """
    terms = baseline_sensors(site)
    known = Terms(site, past)
    required = [*(entity for entity, _ in terms), *(plant.power for plant in site.pv.values() if plant.power)]
    known.require(required)
    price = _spot(known, site.prices.import_) if spot else None
    if known.faults:
        raise Refused(known.faults)
    arrays = {entity: known.power(entity) for entity in required}
    first, youngest = _first_known([*arrays.items(), *([(_spot_name(site), price)] if price is not None else [])])
    load, below = _load(arrays, terms)
    meter = known.optional(site.grid.power.entity)
    sign = 1.0 if site.grid.power.positive == "import" else -1.0
    devices = {name: one.power for name, one in (*site.evs.items(), *site.loads.items()) if one.power}
    taken = {name: known.optional(entity) for name, entity in devices.items()}
    return Measured(
        start=past.begin + first * QUARTER,
        time_zone=past.zone.key,
        load_kw=load[first:],
        pv_kw={name: np.maximum(arrays[plant.power], 0)[first:] for name, plant in site.pv.items() if plant.power},
        spot_per_kwh=price[first:] if price is not None else None,
        meter_kw=sign * meter[first:] if meter is not None else None,
        devices_kw={name: values[first:] for name, values in taken.items() if values is not None},
        notes=(*_late(past, first, youngest), *_below(below[first:]), *_missing(arrays, first), *known.notes),
    )


def _spot_name(site: Site) -> str:
    return next(iter(site.prices.import_.read_from), "prices.import")


def _spot(known: Terms, prices: ImportPrices) -> Values | None:
    """Spot prices; a tariff without them needs none, so 0 stands for them. None, and a fault, where they are not known."""
    if not prices.spot:
        return np.zeros(known.steps)
    if not prices.read_from:
        known.faults.append("prices.import: no entity, so no statistics of it; give the spot prices as --prices FILE")
        return None
    return known.price(prices.read_from[0])


def _first_known(arrays: Sequence[tuple[str, Values]]) -> tuple[int, list[str]]:
    """The first quarter hour from which on every entity is known, and those that are known no earlier than that."""
    begins = {entity: int(np.argmax(~np.isnan(values))) for entity, values in arrays}
    first = max(begins.values())
    return first, [entity for entity, begin in begins.items() if begin == first]


def _load(arrays: Mapping[str, Values], terms: Sequence[tuple[str, float]]) -> tuple[Values, Values]:
    """The sum of the terms, never below 0, NaN where one is missing; and how far it was below."""
    total = sum((sign * arrays[entity] for entity, sign in terms), np.zeros(len(next(iter(arrays.values())))))
    return np.where(np.isnan(total), np.nan, np.maximum(total, 0)), np.maximum(-total, 0)


def _late(past: Past, first: int, youngest: Sequence[str]) -> list[str]:
    since = (past.begin + first * QUARTER).astimezone(past.zone)
    return (
        [f"The past begins on {since:%Y-%m-%d %H:%M}, with the first statistics of {', '.join(youngest)}."]
        if first
        else []
    )


def _below(below: Values) -> list[str]:
    known = below[~np.isnan(below)]
    often = float((known > _NOISE_KW).mean()) if len(known) else 0.0
    if often < _OFTEN:
        return []
    worst = known[known > _NOISE_KW].mean()
    return [
        f"The load came out below nothing in {100 * often:.0f} % of the time (by {worst:.2f} kW on average) and is 0 "
        "there: is a sign wrong (positive: in apps.yaml), or does a sensor lag?"
    ]


def _missing(arrays: Mapping[str, Values], first: int) -> list[str]:
    hours = {entity: float(np.isnan(values[first:]).sum()) / 4 for entity, values in arrays.items()}
    words = ", ".join(f"{entity} {count:g} h" for entity, count in hours.items() if count)
    return [f"Missing in Home Assistant's statistics: {words}."] if words else []


def write_series(measured: Measured, path: Path) -> None:
    """The quarter hours as a CSV file that ``--series`` reads too; empty cells where nothing is known. Raises OSError."""
    columns = {"load_kw": measured.load_kw, **{f"pv_{name}_kw": kw for name, kw in measured.pv_kw.items()}}
    if measured.spot_per_kwh is not None:
        columns["spot_per_kwh"] = measured.spot_per_kwh
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["time_utc", *columns])
        rows = zip(*(values.round(5).tolist() for values in columns.values()), strict=True)
        for k, row in enumerate(rows):
            cells = ["" if value != value else value for value in row]
            writer.writerow([measured.time(k).strftime("%Y-%m-%dT%H:%MZ"), *cells])
