"""Prices as Home Assistant's integrations publish them, as slots in UTC and currency per kWh.

A day's list is judged by its timestamps alone: flags such as ``tomorrow_valid`` lie, and a list of yesterday may stand
as today's. Each slot's length comes from its own end, else from the next slot's begin; never from its index.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ..domain.quantity import parse_time
from ..domain.series import Slot, merged

_LISTS = ("raw_today", "raw_tomorrow")
# Units as integrations write them: minor units of the currency, and larger energies.
_MINOR = ("c", "ct", "cent", "cents", "¢", "öre", "øre", "ore", "p", "pence")
_PER = {"Wh": 1000.0, "kWh": 1.0, "MWh": 1e-3}


def nordpool_slots(attributes: Mapping[str, Any]) -> tuple[Slot, ...]:
    """``raw_today`` and ``raw_tomorrow`` of a Nord Pool sensor (entries with start, end, value)."""
    scale = price_scale(attributes)
    if scale is None:
        return ()
    return merged(slot for name in _LISTS for slot in slots_of(attributes.get(name), "value", scale))


def price_scale(attributes: Mapping[str, Any]) -> float | None:
    """The factor from the sensor's unit to currency per kWh; None where the unit is not one of a price.

    Read from ``unit_of_measurement`` ("EUR/kWh", "c/kWh", "öre/kWh", "EUR/MWh"), never guessed from magnitudes.
    """
    money, _, energy = str(attributes.get("unit_of_measurement") or "").partition("/")
    if energy not in _PER:
        return None
    minor = money.strip().lower() in _MINOR or attributes.get("price_in_cents") is True
    return _PER[energy] * (0.01 if minor else 1.0)


def slots_of(entries: Any, key: str, scale: float) -> Iterable[Slot]:
    """Slots of a list of entries with start, perhaps end, and a value under ``key``; what is no price is passed over."""
    found: list[tuple[datetime, datetime | None, float]] = []
    for entry in entries if isinstance(entries, list | tuple) else ():
        if not isinstance(entry, Mapping):
            continue
        begin, end, value = _time(entry.get("start")), _time(entry.get("end")), entry.get(key)
        if begin is None or isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            continue
        found.append((begin, end, value * scale))
    found.sort(key=lambda item: item[0])
    nexts = [item[0] for item in found[1:]]
    usual = min((b - a[0] for a, b in zip(found, nexts, strict=False)), default=timedelta(hours=1))
    for index, (begin, end, value) in enumerate(found):
        following = nexts[index] if index < len(nexts) else begin + usual
        # A hole in the list is missing prices, not one long slot.
        yield Slot(begin, end if end is not None else min(following, begin + usual), value)


def _time(value: Any) -> datetime | None:
    try:
        return parse_time(value)
    except ValueError:
        return None
