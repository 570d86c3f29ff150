"""``python -m hems ledger``: the ledger of a data folder as a table or CSV, and reckoned anew."""

import argparse
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ..config.check import planner_site
from ..domain.faults import Refused
from ..ledger.csv_text import csv_text
from ..ledger.day import DAY_COLUMNS, QUARTER_COLUMNS, Day, QuarterRow
from ..ledger.totals import Total, total_of
from .ledger_book import recompute
from .ledger_schema import FILE
from .ledger_store import LedgerStore

_ROWS = (
    ("cost", "cost"),
    ("without planning", "baseline_cost"),
    ("saving", "saving"),
    ("import kWh", "import_kwh"),
    ("export kWh", "export_kwh"),
    ("cycles", "cycles"),
    ("carbon kg", "carbon_kg"),
)


def add_ledger(commands: Any) -> None:
    """Adds the subcommand ``ledger``."""
    ledger = commands.add_parser("ledger", help="what the suite did and what it brought, as a table or as CSV")
    ledger.add_argument("folder", help="the suite's data folder, hems_data beside appdaemon.yaml")
    ledger.add_argument("--apps", help="the apps.yaml: its currency; needed to reckon anew")
    ledger.add_argument("--csv", help="write this CSV file, - for standard output")
    ledger.add_argument("--by", choices=("day", "quarter"), default="day", help="lines of the CSV (default day)")
    ledger.add_argument(
        "--recompute", action="store_true", help="reckon every day anew that measurements by the quarter hour reach"
    )
    ledger.add_argument("--zone", help="the home's time zone (default: the one that AppDaemon had)")


def ledger_text(chosen: argparse.Namespace, now: datetime) -> str:
    """What is printed. ``now``: aware UTC. Raises Refused."""
    folder = Path(chosen.folder)
    if not (folder / FILE).is_file():
        raise Refused([f"{folder}: has no {FILE}; give the suite's data folder, hems_data beside appdaemon.yaml"])
    with closing(LedgerStore(folder, now)) as store:
        if store.problems:
            raise Refused(list(store.problems))
        said = [_anew(chosen, store, folder, now)] if chosen.recompute else []
        if chosen.csv is None:
            return "\n".join([*said, _table(store.days(), _currency(chosen))])
        text = _csv(store, chosen.by)
    if chosen.csv == "-":
        return "\n".join([*said, text.rstrip("\n")])
    try:
        Path(chosen.csv).write_text(text, "utf-8")
    except OSError as error:
        raise Refused([f"{chosen.csv}: cannot be written ({error.strerror})"]) from None
    return "\n".join([*said, f"{chosen.csv}: {text.count(chr(10)) - 1} lines, one a {chosen.by}"])


def _csv(store: LedgerStore, by: str) -> str:
    if by == "day":
        return csv_text(store.days(), DAY_COLUMNS)
    first = datetime(1970, 1, 1, tzinfo=timezone.utc)
    rows: Sequence[QuarterRow] = store.quarters(first, first + timedelta(days=365 * 200))
    return csv_text(rows, QUARTER_COLUMNS)


def _anew(chosen: argparse.Namespace, store: LedgerStore, folder: Path, now: datetime) -> str:
    if chosen.apps is None:
        raise Refused(["--recompute: needs --apps, the apps.yaml with the tariff"])
    _, site = planner_site(chosen.apps, _read(chosen.apps))
    try:
        days = recompute(folder, store, site, _zone(chosen, store), now)
    except sqlite3.Error as error:
        raise Refused([f"{folder}: the measurements cannot be read: {error}"]) from None
    return f"{folder}: {days} days reckoned anew"


def _zone(chosen: argparse.Namespace, store: LedgerStore) -> tzinfo:
    name = chosen.zone or store.meta("zone")
    if not name:
        raise Refused([f"{chosen.folder}: its time zone is not known; give --zone, such as Europe/Amsterdam"])
    try:
        return ZoneInfo(str(name))
    except (KeyError, ValueError, OSError):
        raise Refused([f"--zone: {name!r} is not a time zone; write one like Europe/Amsterdam"]) from None


def _currency(chosen: argparse.Namespace) -> str:
    return planner_site(chosen.apps, _read(chosen.apps))[1].currency if chosen.apps else ""


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise Refused([f"{path}: cannot be read ({error.strerror})"]) from None


def _table(days: Sequence[Day], currency: str) -> str:
    """The months, the years, and all of it, a column each."""
    if not days:
        return "nothing has been measured yet"
    groups: dict[str, list[Day]] = {}
    for day in days:
        for name in (day.day[:7], day.day[:4]):
            groups.setdefault(name, []).append(day)
    shown = [name for name in sorted(groups) if len(name) == 4] + [name for name in sorted(groups) if len(name) > 4][
        -12:
    ]
    totals: list[tuple[str, Total]] = [(name, total_of(groups[name])) for name in shown]
    lines = [f"{currency:<18}" + "".join(f"{name:>10}" for name, _ in totals)]
    for words, key in _ROWS:
        cells = (getattr(total, key) for _, total in totals)
        lines.append(f"{words:<18}" + "".join(f"{'-' if v is None else format(v, '.2f'):>10}" for v in cells))
    lines.append(f"{'measured':<18}" + "".join(f"{100 * total.coverage:>9.0f}%" for _, total in totals))
    return "\n".join(lines)
