"""What the suite measured and noted, as the ledger reckons with it: rows of two files, laid on quarter hours.

The measurements' file is only read, and only looked into: another app writes it.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import numpy as np

from ..config.site import Site
from ..ledger.measured import QUARTER, Measured, Stay, Values, unknown
from ..planner.habits import Observation
from ..planner.tariff_sessions import Reward
from .ledger_rows import LEAST_SHARE, QUARTER_S, MeanRows, laid
from .ledger_store import LedgerStore
from .measurements_sample import curtailed_name, plant_name
from .measurements_schema import FILE
from .measurements_tables import read_as_it_stood, read_cars, seconds_of, time_of

# A car is written down once an hour; after a longer silence nobody knows whether it stayed.
_SEEN_EVERY = timedelta(minutes=70)
SPOT, EXPORT_SPOT = "spot", "spot.export"
PLAN_IMPORT, PLAN_EXPORT, CARBON = "plan.import", "plan.export", "carbon"
IMPORT, EXPORT = "import", "export"


def read_measured(folder: Path, store: LedgerStore, site: Site, begin: datetime, end: datetime) -> Measured:
    """All of the time between two instants (UTC, on quarters). Raises sqlite3.Error where the measurements cannot be read."""
    count = round((end - begin) / QUARTER)
    with closing(_connect(folder)) as connection:
        rows = MeanRows(connection, begin, count)
        return _measured(rows, connection, store, site, begin, end, count)


def first_measured(folder: Path) -> datetime | None:
    """When the measurements by the quarter hour begin; None without any. Raises sqlite3.Error."""
    with closing(_connect(folder)) as connection:
        row = connection.execute("SELECT min(at) FROM instants").fetchone()
        mean = connection.execute("SELECT min(begin) FROM means WHERE seconds = 900").fetchone()
        known = [found[0] for found in (row, mean) if found[0] is not None]
        return time_of(min(known)) if known else None


def _connect(folder: Path) -> sqlite3.Connection:
    # Not made where there is none; the writer's log is read with it.
    return sqlite3.connect(f"file:{quote(str(folder / FILE))}?mode=ro", uri=True, timeout=5.0)


def _measured(
    rows: MeanRows,
    connection: sqlite3.Connection,
    store: LedgerStore,
    site: Site,
    begin: datetime,
    end: datetime,
    count: int,
) -> Measured:
    grid = f"-{site.grid.power.entity}" if site.grid.power.positive == "export" else site.grid.power.entity
    powered = {n: b.power for n, b in site.batteries.items() if b.power is not None}
    stores = {n: f"-{p.entity}" if p.positive == "charge" else p.entity for n, p in powered.items()}
    plants = {n: plant.power for n, plant in site.pv.items() if plant.power}
    cars = {n: car.power for n, car in site.evs.items() if car.power}
    loads = {n: load.power for n, load in site.loads.items() if load.power}
    noted, counters = _noted(store, begin, end, count), _counters(store, begin, end, count)
    sessions = store.sessions(begin, end)
    free = [one for one in sessions if one.kind == "free"]
    return Measured(
        start=begin,
        count=count,
        import_kw=rows.power(IMPORT, grid),
        export_kw=rows.power(EXPORT, grid),
        pv_kw={n: rows.power(plant_name(n), entity) for n, entity in plants.items()},
        curtailed_kw={n: _curtailed(connection, rows, n, entity) for n, entity in plants.items()},
        charge_kw={n: rows.power(f"charge.{n}", source) for n, source in stores.items()},
        discharge_kw={n: rows.power(f"discharge.{n}", source) for n, source in stores.items()},
        soc={n: _soc(connection, n, b.soc, begin, count) for n, b in site.batteries.items()},
        car_kw={n: rows.power(f"ev.{n}", entity) for n, entity in cars.items()},
        load_kw={n: rows.power(f"load.{n}", entity) for n, entity in loads.items()},
        stays={n: stays_of(read_cars(connection, n, begin, end)) for n in site.evs},
        asked=_asked(store, begin, end),
        spot=rows.prices(SPOT),
        export_spot=rows.prices(EXPORT_SPOT),
        import_counter_kwh=counters.get(IMPORT),
        export_counter_kwh=counters.get(EXPORT),
        planned_import_kw=noted.get(PLAN_IMPORT),
        planned_export_kw=noted.get(PLAN_EXPORT),
        carbon=noted.get(CARBON),
        rewards=tuple(Reward(one.begin, one.end, one.per_kwh) for one in sessions if one.kind == "saving"),
        free=tuple((one.begin, one.end) for one in free),
        free_per_kwh=free[0].per_kwh if free else 0.0,
    )


def _curtailed(connection: sqlite3.Connection, rows: MeanRows, plant: str, entity: str) -> Values:
    """By how much a plant was held back: what was forecast for then, as it stood, less what came. NaN where it was held back
    and nobody knows what was forecast."""
    held = np.nan_to_num(rows.power(curtailed_name(plant), "")) > 0
    found: Values = np.zeros(rows.count)
    if held.any():
        end = time_of(rows.begin + rows.count * QUARTER_S)
        said = read_as_it_stood(connection, plant_name(plant), time_of(rows.begin), end, timedelta())
        slots = ((seconds_of(s.begin), (s.end - s.begin).total_seconds(), s.value) for s in said)
        missed = np.maximum(laid(slots, rows.begin, rows.count) - rows.power(plant_name(plant), entity), 0.0)
        found = np.where(held, missed, found)
    return found


def _soc(connection: sqlite3.Connection, name: str, entity: str, begin: datetime, count: int) -> Values:
    """States of charge at fence-posts, 0..1, shape (N+1,)."""
    rows = connection.execute(
        "SELECT at, value FROM instants JOIN series ON series.id = instants.series"
        " WHERE name = ? AND at >= ? AND at <= ? ORDER BY source = ?",
        (f"soc.{name}", seconds_of(begin), seconds_of(begin) + count * QUARTER_S, entity),
    )
    found = unknown(count + 1)
    for at, value in rows:
        found[(at - seconds_of(begin)) // QUARTER_S] = value
    return found


def stays_of(seen: Sequence[Observation]) -> tuple[Stay, ...]:
    """When a car was plugged in. After a silence it counts as come anew: it may have been away meanwhile."""
    found: list[Stay] = []
    begun: datetime | None = None
    last: datetime | None = None
    known = [one for one in seen if one.connected is not None]
    for one in known:
        if begun is not None and last is not None and one.at - last > _SEEN_EVERY:
            found.append(Stay(begun, last))
            begun = None
        if one.connected:
            begun = begun or one.at
        elif begun is not None:
            found.append(Stay(begun, one.at))
            begun = None
        last = one.at
    if begun is not None and last is not None:
        found.append(Stay(begun, last + _SEEN_EVERY, ended=False))
    return tuple(found)


def _noted(store: LedgerStore, begin: datetime, end: datetime, count: int) -> dict[str, Values]:
    found: dict[str, Values] = {}
    for at, name, value, share in store.noted(begin, end):
        if share >= LEAST_SHARE:
            found.setdefault(name, unknown(count))[int((at - begin) / QUARTER)] = value
    return found


def _counters(store: LedgerStore, begin: datetime, end: datetime, count: int) -> dict[str, Values]:
    found: dict[str, Values] = {}
    for at, name, kwh in store.counters(begin, end + timedelta(seconds=1)):
        place = (at - begin) / QUARTER
        if place == int(place):
            found.setdefault(name, unknown(count + 1))[int(place)] = kwh
    return found


def _asked(store: LedgerStore, begin: datetime, end: datetime) -> dict[str, tuple[datetime, ...]]:
    found: dict[str, tuple[datetime, ...]] = {}
    for load, at in store.asked(begin, end):
        found[load] = (*found.get(load, ()), at)
    return found
