"""Which of the lists that were found are one series of prices, and which of several it is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from ..domain.faults import Refused, shown
from ..domain.series import Slot
from .entries import Timed, plain, read_number
from .price_candidate import Candidate
from .price_unit import Unit
from .slots import filled, overlap_words, slots_of
from .times import read_length

_SAME = 1e-9
# Above so many places the document is a whole home's states, and only lists of one entity belong together.
_FEW = 6
_AGREE, _AT_LEAST = 0.9, 3
_LENGTHS = tuple(timedelta(minutes=minutes) for minutes in (5, 10, 15, 30, 60))
_LENGTH_KEYS = ("interval", "resolution", "intervalminutes", "slotminutes", "intervalduration", "mtu")


@dataclass(frozen=True)
class Series:
    """``slots`` in currency per kWh. ``members``: the lists that they come from. ``words``: sentences on the choice."""

    unit: Unit
    slots: tuple[Slot, ...]
    members: tuple[Candidate, ...]
    words: tuple[str, ...]


def series_of(found: Sequence[Candidate], only: str | None, places: int) -> Series:
    """The series among the lists; ``only``: the name of the list, home, area or entity that is wanted.

    Raises Refused where none is left, or no unit is known of it.
    """
    wanted = _wanted(found, only)
    order = sorted(range(len(wanted)), key=lambda k: (_preference(wanted[k]), -k), reverse=True)
    first = wanted[order[0]]
    members = _members(wanted, first)
    unit = _unit(members)
    if unit.per_kwh is None:
        raise Refused([_no_unit(first)])
    timed = _timed(members, unit)
    slots = slots_of(timed, _stated(members, timed))
    words = overlap_words(first.listed.where, timed, _stated(members, timed))
    for k in order:
        one = wanted[k]
        if one in members or not one.readings.timed:
            continue
        near = places <= _FEW or one.listed.place.where == first.listed.place.where
        more = _more(one, first, unit, slots) if near else None
        if more is not None:
            added = filled(slots, more)
            if len(added) > len(slots) and one.forecast and not first.forecast:
                words.append(
                    f"{one.listed.where} is a forecast; {len(added) - len(slots)} of its prices fill what is not known"
                )
            slots = added
        elif near and one.scale.unit.per_kwh is not None and not one.lesser:
            words.append(f"{one.listed.where} is another series and is not read; the prices are {first.listed.where}")
    return Series(unit, slots, tuple(members), tuple(words[:4]))


def _wanted(found: Sequence[Candidate], only: str | None) -> list[Candidate]:
    wanted = [one for one in found if only is None or _answers(one, only)]
    if not any(one.readings.timed for one in wanted):
        names = ", ".join(dict.fromkeys(one.listed.where for one in found if one.readings.timed))
        raise Refused([f"no prices under the name {only!r}; there are {names}" if names else "no prices"])
    return wanted


def _answers(one: Candidate, only: str) -> bool:
    names = (*one.listed.path, one.listed.place.entity_id or "")
    return any(plain(name) == plain(only) for name in names)


def _preference(one: Candidate) -> tuple[bool, bool, bool, int, bool]:
    return bool(one.readings.timed), not one.gas, one.scale.unit.per_kwh is not None, one.rank, not one.export


def _members(wanted: Sequence[Candidate], first: Candidate) -> list[Candidate]:
    """The lists of the same series as ``first``: the same names but for the day, of the same place or of others that agree."""
    members = [first]
    for one in wanted:
        if one is first or one.group != first.group or one.gas != first.gas or not one.readings.timed:
            continue
        if one.listed.place.where == first.listed.place.where or not any(_differ(one, member) for member in members):
            members.append(one)
    return [one for one in wanted if one in members]


def _differ(one: Candidate, other: Candidate) -> bool:
    """Whether two lists give different prices for the same start, or are in different currencies."""
    a, b = one.scale.unit, other.scale.unit
    if not a.like(b):
        return True
    scale, other_scale = (a.factor, b.factor) if a.per_kwh is not None and b.per_kwh is not None else (1.0, 1.0)
    values = {timed.begin: timed.value * scale for timed in one.readings.timed}
    return any(
        abs(values[timed.begin] - timed.value * other_scale) > _SAME
        for timed in other.readings.timed
        if timed.begin in values
    )


def _unit(members: Sequence[Candidate]) -> Unit:
    unit = Unit()
    for one in members:
        if one.scale.unit.per_kwh is not None:
            unit = unit.over(one.scale.unit)
    return unit


def _timed(members: Sequence[Candidate], unit: Unit) -> list[Timed]:
    """The entries of lists in currency per kWh; a list without a unit has that of the others."""
    return [
        replace(entry, value=entry.value * (one.scale.unit if one.scale.unit.per_kwh is not None else unit).factor)
        for one in members
        for entry in one.readings.timed
    ]


def _stated(members: Sequence[Candidate], timed: Sequence[Timed]) -> timedelta | None:
    """The length that a list states for its entries ("interval": 15), where its entries are that far apart or single."""
    begins: list[datetime] = sorted({one.begin for one in timed})
    closest = min((after - before for before, after in pairwise(begins)), default=None)
    for holder in (holder for one in members for holder in one.listed.holders):
        for key, value in holder.items():
            if plain(key) in _LENGTH_KEYS and (isinstance(value, str) or read_number(value) is not None):
                length = read_length(value)
                if length in _LENGTHS and closest in (None, length):
                    return length
    return None


def _more(one: Candidate, first: Candidate, unit: Unit, slots: Sequence[Slot]) -> tuple[Slot, ...] | None:
    """The slots of a list that may fill what the series does not cover; None where it is another series."""
    own = one.scale.unit
    if one.export != first.export or one.gas != first.gas:
        return None
    if not own.like(unit):
        return None
    timed = _timed([one], unit)
    more = slots_of(timed, _stated([one], timed))
    if one.current or (one.forecast and not first.forecast):
        return more
    known = {slot.begin: slot.value for slot in slots}
    shared = [abs(known[slot.begin] - slot.value) <= 1e-6 for slot in more if slot.begin in known]
    return more if len(shared) >= _AT_LEAST and sum(shared) >= _AGREE * len(shared) else None


def _no_unit(first: Candidate) -> str:
    count, unit = len(first.readings.timed), first.scale.unit
    found = f"{first.listed.where} holds {count} entries with a time and a price"
    said = f"; its currency is {unit.currency}, and of what energy is not said" if unit.currency else ""
    stated = first.listed.place.unit
    if stated is not None and not unit.currency:
        said = f" (unit_of_measurement {shown(stated)} is none of a price of electricity)"
    return (
        f"{found}, but no unit of them is to be found{said}; state it: --unit EUR/kWh (unit: EUR/kWh in apps.yaml), or ct/kWh, "
        "EUR/MWh or the like"
    )
