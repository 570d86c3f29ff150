"""Rows of statistics as numbers: times, units, and counters that were reset or jumped."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from ..domain.quantity import parse_time

# Begin (aware UTC) and value of each row, rising.
Rows = tuple[tuple[datetime, float], ...]
_TO_KW = {"mW": 1e-6, "W": 1e-3, "kW": 1.0, "MW": 1e3, "GW": 1e6, "BTU/h": 0.00029307107}
_TO_KWH = {
    "Wh": 1e-3,
    "kWh": 1.0,
    "MWh": 1e3,
    "GWh": 1e6,
    "J": 1 / 3.6e6,
    "kJ": 1 / 3600,
    "MJ": 1 / 3.6,
    "GJ": 1e3 / 3.6,
    "cal": 4.184 / 3.6e6,
    "kcal": 4.184 / 3600,
}
# More than the fuse of any home lets through: a counter that jumped, not energy that flowed.
_MOST_KW = 200.0


def rows_of(rows: Sequence[Mapping[str, Any]], key: str, length: timedelta) -> Rows:
    """The values under ``key``; ``change``, where it is missing, is the difference of two ``sum`` that follow each other.

    A row without a number is left out. Of two rows of the same time the later one counts. The first row that a counter ever
    had says as its change all that it had counted before, and is left out.
    """
    found: dict[datetime, float] = {}
    before: tuple[datetime, float] | None = None
    for row in rows:
        begin = _time(row.get("start"))
        if begin is None:
            continue
        value, total = _number(row.get(key)), _number(row.get("sum"))
        if value is None and key == "change" and total is not None and before is not None:
            value = total - before[1] if before[0] + length == begin else None
        if key == "change" and before is None and value is not None and value == total:
            value = None
        before = (begin, total) if total is not None else before
        if value is not None:
            found[begin] = value
    return tuple(sorted(found.items()))


def mean_kw(rows: Rows, unit: str, measured: bool, length: timedelta) -> tuple[Rows, int] | None:
    """Mean powers in kW, and how many rows were left out; None where unit and kind are neither a power nor a counter.

    A counter's energy is spread over its row. One that fell, or rose by more than any home takes, was reset or replaced:
    what flowed then is not known.
    """
    if measured:
        factor = _TO_KW.get(unit)
        return None if factor is None else _possible([(begin, value * factor) for begin, value in rows], -_MOST_KW)
    factor = _TO_KWH.get(unit)
    hours = length / timedelta(hours=1)
    return None if factor is None else _possible([(begin, value * factor / hours) for begin, value in rows], 0.0)


def _possible(rows: Sequence[tuple[datetime, float]], least: float) -> tuple[Rows, int]:
    kept = tuple((begin, kw) for begin, kw in rows if least - 1e-9 <= kw <= _MOST_KW)
    return kept, len(rows) - len(kept)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _time(value: Any) -> datetime | None:
    """Milliseconds since 1970, or a text as Home Assistant wrote it before 2023."""
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value / 1000, timezone.utc)
        return parse_time(value)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
