"""Which entities call for a new plan when they change, and in which words."""

from collections.abc import Iterator

from ..config.helpers import controllable, override_entity, override_kinds
from ..config.loads import Program, Quota
from ..config.site import Site
from .feeds import FORECAST, PRICES


def watched(site: Site) -> Iterator[tuple[str, str]]:
    """``(entity, reason)`` for every entity whose change (of its state or its attributes) asks for a plan."""
    for source in (site.prices.import_, site.prices.export):
        for entity in source.read_from:
            yield entity, PRICES
    for sessions in (site.prices.saving_sessions, site.prices.free_sessions):
        if sessions is not None and sessions.entity is not None:
            yield sessions.entity, "other sessions"
    for plant in site.pv.values():
        for entity in plant.forecast.read_from if plant.forecast is not None else ():
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
        for kind in override_kinds(site, device):
            yield override_entity(device, kind), f"{device}: {kind} override"


def matters(old: object, new: object) -> bool:
    """Whether a watched entity says something else than before.

    An entity that is going away says nothing; the plan of the next step will see it. Not for prices and forecasts: their
    sensors move on with every slot and every poll, and only ``Feeds.look`` knows what of it is news.
    """
    if not isinstance(new, dict) or new.get("state") in ("unavailable", "unknown", None):
        return False
    return not isinstance(old, dict) or bool(old.get("state") != new.get("state"))
