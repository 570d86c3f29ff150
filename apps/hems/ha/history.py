"""What the baseline load is made of: the meter's balance, less every device that has a sensor."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from ..config.site import Site
from ..domain.series import Slot
from .history_statistics import statistics
from .port import Home

_HOUR = timedelta(hours=1)
Hours = dict[datetime, float]


def baseline_terms(site: Site) -> list[tuple[str, float]] | None:
    """Power sensors and signs that add up to the baseline load: ``import - export + PV + discharge - charge - loads``.

    With ``load.power`` that sensor alone. None where a device has no power sensor and so cannot be taken out.
    """
    if site.load.power is not None:
        return [(site.load.power, 1.0)]
    terms = [(site.grid.power.entity, 1.0 if site.grid.power.positive == "import" else -1.0)]
    for plant in site.pv.values():
        if plant.power is None:
            return None
        terms.append((plant.power, 1.0))
    for battery in site.batteries.values():
        if battery.power is None:
            return None
        terms.append((battery.power.entity, 1.0 if battery.power.positive == "discharge" else -1.0))
    terms += [(ev.power, -1.0) for ev in site.evs.values() if ev.power is not None]
    terms += [(load.power, -1.0) for load in site.loads.values() if load.power is not None]
    return terms


def hourly_kw(home: Home, entities: Sequence[str], now: datetime) -> dict[str, Hours]:
    """Hourly means in kW by entity and begin of the hour; an entity without statistics has none."""
    found = statistics(home, entities, now)
    return {entity: dict(found[entity].hours) if entity in found else {} for entity in entities}


def baseline_history(past: Mapping[str, Hours], terms: Sequence[tuple[str, float]]) -> tuple[Slot, ...]:
    """Hourly baseline load: the hours that the meter knows, every other sensor's mean added with its sign.

    A device's sensor without a value for an hour (it is younger than the meter) counts as nothing in that hour.
    """
    if not terms:
        return ()
    meter = past.get(terms[0][0], {})
    slots = []
    for begin, kw in sorted(meter.items()):
        rest = sum(sign * past.get(entity, {}).get(begin, 0.0) for entity, sign in terms[1:])
        slots.append(Slot(begin, begin + _HOUR, max(kw * terms[0][1] + rest, 0.0)))
    return tuple(slots)


def slots(hours: Hours) -> tuple[Slot, ...]:
    """Hourly means as slots."""
    return tuple(Slot(begin, begin + _HOUR, kw) for begin, kw in sorted(hours.items()))
