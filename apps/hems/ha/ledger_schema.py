"""The ledger's file and its tables. Times are seconds since 1970 (UTC)."""

from collections.abc import Sequence

from ..ledger.day import DAY_COLUMNS, QUARTER_COLUMNS
from .sqlite_file import SqliteFile

FILE = "ledger.sqlite3"
VERSION = 1
_TEXTS = frozenset({"day", "energy_from"})
_NUMBERS = frozenset({"begin", "final", "quarters", "measured", "compared", "planned"})


def _columns(names: Sequence[str]) -> str:
    kinds = ("TEXT" if n in _TEXTS else "INTEGER" if n in _NUMBERS else "REAL" for n in names)
    return ", ".join(f"{name} {kind}" for name, kind in zip(names, kinds, strict=True))


_TABLES = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE noted (begin INTEGER NOT NULL, name TEXT NOT NULL, value REAL NOT NULL, share REAL NOT NULL,
    PRIMARY KEY (begin, name)) WITHOUT ROWID;
CREATE TABLE counters (at INTEGER NOT NULL, name TEXT NOT NULL, kwh REAL NOT NULL, PRIMARY KEY (at, name)) WITHOUT ROWID;
CREATE TABLE asked (at INTEGER NOT NULL, load TEXT NOT NULL, PRIMARY KEY (at, load)) WITHOUT ROWID;
CREATE TABLE sessions (begin INTEGER NOT NULL, kind TEXT NOT NULL, until INTEGER NOT NULL, per_kwh REAL NOT NULL,
    PRIMARY KEY (begin, kind)) WITHOUT ROWID;
CREATE TABLE quarters ({_columns(QUARTER_COLUMNS)}, PRIMARY KEY (begin)) WITHOUT ROWID;
CREATE TABLE days ({_columns(DAY_COLUMNS)}, PRIMARY KEY (day)) WITHOUT ROWID;
"""


LEDGER = SqliteFile(FILE, VERSION, _TABLES, "the ledger")


def upsert(table: str, key: str, columns: Sequence[str]) -> str:
    """A statement that writes a row where it is new or has changed: one that is as it was costs no page of the disk."""
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    others = [name for name in columns if name != key]
    sets = ", ".join(f"{name} = excluded.{name}" for name in others)
    changed = " OR ".join(f"old.{name} IS NOT excluded.{name}" for name in others)
    return f"INSERT INTO {table} AS old ({names}) VALUES ({marks}) ON CONFLICT ({key}) DO UPDATE SET {sets} WHERE {changed}"
