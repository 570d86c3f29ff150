"""Series of mean power (kW) in one place of a document: lists, mappings by time, energies and instants."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from ..domain.series import Slot
from .entries import (
    BARE,
    Readings,
    Timed,
    begin_of,
    naive_words,
    passed_words,
    plain,
    read_entries,
)
from .envelope import Listed, Place
from .power import Unit, words_of
from .power_keys import Chosen, Wanted, choose_key, percentile
from .power_shapes import between_instants, by_end, differences, is_irregular, is_running_sum
from .rows import by_its_end, is_ended, listings_of, series_rows, step_of
from .slots import filled, slots_of
from .times import HOUR, local_day, read_day
from .zones import stated_offset, stated_zone

# Entries further apart are sums of days: they say nothing of the hours.
_LONGEST_STEP = timedelta(hours=3)
_SITE = ("detailedForecast", "detailedHourly")


@dataclass(frozen=True)
class Curve:
    """One source's series, mean kW.

    ``holder``: the keys that lead to the mapping which holds it; of one holder one curve counts. ``zone``: of the source's
    days and nights.
    """

    where: str
    place: Place
    holder: tuple[str, ...]
    slots: tuple[Slot, ...]
    step: timedelta
    energy: bool
    zone: tzinfo
    low: tuple[Slot, ...] = ()
    high: tuple[Slot, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """What is looked for. ``zone``: of times without an offset. ``given``: the unit that the user states. ``now``: aware."""

    wanted: Wanted
    zone: tzinfo
    given: Unit | None
    now: datetime


def curves_in(place: Place, task: Task) -> tuple[list[Curve], list[str]]:
    """One curve of each holder at the least depth that has any, and sentences on what could not be read."""
    faults: list[str] = []
    found: list[Curve] = []
    task = replace(task, zone=stated_zone(place.content, task.zone))
    listings = [one for one in listings_of(place, task.zone) if not _is_passed(one, task.wanted)]
    for listed in listings:
        if percentile(listed.name) is not None and isinstance(listed.entries, Mapping):
            continue
        curve = _curve(listed, listings, task)
        if isinstance(curve, Curve):
            found.append(curve)
        elif curve is not None:
            faults.append(curve)
    depth = min((len(one.holder) for one in found), default=0)
    holders = dict.fromkeys(one.holder for one in found if len(one.holder) == depth)
    return [_best([one for one in found if one.holder == holder]) for holder in holders], faults


def _best(curves: Sequence[Curve]) -> Curve:
    """The finest, of equally fine ones energies and then the first; where it knows nothing, the next of the same holder."""
    first, *others = sorted(curves, key=lambda one: (one.step, not one.energy))
    for other in others:
        first = replace(
            first,
            slots=filled(first.slots, other.slots),
            low=filled(first.low, other.low),
            high=filled(first.high, other.high),
        )
    return first


def _is_passed(listed: Listed, wanted: Wanted) -> bool:
    """Another quantity's list, or that of one site of several, which Solcast writes beside the whole."""
    name = listed.name
    if any(plain(part) != "" and wanted.is_foreign(part) for part in listed.path):
        return True
    return any(name.startswith((f"{whole}_", f"{whole}-")) and whole in listed.holders[0] for whole in _SITE)


def _curve(listed: Listed, listings: Sequence[Listed], task: Task) -> Curve | str | None:
    rows = series_rows(listed, task.zone)
    day, problems = _day_of(listed, task)
    ended = is_ended(listed, rows, task.zone)
    rows = [by_its_end(row) for row in rows] if ended and not isinstance(listed.entries, Mapping) else rows
    stamps = [begin_of(row, task.zone, day) for row in rows if isinstance(row, Mapping)]
    begins = [stamp.at for stamp in stamps if stamp is not None]
    step = step_of(begins)
    chosen = choose_key(listed, rows, task.wanted, step, task.given) if begins else None
    if not isinstance(chosen, Chosen):
        return chosen
    if step > _LONGEST_STEP:
        return f"{listed.where}: its entries are {step / HOUR:g} hours apart and say nothing of the hours between"

    def slots_under(key: str, of: Sequence[Any]) -> tuple[Slot, ...]:
        return _slots(listed, read_entries(of, (key,), task.zone, day), chosen.unit, ended, step)

    sides = {side: slots_under(key, rows) for side, key in (("low", chosen.low), ("high", chosen.high)) if key}
    sides |= {side: slots_under(BARE, series_rows(one, task.zone)) for side, one in _percentiles(listed, listings)}
    read = read_entries(rows, (chosen.key,), task.zone, day)
    problems = problems if any(begin_of(row, task.zone) is None for row in rows if isinstance(row, Mapping)) else []
    problems += naive_words(listed.where, read.naive, task.zone)
    problems += passed_words(listed.where, read.passed, task.wanted.name)
    return Curve(
        where=listed.where,
        place=listed.place,
        holder=listed.path[:-1],
        slots=slots_under(chosen.key, rows),
        step=step,
        energy=chosen.unit.energy,
        zone=stated_offset(rows, task.zone),
        low=sides.get("low", ()),
        high=sides.get("high", ()),
        problems=tuple(problems),
    )


def _day_of(listed: Listed, task: Task) -> tuple[date | None, list[str]]:
    """The day of hours that have none: the date beside them, else that of "today" or "tomorrow" in a name, which is said."""
    beside = next((found for holder in listed.holders if (found := read_day(holder.get("date"))) is not None), None)
    if beside is not None:
        return beside, []
    words = {word for name in (*listed.path, listed.place.entity_id or "") for word in words_of(name)}
    if len(words & {"today", "tomorrow"}) != 1:
        return None, []
    day = local_day(task.now, task.zone, int("tomorrow" in words))
    return day, [f"{listed.where}: hours without a date are taken as those of {day.isoformat()}, by its name"]


def _percentiles(listed: Listed, listings: Sequence[Listed]) -> Iterator[tuple[str, Listed]]:
    """Mappings of percentiles beside a mapping: wh_period_p10 and wh_period_p90 beside wh_period."""
    if not isinstance(listed.entries, Mapping) or not listed.name:
        return
    for other in listings:
        side = percentile(other.name)
        beside = other.path[:-1] == listed.path[:-1] and plain(other.name).startswith(plain(listed.name))
        if side is not None and beside and isinstance(other.entries, Mapping):
            yield side, other


def _slots(listed: Listed, read: Readings, unit: Unit, ended: bool, step: timedelta) -> tuple[Slot, ...]:
    name = plain(listed.name)
    timed: Sequence[Timed] = read.timed
    if name == "watts" and isinstance(listed.entries, Mapping) and is_irregular(timed):
        slots = between_instants(timed)
    elif name == "watthours" and isinstance(listed.entries, Mapping) and unit.energy and is_running_sum(timed):
        slots = slots_of(differences(timed), step)
    else:
        slots = slots_of(by_end(timed) if ended else timed, step)
    return tuple(Slot(one.begin, one.end, unit.mean_kw(one.value, one.end - one.begin)) for one in slots)
