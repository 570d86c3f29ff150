"""Prices that are no list of entries: a day's numbers by index, attributes named after hours, the present price alone."""

import re
from datetime import datetime, timedelta
from typing import Any

from .entries import Readings, Timed, read_entries, read_number
from .envelope import Listed, Place, places
from .price_candidate import CURRENT, HOURS, INDEXED, Candidate, Moment, holds_prices, is_fed_in
from .price_scale import Scaled, scaled
from .price_unit import Unit
from .price_words import day_of, is_generic, says_price, value_keys
from .times import HOUR, midnight, read_stamp

_HOUR_KEY = re.compile(r"([a-z_]*?)_?(next_day_|tomorrow_)?(\d\d)h(_d)?")
# Steps that a day's list may have, in minutes; fewer numbers than these are no day's.
_STEPS = (60, 30, 15)
_FEWEST = 20


def by_index(listed: Listed, moment: Moment) -> Candidate | None:
    """A day's numbers without times (``today``, ``tomorrow``), laid on the local day."""
    values, days_on = list(listed.entries), day_of(listed.name)
    numbers = [read_number(value) for value in values]
    if days_on is None or len(values) < _FEWEST or not any(number is not None for number in numbers):
        return None
    scale = scaled(listed, (), "", moment.given)
    if not holds_prices(listed, (), scale):
        return None
    day = moment.day(days_on)
    begin, end = midnight(day, moment.zone), midnight(day + timedelta(days=1), moment.zone)
    hours = (end - begin) / HOUR
    step = next((minutes for minutes in _STEPS if len(values) * minutes == round(hours * 60)), None)
    words = [f"{listed.where}: {len(values)} prices without times are read as those of {day} in {moment.zone}"]
    if step is None:
        step = next((minutes for minutes in _STEPS if abs(len(values) * minutes / 60 - hours) <= 2), None)
        words.append(f"{listed.where}: {len(values)} prices do not fit a day of {hours:g} hours")
        if step is None:
            return Candidate(listed, INDEXED, "", Readings((), tuple(values)), scale, is_fed_in(listed), tuple(words))
    length = timedelta(minutes=step)
    timed = tuple(
        Timed(begin + k * length, begin + (k + 1) * length, number)
        for k, number in enumerate(numbers)
        if number is not None and begin + (k + 1) * length <= end
    )
    passed = tuple(value for value, number in zip(values, numbers, strict=True) if number is None)
    return Candidate(listed, INDEXED, "", Readings(timed, passed), scale, is_fed_in(listed), tuple(words))


def has_hours(document: Any) -> bool:
    """Whether a document has prices under names of local hours, as Spain's PVPC has. Raises Refused as ``places`` does."""
    names = (name for place in places(document) for name in place.content)
    return any((found := _HOUR_KEY.fullmatch(name)) is not None and says_price(found[1]) for name in names)


def by_hour(place: Place, moment: Moment) -> Candidate | None:
    """Attributes named after local hours: price_00h, price_02h_d (the second time in autumn), price_next_day_00h."""
    rows, passed = [], []
    for name, value in place.content.items():
        found = _HOUR_KEY.fullmatch(name)
        if found is None or not says_price(found[1]):
            continue
        day = moment.day(1 if found[2] else 0)
        wall = datetime(day.year, day.month, day.day) + timedelta(hours=int(found[3]))
        stamp = read_stamp(wall, moment.zone)
        number = read_number(value)
        if stamp is None or number is None:
            passed.append({name: value})
            continue
        begin = stamp.at + HOUR if found[4] and stamp.twice else stamp.at
        rows.append(Timed(begin, begin + HOUR, number))
    if not rows:
        return None
    listed = Listed(place, ("price_00h ...",), (), (place.content,))
    scale = scaled(listed, (), "", moment.given)
    if scale.unit.per_kwh is None:
        scale = Scaled(
            scale.unit.over(Unit("EUR", False, 1.0)), 1.0, ("no unit is written: PVPC's prices are in EUR/kWh",)
        )
    words = (f"{listed.where}: its hours have no date and are read as those of {moment.day(0)} in {moment.zone}",)
    return Candidate(listed, HOURS, "", Readings(tuple(rows), tuple(passed)), scale, is_fed_in(listed), words)


def current(place: Place, moment: Moment) -> Candidate | None:
    """The present price alone: attributes with a start, an end and a price."""
    listed = Listed(place, (), (place.content,), (place.content,))
    flat = {key: value for key, value in place.content.items() if not isinstance(value, list | tuple)}
    keys = [key for key in value_keys([flat], is_fed_in(listed)) if not is_generic(key)]
    if not keys:
        return None
    readings = read_entries([flat], keys[:1], moment.zone)
    ended = tuple(one for one in readings.timed if one.end is not None)
    if not ended:
        return None
    scale = scaled(listed, [flat], keys[0], moment.given)
    timed = tuple(Timed(one.begin, one.end, one.value * scale.scale) for one in ended)
    return Candidate(listed, CURRENT, keys[0], Readings(timed, (), readings.naive), scale, is_fed_in(listed))
