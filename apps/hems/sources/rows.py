"""The lists of a place as rows with a time and values, in whatever shape they are written."""

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any

from .entries import END_KEYS, START_KEYS, begin_of, parallel_rows, plain, rows_of
from .envelope import Listed, Place, lists_of
from .power import words_of
from .times import HOUR, read_clock, read_stamp


def listings_of(place: Place, zone: tzinfo) -> Iterator[Listed]:
    """The lists of a place; the place itself where its keys are times, as a template sensor writes them."""
    times = {key: value for key, value in place.content.items() if read_stamp(key, zone) is not None}
    if len(times) > 1:
        yield Listed(place, (), times, (place.content,))
    yield from lists_of(place)


def series_rows(listed: Listed, zone: tzinfo) -> list[Any]:
    """Rows with a start and values; of numbers those with the times of a list beside them; none of a mapping of names."""
    entries = listed.entries
    if isinstance(entries, Mapping):
        timed = sum(read_stamp(key, zone) is not None or _is_clock(key) for key in entries)
        return rows_of(entries) if 2 * timed > len(entries) else []
    if entries and not isinstance(entries[0], Mapping | list | tuple):
        return parallel_rows(listed.holders[0], entries)
    rows = rows_of(entries)
    odd = _odd_time(rows, zone)
    if odd is None:
        return rows
    name = "end" if "end" in words_of(odd) else "start"
    return [{**row, name: row[odd]} if isinstance(row, Mapping) and odd in row else row for row in rows]


def _is_clock(key: Any) -> bool:
    return isinstance(key, str) and ":" in key and read_clock(key) is not None


def _odd_time(rows: Sequence[Any], zone: tzinfo) -> str | None:
    """A key of no known name that holds texts of times, where no known one does: "datetime_utc"."""
    first = next((row for row in rows if isinstance(row, Mapping)), None)
    if first is None or any(plain(key) in (*START_KEYS, *END_KEYS) for key in first):
        return None
    texts = (key for key, value in first.items() if isinstance(key, str) and isinstance(value, str))
    return next((key for key in texts if read_stamp(first[key], zone) is not None), None)


def is_ended(listed: Listed, rows: Sequence[Any], zone: tzinfo) -> bool:
    """Whether the times are the ends of the periods: Forecast.Solar's own answers, lists with nothing but period_end."""
    if isinstance(listed.entries, Mapping):
        return plain(listed.name) == "watthoursperiod"
    mappings = [row for row in rows if isinstance(row, Mapping)]
    if not mappings or any(begin_of(row, zone) is not None for row in mappings[:3]):
        return False
    return any(plain(key) in END_KEYS for key in mappings[0])


def by_its_end(row: Any) -> Any:
    """A row with the end in the place of the start."""
    if not isinstance(row, Mapping):
        return row
    end = next((value for key, value in row.items() if plain(key) in END_KEYS), None)
    return {**{key: value for key, value in row.items() if plain(key) not in END_KEYS}, "start": end}


def step_of(begins: Iterable[datetime]) -> timedelta:
    """The middle distance between times; an hour where there is but one."""
    distances = [after - before for before, after in pairwise(sorted(set(begins)))]
    return statistics.median_low(distances) if distances else HOUR
