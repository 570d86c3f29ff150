"""States as numbers: unit read with every value, None for what is not known. Unknown is never zero."""

import math
from collections.abc import Mapping
from datetime import time

from .port import States

# Factors to the suite's own units, by the unit that the state carries.
_TO_KW = {"W": 1e-3, "kW": 1.0, "MW": 1e3}
_TO_KWH = {"Wh": 1e-3, "kWh": 1.0, "MWh": 1e3}
_ON = frozenset({"on", "true", "home", "plugged", "open"})
_UNKNOWN = frozenset({"unknown", "unavailable", "none", "", "nan"})


def known(state: str | None) -> str | None:
    """The state, or None for what Home Assistant calls unknown or unavailable."""
    return None if state is None or str(state).strip().lower() in _UNKNOWN else str(state)


def number(home: States, entity: str) -> float | None:
    """A state as a finite number, in whatever unit it has."""
    state = known(home.state(entity))
    try:
        value = float(state) if state is not None else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _converted(home: States, entity: str, factors: Mapping[str, float]) -> float | None:
    value = number(home, entity)
    factor = factors.get(str(home.attributes(entity).get("unit_of_measurement")))
    return None if value is None or factor is None else value * factor


def power_kw(home: States, entity: str) -> float | None:
    """A power in kW; None where it is unknown or its unit is not W, kW or MW."""
    return _converted(home, entity, _TO_KW)


def energy_kwh(home: States, entity: str) -> float | None:
    """An energy in kWh; None where it is unknown or its unit is not Wh, kWh or MWh."""
    return _converted(home, entity, _TO_KWH)


def fraction(home: States, entity: str) -> float | None:
    """A percentage as a fraction 0..1; None where it is unknown, its unit is not %, or it lies outside 0..100."""
    value = number(home, entity)
    if value is None or home.attributes(entity).get("unit_of_measurement") != "%":
        return None
    return value / 100 if 0 <= value <= 100 else None


def temperature_c(home: States, entity: str) -> float | None:
    """A temperature in degrees Celsius; None where it is unknown or has another unit than °C or °F."""
    value = number(home, entity)
    unit = home.attributes(entity).get("unit_of_measurement")
    if value is None or unit not in ("°C", "°F"):
        return None
    return value if unit == "°C" else (value - 32) / 1.8


def weather_c(home: States, entity: str) -> float | None:
    """What a weather entity says of now, in degrees Celsius; None where it is unavailable or names no unit."""
    attributes = home.attributes(entity)
    value, unit = attributes.get("temperature"), attributes.get("temperature_unit")
    if known(home.state(entity)) is None or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if unit not in ("°C", "°F") or not math.isfinite(value):
        return None
    return value if unit == "°C" else (value - 32) / 1.8


def is_on(home: States, entity: str) -> bool | None:
    """An on/off state; None where it is unknown."""
    state = known(home.state(entity))
    return None if state is None else state.lower() in _ON


def clock(home: States, entity: str) -> time | None:
    """The time of day of an input_datetime ("07:00:00", or a date and a time); None where it is unknown."""
    state = known(home.state(entity))
    try:
        return time.fromisoformat(state.strip().split(" ")[-1]) if state is not None else None
    except ValueError:
        return None


def why_not(home: States, entity: str, units: str) -> str:
    """Why an entity gives no value, to follow its name: ``is unavailable``, ``is in A, and not in W, kW or MW``.

    ``units``: what would be understood; empty for what is no number.
    """
    state = home.state(entity)
    if state is None:
        return "has vanished"
    if known(state) is None:
        return f"is {state.strip().lower() or 'empty'}"
    if not units:
        return f"says {state!r:.40}, which is not understood"
    if number(home, entity) is None:
        return f"says {state!r:.40}, which is no number"
    unit = home.attributes(entity).get("unit_of_measurement")
    return f"says {state:.20} {unit or 'without a unit'}, and not {units}"
