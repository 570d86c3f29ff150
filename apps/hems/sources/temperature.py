"""Outdoor temperatures: weather.get_forecasts, weather states, temperature sensors and Open-Meteo's own answers, in °C."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from ..domain.faults import Refused, shown
from ..domain.series import Slot
from .entries import BARE, naive_words, passed_words, plain, read_entries, read_number
from .envelope import Listed, Place, places
from .parsed import UNITS, Parsed
from .rows import listings_of, series_rows, step_of
from .slots import filled, hole_words, said, slots_of
from .times import HOUR, midnight, read_day, read_stamp
from .zones import stated_zone

_KEYS = ("temperature", "native_temperature", "air_temperature", "temperature_2m", "outdoor_temperature", "temp")
_LOW_KEYS = ("templow", "native_templow", "temp_low", "temperature_min", "temperature_2m_min")
_UNIT_KEYS = ("temperature_unit", "unit_of_measurement", "unit", "native_temperature_unit")
_UNITS = {
    **dict.fromkeys(("°c", "c", "celsius", "degc", "℃", "ºc"), "°C"),
    **dict.fromkeys(("°f", "f", "fahrenheit", "degf", "℉", "ºf"), "°F"),
    **dict.fromkeys(("k", "kelvin"), "K"),
}
# Entries so far apart are days; those with a low beside the high are, too.
_DAY = timedelta(hours=20)
_UNDERSTOOD = (
    "understood are the response of weather.get_forecasts, a weather entity, a sensor of temperature or lists of "
    "{datetime, temperature}"
)


@dataclass(frozen=True)
class _Series:
    slots: tuple[Slot, ...]
    step: timedelta
    problems: tuple[str, ...]


def parse_temperature(document: Any, *, now: datetime, zone: tzinfo, unit: str | None = None) -> Parsed:
    """The outdoor temperature of a document: °C by slot in UTC, the finest source first and others where it has nothing.

    ``now``: a present state is that of its hour. ``zone``: of times without an offset, and of days. ``unit``: °C, °F or K
    where the document states none or a wrong one; without any it is taken as °C, which is said. Raises Refused where there
    is no temperature.
    """
    given = _unit(unit)
    if unit is not None and given is None:
        raise Refused([f"unit: {shown(unit)} is no unit of temperature; write °C, °F or K"])
    found = places(document)
    beside = _unit_of_a_state(found)
    series = [
        one
        for place in found
        for listed in listings_of(place, zone)
        if (one := _series(listed, given, beside, stated_zone(place.content, zone))) is not None
    ]
    present, present_problems = _present_of(found, given, now)
    if not series and not present:
        raise Refused([*_nothing_in(found), _UNDERSTOOD])
    slots: tuple[Slot, ...] = ()
    problems: list[str] = []
    for one in sorted(series, key=lambda one: one.step):
        slots = filled(slots, one.slots)
        problems += one.problems
    if not series:
        problems.append("only the present temperature is there; forecasts come from the action weather.get_forecasts")
    slots = filled(slots, present)
    problems += present_problems + hole_words(slots)
    if slots[-1].end <= now:
        problems.append(f"the forecast is old: it ends at {said(slots[-1].end)}")
    return Parsed(UNITS["temperature"], slots, tuple(dict.fromkeys(problems)))


def _unit(text: Any) -> str | None:
    return _UNITS.get(re.sub(r"[\s_]", "", text).lower()) if isinstance(text, str) else None


def _celsius(value: float, unit: str) -> float:
    return (value - 32.0) / 1.8 if unit == "°F" else value - 273.15 if unit == "K" else value


def _unit_of_a_state(found: Sequence[Place]) -> str | None:
    """The unit of a weather entity's state beside a response, which states none itself."""
    units = (_unit(place.content.get("temperature_unit")) for place in found if place.entity_id is not None)
    return next((unit for unit in units if unit is not None), None)


def _series(listed: Listed, given: str | None, beside: str | None, zone: tzinfo) -> _Series | None:
    rows = series_rows(listed, zone)
    key = _key(listed, rows)
    if key is None:
        return None
    low = next((one for one in _LOW_KEYS if any(isinstance(row, Mapping) and one in row for row in rows)), None)
    daily = _days(rows, key, low, zone)
    read = read_entries(rows, (key,), zone)
    step = step_of(one.begin for one in read.timed) if len(read.timed) > 1 else None
    problems = naive_words(listed.where, read.naive, zone) + passed_words(listed.where, read.passed, "temperature")
    is_daily = bool(daily) and (step >= _DAY if step is not None else low is not None or not read.timed)
    if is_daily:
        slots, step = tuple(daily), timedelta(days=1)
        mean = "the mean of the day's high and low" if low is not None else "the one value of the day"
        problems = [f"{listed.where}: days only; each takes {mean}"]
    else:
        slots = slots_of(read.timed)
    if not slots:
        return None
    unit = given or _stated(listed, key) or beside
    if unit is None:
        unit = "°C"
        problems.append(f"{listed.where}: no unit is stated; taken as °C, state °F if that is your system's")
    celsius = tuple(Slot(one.begin, one.end, _celsius(one.value, unit)) for one in slots)
    return _Series(celsius, step or HOUR, tuple(problems))


