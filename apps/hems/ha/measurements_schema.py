"""The file of the store: its tables, and what is done when it cannot be read.

Times are seconds since 1970 (UTC). Rows lie in order of time, so that a batch touches one page or two: a memory card wears
with the pages that are written.
"""

import contextlib
import os
import sqlite3
from datetime import datetime
from pathlib import Path

FILE = "measurements.sqlite3"
VERSION = 1
# Another instance of the app may still be writing its last batch.
_BUSY_S = 5.0

_TABLES = """
CREATE TABLE IF NOT EXISTS series (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, source TEXT NOT NULL, UNIQUE (name, source)
);
CREATE TABLE IF NOT EXISTS means (
    begin INTEGER NOT NULL, series INTEGER NOT NULL, seconds INTEGER NOT NULL, value REAL NOT NULL, share REAL NOT NULL,
    PRIMARY KEY (begin, series)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS instants (
    at INTEGER NOT NULL, series INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (at, series)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cars (
    at INTEGER NOT NULL, series INTEGER NOT NULL, connected INTEGER, soc REAL, PRIMARY KEY (at, series)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS forecasts (
    series INTEGER NOT NULL, issued INTEGER NOT NULL, begin INTEGER NOT NULL, seconds INTEGER NOT NULL,
    value REAL NOT NULL, PRIMARY KEY (series, issued, begin)
) WITHOUT ROWID;
"""


class UnknownVersion(Exception):
    """A file that a newer version of the suite has written."""


def open_file(folder: Path, now: datetime) -> tuple[sqlite3.Connection, str | None]:
    """The store's file, made where there is none. A file that cannot be read is moved aside; where none can be made, the
    store is in memory. The sentence says what was wrong. Never raises."""
    path, problem = folder / FILE, None
    for _ in range(2):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return _opened(path), problem
        except sqlite3.OperationalError as error:  # no space, no permission, locked: the file itself may be well
            problem = f"{path}: {error}; what is measured is kept in memory only"
            break
        except (sqlite3.DatabaseError, UnknownVersion) as error:
            aside = _move_aside(path, now)
            problem = f"{path}: {error}; it was moved to {aside}, and a new one begun"
        except OSError as error:
            problem = f"{path}: {error.strerror or error}; what is measured is kept in memory only"
            break
    return _prepared(sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)), problem


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_S, check_same_thread=False, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        # Each batch is on the disk when it is written: one a few minutes is little, and a power cut loses none.
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
