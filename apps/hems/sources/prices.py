"""Prices as integrations publish them, recognised by shape: slots in UTC and in currency per kWh."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from ..domain.faults import Refused, shown
from ..domain.quantity import LARGEST
from ..domain.series import Slot
from .entries import naive_words, passed_words
from .envelope import Place, places, unwrapped
from .parsed import Parsed
from .price_candidate import SURE, Candidate, Moment
from .price_lists import candidates
from .price_scale import given_unit
from .price_series import Series, series_of
from .slots import hole_words, said
from .times import local_day, midnight

_UNDERSTOOD = (
    "understood are lists of entries with a start and a price under any attribute or in an answer (raw_today, prices, rates, "
    "data, forecasts ...), mappings of times to prices, a day's list of numbers (today, tomorrow) and price_00h .. price_23h"
)
_DECIMALS = 9


def parse_prices(
    document: Any, *, now: datetime, zone: tzinfo, unit: str | None = None, only: str | None = None
) -> Parsed:
    """The prices in a document (see ``envelope``), in currency per kWh.

    ``now``: aware; the day of lists without dates, and what is past. ``zone``: of times without an offset. ``unit``: overrules
    what the source says of its unit. ``only``: the list, home, area or entity, where a document holds several.
    Raises Refused where there are no prices, or their unit is not known: it is never guessed from their size.
    """
    try:
        return _parsed(document, Moment(now, zone, given_unit(unit) if unit is not None else None), only)
    except RecursionError:
        raise Refused(["the document is nested too deeply"]) from None


def _parsed(document: Any, moment: Moment, only: str | None) -> Parsed:
    found_places, failed = places(document), unwrapped(document)[1]
    found = [one for place in found_places for one in candidates(place, moment)]
    if not any(one.readings.timed for one in found):
        raise Refused([_nothing(found_places, found), _UNDERSTOOD])
    series = series_of(found, only, len(found_places))
    slots = tuple(
        Slot(slot.begin, slot.end, round(slot.value, _DECIMALS) + 0.0)
        for slot in series.slots
        if abs(slot.value) <= LARGEST
    )
    if not slots:
        raise Refused([f"{series.members[0].listed.where}: no price is within {LARGEST:g} {series.unit.label}"])
    return Parsed(series.unit.label, slots, (*failed, *_problems(series, slots, found, moment)))


def _nothing(found_places: Sequence[Place], found: Sequence[Candidate]) -> str:
    """What was found where no price is."""
    if found:
        one = found[0]
        return "; ".join(passed_words(one.listed.where, one.readings.passed, "price"))
    if len(found_places) > 1:
        return f"no prices in {len(found_places)} places, the first of them {found_places[0].where}"
    place = found_places[0]
    empty = [name for name, value in place.content.items() if isinstance(value, list | tuple) and not value]
    if empty == [""]:
        return "the list is empty: there are no prices in it"
    if empty:
        return f"{empty[0]} of {place.where} is empty: there are no prices (yet)"
    message = place.content.get("message")
    if isinstance(message, str):
        return f"no prices in {place.where}; its message is {shown(message)}"
    names = ", ".join(list(place.content)[:12]) or "nothing else"
    state = f"the state {shown(place.state)} and " if place.state is not None else ""
    return f"no prices in {place.where}; found {state}{names}"


def _problems(series: Series, slots: Sequence[Slot], found: Sequence[Candidate], moment: Moment) -> list[str]:
    words: list[str] = []
    for one in series.members:
        words += [*one.words, *one.scale.words]
        words += naive_words(one.listed.where, one.readings.naive, moment.zone)
        words += passed_words(one.listed.where, one.readings.passed, "price")
    places_read = {one.listed.place.where for one in series.members}
    for one in found:
        if not one.readings.timed and one.rank >= SURE and one.listed.place.where in places_read:
            words += passed_words(one.listed.where, one.readings.passed, "price")
    if len(slots) < len(series.slots):
        words.append(f"{len(series.slots) - len(slots)} prices beyond {LARGEST:g} {series.unit.label} are passed over")
    if series.unit.currency is None:
        words.append("the currency is not said anywhere; state the unit to name it")
    words += [*series.words, *hole_words(slots), *_in_time(slots, moment)]
    return list(dict.fromkeys(words))


def _in_time(slots: Sequence[Slot], moment: Moment) -> list[str]:
    """Sentences on what is known at ``now`` and for tomorrow; flags of the source are not believed, its times are."""
    now, last = moment.now, slots[-1].end
    if last <= now:
        return [f"all prices are in the past: the last ended {said(last)}, and it is {said(now)}"]
    words = []
    if not any(slot.begin <= now < slot.end for slot in slots):
        first = next(slot for slot in slots if slot.end > now)
        words.append(f"there is no price for now ({said(now)}); the next begins {said(first.begin)}")
    tomorrow = local_day(now, moment.zone, 1)
    begin, end = midnight(tomorrow, moment.zone), midnight(local_day(now, moment.zone, 2), moment.zone)
    known = sum(max(0.0, (min(one.end, end) - max(one.begin, begin)).total_seconds()) for one in slots)
    if known == 0 and last > begin:
        return words
    if known == 0:
        words.append(f"no prices for tomorrow ({tomorrow}) yet: they end {said(last)}")
    elif known < 0.5 * (end - begin).total_seconds():
        words.append(f"only {known / 3600:g} h of tomorrow ({tomorrow}) are known: the prices end {said(last)}")
    return words
