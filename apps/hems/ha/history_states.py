"""The recorder's states of the past as they were, entity by entity: to be looked at as the present is."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from ..domain.quantity import parse_time
from .history_raw import Recorder
from .port import States

Value = TypeVar("Value")
_DAY = timedelta(days=1)
_UNIT = "unit_of_measurement"


class Change(NamedTuple):
    """From ``at`` (aware UTC) on an entity said ``state``, in ``unit``; None: nothing is known."""

    at: datetime
    state: str | None
    unit: str | None


class PastState:
    """One entity at one moment of the past, as a home shows its states. ``entity``: None where none is configured."""

    def __init__(self, entity: str | None, past: Mapping[str, Sequence[Change]]) -> None:
        self.entity = entity
        self._changes, self._next = past.get(entity, ()) if entity is not None else (), 0
        self._now: Change | None = None

    @property
    def since(self) -> datetime | None:
        """When it began to say what it says."""
        return self._now.at if self._now is not None else None

    def go_to(self, time: datetime) -> Iterator[datetime]:
        """Goes on to ``time``, by all changes on the way: the end of each time in which nothing changed. Never back."""
        while self._next < len(self._changes) and self._changes[self._next].at <= time:
            change = self._changes[self._next]
            yield change.at
            self._now, self._next = change, self._next + 1
        yield time

    def read(self, how: Callable[[States, str], Value | None]) -> Value | None:
        """What it said, as ``how`` reads it from a home; None where that is not known."""
        return how(self, self.entity) if self.entity is not None else None

    def state(self, entity: str) -> str | None:
        """As Home.state."""
        return self._now.state if self._now is not None else None

    def entity_ids(self) -> frozenset[str]:
        """As Home.entity_ids."""
        return frozenset({self.entity} if self.entity is not None else ())

    def attributes(self, entity: str) -> Mapping[str, Any]:
        """As Home.attributes: the unit alone."""
        return {_UNIT: self._now.unit} if self._now is not None and self._now.unit is not None else {}


def changes(recorder: Recorder, entity: str, begin: datetime, end: datetime) -> tuple[Change, ...]:
    """How an entity changed in [begin, end]; empty where the recorder knows nothing of it, or does not answer to the last.
    ``begin``, ``end``: aware UTC.

    Asked for by the day, for one of a fast sensor is 9000 rows. The short answer has a unit at a day's begin only, so a day
    that the next one begins in another unit is a gap. So is a day without any row.
    """
    days: list[tuple[datetime, Sequence[Mapping[str, Any]], str | None]] = []
    while begin < end:
        until = min(begin.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY, end)
        rows = recorder.history(entity, begin, until)
        # A day that begins unavailable may name no unit.
        days.append((begin, rows, _unit(rows) or (days[-1][2] if days else None)))
        begin = until
    found: list[Change] = []
    for k, (begin, rows, unit) in enumerate(days):
        turned = unit is not None and k + 1 < len(days) and days[k + 1][2] != unit
        for change in [Change(begin, None, None)] if turned else _day(rows, begin, end, unit):
            if not found or found[-1][1:] != change[1:]:  # a day begins with what the day before ended with
                found.append(change)
    return tuple(found) if days and days[-1][1] and any(change.state is not None for change in found) else ()


def _unit(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """The first that is named."""
    attributes = (one for row in rows if isinstance(one := row.get("attributes"), Mapping))
    return next((str(one[_UNIT]) for one in attributes if one.get(_UNIT) is not None), None)


def _day(rows: Sequence[Mapping[str, Any]], begin: datetime, end: datetime, unit: str | None) -> list[Change]:
    found: list[Change] = []
    for row in rows:
        try:
            at = min(max(parse_time(row.get("last_changed") or row.get("last_updated")), begin), end)
        except (AttributeError, ValueError):
            continue
        state = row.get("state")
        if not found or at >= found[-1].at:
            found.append(Change(at, None if state is None else str(state), unit))
    # Before its first row nothing is known of it; what the day before said does not hold.
    return found if found and found[0].at == begin else [Change(begin, None, None), *found]
