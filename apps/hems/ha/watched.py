"""Which entities call for a new plan when they change, and in which words."""

from collections.abc import Iterator

from ..config.devices import Program, Quota
from ..config.site import Site
from .look import OVERRIDE_KINDS, controllable, override_entity
from .price_sources import nordpool_slots
from .pv_sources import solcast_slots

PRICES, FORECAST = "new prices", "new PV forecast"


def watched(site: Site) -> Iterator[tuple[str, str]]:
    """``(entity, reason)`` for every entity whose change (of its state or its attributes) asks for a plan."""
    yield site.prices.import_.entity, PRICES
    for plant in site.pv.values():
        for entity in plant.forecast.entities:
            yield entity, FORECAST
    for name, ev in site.evs.items():
        yield ev.connected, f"{name} plugged in or out"
        for wish in (ev.ready_by, ev.target_soc):
            if isinstance(wish, str):
                yield wish, f"{name}: another wish"
    for name, load in site.loads.items():
        if isinstance(load, Program) and load.requested:
            yield load.requested, f"{name}: asked for"
        if isinstance(load, Quota) and isinstance(load.hours_per_day, str):
            yield load.hours_per_day, f"{name}: another wish"
    for device in controllable(site):
        for kind in OVERRIDE_KINDS:
            yield override_entity(device, kind), f"{device}: {kind} override"


def matters(reason: str, old: object, new: object) -> bool:
    """Whether a change of a watched entity is one for the plan.

    A price sensor's state moves on with every slot, and many forecasts carry the hour of their last poll: only other
    slots are news. An entity that is going away says nothing; the plan of the next step will see it.
    """
    if not isinstance(new, dict) or new.get("state") in ("unavailable", "unknown", None):
        return False
    if not isinstance(old, dict):
        return True
    before, after = (one.get("attributes") or {} for one in (old, new))
    if reason == PRICES:
        return nordpool_slots(before) != nordpool_slots(after)
    if reason == FORECAST:
        return solcast_slots([before]) != solcast_slots([after])
    return bool(old.get("state") != new.get("state"))
