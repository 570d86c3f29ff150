"""Which key of a list's entries holds the power or energy that is wanted, and in which unit."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from .entries import BARE, END_KEYS, LENGTH_KEYS, START_KEYS, plain, read_number
from .envelope import Listed
from .power import UNDERSTOOD, Unit, is_convention, speaks_of, unit_of_key, unit_of_text, words_of

_TIMES = {*START_KEYS, *END_KEYS, *LENGTH_KEYS}
_GENERAL = {
    *("value", "power", "energy", "forecast", "estimate", "mean", "average", "avg", "prediction", "predicted", "yhat"),
    *("p50", "median", "amount", "y", "val", "state", "production", "generation", "yield", "expected", "total"),
}
_LOW = re.compile(r"[a-z]*10(?:th)?|low|lower|pessimistic")
_HIGH = re.compile(r"[a-z]*90(?:th)?|high|upper|optimistic")
# Energies of so short a step are rounded more coarsely than the power beside them.
_SHORT = timedelta(minutes=5)
# So many entries show which keys a list has.
_LOOKED_AT = 60


@dataclass(frozen=True)
class Wanted:
    """What a list has to be about. ``own`` and ``foreign``: words of names that speak for it and for something else."""

    name: str
    own: frozenset[str]
    foreign: frozenset[str]

    def is_foreign(self, name: str) -> bool:
        """Whether a name is that of another quantity: a price, the battery."""
        words = set(words_of(name))
        return bool(words & self.foreign) and not words & self.own


@dataclass(frozen=True)
class Chosen:
    """The key of the value and its unit; the keys of the 10th and the 90th percentile where they are there."""

    key: str
    unit: Unit
    low: str | None = None
    high: str | None = None


def percentile(name: str) -> str | None:
    """ "low" or "high" for a name that ends like one of a percentile: pv_estimate10, wh_period_p90; else None."""
    last = (words_of(name) or [""])[-1]
    return "low" if _LOW.fullmatch(last) else "high" if _HIGH.fullmatch(last) else None


def choose_key(
    listed: Listed, rows: Sequence[Any], wanted: Wanted, step: timedelta, given: Unit | None
) -> Chosen | str | None:
    """The key to read; a sentence where a value has no unit; None where there is no value of this quantity at all.

    ``given``: the unit that the user states; it overrules what names and attributes say.
    """
    mappings = [row for row in rows[:_LOOKED_AT] if isinstance(row, Mapping)]
    keys = list(dict.fromkeys(key for row in mappings for key in row if isinstance(key, str)))
    numeric = [
        key
        for key in keys
        if plain(key) not in _TIMES and any(read_number(row.get(key)) is not None for row in mappings)
    ]
    central = [key for key in numeric if percentile(key) is None and not wanted.is_foreign(key)]
    ranked = sorted(
        ((rank, key) for key in central if (rank := _rank(key, listed, wanted, len(central) == 1)) is not None),
        key=lambda pair: pair[0],
    )
    found = [(rank, key, unit) for rank, key in ranked if (unit := _unit(key, listed, mappings, given)) is not None]
    if not found:
        return _no_unit(listed, ranked[0][1], given) if ranked else None
    best = min(rank for rank, _, _ in found)
    # Of an energy and a power of the same period the energy is the mean that is wanted.
    _, key, unit = min(
        (one for one in found if one[0] == best),
        key=lambda one: (not is_convention(one[1]), one[2].energy == (step <= _SHORT)),
    )
    return Chosen(key, unit, _beside(numeric, key, "low"), _beside(numeric, key, "high"))


def _rank(key: str, listed: Listed, wanted: Wanted, only: bool) -> int | None:
    entity = (listed.place.entity_id or "").split(".")[-1]
    if entity and key.split(".")[-1] == entity:
        return 0  # EMHASS names the value as the entity
    own = bool(set(words_of(key)) & wanted.own)
    if unit_of_key(key) is not None:
        return 1 if own or is_convention(key) else 2
    if own:
        return 3
    if key == BARE or plain(key) in _GENERAL:
        return 4
    return 5 if only else None


def _unit(key: str, listed: Listed, rows: Sequence[Mapping[Any, Any]], given: Unit | None) -> Unit | None:
    named = unit_of_key(key) or (unit_of_key(listed.name) if _is_bare(key) else None)
    if given is not None:
        says = named.energy if named is not None else speaks_of(key)
        return given if says in (None, given.energy) else None
    if named is not None:
        return named
    stated = next((unit for text in _stated(listed, rows) if (unit := unit_of_text(text)) is not None), None)
    says = speaks_of(key) if not _is_bare(key) else speaks_of(listed.name)
    return stated if stated is not None and says in (None, stated.energy) else None


def _is_bare(key: str) -> bool:
    return plain(key) in _GENERAL and speaks_of(key) is None


def _stated(listed: Listed, rows: Sequence[Mapping[Any, Any]]) -> Iterator[Any]:
    """What the entry, and the mappings around it, say of their unit, the nearest first."""
    for holder in (*rows[:1], *listed.holders):
        for name in ("unit_of_measurement", "unit", "units", "native_unit_of_measurement", "power_unit", "energy_unit"):
            yield holder.get(name)


def _beside(keys: Sequence[str], key: str, side: str) -> str | None:
    """The percentile's key that goes with ``key``: of the same name first, else any."""
    sides = [one for one in keys if percentile(one) == side]
    return min(sides, key=lambda one: not plain(one).startswith(plain(key)), default=None)


def _no_unit(listed: Listed, key: str, given: Unit | None) -> str:
    if given is not None:
        other = "a power" if given.energy else "an energy"
        return f"{listed.where}: {key} is {other} by its name, and {given.name} is none"
    stated = listed.place.unit
    beside = f"; the unit {stated} is that of the state" if stated is not None else ""
    return f"{listed.where}: {key} has no unit{beside}; state one of {UNDERSTOOD}"
