"""Time strings as integrations write them, read into UTC.

``T`` or a space, ``Z``, offsets with and without a colon, one to nine digits of a second, epochs in seconds, milliseconds
or microseconds. A time without an offset is the home's local time; who reads one says so.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import Any

from ..domain.quantity import parse_time

_NAIVE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)[T ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d{1,9})?)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_CLOCK = re.compile(r"(\d{1,2})(?::(\d\d))?(?::(\d\d))?(?:\s*-\s*\d{1,2}(?::\d\d){0,2})?(?:h)?")
_ISO_LENGTH = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_CLOCK_LENGTH = re.compile(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?")
_DIGITS = re.compile(r"\d{9,17}(?:\.\d+)?")
# Epochs of the years 1990 to 2200, by the unit they count.
_EPOCH_FROM, _EPOCH_TO = 631152000.0, 7258118400.0
_EPOCH_UNITS = (1.0, 1e3, 1e6)
_MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Stamp:
    """An instant in UTC. ``naive``: it came without an offset and was read in the home's zone.

    ``twice``: it is of the hour that clocks show twice in autumn, and this is the first of the two.
    """

    at: datetime
    naive: bool = False
    twice: bool = False


def read_stamp(value: Any, zone: tzinfo) -> Stamp | None:
    """The instant that a text, a number or a datetime stands for; None where it is none, or one that never was.

    ``zone``: a zoneinfo zone or a fixed offset, for times without an offset. A local time that the spring change leaves
    out is None.
    """
    if isinstance(value, datetime):
        return _local(value.replace(fold=0), zone) if value.tzinfo is None else _aware(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _epoch(value)
    if not isinstance(value, str) or len(value) > 60:
        return None
    text = value.strip()
    if _DIGITS.fullmatch(text):
        return _epoch(float(text))
    naive = _NAIVE.fullmatch(text)
    if naive is None:
        return _aware(text)
    year, month, day, hour, minute, second = (int(part or 0) for part in naive.groups())
    try:
        return _local(datetime(year, month, day, hour, minute, second), zone)
    except ValueError:
        return None


def _aware(value: str | datetime) -> Stamp | None:
    try:
        return Stamp(parse_time(value))
    except (ValueError, OverflowError):
        return None


def _epoch(value: float) -> Stamp | None:
    try:
        number = float(value)
    except OverflowError:
        return None
    if not math.isfinite(number):
        return None
    for unit in _EPOCH_UNITS:
        if _EPOCH_FROM <= number / unit <= _EPOCH_TO:
            return Stamp(datetime.fromtimestamp(number / unit, timezone.utc))
    return None


def _local(wall: datetime, zone: tzinfo) -> Stamp | None:
    if not 1970 < wall.year < 2200:
        return None
    first = wall.replace(tzinfo=zone).astimezone(timezone.utc)
    if first.astimezone(zone).replace(tzinfo=None) != wall:
        return None  # the spring change leaves this time out
    second = wall.replace(tzinfo=zone, fold=1).astimezone(timezone.utc)
    return Stamp(first, naive=True, twice=second != first)


def read_day(value: Any) -> date | None:
    """A calendar day, "2026-03-28"; of a time with more in it None."""
    if isinstance(value, datetime):
        return None
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value.strip()):
        return None
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        return None


def read_clock(value: Any) -> timedelta | None:
    """A time of day after midnight: 13, "13", "13:30", "13:30:00", "13-14", "13:00 - 14:00"; None for anything else.

    24 is the end of the day.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return timedelta(hours=int(value)) if value in range(25) else None
    found = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) and len(value) < 30 else None
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    clock = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return clock if clock <= timedelta(hours=24) and minutes < 60 and seconds < 60 else None


def read_length(value: Any) -> timedelta | None:
    """A duration: a number or numeric text of minutes, "PT30M", "00:30:00"; None for anything else or beyond a year."""
    if isinstance(value, timedelta):
        length = value
    elif isinstance(value, Mapping):
        parts = {
            key: value[key] for key in ("days", "hours", "minutes", "seconds") if type(value.get(key)) in (int, float)
        }
        length = _spanned(**parts)
    elif isinstance(value, str):
        length = _length_of_text(value.strip())
    elif isinstance(value, int | float) and not isinstance(value, bool):
        length = _spanned(minutes=value)
    else:
        return None
    return length if timedelta() < length <= timedelta(days=366) else None


def _length_of_text(text: str) -> timedelta:
    iso = _ISO_LENGTH.fullmatch(text) if len(text) < 30 else None
    if iso is not None:
        days, hours, minutes, seconds = (int(part or 0) for part in iso.groups())
        return _spanned(days=days, hours=hours, minutes=minutes, seconds=seconds)
    clock = _CLOCK_LENGTH.fullmatch(text)
    if clock is not None:
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return _spanned(hours=hours, minutes=minutes, seconds=seconds)
    minutes_only = re.fullmatch(r"(\d{1,5}(?:\.\d+)?)\s*(?:min|minutes|m)?", text)
    return _spanned(minutes=float(minutes_only.group(1))) if minutes_only else timedelta()


def _spanned(**parts: float) -> timedelta:
    try:
        return timedelta(**parts)
    except (ValueError, OverflowError):
        return timedelta()


def to_minute(at: datetime) -> datetime:
    """The nearest whole minute: starts of one second past are written by Amber, ends of 59 seconds by others."""
    return (at + _MINUTE / 2).replace(second=0, microsecond=0)


def midnight(day: date, zone: tzinfo) -> datetime:
    """The instant (UTC) at which a local day begins."""
    return datetime.combine(day, time(), zone).astimezone(timezone.utc)


def local_day(now: datetime, zone: tzinfo, days_on: int = 0) -> date:
    """The local calendar day of ``now``, or ``days_on`` days after it."""
    return now.astimezone(zone).date() + timedelta(days=days_on)
