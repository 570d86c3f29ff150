"""The ledger on disk: what was noted while it happened, and the accounts by quarter hour and local day.

No method raises: what is wrong stands in ``problems``, and the suite goes on.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

from ..ledger.account import Account
from ..ledger.day import DAY_COLUMNS, QUARTER_COLUMNS, Day, QuarterRow
from .ledger_schema import LEDGER, upsert
from .sqlite_kept import Kept

# Notes serve to reckon anew, for which the measurements are kept so long by the quarter hour.
_NOTES_KEPT = timedelta(days=400)

_PUT_DAY, _PUT_QUARTER = upsert("days", "day", DAY_COLUMNS), upsert("quarters", "begin", QUARTER_COLUMNS)


class Noted(NamedTuple):
    """The mean of something over a quarter hour, of which ``share`` 0..1 is known (``plan.import``, ``carbon``)."""

    begin: datetime
    name: str
    value: float
    share: float


class Session(NamedTuple):
    """A ``saving`` or ``free`` session, and what a kWh earns or costs in it."""

    begin: datetime
    kind: str
    end: datetime
    per_kwh: float


class LedgerStore:
    """The file ``ledger.sqlite3`` in a folder. One object may be used from several threads."""

    def __init__(self, folder: Path, now: datetime) -> None:
        self._kept = Kept(LEDGER, folder, now)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the file, in sentences; nothing when all is well."""
        return self._kept.problems

    def close(self) -> None:
        """Ends it. From now on nothing is written and nothing known."""
        self._kept.close()

    def note(
        self,
        now: datetime,
        means: Iterable[Noted] = (),
        counters: Mapping[str, float] | None = None,
        counted_at: datetime | None = None,
        asked: Iterable[tuple[str, datetime]] = (),
        sessions: Iterable[Session] = (),
    ) -> bool:
        """Writes down what only this moment knows, in one transaction; whether it was done. Old notes are forgotten."""

        def put(connection: sqlite3.Connection) -> None:
            rows = [(_seconds(one.begin), one.name, round(one.value, 5), round(one.share, 5)) for one in means]
            connection.executemany("INSERT OR REPLACE INTO noted VALUES (?, ?, ?, ?)", rows)
            at = _seconds(counted_at or now)
            read = [(at, name, round(kwh, 4)) for name, kwh in (counters or {}).items()]
            connection.executemany("INSERT OR IGNORE INTO counters VALUES (?, ?, ?)", read)
            connection.executemany("INSERT OR IGNORE INTO asked VALUES (?, ?)", [(_seconds(a), n) for n, a in asked])
            known = [(_seconds(one.begin), one.kind, _seconds(one.end), one.per_kwh) for one in sessions]
            connection.executemany("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?)", known)
            old = _seconds(now - _NOTES_KEPT)
            for table, key in (("noted", "begin"), ("counters", "at"), ("asked", "at")):
                connection.execute(f"DELETE FROM {table} WHERE {key} < ?", (old,))

        self._kept.mend(now)
        return self._kept.change(put)

    def keep(self, account: Account, force: bool = False) -> bool:
        """Writes an account: days that are new or have changed, and their quarter hours.

        A final day stays as it is unless ``force``d: another tariff from today on is not yesterday's. A day of which less
        would be known than before stays in any case: what was known is not forgotten because measurements are lost. The
        first day is the first of which anything is known.
        """

        def put(connection: sqlite3.Connection) -> None:
            first = 0
            for day in account.days:
                rows = account.quarters[first : first + day.quarters]
                first += day.quarters
                question = "SELECT final, measured FROM days WHERE day = ?"
                final, measured = connection.execute(question, (day.day,)).fetchone() or (0, 0)
                begun = day.measured or connection.execute("SELECT 1 FROM days WHERE day < ?", (day.day,)).fetchone()
                if begun and (force or not final) and day.measured >= measured:
                    connection.execute(_PUT_DAY, _stored(day))
                    connection.executemany(_PUT_QUARTER, [_stored(row) for row in rows])

        return self._kept.change(put)

    def days(self, begin: str = "", end: str = "9") -> tuple[Day, ...]:
        """The local days from ``begin`` until before ``end`` (2026-06-01), in order."""
        question = f"SELECT {', '.join(DAY_COLUMNS)} FROM days WHERE day >= ? AND day < ? ORDER BY day"
        return self._kept.ask(lambda c: tuple(_day(row) for row in c.execute(question, (begin, end))), ())

    def quarters(self, begin: datetime, end: datetime) -> tuple[QuarterRow, ...]:
        """The quarter hours that begin in [begin, end), in order."""
        question = f"SELECT {', '.join(QUARTER_COLUMNS)} FROM quarters WHERE begin >= ? AND begin < ? ORDER BY begin"
        span = _seconds(begin), _seconds(end)
        return self._kept.ask(lambda c: tuple(_quarter(row) for row in c.execute(question, span)), ())

    def noted(self, begin: datetime, end: datetime) -> tuple[Noted, ...]:
        """The means that were noted for quarter hours that begin in [begin, end)."""
        question = "SELECT begin, name, value, share FROM noted WHERE begin >= ? AND begin < ? ORDER BY begin"
        return self._rows(question, begin, end, lambda row: Noted(_time(row[0]), *row[1:]))

    def counters(self, begin: datetime, end: datetime) -> tuple[tuple[datetime, str, float], ...]:
        """What the meter's counters showed in [begin, end)."""
        question = "SELECT at, name, kwh FROM counters WHERE at >= ? AND at < ? ORDER BY at"
        return self._rows(question, begin, end, lambda row: (_time(row[0]), row[1], row[2]))

    def asked(self, begin: datetime, end: datetime) -> tuple[tuple[str, datetime], ...]:
        """When loads were asked to run in [begin, end)."""
        question = "SELECT load, at FROM asked WHERE at >= ? AND at < ? ORDER BY at"
        return self._rows(question, begin, end, lambda row: (row[0], _time(row[1])))

    def sessions(self, begin: datetime, end: datetime) -> tuple[Session, ...]:
        """Sessions that begin in [begin, end)."""
        question = "SELECT begin, kind, until, per_kwh FROM sessions WHERE begin >= ? AND begin < ? ORDER BY begin"
        return self._rows(question, begin, end, lambda row: Session(_time(row[0]), row[1], _time(row[2]), row[3]))

    def set_meta(self, key: str, value: Any) -> None:
        """Keeps a JSON value under a key; written only when it has changed."""
        statement = "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        if self.meta(key) != value:
            self._kept.change(lambda c: c.execute(statement, (key, json.dumps(value))))

    def meta(self, key: str) -> Any:
        """A kept JSON value; None where there is none."""
        found = self._kept.ask(lambda c: c.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone(), None)
        try:
            return json.loads(found[0]) if found else None
        except ValueError:
            return None

    def _rows(self, question: str, begin: datetime, end: datetime, made: Callable[[Any], Any]) -> tuple[Any, ...]:
        span = _seconds(begin), _seconds(end)
        return self._kept.ask(lambda c: tuple(made(row) for row in c.execute(question, span)), ())


def _seconds(time: datetime) -> int:
    return int(time.timestamp())


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)


def _stored(row: Day | QuarterRow) -> tuple[Any, ...]:
    return tuple(_seconds(v) if isinstance(v, datetime) else int(v) if isinstance(v, bool) else v for v in astuple(row))


def _day(row: tuple[Any, ...]) -> Day:
    values = dict(zip(DAY_COLUMNS, row, strict=True))
    return Day(**(values | {"begin": _time(values["begin"]), "final": bool(values["final"])}))


def _quarter(row: tuple[Any, ...]) -> QuarterRow:
    return QuarterRow(_time(row[0]), *row[1:])
