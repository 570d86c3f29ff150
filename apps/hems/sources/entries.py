"""The one rule for series written as lists: what an entry's time, end and value are.

An entry is a mapping with a start, perhaps an end or a duration, and a value; a pair [time, value]; or a key of a mapping
``{iso: number}`` or ``{iso: {..}}``. Keys are compared without regard to case and underscores: ``startsAt`` is ``starts_at``.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import Any

from ..domain.faults import shown
from .times import HOUR, Stamp, midnight, read_clock, read_day, read_length, read_stamp, to_minute

# In order of trust: the first that holds a time is the start.
START_KEYS = (
    "start", "starttime", "startsat", "startat", "startdatetime", "startdate", "starttimestamp", "starttimeutc", "timestart",
    "periodstart", "intervalstart", "deliverystart", "slotstart", "validfrom", "from", "fromtime", "fromdate", "datefrom",
    "begin", "begintime", "datetime", "timestamp", "timeutc", "hourutc", "utctime", "time", "localtime", "hour", "ts", "date",
    "timedk", "hourdk", "day", "von", "ab", "zeit", "tid", "aika", "inicio", "x",
)  # fmt: skip
END_KEYS = (
    "end", "endtime", "endsat", "endat", "enddatetime", "enddate", "endtimestamp", "endtimeutc", "timeend", "periodend",
    "intervalend", "deliveryend", "slotend", "validto", "validuntil", "till", "until", "to", "totime", "todate", "dateto",
    "bis", "stop",
)  # fmt: skip
LENGTH_KEYS = (
    "duration",
    "durationminutes",
    "period",
    "interval",
    "intervalminutes",
    "resolution",
    "slotminutes",
    "step",
)
_DAY_KEYS = ("date", "day", "startdate")
_CLOCK_KEYS = tuple(key for key in START_KEYS if key not in (*_DAY_KEYS, "x"))
# The value of an entry that has no keys: of a pair, or of a mapping {iso: number}.
BARE = "value"
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d{1,3})?")
_LARGEST = 1e12


@dataclass(frozen=True)
class Timed:
    """A value from ``begin`` (UTC, whole minutes) until ``end``, or until what follows where that is None."""

    begin: datetime
    end: datetime | None
    value: float
    # The end is a duration's, which integrations write in minutes and now and then in another unit.
    by_duration: bool = False


@dataclass(frozen=True)
class Readings:
    """``timed``: the entries that hold a time and a value, in their order. ``passed``: those that do not.

    ``naive``: times came without an offset and were read as the home's local time.
    """

    timed: tuple[Timed, ...]
    passed: tuple[Any, ...] = ()
    naive: bool = False


def plain(key: Any) -> str:
    """A key without case, underscores, dashes and spaces: "starts_at" and "startsAt" are the same."""
    return str(key).lower().replace("_", "").replace("-", "").replace(" ", "")


def read_number(value: Any) -> float | None:
    """A finite number, or a text that is one ("0.12", "0,12"); None for true, NaN, null and words."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip()
        if len(text) > 40 or not _NUMBER.fullmatch(text):
            return None
        value = float(text.replace(",", "."))
    if not isinstance(value, int | float):
        return None
    return float(value) if -_LARGEST <= value <= _LARGEST and math.isfinite(value) else None


def rows_of(entries: Sequence[Any] | Mapping[Any, Any]) -> list[Any]:
    """Entries as mappings where they are such: a mapping's key becomes its row's start, a pair becomes start and value."""
    if isinstance(entries, Mapping):
        return [
            {**value, "start": key} if isinstance(value, Mapping) else {"start": key, BARE: value}
            for key, value in entries.items()
        ]
    return [_paired(one) if isinstance(one, list | tuple) else one for one in entries]


def _paired(one: Sequence[Any]) -> Any:
    if len(one) == 2:
        return {"start": one[0], BARE: one[1]}
    return {"start": one[0], "end": one[1], BARE: one[2]} if len(one) == 3 else one


def parallel_rows(holder: Mapping[str, Any], values: Sequence[Any]) -> list[Any]:
    """Rows of a list of numbers whose times stand in a list beside it (``unix_seconds``, ``time``); [] where none does."""
    if any(read_stamp(value, timezone.utc) is not None for value in values[:3]):
        return []  # these are times themselves
    for key, times in holder.items():
        if times is values or not isinstance(times, list | tuple) or len(times) != len(values):
            continue
        if plain(key).rstrip("s") in (*START_KEYS, "unixsecond", "label") and times:
            return [{"start": at, BARE: value} for at, value in zip(times, values, strict=True)]
    return []


def value_at(entry: Mapping[Any, Any], key: str) -> Any:
    """The value under a key, or under a dotted path of keys ("price_tax_included.amount"); None where there is none."""
    found: Any = entry
    for part in (key,) if key in entry else key.split("."):
        if isinstance(found, list | tuple) and len(found) == 1:
            found = found[0]
        if not isinstance(found, Mapping):
            return None
        found = found.get(part)
    return found


