"""Rows of the measurements' file laid on quarter hours, as arrays."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime

import numpy as np

from ..ledger.measured import Values, unknown
from .measurements_tables import seconds_of

# So much of a quarter hour must be known for it to count.
LEAST_SHARE = 0.8
QUARTER_S = 900


class MeanRows:
    """The means of a span, read once."""

    def __init__(self, connection: sqlite3.Connection, begin: datetime, count: int) -> None:
        self.begin, self.count = seconds_of(begin), count
        self._sources: dict[str, list[tuple[str, int]]] = {}
        for number, name, source in connection.execute("SELECT id, name, source FROM series ORDER BY id"):
            self._sources.setdefault(name, []).append((source, number))
        # A price of a whole hour may have begun before.
        span = self.begin - 3600, self.begin + count * QUARTER_S
        question = "SELECT series, begin, seconds, value FROM means WHERE begin >= ? AND begin < ? AND share >= ?"
        found = connection.execute(question, (*span, LEAST_SHARE)).fetchall()
        self._rows = np.array(found, dtype=float).reshape(-1, 4)

    def power(self, name: str, source: str) -> Values:
        """Mean kW by quarter hour. Of several sources the configured one goes first; one that differs from it by its sign
        only was a mistake. Hours that quarter hours were thinned out to are not known by the quarter hour."""
        turned = source[1:] if source.startswith("-") else f"-{source}"
        others = [number for one, number in self._sources.get(name, []) if one not in (source, turned)]
        own = [number for one, number in self._sources.get(name, []) if one == source]
        found = unknown(self.count)
        for number in (*others, *own):
            rows = self._of(number)
            quarters = rows[rows[:, 2] == QUARTER_S]
            places = ((quarters[:, 1] - self.begin) // QUARTER_S).astype(int)
            inside = places >= 0
            found[places[inside]] = quarters[inside, 3]
        return found

    def prices(self, name: str) -> Values:
        """Prices of whatever length by quarter hour, the mean of shorter ones; the newer source where two know one."""
        found = unknown(self.count)
        for _, number in self._sources.get(name, []):
            one = laid(((at, length, value) for _, at, length, value in self._of(number)), self.begin, self.count)
            found = np.where(np.isnan(one), found, one)
        return found

    def _of(self, number: int) -> Values:
        rows: Values = self._rows[self._rows[:, 0] == number]
        return rows


def laid(slots: Iterable[tuple[float, float, float]], begin: int, count: int) -> Values:
    """Values that hold from a second on for so many seconds, as means of whole quarter hours, shape (N,)."""
    sums, seconds = np.zeros(count), np.zeros(count)
    for at, length, value in slots:
        first, until = int(at) - begin, int(at + length) - begin
        for k in range(max(0, first // QUARTER_S), min(count, -(-until // QUARTER_S))):
            share = min(until, (k + 1) * QUARTER_S) - max(first, k * QUARTER_S)
            sums[k], seconds[k] = sums[k] + value * share, seconds[k] + share
    whole = seconds >= QUARTER_S - 1
    return np.where(whole, sums / np.maximum(seconds, 1.0), np.nan)
