"""One action filled in, what the home shows once it is carried out, and whether it does."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .port import States
from .readings import known

NUMBERS = frozenset({"number.set_value", "input_number.set_value"})
_OPTIONS = frozenset({"select.select_option", "input_select.select_option"})
# Services whose effect is the entity's state itself, for entities whose state is on or off.
_SWITCHED = {"turn_on": "on", "turn_off": "off"}
_ON_OFF_DOMAINS = frozenset({"switch", "input_boolean", "light", "fan", "siren"})


@dataclass(frozen=True)
class Command:
    """One action. ``expect``: the state (text) or number that each entity shows once it is carried out."""

    service: str
    data: Mapping[str, Any]
    expect: Mapping[str, str | float]

    def __str__(self) -> str:
        if self.expect:
            return ", ".join(f"{entity} = {_shown(wanted)}" for entity, wanted in self.expect.items())
        return f"{self.service} {dict(self.data)}"[:200]


def make_command(service: str, data: Mapping[str, Any]) -> Command:
    """An action with its data, and what is read back."""
    return Command(service, data, _expected(service, data))


def obeyed(home: States, entity: str, wanted: str | float) -> bool:
    """Whether an entity shows what is wanted; numbers within half a step or 1 %, whichever is more."""
    state = known(home.state(entity))
    if state is None:
        return False
    if isinstance(wanted, str):
        return state == wanted
    found = number_of(state)
    step = number_of(home.attributes(entity).get("step")) or 0.0
    return found is not None and abs(found - wanted) <= max(step / 2, abs(wanted) / 100) + 1e-9


def not_obeyed(home: States, given: Iterable[Command]) -> list[str]:
    """What is not as the commands want it, in words; empty where all is."""
    return [
        f"{entity} was to be {wanted} and is {home.state(entity)}"
        for command in given
        for entity, wanted in command.expect.items()
        if not obeyed(home, entity, wanted)
    ]


def number_of(value: Any) -> float | None:
    """A finite number, or None for what is none."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def targets(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The entities that an action names, in its data or in its target."""
    target = data.get("target")
    found = data.get("entity_id") or (target.get("entity_id") if isinstance(target, Mapping) else None)
    if isinstance(found, str):
        return tuple(part.strip() for part in found.split(",") if part.strip())
    return tuple(str(part) for part in found) if isinstance(found, list) else ()


def _expected(service: str, data: Mapping[str, Any]) -> dict[str, str | float]:
    """What is read back; empty where a service leaves no state that is known beforehand."""
    entities = targets(data)
    word = service.split(".")[1]
    if word in _SWITCHED:
        return {one: _SWITCHED[word] for one in entities if one.split(".")[0] in _ON_OFF_DOMAINS}
    number = number_of(data.get("value"))
    if service in NUMBERS and number is not None:
        return dict.fromkeys(entities, number)
    if service in _OPTIONS and isinstance(data.get("option"), str | int):
        return dict.fromkeys(entities, str(data["option"]))
    return {}


def _shown(wanted: str | float) -> str:
    return wanted if isinstance(wanted, str) else f"{wanted:g}"