def read_entries(
    entries: Sequence[Any] | Mapping[Any, Any],
    value_keys: Sequence[str],
    zone: tzinfo,
    day: date | None = None,
    scale: float = 1.0,
) -> Readings:
    """The entries that hold a time and a number under the first of ``value_keys`` that does, times ``scale``.

    ``zone``: of times without an offset. ``day``: the local day of entries that have a time of day only, None where that is
    not known. What is null, NaN, a word, true or a message is passed over.
    """
    timed: list[Timed] = []
    passed: list[Any] = []
    naive = False
    seen: set[datetime] = set()
    rows = rows_of(entries)
    ending = _counted_from_one(rows)
    for row in rows:
        value = _value(row, value_keys)
        stamp = begin_of(row, zone, day, ending) if isinstance(row, Mapping) else None
        if stamp is None or value is None:
            passed.append(row)
            continue
        begin = stamp.at
        if stamp.twice and begin in seen:
            begin += HOUR  # the second of the two hours that clocks show alike
        seen.add(begin)
        naive = naive or stamp.naive
        end, by_duration = _end_of(row, begin, zone)
        timed.append(Timed(to_minute(begin), end, value * scale, by_duration))
    return Readings(tuple(timed), tuple(passed), naive)


def _value(row: Any, keys: Sequence[str]) -> float | None:
    if not isinstance(row, Mapping):
        return None
    return next((number for key in keys if (number := read_number(value_at(row, key))) is not None), None)


def _by_plain(row: Mapping[Any, Any], keys: Sequence[str]) -> Iterator[Any]:
    named = {plain(key): value for key, value in row.items()}
    known = [named[key] for key in keys if key in named]
    # Names that only begin or end like a start or an end, such as start_local and utc_start, come last.
    word = "start" if keys[0] == START_KEYS[0] else "end" if keys[0] == END_KEYS[0] else None
    return iter(known + [named[key] for key in named if word and key not in keys and _is_like(key, word)])


def _is_like(key: str, word: str) -> bool:
    return key.startswith(word) or key.endswith((word, f"{word}time"))


def begin_of(row: Mapping[Any, Any], zone: tzinfo, day: date | None = None, ending: bool = False) -> Stamp | None:
    """The start of an entry; of one with nothing but an end and a duration, the one less the other. None where none is.

    ``ending``: hours are counted 1 to 24, each by its end.
    """
    for value in _by_plain(row, START_KEYS):
        stamp = read_stamp(value, zone)
        if stamp is not None:
            return stamp
    own = next((found for value in _by_plain(row, _DAY_KEYS) if (found := read_day(value)) is not None), day)
    if own is not None:
        for value in _by_plain(row, _CLOCK_KEYS):
            clock = read_clock(value)
            if clock is not None:
                return _on_day(own, clock - HOUR if ending else clock, zone)
    return _before_end(row, zone)


def _on_day(day: date, clock: timedelta, zone: tzinfo) -> Stamp | None:
    wall = datetime(day.year, day.month, day.day) + clock
    return read_stamp(wall, zone)


def _before_end(row: Mapping[Any, Any], zone: tzinfo) -> Stamp | None:
    length = next((found for value in _by_plain(row, LENGTH_KEYS) if (found := read_length(value))), None)
    ends = (read_stamp(value, zone) for value in _by_plain(row, END_KEYS))
    end = next((stamp for stamp in ends if stamp is not None), None)
    return Stamp(end.at - length, end.naive) if end is not None and length is not None else None


def _counted_from_one(rows: Sequence[Any]) -> bool:
    hours = [row.get("hour") for row in rows if isinstance(row, Mapping) and type(row.get("hour")) is int]
    return 24 in hours and 0 not in hours


def _end_of(row: Mapping[Any, Any], begin: datetime, zone: tzinfo) -> tuple[datetime | None, bool]:
    for value in _by_plain(row, END_KEYS):
        stamp = read_stamp(value, zone)
        if stamp is not None:
            end = stamp.at + HOUR if stamp.twice and stamp.at <= begin else stamp.at
            return (to_minute(end), False) if to_minute(end) > to_minute(begin) else (None, False)
        clock = read_clock(value)
        if clock is not None:
            day = begin.astimezone(zone).date()
            on = _on_day(day, clock, zone)
            end = on.at if on is not None and on.at > begin else midnight(day + timedelta(days=1), zone)
            return to_minute(end), False
    length = next((found for value in _by_plain(row, LENGTH_KEYS) if (found := read_length(value))), None)
    return (to_minute(begin) + length, True) if length is not None else (None, False)


def passed_words(where: str, passed: Sequence[Any], of_what: str) -> list[str]:
    """A sentence on entries that were passed over, with the first of them; [] where there are none."""
    if not passed:
        return []
    first = shown(min(passed, key=_by_start))
    if len(passed) == 1:
        return [f"{where}: 1 entry holds no {of_what} and is passed over: {first}"]
    return [f"{where}: {len(passed)} entries hold no {of_what} and are passed over; the first: {first}"]


def _by_start(row: Any) -> tuple[str, str]:
    start = next(iter(_by_plain(row, START_KEYS)), "") if isinstance(row, Mapping) else ""
    return str(start), repr(row)


def naive_words(where: str, naive: bool, zone: tzinfo) -> list[str]:
    """A sentence on times without an offset; [] where all have one."""
    return [f"{where}: its times have no offset and are read as {zone}"] if naive else []
