"""The zone that a document states for its own times: a name, an offset in seconds, the offsets of its times."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from .entries import START_KEYS, plain, read_number

_NAMES = ("timezone", "time_zone")
_OFFSET = re.compile(r"T?\d\d:\d\d.*([+-])(\d\d):?(\d\d)$")


def stated_zone(content: Mapping[str, Any], default: tzinfo) -> tzinfo:
    """The zone under ``timezone``, or message.info of Forecast.Solar's answers, or utc_offset_seconds; else ``default``."""
    message = content.get("message")
    info = message.get("info") if isinstance(message, Mapping) else None
    for holder in (content, info):
        if not isinstance(holder, Mapping):
            continue
        name = next((holder[key] for key in _NAMES if isinstance(holder.get(key), str)), None)
        if name is not None:
            try:
                return ZoneInfo(name)
            except (ValueError, OSError, KeyError):
                pass  # a zone by another name: its offset may be stated, too
        seconds = read_number(holder.get("utc_offset_seconds"))
        if seconds is not None and abs(seconds) < 86400:
            return timezone(timedelta(seconds=round(seconds)))
    return default


def stated_offset(rows: Sequence[Any], default: tzinfo) -> tzinfo:
    """The offset that the first entry's time is written with, where it is not UTC: the source's local time."""
    first = rows[0] if rows else None
    for key, value in first.items() if isinstance(first, Mapping) else ():
        found = (
            _OFFSET.search(value) if plain(key) in START_KEYS and isinstance(value, str) and len(value) < 60 else None
        )
        if found is not None:
            ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
            if timedelta() < ahead < timedelta(hours=24):
                return timezone(-ahead if found[1] == "-" else ahead)
    return default
