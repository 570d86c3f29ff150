"""Rows into the store's tables and out of them. Each function takes a connection and knows nothing of files and faults."""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone

from ..domain.series import Slot, merged
from ..planner.habits import Observation
from .measurements_rows import Batch, Instant, Mean, Series

# What a car's series is called in the table of names.
_CAR = "car.{}"

# Of two means of one slot the one that knows more of it counts, and of equals the later: a clock that was set back must not
# put half a quarter over a whole one.
_PUT_MEAN = """
INSERT INTO means VALUES (?, ?, ?, ?, ?) ON CONFLICT (begin, series) DO UPDATE
SET seconds = excluded.seconds, value = excluded.value, share = excluded.share
WHERE excluded.share * excluded.seconds >= means.share * means.seconds
AND (excluded.value, excluded.share, excluded.seconds) != (means.value, means.share, means.seconds)
"""
# Two sources of one name: the later one counts where both know a time.
_MEANS = """
SELECT means.begin, means.seconds, means.value FROM means JOIN series ON series.id = means.series
WHERE series.name = ? AND (? IS NULL OR series.source = ?) AND means.begin >= ? AND means.begin < ? AND means.share >= ?
ORDER BY means.begin, series.id
"""
_AS_IT_STOOD = """
SELECT forecasts.begin, forecasts.seconds, forecasts.value FROM forecasts JOIN series ON series.id = forecasts.series
WHERE series.name = ? AND forecasts.begin >= ? AND forecasts.begin < ? AND forecasts.issued <= forecasts.begin - ?
ORDER BY forecasts.begin, forecasts.issued
"""


def seconds_of(time: datetime) -> int:
    """Whole seconds since 1970."""
    return int(time.timestamp())


def time_of(seconds: int) -> datetime:
    """An instant in UTC."""
    return datetime.fromtimestamp(seconds, timezone.utc)


def series_id(connection: sqlite3.Connection, series: Series) -> int:
    """The number of a series, which it is given when it is first written."""
    connection.execute("INSERT OR IGNORE INTO series (name, source) VALUES (?, ?)", series)
    return int(connection.execute("SELECT id FROM series WHERE name = ? AND source = ?", series).fetchone()[0])


def put_batch(connection: sqlite3.Connection, batch: Batch) -> None:
    """Writes all of a batch; the transaction is the caller's."""
    put_means(connection, batch.means)
    for instant in batch.instants:
        row = (seconds_of(instant.at), series_id(connection, instant.series), round(instant.value, 4))
        connection.execute("INSERT OR REPLACE INTO instants VALUES (?, ?, ?)", row)
    for seen in batch.cars:
        number = series_id(connection, Series(_CAR.format(seen.car)))
        connected = None if seen.connected is None else int(seen.connected)
        soc = None if seen.soc is None else round(seen.soc, 4)
        connection.execute(
            "INSERT OR REPLACE INTO cars VALUES (?, ?, ?, ?)", (seconds_of(seen.at), number, connected, soc)
        )


def put_means(connection: sqlite3.Connection, means: Iterable[Mean]) -> None:
    """Writes means; the transaction is the caller's."""
    for mean in means:
        number = series_id(connection, mean.series)
        length = int(mean.length.total_seconds())
        row = (seconds_of(mean.begin), number, length, round(mean.value, 5), round(mean.share, 5))
        connection.execute(_PUT_MEAN, row)


def read_slots(
    connection: sqlite3.Connection, series: Series, any_source: bool, begin: datetime, end: datetime, least_share: float
) -> tuple[Slot, ...]:
    """The means of a series that begin in [begin, end) and are known well enough."""
    source = None if any_source else series.source
    question = (series.name, source, source, seconds_of(begin), seconds_of(end), least_share)
    return merged(_slots(connection.execute(_MEANS, question)))


def read_in_progress(connection: sqlite3.Connection, begin: datetime) -> tuple[Mean, ...]:
    """The means of all series that begin at ``begin``, with the shares that are known."""
    rows = connection.execute(
        "SELECT name, source, seconds, value, share FROM means JOIN series ON series.id = means.series WHERE begin = ?",
        (seconds_of(begin),),
    )
    return tuple(
        Mean(Series(name, source), begin, timedelta(seconds=length), value, share)
        for name, source, length, value, share in rows
    )


def read_instants(connection: sqlite3.Connection, name: str, begin: datetime, end: datetime) -> tuple[Instant, ...]:
    """The instants of a name in [begin, end), in order."""
    rows = connection.execute(
        "SELECT at, source, value FROM instants JOIN series ON series.id = instants.series"
        " WHERE name = ? AND at >= ? AND at < ? ORDER BY at, series.id",
        (name, seconds_of(begin), seconds_of(end)),
    )
    return tuple(Instant(Series(name, source), time_of(at), value) for at, source, value in rows)


def read_cars(connection: sqlite3.Connection, car: str, begin: datetime, end: datetime) -> tuple[Observation, ...]:
    """How a car was seen in [begin, end), in order."""
    rows = connection.execute(
        "SELECT at, connected, soc FROM cars JOIN series ON series.id = cars.series"
        " WHERE name = ? AND at >= ? AND at < ? ORDER BY at",
        (_CAR.format(car), seconds_of(begin), seconds_of(end)),
    )
    return tuple(
        Observation(time_of(at), None if connected is None else bool(connected), soc) for at, connected, soc in rows
    )


def last_issue(connection: sqlite3.Connection, name: str) -> tuple[datetime | None, tuple[Slot, ...]]:
    """When a forecast was last issued, and its slots."""
    number = series_id(connection, Series(name))
    issued = connection.execute("SELECT max(issued) FROM forecasts WHERE series = ?", (number,)).fetchone()[0]
    if issued is None:
        return None, ()
    question = "SELECT begin, seconds, value FROM forecasts WHERE series = ? AND issued = ? ORDER BY begin"
    return time_of(issued), tuple(_slots(connection.execute(question, (number, issued))))


def put_issue(connection: sqlite3.Connection, name: str, issued: datetime, slots: Iterable[Slot]) -> None:
    """Writes a forecast under the time of its issue; the transaction is the caller's."""
    number, at = series_id(connection, Series(name)), seconds_of(issued)
    rows = [
        (number, at, seconds_of(slot.begin), seconds_of(slot.end) - seconds_of(slot.begin), round(slot.value, 4))
        for slot in slots
    ]
    connection.executemany("INSERT OR REPLACE INTO forecasts VALUES (?, ?, ?, ?, ?)", rows)


def read_as_it_stood(
    connection: sqlite3.Connection, name: str, begin: datetime, end: datetime, ahead: timedelta
) -> tuple[Slot, ...]:
    """For each slot that begins in [begin, end) the newest forecast that was issued ``ahead`` of its begin."""
    question = (name, seconds_of(begin), seconds_of(end), int(ahead.total_seconds()))
    return merged(_slots(connection.execute(_AS_IT_STOOD, question)))


def _slots(rows: Iterable[tuple[int, int, float]]) -> Iterator[Slot]:
    for begin, seconds, value in rows:
        yield Slot(time_of(begin), time_of(begin + seconds), value)
