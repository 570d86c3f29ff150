"""The documented units of formats that write none. Each is recognised by its shape, and said when it is used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .envelope import Listed
from .price_unit import Unit, words_of

# Bidding areas of the core Nord Pool integration; its answers are in currency per MWh by definition.
_NORD_POOL = (
    *("EE", "LT", "LV", "AT", "BE", "FR", "GER", "DE", "DE-LU", "NL", "PL", "BG", "FI", "SYS", "TEL", "NO", "SE", "DK"),
    *("DK1", "DK2", "NO1", "NO2", "NO3", "NO4", "NO5", "SE1", "SE2", "SE3", "SE4", "50HZ", "AMP", "TBW", "TTG"),
)  # fmt: skip
# Those of them that have the euro; the others may be asked in it or in their own currency.
_EURO = frozenset({"EE", "LT", "LV", "AT", "BE", "FR", "GER", "DE", "DE-LU", "NL", "FI", "50HZ", "AMP", "TBW", "TTG"})
_ELERING = ("ee", "lv", "lt", "fi")
_EUR, _PER_KWH = Unit("EUR", False, 1.0), Unit(per_kwh=1.0)


@dataclass(frozen=True)
class Fact:
    """A format's unit, and a sentence that names the format."""

    unit: Unit
    words: str


def documented(listed: Listed, keys: frozenset[str], key: str, rows: Sequence[Any]) -> Fact | None:
    """The unit of a list whose entries have ``keys`` (plain) and their price under ``key``; None where it is not known."""
    if listed.place.entity_id is None:
        found = _of_answer(listed, keys) or _of_timestamps(listed, keys, rows)
        if found is not None:
            return found
    return _of_entries(listed, keys, key)


def _of_answer(listed: Listed, keys: frozenset[str]) -> Fact | None:
    """Answers of actions, known by where their list stands."""
    if keys <= {"start", "end", "price"} and len(listed.path) == 1:
        if listed.name in _EURO:
            return Fact(Unit("EUR", False, 1e-3), f"Nord Pool answers per MWh, and {listed.name} pays in EUR")
        if listed.name in _NORD_POOL:
            return Fact(Unit(per_kwh=1e-3), "Nord Pool answers in the area's or the asked currency per MWh")
        if listed.name.lower() in ("es", "pt"):
            return Fact(_EUR, "OMIE answers in EUR/kWh")
        if "hours_requested" in listed.place.content:
            return Fact(_EUR, "Green Planet Energy answers in EUR/kWh")
    if listed.path[:1] == ("prices",) and len(listed.path) == 2 and keys == {"starttime", "price"}:
        return Fact(_PER_KWH, "Tibber answers in the home's currency per kWh")
    if listed.path[:-1] == ("data",) and listed.name in _ELERING and keys == {"timestamp", "price"}:
        return Fact(Unit("EUR", False, 1e-3), "Elering answers in EUR/MWh")
    return None


def _of_timestamps(listed: Listed, keys: frozenset[str], rows: Sequence[Any]) -> Fact | None:
    """EnergyZero and easyEnergy write a space between day and time; ENTSO-E's answer, of any unit, writes a T."""
    if listed.path != ("prices",) or not {"timestamp", "price"} <= keys <= {"timestamp", "price", "start", "end"}:
        return None
    spaced = all(" " in str(row.get("timestamp")) for row in rows if isinstance(row, Mapping))
    return Fact(_EUR, "EnergyZero and easyEnergy answer in EUR/kWh") if spaced or "start" in keys else None


def _of_entries(listed: Listed, keys: frozenset[str], key: str) -> Fact | None:
    """Formats that are known by the keys of their entries."""
    if {"startsat", "total"} <= keys:
        return Fact(_PER_KWH, "Tibber's totals are in the home's currency per kWh")
    if keys & {"valueincvat", "valueexcvat"}:
        if "paymentmethod" in keys:
            return Fact(Unit("GBP", True, 1.0), "the Octopus API's rates are in p/kWh")
        if {"start", "end"} <= keys:
            return Fact(Unit("GBP", False, 1.0), "Octopus Energy's rates are in GBP/kWh")
    if {"marketprice", "starttimestamp"} <= keys:
        return Fact(Unit("EUR", False, 1e-3), "aWATTar's prices are in EUR/MWh")
    if key.lower().startswith(("spotprice", "dayaheadprice")) and key[-3:] in ("DKK", "EUR"):
        return Fact(Unit(key[-3:], False, 1e-3), f"Energi Data Service's {key} is in {key[-3:]}/MWh")
    words = words_of(listed.place.entity_id or "")
    if {"stromligning", "strømligning"} & set(words) and keys <= {"start", "end", "price"}:
        return Fact(Unit("DKK", False, 1.0), "Strømligning's prices are in DKK/kWh")
    if "entsoe" in words and keys == {"time", "price"}:
        return Fact(_EUR, "ENTSO-E's sensors are in EUR/kWh unless they are set otherwise")
    return None
