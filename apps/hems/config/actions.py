"""How a device is told what to do: lists of Home Assistant actions with placeholders, and how they are written.

charge:
  - {number.set_value: {entity_id: number.forced_power, value: "{power_w}"}}
  - {select.select_option: {entity_id: select.ems_mode, option: "Forced charge"}}
"""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from ..domain.quantity import Frozen, NonNegative

# What a placeholder may be: the setpoint in the device's own unit.
PLACEHOLDERS = ("power_w", "power_kw", "current_a", "soc_percent")
_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_SERVICE = re.compile(r"[a-z_]+[./][a-z0-9_]+")


class Action(Frozen):
    """One Home Assistant action: its domain and service, and its data with placeholders still in it."""

    service: str
    data: dict[str, Any]


def _action(value: Any) -> Any:
    if isinstance(value, Action):
        return value
    if not isinstance(value, dict) or len(value) != 1:
        raise PydanticCustomError(
            "value_error",
            "{found} is not an action; write it like {example}",
            {"found": repr(value)[:60], "example": "{switch.turn_on: {entity_id: switch.boiler}}"},
        )
    service, data = next(iter(value.items()))
    if not isinstance(service, str) or not _SERVICE.fullmatch(service):
        raise PydanticCustomError(
            "value_error", "{found} is not a service; write it like switch.turn_on", {"found": repr(service)}
        )
    if not isinstance(data, dict):
        raise PydanticCustomError(
            "value_error", "{found} is not the data of an action; write keys like entity_id", {"found": repr(data)[:60]}
        )
    for text in (text for text in data.values() if isinstance(text, str)):
        for name in _PLACEHOLDER.findall(text):
            if name not in PLACEHOLDERS:
                known = ", ".join(PLACEHOLDERS)
                raise PydanticCustomError(
                    "value_error",
                    "{name} is not a placeholder; there are {known}",
                    {"name": f"{{{name}}}", "known": known},
                )
    return {"service": service.replace("/", "."), "data": data}


Actions = Annotated[tuple[Annotated[Action, BeforeValidator(_action)], ...], Field(strict=False, min_length=1)]


class BatteryActions(Frozen):
    """An action that is absent is never planned; ``self_use`` is what the battery does when it is left alone."""

    self_use: Actions
    charge: Actions | None = None
    discharge: Actions | None = None
    hold: Actions | None = None


class EvActions(Frozen):
    """Charging at a set power, and stopping."""

    charge: Actions
    stop: Actions


class LoadActions(Frozen):
    """On and off."""

    on: Actions
    off: Actions


class PvActions(Frozen):
    """Curtailing to a power, and letting go."""

    limit: Actions
    release: Actions


class Write(Frozen):
    """How often a device is written to, and when that is said again."""

    min_interval_s: NonNegative = 20.0
    keep_alive_s: NonNegative = 0.0
    deadband_kw: NonNegative = 0.1
