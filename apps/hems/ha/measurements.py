"""What the suite has measured itself, in one SQLite file: nothing is lost when Home Assistant's recorder forgets.

No method raises: a disk that is full or a file that is broken becomes a sentence in ``problems``, and the suite goes on.
"""

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from ..domain.series import Slot
from ..planner.habits import Observation
from .measurements_accumulator import Accumulator
from .measurements_retention import QUARTERS_DAYS, prune
from .measurements_rows import Batch, Instant, Mean, Sample, Series
from .measurements_schema import MEASUREMENTS
from .measurements_tables import (
    last_issue,
    put_batch,
    put_issue,
    put_means,
    read_as_it_stood,
    read_cars,
    read_in_progress,
    read_instants,
    read_slots,
)
from .sqlite_kept import Kept

# So much of a slot must be known for it to count.
LEAST_SHARE = 0.8
# Batches that could not be written: a day of them.
_MOST_WAITING = 288
_PRUNE_EVERY = timedelta(days=1)
# A forecast is written when it has changed or reaches farther, and at most so often; the next two days of it.
_ISSUE_EVERY, _FARTHER, _ISSUE_HOURS = timedelta(hours=1), timedelta(hours=12), timedelta(hours=48)


class Measurements:
    """The store. One object may be used from several threads."""

    def __init__(self, folder: Path, now: datetime, quarters_days: int = QUARTERS_DAYS) -> None:
        self._quarters_days = quarters_days
        self._kept = Kept(MEASUREMENTS, folder, now)
        self._waiting: list[Batch] = []
        self._pruned: datetime | None = None
        quarter = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
        self._looks = Accumulator(self._kept.ask(lambda c: read_in_progress(c, quarter), ()))

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the store, in sentences; nothing when all is well."""
        return self._kept.problems

    def close(self, now: datetime) -> None:
        """Ends it; what was not yet written is. From now on nothing is written and nothing known."""
        with self._kept.lock:
            self._flush(now)
            self._kept.close()

    def add(self, sample: Sample) -> None:
        """One more look at the home. Every five minutes what has come together is written, in one transaction."""
        with self._kept.lock:
            self._looks.add(sample)
            if self._looks.due(sample.at):
                self._flush(sample.at)

    def keep_prices(self, name: str, slots: Sequence[Slot], source: str = "") -> None:
        """Prices as they are known (``spot``); written only where they are new or have changed."""
        means = [Mean(Series(name, source), slot.begin, slot.end - slot.begin, slot.value) for slot in slots]
        self._kept.change(lambda connection: put_means(connection, means))

    def keep_forecast(self, name: str, slots: Sequence[Slot], now: datetime) -> None:
        """A forecast as it stands now (``pv.roof``), for comparison with what comes."""
        ahead = [slot for slot in slots if now < slot.end and slot.begin <= now + _ISSUE_HOURS]

        def put(connection: sqlite3.Connection) -> None:
            issued, before = last_issue(connection, name)
            if (issued is None or abs(now - issued) >= _ISSUE_EVERY) and _is_news(ahead, before):
                put_issue(connection, name, now, ahead)

        self._kept.change(put)

    def slots(
        self,
        name: str,
        begin: datetime,
        end: datetime,
        source: str | None = None,
        least_share: float = LEAST_SHARE,
    ) -> tuple[Slot, ...]:
        """The means of a series that begin in [begin, end); with ``source`` only those that were read from it."""
        series = Series(name, source or "")
        return self._kept.ask(lambda c: read_slots(c, series, source is None, begin, end, least_share), ())

    def instants(self, name: str, begin: datetime, end: datetime) -> tuple[Instant, ...]:
        """States of charge (``soc.battery``) at the begins of quarter-hours in [begin, end)."""
        return self._kept.ask(lambda c: read_instants(c, name, begin, end), ())

    def observations(self, car: str, begin: datetime, end: datetime) -> tuple[Observation, ...]:
        """How a car was seen in [begin, end): what its habits are learned from."""
        return self._kept.ask(lambda c: read_cars(c, car, begin, end), ())

    def forecast_as_it_stood(
        self, name: str, begin: datetime, end: datetime, ahead: timedelta = timedelta()
    ) -> tuple[Slot, ...]:
        """What was forecast for the slots that begin in [begin, end), as it stood ``ahead`` of each."""
        return self._kept.ask(lambda c: read_as_it_stood(c, name, begin, end, ahead), ())

    def _flush(self, now: datetime) -> None:
        self._waiting = [*self._waiting, self._looks.take(now)][-_MOST_WAITING:]
        self._write(now)

    def _write(self, now: datetime) -> None:
        """Writes what waits; what cannot be written waits for the next time, a day of it at most."""
        self._kept.mend(now)
        waiting = self._waiting

        def put(connection: sqlite3.Connection) -> None:
            for batch in waiting:
                put_batch(connection, batch)

        if not self._kept.change(put):
            return
        self._waiting = []
        if self._pruned is None or abs(now - self._pruned) >= _PRUNE_EVERY:
            self._pruned = now
            self._kept.change(lambda connection: prune(connection, now, self._quarters_days))


def _is_news(ahead: Sequence[Slot], before: Sequence[Slot]) -> bool:
    """Whether a forecast says anything else about the time that was forecast before, or something about much more time."""
    if not ahead or not before:
        return bool(ahead)
    until = before[-1].end
    said = {(slot.begin, slot.end, slot.value) for slot in before}
    other = any((slot.begin, slot.end, round(slot.value, 4)) not in said for slot in ahead if slot.begin < until)
    return other or max(slot.end for slot in ahead) - until >= _FARTHER
