"""Long-term statistics: the websocket's recorder/statistics_during_period and the action recorder.get_statistics.

Rows have no unit: it is the sensor's, or what the request asked for.
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from itertools import pairwise
from typing import Any

from ..domain.series import Slot
from .counter import Reading, used_kw
from .entries import read_entries
from .envelope import Listed, Place, lists_of
from .power import KWH, UNDERSTOOD, Unit, unit_of_text
from .slots import slots_of
from .times import HOUR

_KINDS = {"mean", "change", "sum"}
_KEYS = _KINDS | {"start", "end", "min", "max", "state", "last_reset", "mean_weight", "statistic_id"}
_METADATA_UNITS = ("display_unit_of_measurement", "unit_of_measurement", "statistics_unit_of_measurement")
_LONGEST_ROW = timedelta(hours=3)


@dataclass(frozen=True)
class Measured:
    """What the statistics of one sensor say: mean kW by row."""

    where: str
    listed: Listed
    slots: tuple[Slot, ...]
    problems: tuple[str, ...]


def statistics_in(place: Place) -> list[Listed]:
    """The lists of a place that are rows of statistics."""
    return [one for one in lists_of(place) if _is_statistics(one.entries)]


def _is_statistics(entries: Any) -> bool:
    if isinstance(entries, Mapping) or not entries:
        return False
    rows = entries[:20]
    return all(isinstance(row, Mapping) and "start" in row and set(row) <= _KEYS and _KINDS & set(row) for row in rows)


def units_by_id(found: Sequence[Place]) -> dict[str, str]:
    """Units that states and metadata beside the statistics give to a sensor."""
    units: dict[str, str] = {}
    for place in found:
        if place.entity_id is not None and place.unit is not None:
            units[place.entity_id] = place.unit
        for listed in lists_of(place):
            for row in listed.entries if not isinstance(listed.entries, Mapping) else ():
                if isinstance(row, Mapping) and isinstance(row.get("statistic_id"), str):
                    texts = [row[key] for key in _METADATA_UNITS if isinstance(row.get(key), str)]
                    units[row["statistic_id"]] = texts[0] if texts else ""
    return units


def measured_kw(listed: Listed, units: Mapping[str, str], zone: tzinfo, given: Unit | None) -> Measured | str:
    """Mean kW by row: of a power its mean, of an energy what it rose by; a sentence where that cannot be told.

    Missing rows are holes. ``units``: by sensor. Without any unit a change is taken as kWh, which is said.
    """
    rows = list(listed.entries)
    problems: list[str] = []
    unit = given or _unit(listed, units)
    has = {key for row in rows if isinstance(row, Mapping) for key in _KINDS | {"state"} if row.get(key) is not None}
    if unit is None and has & {"change", "sum"}:
        unit = KWH
        problems.append(f"{listed.where}: its rows have no unit; what the energy rose by is taken as kWh")
    if unit is None:
        return f"{listed.where}: its rows have no unit; state W or kW, or one of {UNDERSTOOD}"
    kinds = ("change", "sum", "state") if unit.energy else ("mean",)
    kind = next((one for one in kinds if one in has), None)
    if kind is None:
        return f"{listed.where}: its rows have no {' or '.join(kinds)}, which a value in {unit.name} needs; they have {', '.join(sorted(has))}"
    spans = slots_of(read_entries(rows, (kind,), zone).timed)
    if not spans:
        return f"{listed.where}: no row has a time and a number"
    length = statistics.median_low([span.end - span.begin for span in spans])
    if length > _LONGEST_ROW:
        return f"{listed.where}: its rows are {length / HOUR:g} hours long and say nothing of the hours; ask for period: hour"
    words: list[str] = []
    if kind in ("mean", "change"):
        slots = [Slot(one.begin, one.end, unit.mean_kw(one.value, one.end - one.begin)) for one in spans]
    else:
        slots, words = used_kw(_readings(spans, unit))
    return Measured(listed.where, listed, tuple(slots), (*problems, *(f"{listed.where}: {word}" for word in words)))


def _readings(spans: Sequence[Slot], unit: Unit) -> list[Reading]:
    """A sum is that of a row's end; between rows that are not next to each other nothing is known."""
    readings: list[Reading] = [(spans[0].end, spans[0].value * unit.to_kilo)]
    for before, after in pairwise(spans):
        if after.begin > before.end:
            readings.append((after.begin, None))
        readings.append((after.end, after.value * unit.to_kilo))
    return readings


def _unit(listed: Listed, units: Mapping[str, str]) -> Unit | None:
    """The unit of the sensor, of a mapping around its rows, or of the request's units beside them."""
    texts: list[Any] = [units.get(listed.name)]
    for holder in listed.holders:
        texts += [holder.get("unit_of_measurement"), holder.get("unit")]
        asked = holder.get("units")
        texts += list(asked.values()) if isinstance(asked, Mapping) else [asked]
    return next((unit for text in texts if (unit := unit_of_text(text)) is not None), None)
