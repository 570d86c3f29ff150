"""The load of a house, past or forecast, as mean power in kW: statistics, history, forecasts of other integrations."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from ..domain.faults import Refused
from ..domain.series import Slot
from .envelope import Place, places
from .load_history import Past, histories, past_kw
from .load_statistics import Measured, measured_kw, statistics_in, units_by_id
from .parsed import UNITS, Parsed
from .power import Unit
from .power_curves import Curve, Task
from .power_keys import Wanted
from .pv import given_unit, power_curves, shortened
from .pv_planes import put_together
from .slots import hole_words, said
from .times import HOUR

LOAD = Wanted(
    "load",
    frozenset(("load", "consumption", "house", "home", "demand", "baseline", "consumed")),
    frozenset(
        (
            *("price", "prices", "cost", "tariff", "rate", "rates", "buy", "sell", "battery", "batt", "soc", "grid"),
            *("export", "temperature", "temp", "cloud", "humidity", "wind", "confidence", "pv", "solar", "roof"),
            *("irradiance", "photovoltaic", "precipitation", "production", "generation", "yield", "solcast"),
        )
    ),
)
_UNDERSTOOD = (
    "understood are long-term statistics (recorder.get_statistics, recorder/statistics_during_period), history "
    "(/api/history/period) and forecasts as lists of {time, value} with a unit of power or energy"
)


def parse_load(document: Any, *, now: datetime, zone: tzinfo, unit: str | None = None) -> Parsed:
    """The load of a document: mean kW by slot in UTC.

    ``now``: until then the last state of a history holds, if that is not long ago. ``unit``: W, kW, Wh or kWh where the
    document states none or a wrong one; statistics state none of their own. Several sensors are summed. A mean below zero
    is kept out and said: a load is never negative, and a meter with a sign is none. Raises Refused where nothing is found.
    """
    given = given_unit(unit)
    found, faults = _sources(document, now, zone, given)
    if not found:
        raise Refused([*shortened(faults), _UNDERSTOOD])
    house = put_together(found, "sensor")
    problems = [*shortened(faults), *(words for curve in found for words in curve.problems), *house.problems]
    if house.planes > 1:
        problems.append(f"the load is the sum of {', '.join(curve.where for curve in found)}")
    slots = tuple(slot for slot in house.slots if slot.value >= 0)
    below = [slot for slot in house.slots if slot.value < 0]
    if below:
        hours = sum((slot.end - slot.begin) / HOUR for slot in below)
        problems.append(
            f"{hours:g} h are below zero and kept out, first from {said(below[0].begin)}: a load is never negative; "
            "is this a meter of the grid?"
        )
    if not slots:
        raise Refused([*problems, f"no time is known; {_UNDERSTOOD}"])
    problems += hole_words(slots)
    return Parsed(UNITS["load"], slots, tuple(dict.fromkeys(problems)), _not_below(house.low), _not_below(house.high))


def _sources(document: Any, now: datetime, zone: tzinfo, given: Unit | None) -> tuple[list[Curve], list[str]]:
    """History where there is any, else statistics, else forecasts; and sentences on what cannot be read."""
    rows = list(histories(document))
    if rows:
        return _sorted_out([past_kw(entity, one, now, zone, given) for entity, one in rows], zone)
    found = places(document)
    listed = [one for place in found for one in statistics_in(place)]
    if listed:
        units = units_by_id(found)
        return _sorted_out([measured_kw(one, units, zone, given) for one in listed], zone)
    return power_curves(document, Task(LOAD, zone, given, now))


def _sorted_out(read: Sequence[Past | Measured | str], zone: tzinfo) -> tuple[list[Curve], list[str]]:
    faults = [one for one in read if isinstance(one, str)]
    curves = []
    for one in read:
        if isinstance(one, str):
            continue
        if not one.slots:
            faults.append(f"{_name(one)}: no row has a time and a number")
            continue
        place = one.listed.place if isinstance(one, Measured) else Place(one.entity, {}, one.entity)
        holder = one.listed.path if isinstance(one, Measured) else ()
        curves.append(Curve(_name(one), place, holder, one.slots, HOUR, False, zone, problems=one.problems))
    return curves, faults


def _name(one: Past | Measured) -> str:
    return one.where if isinstance(one, Measured) else one.entity


def _not_below(slots: tuple[Slot, ...]) -> tuple[Slot, ...]:
    return tuple(slot for slot in slots if slot.value >= 0)
