"""An SQLite file of the suite: opened, made where there is none, and moved aside where it cannot be read."""

import contextlib
import os
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

# Another instance of the app may still be writing its last batch.
_BUSY_S = 5.0


class UnknownVersion(Exception):
    """A file that a newer version of the suite has written."""


@dataclass(frozen=True)
class SqliteFile:
    """``name`` of the file, ``version`` and SQL of its ``tables``; ``what`` is kept in memory only where no file can be."""

    name: str
    version: int
    tables: str
    what: str

    def open(self, folder: Path, now: datetime) -> tuple[sqlite3.Connection, str | None]:
        """The file in a folder, made where there is none. A file that cannot be read is moved aside; where none can be
        made, it is in memory. The sentence says what was wrong. Never raises."""
        path, problem = folder / self.name, None
        for _ in range(2):
            try:
                folder.mkdir(parents=True, exist_ok=True)
                return self._opened(path), problem
            except sqlite3.OperationalError as error:  # no space, no permission, locked: the file itself may be well
                problem = f"{path}: {error}; {self.what} is kept in memory only"
                break
            except (sqlite3.DatabaseError, UnknownVersion) as error:
                problem = f"{path}: {error}; it was moved to {_move_aside(path, now)}, and a new one begun"
            except OSError as error:
                problem = f"{path}: {error.strerror or error}; {self.what} is kept in memory only"
                break
        return self._prepared(sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)), problem

    def _opened(self, path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=_BUSY_S, check_same_thread=False, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            # Each batch is on the disk when it is written: one a few minutes is little, and a power cut loses none.
            connection.execute("PRAGMA synchronous = FULL")
            fault = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if fault != "ok":
                raise sqlite3.DatabaseError(str(fault).splitlines()[0])
            return self._prepared(connection)
        except BaseException:
            connection.close()
            raise

    def _prepared(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > self.version:
            raise UnknownVersion(f"is of version {version}, and this suite knows {self.version}")
        if version == 0:
            made = f"BEGIN IMMEDIATE; {self.tables} PRAGMA user_version = {self.version}; COMMIT;"
            connection.executescript(made)
        return connection


def _move_aside(path: Path, now: datetime) -> str:
    """Moves the file, and what SQLite keeps beside it, to a name with the time."""
    name = f"{path.name}.broken-{now.strftime('%Y%m%dT%H%M%S')}"
    for beside in ("", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            os.replace(f"{path}{beside}", path.with_name(f"{name}{beside}"))
    return name
