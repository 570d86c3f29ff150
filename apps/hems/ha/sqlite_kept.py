"""An SQLite file that is asked and changed from several threads, and never raises: what is wrong is a sentence."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

from .sqlite_file import SqliteFile

_Answer = TypeVar("_Answer")


class Kept:
    """The file in a folder, opened. ``lock``: for who must do several things at once."""

    def __init__(self, file: SqliteFile, folder: Path, now: datetime) -> None:
        self._file, self._folder, self.lock = file, folder, RLock()
        self.connection, self._moved = file.open(folder, now)
        self._failing, self._broken, self._closed = "", False, False

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the file, in sentences; nothing when all is well."""
        return tuple(problem for problem in (self._moved, self._failing) if problem)

    def close(self) -> None:
        """Ends it. From now on nothing is written and nothing known."""
        with self.lock:
            self._closed = True
            self.connection.close()

    def ask(self, question: Callable[[sqlite3.Connection], _Answer], nothing: _Answer) -> _Answer:
        """What ``question`` answers; ``nothing`` where the file cannot be read."""
        with self.lock:
            if self._closed:
                return nothing
            try:
                return question(self.connection)
            except sqlite3.Error as error:
                self._fails("read", error)
                return nothing

    def change(self, work: Callable[[sqlite3.Connection], Any]) -> bool:
        """Does ``work`` in one transaction, wholly or not at all; whether it was done."""
        with self.lock:
            if self._closed:
                return False
            try:
                self.connection.execute("BEGIN IMMEDIATE")
                work(self.connection)
                self.connection.execute("COMMIT")
                self._failing = ""
                return True
            except sqlite3.Error as error:
                self._fails("written", error)
                if self.connection.in_transaction:
                    self.connection.rollback()
                return False

    def mend(self, now: datetime) -> None:
        """Moves a file aside that turned out to be broken, and begins a new one."""
        with self.lock:
            if self._broken and not self._closed:
                self.connection.close()
                self.connection, self._moved = self._file.open(self._folder, now)
                self._broken = False

    def _fails(self, done: str, error: sqlite3.Error) -> None:
        """A disk that is full may have space again; a file that is broken has not."""
        self._failing = f"{self._folder}: {self._file.what} cannot be {done}: {error}"
        self._broken = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
