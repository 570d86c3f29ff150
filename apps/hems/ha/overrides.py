"""What the family has set by its helpers: overrides and how long they last, reserves, wishes, vacation."""

from collections.abc import Callable, Mapping
from datetime import datetime, time, tzinfo
from typing import Any, TypeVar

from ..config.helpers import (
    CONTROL_ENTITY,
    COST_FUNCTION_ENTITY,
    VACATION_ENTITY,
    controllable,
    hours_entity,
    override_entity,
    override_kinds,
    ready_entity,
    reserve_entity,
    target_entity,
)
from ..config.site import Site
from ..control.override_clock import (
    Key,
    Running,
    Switched,
    active,
    clock_from_dict,
    clock_to_dict,
    next_end,
    overdue,
    step,
)
from ..control.overrides import SAME, Overrides, strongest
from ..planner.overrides import skip_end
from ..planner.readings import CostFunction
from ..planner.readings import Overrides as Wishes
from .port import Home, States
from .readings import clock, fraction, is_on, known, number

Value = TypeVar("Value")
_CHOICES: Mapping[str, CostFunction] = {"profit": "profit", "cost": "cost", "self_consumption": "self_consumption"}


def override_entities(site: Site) -> list[str]:
    """Every helper whose change is to act at once."""
    found = [CONTROL_ENTITY, VACATION_ENTITY, COST_FUNCTION_ENTITY]
    for device in controllable(site):
        found += [override_entity(device, kind) for kind in override_kinds(site, device)]
        found.append(hours_entity(device))
    found += [reserve_entity(name) for name in site.batteries]
    return found + [entity(name) for name in site.evs for entity in (target_entity, ready_entity)]


class Family:
    """Overrides with their time, and wishes. What cannot be read, as while Home Assistant starts, is as it was.

    ``kept``: what ``memory`` gave before a restart.
    """

    def __init__(self, site: Site, zone: tzinfo, kept: Any = None) -> None:
        self._site, self._zone = site, zone
        self._clock: dict[Key, Running] = clock_from_dict(kept)
        self._last: dict[str, Any] = {}
        self._asked: dict[Key, datetime] = {}
        self.wishes = Wishes()

    def look(self, home: States, now: datetime) -> None:
        """Reads every helper."""
        switches = {
            (device, kind): self._switched(home, device, kind, now)
            for device in controllable(self._site)
            for kind in override_kinds(self._site, device)
        }
        self._clock = step(self._clock, switches, now)
        self.wishes = self._read(home)

    def overrides(self, control: bool) -> Overrides:
        """As the dispatcher follows them."""
        devices = {name: strongest(active(self._clock, name)) for name in controllable(self._site)}
        return Overrides(control, devices, self.wishes.until, self.wishes.reserve_soc)

    def next_end(self) -> datetime | None:
        """When the next override ends by itself."""
        return next_end(self._clock)

    def switch_off_ended(self, home: Home, now: datetime) -> None:
        """Turns off the switches of overrides whose time is over; again every minute until they are seen off."""
        ended = overdue(self._clock)
        self._asked = {key: at for key, at in self._asked.items() if key in ended}
        for key in ended:
            asked = self._asked.get(key)
            if asked is None or not 0 <= (now - asked).total_seconds() < 60:
                self._asked[key] = now
                home.call("input_boolean.turn_off", {"entity_id": override_entity(*key)}, 3.0)

    def memory(self) -> dict[str, Any]:
        """What is to be kept beyond a restart, fit for JSON."""
        return clock_to_dict(self._clock)

    def _switched(self, home: States, device: str, kind: str, now: datetime) -> Switched:
        entity = override_entity(device, kind)
        on = is_on(home, entity)
        if on is None and _is_missing(home, entity):
            on = False
        hours = 0.0 if _is_missing(home, hours_entity(device)) else number(home, hours_entity(device))
        ends = skip_end(self._site.loads[device], now, self._zone) if on and kind == "skip" else None
        return Switched(on, hours, ends)

    def _read(self, home: States) -> Wishes:
        site = self._site
        sets: dict[str, set[str]] = {}
        for name in controllable(site):
            for kind in active(self._clock, name):
                sets.setdefault(SAME.get(kind, kind), set()).add(name)
        until = {name: end for name in controllable(site) if (end := self._until(name)) is not None}
        reserves = {name: self._kept(home, reserve_entity(name), fraction) for name in site.batteries}
        targets = {name: self._kept(home, target_entity(name), fraction) for name in site.evs}
        ready = {name: self._kept(home, ready_entity(name), clock) for name in site.evs}
        choice = self._kept(home, COST_FUNCTION_ENTITY, lambda states, entity: known(states.state(entity)))
        return Wishes(
            off=frozenset(sets.get("off", ())),
            manual=frozenset(sets.get("manual", ())),
            boost=frozenset(sets.get("boost", ())),
            hold=frozenset(sets.get("hold", ())),
            charge=frozenset(sets.get("charge", ())),
            discharge=frozenset(sets.get("discharge", ())),
            skip=frozenset(sets.get("skip", ())),
            until=until,
            reserve_soc={name: soc for name, soc in reserves.items() if soc},
            target_soc={name: soc for name, soc in targets.items() if soc},
            # Midnight is what a helper shows that nobody has set.
            ready_by={name: at for name, at in ready.items() if at is not None and at != time()},
            vacation=self._kept(home, VACATION_ENTITY, is_on) is True,
            cost_function=_CHOICES.get(choice or ""),
        )

    def _until(self, name: str) -> datetime | None:
        """When the override that counts ends."""
        counts = strongest(active(self._clock, name))
        ends = [
            one.until
            for (device, kind), one in self._clock.items()
            if device == name and not one.ended and SAME.get(kind, kind) == counts.value
        ]
        return None if None in ends else max((end for end in ends if end is not None), default=None)

    def _kept(self, home: States, entity: str, read: Callable[[States, str], Value | None]) -> Value | None:
        """A value; the last one while the helper cannot be read; None where there is no such helper."""
        value = read(home, entity)
        if value is not None:
            self._last[entity] = value
        elif _is_missing(home, entity):
            self._last.pop(entity, None)
        found: Value | None = self._last.get(entity)
        return found


def _is_missing(home: States, entity: str) -> bool:
    """Whether a helper does not exist. Where not even the master switch can be read, the home is away: nobody knows."""
    return home.state(entity) is None and is_on(home, CONTROL_ENTITY) is not None
