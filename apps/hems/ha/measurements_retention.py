"""What becomes of old measurements: quarter-hours become hours, forecasts and cars are forgotten."""

import sqlite3
from datetime import datetime, timedelta

from .measurements_tables import seconds_of

# A year and the month before it: each day has its like in the year before.
QUARTERS_DAYS = 400
FORECAST_DAYS = 60
# So many days at a time: a transaction stays short, and one a day keeps up.
_DAYS_AT_A_TIME = 7
_DAY_S = 86400
# Prices are known two days ahead. What lies beyond was written by a clock that was ahead.
_AHEAD = timedelta(days=4)

_TO_HOURS = """
SELECT begin - begin % 3600, series, sum(value * share * seconds) / sum(share * seconds), sum(share * seconds) / 3600
FROM means WHERE begin >= ? AND begin < ? AND share > 0 GROUP BY 1, 2
"""


def prune(connection: sqlite3.Connection, now: datetime, quarters_days: int = QUARTERS_DAYS) -> None:
    """Thins out a part of what is old; the transaction is the caller's."""
    old = seconds_of(now) - quarters_days * _DAY_S
    _to_hours(connection, old - old % 3600)
    for table in ("instants", "cars"):
        connection.execute(f"DELETE FROM {table} WHERE at < ? OR at > ?", (old, seconds_of(now + _AHEAD)))
    connection.execute("DELETE FROM means WHERE begin > ?", (seconds_of(now + _AHEAD),))
    forgotten = seconds_of(now) - FORECAST_DAYS * _DAY_S
    connection.execute("DELETE FROM forecasts WHERE issued < ? OR issued > ?", (forgotten, seconds_of(now + _AHEAD)))


def _to_hours(connection: sqlite3.Connection, before: int) -> None:
    """The oldest days that still have anything shorter than an hour, as hours."""
    first = connection.execute("SELECT min(begin) FROM means WHERE begin < ? AND seconds < 3600", (before,)).fetchone()[
        0
    ]
    if first is None:
        return
    begin = first - first % 3600
    end = min(begin + _DAYS_AT_A_TIME * _DAY_S, before)
    hours = connection.execute(_TO_HOURS, (begin, end)).fetchall()
    connection.execute("DELETE FROM means WHERE begin >= ? AND begin < ?", (begin, end))
    connection.executemany(
        "INSERT INTO means VALUES (?, ?, 3600, ?, ?)",
        [(hour, series, round(value, 5), round(min(share, 1.0), 5)) for hour, series, value, share in hours],
    )
