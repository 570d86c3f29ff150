"""The past of a power or energy sensor from the recorder: /api/history/period and history/history_during_period.

The first row of an entity is whole, the others may hold but the state and its time; the websocket's rows have short keys.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import groupby, pairwise
from typing import Any

from ..domain.series import Slot
from .counter import used_kw
from .entries import read_number
from .power import UNDERSTOOD, Unit, by_quarters, unit_of_text
from .slots import said
from .times import read_stamp

_TIMES = ("last_changed", "lc", "last_updated", "lu")
_STATES = ("state", "s")
_ATTRIBUTES = ("attributes", "a")
_DEEPEST = 6
# A house's power that stays the same for longer is a sensor that has stopped; a step holds so long beyond the last state.
_LONGEST = timedelta(hours=6)
_LAST_HOLDS = timedelta(minutes=15)


@dataclass(frozen=True)
class Past:
    """What one entity measured: means in kW by quarter of an hour, cut where nothing is known."""

    entity: str
    slots: tuple[Slot, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class _Row:
    time: datetime
    value: float | None
    unit: Unit | None


def histories(document: Any, depth: int = 0) -> Iterator[tuple[str, Sequence[Mapping[str, Any]]]]:
    """The entities of a document with their rows of states, in its order; none where it holds no history."""
    if depth > _DEEPEST:
        return
    if isinstance(document, Mapping):
        for name, inner in document.items():
            for entity, rows in histories(inner, depth + 1):
                yield entity or str(name), rows
    elif isinstance(document, list | tuple):
        if _is_history(document):
            yield next((row["entity_id"] for row in document if isinstance(row.get("entity_id"), str)), ""), document
        else:
            for inner in document:
                yield from histories(inner, depth + 1)


def _is_history(rows: Sequence[Any]) -> bool:
    """Whether a list holds the states of one entity in turn, and not a list of different ones or of forecasts."""
    if len(rows) < 2 or not all(isinstance(row, Mapping) and any(key in row for key in _STATES) for row in rows):
        return False
    if len({str(row["entity_id"]) for row in rows if "entity_id" in row}) > 1:
        return False
    return any(_of(row, _TIMES) is not None for row in rows) and not any(_has_lists(row) for row in rows)


def _has_lists(row: Mapping[str, Any]) -> bool:
    """Whether a state has a list of mappings or a mapping among its attributes: it is a forecast's."""
    attributes = _of(row, _ATTRIBUTES)
    values = attributes.values() if isinstance(attributes, Mapping) else ()
    return any(
        isinstance(one, Mapping) or (isinstance(one, list | tuple) and any(isinstance(part, Mapping) for part in one))
        for one in values
    )


def past_kw(
    entity: str, rows: Sequence[Mapping[str, Any]], now: datetime, zone: tzinfo, given: Unit | None
) -> Past | str:
    """Means by quarter of an hour; a sentence where no row has a unit.

    A power holds until it changes, an energy counter's rise is spread between its readings. What is unknown or
    unavailable is a hole. The unit is that of the row, or of the last one before it that has one.
    """
    read = _rows(rows, zone, given)
    name = entity or "the history"
    if not any(row.unit is not None for row in read):
        return f"{name}: its states have no unit of power or energy; state one of {UNDERSTOOD}"
    slots: list[Slot] = []
    problems: list[str] = []
    for energy, group in groupby(read, key=lambda row: row.unit is not None and row.unit.energy):
        part = list(group)
        if energy:
            used, words = used_kw(
                [(row.time, None if row.value is None else row.value * _to_kilo(row)) for row in part]
            )
            slots += used
            problems += [f"{name}: {word}" for word in words]
        else:
            held, silent = _held(part, now)
            slots += held
            problems += [f"{name}: the same for more than 6 hours from {said(at)}: that is a hole" for at in silent[:3]]
    units = list(dict.fromkeys(row.unit.name for row in read if row.unit is not None))
    if len(units) > 1:
        problems.append(f"{name}: its unit changes between {' and '.join(units)}; each state is read in its own")
    return Past(name, tuple(by_quarters(slots)), tuple(problems))


def _rows(rows: Sequence[Mapping[str, Any]], zone: tzinfo, given: Unit | None) -> list[_Row]:
    found: list[_Row] = []
    unit = given
    for row in rows:
        attributes = _of(row, _ATTRIBUTES)
        if given is None and isinstance(attributes, Mapping) and "unit_of_measurement" in attributes:
            unit = unit_of_text(attributes["unit_of_measurement"])
        stamp = read_stamp(_of(row, _TIMES), zone)
        if stamp is not None:
            found.append(_Row(stamp.at, read_number(_of(row, _STATES)) if unit is not None else None, unit))
    return sorted(found, key=lambda row: row.time)


def _held(rows: Sequence[_Row], now: datetime) -> tuple[list[Slot], list[datetime]]:
    slots, silent = [], []
    for before, after in pairwise(rows):
        if before.value is None or after.time <= before.time:
            continue
        if after.time - before.time > _LONGEST:
            silent.append(before.time)
        else:
            slots.append(Slot(before.time, after.time, before.value * _to_kilo(before)))
    last = rows[-1]
    if last.value is not None and timedelta() < now - last.time <= _LAST_HOLDS:
        slots.append(Slot(last.time, now, last.value * _to_kilo(last)))
    return slots, silent


def _to_kilo(row: _Row) -> float:
    return row.unit.to_kilo if row.unit is not None else 0.0


def _of(row: Mapping[str, Any], keys: Sequence[str]) -> Any:
    return next((row[key] for key in keys if row.get(key) is not None), None)
