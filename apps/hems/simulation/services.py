"""Service calls as Home Assistant takes them: checked as a whole first, then carried out."""

from collections.abc import Callable, Mapping
from datetime import datetime, time
from math import isfinite
from typing import Any

from .controls import DISHWASHER, Controls

Change = Callable[[], None]
_ON_OFF = ("turn_on", "turn_off", "toggle")
SERVICES: tuple[tuple[str, str], ...] = (
    *(("switch", word) for word in _ON_OFF),
    *(("input_boolean", word) for word in _ON_OFF),
    ("number", "set_value"),
    ("input_number", "set_value"),
    ("select", "select_option"),
    ("input_datetime", "set_datetime"),
    ("recorder", "get_statistics"),
)


class ServiceError(ValueError):
    """A service call that the home does not carry out; the text says what was found and what is allowed."""


def apply_service(
    controls: Controls, domain: str, service: str, data: Mapping[str, Any], dishwasher_running: bool
) -> list[str]:
    """Carry out one call on the controls; answers the entities it named.

    Raises ServiceError before anything is changed. Stricter than Home Assistant in one thing: an entity
    that does not exist is refused, where Home Assistant only logs a warning.
    """
    if (domain, service) not in SERVICES:
        raise ServiceError(f"{domain}.{service}: no such service in this home")
    entities = _entities(domain, service, data)
    changes = [_change(controls, service, entity, data, dishwasher_running) for entity in entities]
    for change in changes:
        change()
    return entities


def _entities(domain: str, service: str, data: Mapping[str, Any]) -> list[str]:
    target = data.get("target")
    found = data.get("entity_id") or (target.get("entity_id") if isinstance(target, Mapping) else None)
    if isinstance(found, str):
        found = [part.strip() for part in found.split(",")]
    if not found:
        raise ServiceError(f"{domain}.{service}: entity_id is missing")
    for entity in found:
        if not isinstance(entity, str) or not entity.startswith(f"{domain}."):
            raise ServiceError(f"{domain}.{service}: {entity!r} is not a {domain} entity")
    return list(found)


def _change(controls: Controls, service: str, entity: str, data: Mapping[str, Any], dishwasher_running: bool) -> Change:
    if entity not in controls.known():
        raise ServiceError(f"{entity} does not exist")
    if service in _ON_OFF:
        wanted = {"turn_on": True, "turn_off": False}.get(service, not controls.toggles[entity])
        if entity == DISHWASHER and dishwasher_running and not wanted:
            raise ServiceError(f"{entity}: the program is running and cannot be interrupted")
        return lambda: controls.toggles.update({entity: wanted})
    if service == "set_value":
        value = _value(controls, entity, data)
        return lambda: setattr(controls.numbers[entity], "value", value)
    if service == "select_option":
        option = _option(controls, entity, data)
        return lambda: setattr(controls.choices[entity], "option", option)
    moment = _time(entity, data)
    return lambda: controls.times.update({entity: moment})


def _value(controls: Controls, entity: str, data: Mapping[str, Any]) -> float:
    found, number = data.get("value"), controls.numbers[entity]
    try:
        # A boolean is a number to Python, but not to a person.
        value = float("nan") if isinstance(found, bool) else float(str(found))
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise ServiceError(f"{entity}: value {found!r} is not a number")
    if not number.minimum <= value <= number.maximum:
        raise ServiceError(
            f"{entity}: value {value:g} is not within {number.minimum:g}..{number.maximum:g} {number.unit}"
        )
    return value


def _option(controls: Controls, entity: str, data: Mapping[str, Any]) -> str:
    option, options = data.get("option"), controls.choices[entity].options
    if not isinstance(option, str) or option not in options:
        raise ServiceError(f"{entity}: option {option!r} is not one of {', '.join(options)}")
    return option


def _time(entity: str, data: Mapping[str, Any]) -> time:
    found = data.get("time", data.get("datetime"))
    if isinstance(found, time | datetime):
        return time(found.hour, found.minute, found.second)
    for parse in (time.fromisoformat, datetime.fromisoformat):
        try:
            moment = parse(str(found))
        except ValueError:
            continue
        return time(moment.hour, moment.minute, moment.second)
    raise ServiceError(f"{entity}: time {found!r} is not a time of day; write for example 07:00:00")
