"""The ledger kept: months reckoned from what was measured, and what is shown of them."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any

from ..config.site import Site
from ..ledger.account import account
from ..ledger.summary import notes_of, summary_of
from ..ledger.totals import Periods, periods_of
from ..planner.latest import Latest
from ..planner.local_days import local_time, period_begin, periods
from .ledger_measured import first_measured, read_measured
from .ledger_store import LedgerStore
from .measurements_schema import FILE

# A car that came home in one month may charge in the next.
_MARGIN = timedelta(days=7)
_CAPACITIES = "capacities_kwh"


@dataclass(frozen=True)
class Shown:
    """What is published: totals, the page's document, and what is wrong, in sentences."""

    periods: Periods
    summary: dict[str, Any]
    problems: tuple[str, ...] = ()
    begins: Mapping[str, datetime] = field(default_factory=dict)


def reckon(folder: Path, store: LedgerStore, site: Site, zone: tzinfo, now: datetime) -> Shown:
    """Keeps the account of this month, and of the last one for its first week, and answers what is shown."""
    problems: list[str] = []
    until = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    begin = period_begin("month", until, zone)
    if until - begin < _MARGIN:
        begin = period_begin("month", begin - timedelta(days=1), zone)
    try:
        if (folder / FILE).exists():
            keep_months(folder, store, site, zone, begin, until)
    except sqlite3.Error as error:
        problems.append(f"{folder}: nothing measured can be read for the ledger: {error}")
    return shown(store, site, zone, until, (*problems, *store.problems))


def keep_months(
    folder: Path, store: LedgerStore, site: Site, zone: tzinfo, begin: datetime, until: datetime, force: bool = False
) -> int:
    """Keeps the account of every local month from that of ``begin`` on until ``until``; how many days that were. Raises
    sqlite3.Error where the measurements cannot be read."""
    count = 0
    capacities = capacities_of(site, store)
    for opens, closes in periods("month", begin, until, zone):
        end = min(closes, until)
        if end <= opens:
            break
        measured = read_measured(folder, store, site, opens - _MARGIN, min(end + _MARGIN, until))
        found = account(site, measured, capacities, zone, opens, end, until)
        store.keep(found, force)
        count += len(found.days)
    return count


def recompute(folder: Path, store: LedgerStore, site: Site, zone: tzinfo, now: datetime) -> int:
    """Keeps every month anew for which measurements by the quarter hour are there, final days too; how many days."""
    begin = first_measured(folder)
    until = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    return keep_months(folder, store, site, zone, begin, until, force=True) if begin is not None else 0


def capacities_of(site: Site, store: LedgerStore, latest: Latest | None = None) -> dict[str, float]:
    """kWh by battery: as written, as the plan has it, or as it was last known."""
    kept = store.meta(_CAPACITIES)
    found = {n: float(kwh) for n, kwh in (kept if isinstance(kept, dict) else {}).items() if n in site.batteries}
    found |= {battery.name: battery.capacity_kwh for battery in (latest.problem.batteries if latest else ())}
    written = {n: b.capacity_kwh for n, b in site.batteries.items()}
    found |= {n: float(kwh) for n, kwh in written.items() if isinstance(kwh, float | int)}
    store.set_meta(_CAPACITIES, found)
    return found


def shown(store: LedgerStore, site: Site, zone: tzinfo, until: datetime, problems: tuple[str, ...] = ()) -> Shown:
    """What is known at ``until``. The quarter hour that ends at midnight is the old day's."""
    day = (until - timedelta(seconds=1)).astimezone(zone).date()
    first = min(day.replace(month=1, day=1), day - timedelta(days=31))
    days = store.days(first.isoformat())
    found = periods_of(days, day)
    begin = local_time(day, time(), zone)
    quarters = store.quarters(begin, until)
    of_day = next((one for one in days if one.day == day.isoformat()), None)
    summary = summary_of(found, days, quarters, site.currency, (*notes_of(of_day), *problems))
    begins = {name: local_time(found.begin(name), time(), zone) for name in ("today", "yesterday", "month", "year")}
    return Shown(found, summary, problems, begins)
