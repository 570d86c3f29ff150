"""Which entities call for a new plan when they change, and in which words."""

from collections.abc import Iterator

from ..config.devices import Program, Quota
from ..config.site import Site
from .look import OVERRIDE_KINDS, controllable, override_entity


def watched(site: Site) -> Iterator[tuple[str, str]]:
    """``(entity, reason)`` for every entity whose change (of its state or its attributes) asks for a plan."""
    yield site.prices.import_.entity, "new prices"
    for plant in site.pv.values():
        for entity in plant.forecast.entities:
            yield entity, "new PV forecast"
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


def matters(old: object, new: object) -> bool:
    """Whether a change of a watched entity is one: state or attributes differ, and it is not going away.

    A sensor that becomes unavailable for a moment says nothing about prices; the quarter-hour plan will see it.
    """
    if not isinstance(new, dict) or new.get("state") in ("unavailable", "unknown", None):
        return False
    if not isinstance(old, dict):
        return True
    return (old.get("state"), old.get("attributes")) != (new.get("state"), new.get("attributes"))
