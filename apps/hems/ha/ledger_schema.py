"""The ledger's file: its tables, and what is done when it cannot be read. Times are seconds since 1970 (UTC)."""

import contextlib
import os
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from ..ledger.day import DAY_COLUMNS, QUARTER_COLUMNS

FILE = "ledger.sqlite3"
VERSION = 1
# Another instance of the app may still be writing.
_BUSY_S = 5.0
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


class UnknownVersion(Exception):
    """A file that a newer version of the suite has written."""


def open_ledger(folder: Path, now: datetime) -> tuple[sqlite3.Connection, str | None]:
    """The ledger's file, made where there is none. A file that cannot be read is moved aside; where none can be made, the
    ledger is in memory. The sentence says what was wrong. Never raises."""
    path, problem = folder / FILE, None
    for _ in range(2):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return _opened(path), problem
        except sqlite3.OperationalError as error:  # no space, no permission, locked: the file itself may be well
            problem = f"{path}: {error}; the ledger is kept in memory only"
            break
        except (sqlite3.DatabaseError, UnknownVersion) as error:
            problem = f"{path}: {error}; it was moved to {_move_aside(path, now)}, and a new one begun"
        except OSError as error:
            problem = f"{path}: {error.strerror or error}; the ledger is kept in memory only"
            break
    return _prepared(sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)), problem


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_S, check_same_thread=False, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        fault = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if fault != "ok":
            raise sqlite3.DatabaseError(str(fault).splitlines()[0])
        return _prepared(connection)
    except BaseException:
        connection.close()
        raise


def _prepared(connection: sqlite3.Connection) -> sqlite3.Connection:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise UnknownVersion(f"is of version {version}, and this suite knows {VERSION}")
    if version == 0:
        connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
    return connection


def _move_aside(path: Path, now: datetime) -> str:
    """Moves the file, and what SQLite keeps beside it, to a name with the time."""
    name = f"{path.name}.broken-{now.strftime('%Y%m%dT%H%M%S')}"
    for beside in ("", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            os.replace(f"{path}{beside}", path.with_name(f"{name}{beside}"))
    return name


def upsert(table: str, key: str, columns: Sequence[str]) -> str:
    """A statement that writes a row where it is new or has changed: one that is as it was costs no page of the disk."""
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    others = [name for name in columns if name != key]
    sets = ", ".join(f"{name} = excluded.{name}" for name in others)
    changed = " OR ".join(f"old.{name} IS NOT excluded.{name}" for name in others)
    return f"INSERT INTO {table} AS old ({names}) VALUES ({marks}) ON CONFLICT ({key}) DO UPDATE SET {sets} WHERE {changed}"
