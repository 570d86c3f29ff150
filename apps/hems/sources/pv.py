"""PV forecasts as Home Assistant's integrations publish them, as mean power in kW.

Solcast (entities, action, its own API), Open-Meteo, Forecast.Solar (action, its own API), Home Assistant's energy platform,
Volcast, Balcony Solar, EMHASS, Victron's VRM, and lists or mappings by time of template sensors.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any

from ..domain.faults import Refused, shown
from ..domain.series import Slot
from .envelope import Place, places
from .parsed import UNITS, Parsed
from .power import UNDERSTOOD, Unit, unit_of_text
from .power_curves import Curve, Task, curves_in
from .power_keys import Wanted
from .pv_nights import with_nights
from .pv_planes import put_together
from .slots import hole_words, said

_ELSEWHERE = (
    *("price", "prices", "cost", "tariff", "rate", "rates", "buy", "sell", "battery", "batt", "soc", "grid", "import"),
    *("export", "temperature", "temp", "cloud", "humidity", "wind", "confidence", "dampening", "factor", "ev", "car"),
    *(
        "clear",
        "clearsky",
        "irradiance",
        "ghi",
        "dni",
        "dhi",
        "gti",
        "azimuth",
        "elevation",
        "zenith",
        "deferrable",
        "precipitation",
    ),
)
PV = Wanted(
    "PV power",
    frozenset(("pv", "solar", "photovoltaic", "roof")),
    frozenset((*_ELSEWHERE, "load", "consumption", "consumed", "house", "demand", "baseline")),
)
_UNDERSTOOD = (
    "understood are detailedForecast or detailedHourly (Solcast, Volcast), watts, wh_period and wh_period_15m (Open-Meteo, "
    "the action forecast_solar.get_forecast), wh_hours (energy/solar_forecast), forecasts (EMHASS), lists of {start, power} "
    "and mappings {time: W}; the unit from the names (watts, wh, pv_estimate) or unit_of_measurement"
)


def parse_pv(document: Any, *, now: datetime, zone: tzinfo, unit: str | None = None) -> Parsed:
    """The PV forecast of a document: mean kW by slot in UTC, with percentiles where they are given.

    ``now``: what lies before it is an old forecast, which is said. ``zone``: of times without an offset, and of nights.
    ``unit``: W, kW, Wh or kWh, where the document states none or a wrong one. Days of one plant are joined, planes are
    summed where all are known. Raises Refused where there is no forecast, with what was found.
    """
    curves, faults = power_curves(document, Task(PV, zone, given_unit(unit), now))
    if not curves:
        raise Refused([*shortened(faults), _UNDERSTOOD])
    curves, nights = _nights_filled(curves)
    plant = put_together(curves, "plane")
    if not plant.slots:
        raise Refused([*plant.problems, f"no time is known; {_UNDERSTOOD}"])
    problems = [*shortened(faults), *(words for curve in curves for words in curve.problems), *nights, *plant.problems]
    slots, negative = _not_negative(plant.slots)
    problems += negative + ([] if plant.planes > 1 and plant.problems else hole_words(slots))
    if slots[-1].end <= now:
        problems.append(f"the forecast is old: it ends at {said(slots[-1].end)}")
    low, high = _not_negative(plant.low)[0], _not_negative(plant.high)[0]
    return Parsed(UNITS["pv"], slots, tuple(dict.fromkeys(problems)), low, high)


def given_unit(unit: str | None) -> Unit | None:
    """The unit that the user states; Refused where it is none of power or energy."""
    found = unit_of_text(unit)
    if unit is not None and found is None:
        raise Refused([f"unit: {shown(unit)} is no unit of power or energy; write one of {UNDERSTOOD}"])
    return found


def power_curves(document: Any, task: Task) -> tuple[list[Curve], list[str]]:
    """The curves of every place, and sentences on the places that have none."""
    curves: list[Curve] = []
    faults: list[str] = []
    every = places(document)
    for place in every:
        if len(every) > 1 and task.wanted.is_foreign((place.entity_id or "").split(".")[-1]):
            continue  # among all the states of a home are forecasts of other things
        found, wrong = curves_in(place, task)
        found = [curve for curve in found if curve.slots]
        curves += found
        if not found:
            faults += wrong or [_nothing_in(place, task.wanted)]
    if not curves and not faults:
        faults.append(f"none of the {len(every)} states is one of {task.wanted.name}")
    return curves, list(dict.fromkeys(faults))


def shortened(faults: Sequence[str]) -> list[str]:
    """The first three, and how many more there are."""
    more = len(faults) - 3
    return [*faults[:3], *([f"and {more} more like these"] if more > 0 else [])]


def _nothing_in(place: Place, wanted: Wanted) -> str:
    if place.state in ("unknown", "unavailable"):
        return f"{place.where} is {place.state}"
    has = ", ".join(sorted(key for key in place.content if key)[:12])
    state = unit_of_text(place.unit)
    alone = "; its state alone says nothing of the hours" if state is not None else ""
    return f"{place.where} has no list of {wanted.name}; it has {has or 'nothing'}{alone}"


def _nights_filled(curves: Sequence[Curve]) -> tuple[list[Curve], list[str]]:
    filled, problems = [], []
    for curve in curves:
        slots, words = with_nights(curve.slots, curve.zone)
        filled.append(
            replace(curve, slots=slots, low=_nights(curve.low, curve.zone), high=_nights(curve.high, curve.zone))
        )
        problems += [f"{curve.where}: {word}" for word in words]
    return filled, problems


def _nights(slots: tuple[Slot, ...], zone: tzinfo) -> tuple[Slot, ...]:
    return with_nights(slots, zone)[0]


def _not_negative(slots: Sequence[Slot]) -> tuple[tuple[Slot, ...], list[str]]:
    below = sum(slot.value < 0 for slot in slots)
    words = [f"{below} values are below 0 and taken as 0"] if below else []
    return tuple(Slot(slot.begin, slot.end, max(slot.value, 0.0)) for slot in slots), words
