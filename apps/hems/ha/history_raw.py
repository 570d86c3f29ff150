"""The past from the recorder's states, for sensors that have no statistics (no ``state_class``): time-weighted means.

What is unavailable, unknown or no number is a gap until the next state.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Protocol

from ..domain.quantity import parse_time
from .history_means import FINE, HOUR, MOST_KW, TO_KW, TO_KWH, Means, Powers
from .measurements_rows import Series
from .measurements_sums import SlotSums
from .readings import known

# The recorder keeps ten days of states unless it is told otherwise.
RAW_DAYS = 10
# So much of an hour, or of five minutes, must be known.
_COVERED = 0.8
# A counter that falls below this part of what it showed has begun anew: Home Assistant's own rule.
_BEGUN_ANEW = 0.9
_DAY = timedelta(days=1)

State = tuple[datetime, float | None]


class Recorder(Protocol):
    """What is asked of a home besides the port: the states of the past."""

    def history(self, entity: str, begin: datetime, end: datetime) -> Sequence[Mapping[str, Any]]:
        """The states of ``begin`` .. ``end`` in order: rows with ``state``, ``last_changed`` and, in the first at least,
        ``attributes``. The first row is the state that held at ``begin``. Nothing where nothing is known; never raises."""
        ...


@dataclass(frozen=True)
class _Day:
    """``unit``: that of the day's begin; None: nothing is known of it."""

    means: Means
    unit: str | None


class RawPast:
    """Mean powers of the days that the recorder keeps. Days that are over are asked for once: one of a fast sensor is 9000
    rows."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._days: dict[tuple[str, datetime], _Day] = {}

    def means(self, entity: str, unit: str, now: datetime) -> Means:
        """The last days of a sensor until ``now`` (aware UTC). ``unit``: the one that it has now.

        The short answer has the unit of a day's begin only, so a day that the next begins in another unit is a gap.
        """
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        hours: Powers = {}
        fine: Powers = {}
        for back in range(RAW_DAYS + 1):
            begin = today - back * _DAY
            day = self._days.get((entity, begin)) or self._read(entity, unit, begin, min(begin + _DAY, now))
            if day.means and back > 1:
                self._days[entity, begin] = day
            hours |= day.means.hours
            fine |= day.means.fine
            unit = day.unit or unit
        self._days = {key: day for key, day in self._days.items() if key[1] >= today - RAW_DAYS * _DAY}
        return Means(dict(sorted(hours.items())), dict(sorted(fine.items())))

    def _read(self, entity: str, unit_after: str, begin: datetime, end: datetime) -> _Day:
        sums, series = {length: SlotSums(length) for length in (HOUR, FINE)}, Series(entity)
        rows = self._recorder.history(entity, begin, end)
        units = [unit for row in rows if (unit := _unit(row)) is not None]
        if all(unit == unit_after for unit in units):
            for low, high, kw in _spans(_states(rows, begin, end), unit_after, end):
                for one in sums.values():
                    one.add(series, low, high, kw)
        hours, fine = ({row.begin: row.value for row in one.rows() if row.share >= _COVERED} for one in sums.values())
        return _Day(Means(hours, fine), units[0] if units else None)


def _spans(states: Sequence[State], unit: str, end: datetime) -> Iterator[tuple[datetime, datetime, float]]:
    """From, until and the power in between."""
    if unit in TO_KW:
        factor = TO_KW[unit]
        for (low, value), (high, _) in pairwise([*states, (end, None)]):
            if value is not None and abs(value * factor) <= MOST_KW:
                yield low, high, value * factor
    elif unit in TO_KWH:
        yield from _counted(states, TO_KWH[unit])


def _counted(states: Iterable[State], factor: float) -> Iterator[tuple[datetime, datetime, float]]:
    """What a counter gained from one state to the next, spread over the time between them."""
    for (low, before), (high, after) in pairwise(states):
        if before is None or after is None or high <= low:
            continue
        gained = (after if after < before * _BEGUN_ANEW else max(after - before, 0.0)) * factor
        kw = gained / ((high - low) / HOUR)
        if kw <= MOST_KW:
            yield low, high, kw


def _states(rows: Sequence[Mapping[str, Any]], begin: datetime, end: datetime) -> list[State]:
    """Times and values in order, within the period."""
    found: list[State] = []
    for row in rows:
        try:
            at = parse_time(row.get("last_changed") or row.get("last_updated"))
        except (AttributeError, ValueError):
            continue
        at = min(max(at, begin), end)
        if not found or at >= found[-1][0]:
            found.append((at, _number(row.get("state"))))
    return found


def _number(state: Any) -> float | None:
    try:
        value = float(known(state) or "nan")
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None


def _unit(row: Any) -> str | None:
    """The unit of a row that has attributes."""
    attributes = row.get("attributes") if isinstance(row, Mapping) else None
    unit = attributes.get("unit_of_measurement") if isinstance(attributes, Mapping) else None
    return unit if isinstance(unit, str) else None
