"""How a device is told what to do: lists of Home Assistant actions with placeholders.

charge:
  - {number.set_value: {entity_id: number.forced_power, value: "{power_w}"}}
  - {service: select.select_option, target: {entity_id: select.ems_mode}, data: {option: "Forced charge"}}
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from ..domain.quantity import Frozen
from .placeholder import LASTING, PLACEHOLDERS, placeholders_in
from .write import Write

_SERVICE = re.compile(r"[a-z0-9_]+[./][a-z0-9_]+")
_LONG_FORM = frozenset({"service", "action", "target", "data"})


class Action(Frozen):
    """One Home Assistant action: its domain and service, and its data with placeholders still in it."""

    service: str
    data: dict[str, Any]


def read_action(value: Any) -> Any:
    """An action in either of the two ways to write it, as ``{"service": .., "data": ..}``; raises PydanticCustomError."""
    if isinstance(value, Action):
        return value
    service, data = _service_and_data(value)
    if not isinstance(service, str) or not _SERVICE.fullmatch(service):
        raise PydanticCustomError(
            "value_error", "{found} is not a service; write it like switch.turn_on", {"found": repr(service)}
        )
    if not isinstance(data, dict):
        raise PydanticCustomError(
            "value_error", "{found} is not the data of an action; write keys like entity_id", {"found": repr(data)[:60]}
        )
    for name in placeholders_in(data):
        if name not in PLACEHOLDERS:
            known = ", ".join(PLACEHOLDERS)
            raise PydanticCustomError(
                "value_error",
                "{name} is not a placeholder; there are {known}",
                {"name": f"{{{name}}}", "known": known},
            )
    return {"service": service.replace("/", "."), "data": data}


def _service_and_data(value: Any) -> tuple[Any, Any]:
    """Both ways to write an action: ``{service: data}``, and Home Assistant's own with service (or action), target, data."""
    if isinstance(value, dict) and ("service" in value) != ("action" in value) and set(value) <= _LONG_FORM:
        parts = (value.get("target") or {}, value.get("data") or {})
        found = next((part for part in parts if not isinstance(part, dict)), None)
        return value.get("service", value.get("action")), found if found is not None else {**parts[0], **parts[1]}
    if not isinstance(value, dict) or len(value) != 1:
        raise PydanticCustomError(
            "value_error",
            "{found} is not an action; write it like {example}",
            {"found": repr(value)[:60], "example": "{switch.turn_on: {entity_id: switch.boiler}}"},
        )
    service, data = next(iter(value.items()))
    return service, {} if data is None else data


Actions = Annotated[tuple[Annotated[Action, BeforeValidator(read_action)], ...], Field(strict=False, min_length=1)]


class BatteryActions(Frozen):
    """An action that is absent is never planned; ``self_use`` is what the battery does when it is left alone.

    ``hold``: neither charges nor discharges. ``export_pv``: sells the sun before it charges. ``limit_export``: self-use with
    no more than the power fed in; every other action lifts that limit.
    """

    self_use: Actions
    charge: Actions | None = None
    discharge: Actions | None = None
    hold: Actions | None = None
    export_pv: Actions | None = None
    limit_export: Actions | None = None


class EvActions(Frozen):
    """To charge is ``set_phases``, ``set_current`` and ``start``, in this order, as far as they are given."""

    start: Annotated[Actions, Field(validation_alias=AliasChoices("start", "charge"))]
    stop: Actions
    set_current: Actions | None = None
    set_phases: Actions | None = None


class LoadActions(Frozen):
    """On and off. ``schedule``: for a machine that is started with a delay only; a program may have no ``stop``."""

    start: Annotated[Actions | None, Field(validation_alias=AliasChoices("start", "on"))] = None
    stop: Annotated[Actions | None, Field(validation_alias=AliasChoices("stop", "off"))] = None
    schedule: Actions | None = None

    @model_validator(mode="after")
    def _can_start(self) -> "LoadActions":
        if self.start is None and self.schedule is None:
            raise ValueError("start: is missing")
        return self


class SgReadyActions(Frozen):
    """The four states of a heat pump that is SG-Ready. On is ``boost``, or ``force`` where there is no boost; off is
    ``normal``, or ``block`` for a while; ``force`` beside a boost is for energy that costs less than nothing."""

    normal: Actions
    block: Actions | None = None
    boost: Actions | None = None
    force: Actions | None = None

    @model_validator(mode="after")
    def _can_start(self) -> "SgReadyActions":
        if self.boost is None and self.force is None:
            raise ValueError("boost: is missing")
        return self

    @property
    def held(self) -> bool:
        """Whether it can be brought into a state that must not last: blocked, or forced beside a boost."""
        return self.block is not None or (self.boost is not None and self.force is not None)

    def told(self) -> LoadActions:
        """The states as on and off."""
        return LoadActions(start=self.boost or self.force, stop=self.normal)


def _kind_of_load(value: Any) -> str:
    told = isinstance(value, SgReadyActions) or (
        isinstance(value, dict) and set(value) & {*SgReadyActions.model_fields}
    )
    return "~sg_ready" if told else "~switched"


AnyLoadActions = Annotated[
    Annotated[LoadActions, Tag("~switched")] | Annotated[SgReadyActions, Tag("~sg_ready")],
    Discriminator(_kind_of_load),
]


class PvActions(Frozen):
    """Curtailing to a power, and letting go."""

    curtail: Annotated[Actions, Field(validation_alias=AliasChoices("curtail", "limit"))]
    release: Actions


def present_names(actions: type[BaseModel]) -> dict[str, str]:
    """What an action is called by every name that apps.yaml may call it: ``{"charge": "start", "start": "start"}``."""
    found = {}
    for name, field in actions.model_fields.items():
        alias = field.validation_alias
        choices = alias.choices if isinstance(alias, AliasChoices) else [name]
        found.update({str(choice): name for choice in choices})
    return found


def used_placeholders(actions: BaseModel | None) -> set[str]:
    """The placeholders of all actions of a device."""
    return set(placeholders_in([one.data for one in _all(actions)])) if actions is not None else set()


def _all(actions: BaseModel) -> Iterator[Action]:
    lists: Mapping[str, Any] = {name: getattr(actions, name) for name in type(actions).model_fields}
    for told in lists.values():
        yield from told or ()


def check_lasting(actions: BaseModel | None, write: Write) -> None:
    """Raises ValueError where a device is told for how long, and would fall back before it is told again."""
    if not used_placeholders(actions) & LASTING:
        return
    if not 0 < write.keep_alive_s < write.duration_s:
        raise ValueError(
            f"write: the device is told to go on for duration_s {write.duration_s:g}, so keep_alive_s must be above 0 "
            f"and below that; found {write.keep_alive_s:g}"
        )
