"""The lists of a place that may be prices: entries with times under any name, lists of a day, a lone price."""

from collections.abc import Mapping, Sequence
from datetime import date, tzinfo
from typing import Any

from .entries import BARE, Readings, begin_of, parallel_rows, read_entries, rows_of
from .envelope import Listed, Place, lists_of
from .price_candidate import SURE, Candidate, Moment, holds_prices, is_fed_in
from .price_days import by_hour, by_index, current
from .price_scale import Scaled, scaled
from .price_unit import Unit
from .price_words import day_of, is_export, is_generic, rank_of, stem, value_keys
from .times import read_clock, read_stamp


def candidates(place: Place, moment: Moment) -> list[Candidate]:
    """Everything in a place that may be prices, in the order of the document."""
    found = [one for listed in (*_at_top(place, moment.zone), *lists_of(place)) if (one := _of_list(listed, moment))]
    hours = by_hour(place, moment)
    if hours is not None:
        found.append(hours)
    present = current(place, moment)
    return [*found, present] if present is not None else found


def _at_top(place: Place, zone: tzinfo) -> list[Listed]:
    """Attributes that are themselves named by times: 2026-03-28T12:00:00+01:00: 2.5."""
    entries = {name: value for name, value in place.content.items() if read_stamp(name, zone) is not None}
    return [Listed(place, (), entries, (place.content,))] if len(entries) > 1 else []


def _of_list(listed: Listed, moment: Moment) -> Candidate | None:
    rank = _rank(listed)
    if rank == 0 or not listed.entries:
        return None
    rows = rows_of(listed.entries)
    if isinstance(listed.entries, Mapping) and not _mostly_times(listed.entries, moment.zone):
        return None
    if not any(isinstance(row, Mapping) for row in rows):
        rows = parallel_rows(listed.holders[0], rows)
        if not rows:
            return by_index(listed, moment)
    day, words = _day(listed, rows, rank, moment)
    return _timed(listed, rows, rank, moment, day, words)


def _rank(listed: Listed) -> int:
    """How likely the list is the prices, by its own name and those of what holds it."""
    own, around = listed.name, listed.path[:-1]
    if not listed.path:
        return SURE
    # What stands under "prices", or alone in an answer, is named after a home or an area, and its name says nothing.
    answer = listed.place.entity_id is None and len(listed.path) == 1 and own.isupper()
    if around and any(rank_of(part, False) == 0 for part in around[:1]):
        return 0
    held = max((rank_of(part, False) for part in around), default=0)
    below_prices = bool(around) and stem(around[-1]) in ("prices", "price", "rates")
    rank = rank_of(own, answer or below_prices)
    return max(rank, held if held >= SURE else 0) if rank else 0


def _mostly_times(entries: Mapping[Any, Any], zone: tzinfo) -> bool:
    times = sum(read_stamp(key, zone) is not None or _is_clock(key) for key in entries)
    return 2 * times > len(entries)


def _is_clock(key: Any) -> bool:
    return ":" in str(key) and read_clock(key) is not None


def _day(listed: Listed, rows: Sequence[Any], rank: int, moment: Moment) -> tuple[date | None, tuple[str, ...]]:
    """The day of entries that have a time of day only, with a sentence on it; None where they have more, or none is known."""
    if any(begin_of(row, moment.zone) is not None for row in rows if isinstance(row, Mapping)):
        return None, ()
    said = day_of(listed.name)
    if said is None and rank < SURE:
        return None, ()
    day = moment.day(said or 0)
    return day, (f"{listed.where}: its times have no date and are read as those of {day}",)


def _timed(
    listed: Listed, rows: Sequence[Any], rank: int, moment: Moment, day: date | None, words: tuple[str, ...]
) -> Candidate | None:
    export = is_fed_in(listed)
    keys = value_keys(rows, export)
    if not keys:
        own = rank_of(listed.name, False) if listed.name else SURE
        return _messages(listed, rows, rank) if own >= SURE and stem(listed.name) != "data" else None
    key, scale = keys[0], scaled(listed, rows, keys[0], moment.given)
    if is_generic(key) and not holds_prices(listed, rows, scale):
        return None
    readings = read_entries(rows, (key,), moment.zone, day, scale.scale)
    if not readings.timed:
        return None
    bare = "" if key == BARE else key
    return Candidate(listed, rank, bare, readings, scale, export or is_export(key), words)


def _messages(listed: Listed, rows: Sequence[Any], rank: int) -> Candidate:
    """A list with nothing but messages or nulls: it is known that there is no price in it."""
    return Candidate(listed, rank, "", Readings((), tuple(rows)), Scaled(Unit()), is_fed_in(listed))
