"""The unit of a list of prices, from what is written around it, and the documented facts of formats that write none.

In order: the unit that the user gives; the name of the value's key; the entry itself; the attributes beside the list; a fact of
the format. A price's size decides nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..domain.faults import Refused, shown
from .entries import plain, read_number, value_at
from .envelope import Listed
from .price_facts import documented
from .price_unit import Unit, currency_named, energy_of, money_of, unit_of, unit_of_key

_UNIT_KEYS = ("unitofmeasurement", "priceunit", "unitprice", "unit", "displayunit", "energyunit", "energyscale")
_CURRENCY_KEYS = ("currency", "currencycode", "pricecurrency", "targetcurrency")
_CENT_FLAGS = ("priceincents", "usecent", "usecents", "incents", "cents")
_ZONNEPLAN = {"tariffgroup", "sustainabilityscore", "electricitypriceexcltax", "solaryield", "marketprice"}
ZONNEPLAN_SCALE = 1e-7


@dataclass(frozen=True)
class Scaled:
    """``scale``: of the raw numbers, before the unit's factor. ``words``: sentences on a unit that is a format's own."""

    unit: Unit
    scale: float = 1.0
    words: tuple[str, ...] = ()


def given_unit(text: str) -> Unit:
    """The unit that a user states. Raises Refused where it is none of a price."""
    found = unit_of(text)
    if found is None or found.per_kwh is None:
        raise Refused([f"unit: {shown(text)} is no unit of a price; write it like EUR/kWh, ct/kWh or SEK/MWh"])
    return found


def scaled(listed: Listed, rows: Sequence[Any], key: str, given: Unit | None) -> Scaled:
    """The unit of a list's values under ``key``; its per_kwh is None where nothing tells the energy."""
    holding = [row for row in rows if isinstance(row, Mapping) and read_number(value_at(row, key)) is not None]
    keys = frozenset(plain(k) for row in holding for k in row)
    around = (*sorted(holding, key=repr)[:1], *listed.holders)
    scale = _raw_scale(rows, key, keys)
    if given is not None:
        money = Unit()
        for holder in around:
            money = money.over(_of_holder(holder))
        return Scaled(given.over(Unit(money.over(_named(listed)).currency)), scale)
    unit = unit_of_key(key.rsplit(".", 1)[-1])
    for holder in around:
        unit = unit.over(_of_holder(holder))
    unit = _in_cents(unit, listed, key)
    if unit.per_kwh is None:
        fact = documented(listed, keys, key, rows)
        if fact is not None:
            return Scaled(unit.over(fact.unit).over(_named(listed)), scale, (f"no unit is written: {fact.words}",))
    return Scaled(unit.over(_named(listed)), scale)


def _raw_scale(rows: Sequence[Any], key: str, keys: frozenset[str]) -> float:
    """Zonneplan writes whole numbers of 1e-7 EUR; a fraction among them is no such number."""
    taxed = key.endswith(".amount") and plain(key).startswith("pricetax")
    if not taxed and not (plain(key).startswith("electricityprice") and keys & _ZONNEPLAN):
        return 1.0
    values = [value_at(row, key) for row in rows if isinstance(row, Mapping)]
    numbers = [value for value in values if read_number(value) is not None]
    return ZONNEPLAN_SCALE if all(isinstance(value, int) for value in numbers) else 1.0


def _of_holder(holder: Mapping[Any, Any]) -> Unit:
    """What the keys of one mapping say of the unit."""
    named = {plain(key): value for key, value in holder.items() if isinstance(value, str) and value.strip()}
    unit = Unit()
    for key in _UNIT_KEYS:
        said = unit_of(named.get(key, ""))
        if said is not None and not (key == "unitofmeasurement" and energy_of(named[key]) is not None):
            unit = unit.over(said)
    for key in _CURRENCY_KEYS:
        money = money_of(named.get(key, ""))
        if money is not None:
            unit = unit.over(Unit(money.currency, money.minor or None))
    current = holder.get("current")  # Tibber's own answer says the currency of the price of now
    return unit.over(_of_holder({"currency": current.get("currency")})) if isinstance(current, Mapping) else unit


def _in_cents(unit: Unit, listed: Listed, key: str) -> Unit:
    """Flags such as price_in_cents and use_cent say that the lists are in hundredths."""
    if unit.minor or unit_of_key(key).currency:
        return unit
    flags = [holder[k] for holder in listed.holders for k in holder if plain(k) in _CENT_FLAGS]
    return Unit(unit.currency, True, unit.per_kwh) if any(flag is True for flag in flags) else unit


def _named(listed: Listed) -> Unit:
    """The currency in an entity's own name, the last resort."""
    names = (listed.place.entity_id, listed.place.content.get("friendly_name"))
    return Unit(next((code for name in names if isinstance(name, str) and (code := currency_named(name))), None))