def _key(listed: Listed, rows: Sequence[Any]) -> str | None:
    """The key of the temperature; a bare value counts where the list's name or its unit is one of temperatures."""
    keys = dict.fromkeys(key for row in rows[:50] if isinstance(row, Mapping) for key in row if isinstance(key, str))
    named = next((key for one in _KEYS for key in keys if plain(key) == plain(one)), None)
    if named is not None:
        return named
    entity = (listed.place.entity_id or "").split(".")[-1]
    own = next((key for key in keys if entity and key.split(".")[-1] == entity), None)
    bare = own or (BARE if BARE in keys else None)
    is_temperature = plain(listed.name) in map(plain, _KEYS) or _stated(listed, BARE) is not None
    return bare if is_temperature else None


def _stated(listed: Listed, key: str) -> str | None:
    """The unit that the list's surroundings state: temperature_unit, unit_of_measurement, Open-Meteo's hourly_units."""
    for depth, holder in enumerate(listed.holders):
        for name in _UNIT_KEYS:
            if (unit := _unit(holder.get(name))) is not None:
                return unit
        units = holder.get(f"{listed.path[len(listed.path) - 1 - depth]}_units") if depth < len(listed.path) else None
        if isinstance(units, Mapping) and (unit := _unit(units.get(listed.name) or units.get(key))) is not None:
            return unit
    return None


def _days(rows: Sequence[Any], key: str, low: str | None, zone: tzinfo) -> list[Slot]:
    """Whole local days with the mean of high and low; days without a low take the high alone."""
    found: dict[date, float] = {}
    for row in rows:
        if not isinstance(row, Mapping):
            continue
        at = next((row[one] for one in ("datetime", "date", "time", "start") if row.get(one) is not None), None)
        stamp = read_stamp(at, zone)
        day = stamp.at.astimezone(zone).date() if stamp is not None else read_day(at)
        if day is not None and not 1970 < day.year < 2200:
            continue
        high, least = read_number(row.get(key)), read_number(row.get(low)) if low is not None else None
        if day is not None and high is not None:
            found[day] = high if least is None else (high + least) / 2
    return [
        Slot(midnight(day, zone), midnight(day + timedelta(days=1), zone), value)
        for day, value in sorted(found.items())
    ]


def _present_of(found: Sequence[Place], given: str | None, now: datetime) -> tuple[tuple[Slot, ...], list[str]]:
    """The present temperature of the first weather entity, else of the first sensor; none where no state is one."""
    weather_first = sorted(found, key=lambda place: not (place.entity_id or "").startswith("weather."))
    states = [(place.where, one) for place in weather_first if (one := _present(place, given, now)) is not None]
    if not states:
        return (), []
    where, first = states[0]
    more = f"the present temperature is that of {where}; {len(states) - 1} more are passed over"
    return first.slots, [*first.problems, *([more] if len(states) > 1 else [])]


def _present(place: Place, given: str | None, now: datetime) -> _Series | None:
    """The present temperature of a weather entity or a sensor, as that of the current hour."""
    stated = _unit(place.content.get("temperature_unit"))
    value = read_number(place.content.get("temperature")) if place.entity_id is not None else None
    is_weather = value is not None and (place.entity_id or "").startswith("weather.")
    if not is_weather:
        stated = _unit(place.unit)
        is_sensor = stated is not None or place.content.get("device_class") == "temperature"
        value = read_number(place.state) if is_sensor else None
    if value is None:
        return None
    unit = given or stated or "°C"
    problems = [] if given or stated else [f"{place.where}: no unit is stated; taken as °C"]
    begin = now.replace(minute=0, second=0, microsecond=0)
    return _Series((Slot(begin, begin + HOUR, _celsius(value, unit)),), HOUR, tuple(problems))


def _nothing_in(found: Sequence[Place]) -> list[str]:
    words = []
    for place in found[:3]:
        if place.state in ("unknown", "unavailable"):
            words.append(f"{place.where} is {place.state}")
        else:
            has = ", ".join(sorted(key for key in place.content if key)[:12])
            words.append(f"{place.where} has no temperature; it has {has or 'nothing'}")
    return words
