"""Where a series of prices, PV power or temperatures comes from: entities with lists, or an action that answers."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, model_validator

from ..domain.faults import hint, shown
from ..domain.quantity import Frozen, Name, Positive
from .source_presets import PRESETS, Kind, Preset, filled, mentions, preset_names
from .value import Entity

_ACTION = re.compile(r"[a-z_0-9]+\.[a-z_0-9]+")
# A day's prices come around noon of the day before; yesterday's tell what prices are like.
_EVERY_DAY = (-1, 0, 1)


@dataclass(frozen=True)
class Call:
    """An action with response; ``data`` may hold {date}, {start} and {end}. ``days``: one call for each, () is one call."""

    action: str
    data: dict[str, Any]
    days: tuple[int, ...]


def _action(value: str) -> str:
    if _ACTION.fullmatch(value) is None:
        raise ValueError(f"{shown(value)} is not an action; write it like weather.get_forecasts")
    return value


class Source(Frozen):
    """Either ``entity`` or ``entities`` (their attributes are read), an ``action`` with its ``data``, or an ``event``.

    ``source`` is the name of one that is known (``source_presets``); it fills in what is not given. Without it the format
    is recognised by what is read. ``data`` may hold {date}, {start} and {end}: the action is called once for each of
    ``days`` ([-1, 0, 1]: yesterday, today, tomorrow); without ``days`` {start} is today's midnight and {end} the one after
    tomorrow. An event's ``data`` are what its own data must hold; * in its name stands for any part of those that are known.
    ``unit`` overrules what the source says of itself; it is
    never guessed from magnitudes.
    """

    kind: ClassVar[Kind] = "prices"

    source: Name | None = None
    entity: Entity | None = None
    entities: Annotated[tuple[Entity, ...], Field(strict=False)] = ()
    action: Annotated[str, AfterValidator(_action)] | None = None
    event: Name | None = None
    config_entry: Name | None = None
    area: Name | None = None
    data: dict[str, Any] = {}
    days: Annotated[tuple[int, ...], Field(strict=False)] = ()
    unit: str | None = None
    max_age_hours: Positive = 24.0

    @property
    def preset(self) -> Preset | None:
        """What is known of the source by its name."""
        return PRESETS.get(self.source) if self.source is not None else None

    @property
    def read_from(self) -> tuple[str, ...]:
        """The entities whose attributes are read; none for an action."""
        return (*((self.entity,) if self.entity else ()), *self.entities)

    @property
    def call(self) -> Call | None:
        """The action to be called; None where entities are read or an event is waited for."""
        preset = self.preset
        action = self.action or (preset.action if preset is not None else None)
        if action is None or self.read_from or self.event is not None:
            return None
        words = {"config_entry": self.config_entry, "area": self.area}
        data = {**(preset.data if preset is not None else {}), **self.data}
        own = bool(self.days) or preset is None
        days = self.days if own else preset.days if preset is not None else ()
        if not days and mentions(data, "date"):
            days = _EVERY_DAY
        return Call(action, filled(data, words), days)

    @property
    def events(self) -> tuple[str, ...]:
        """The bus events that bring the series."""
        if self.event is not None and "*" in self.event:
            known = {name: None for preset in PRESETS.values() for name in preset.events}
            return tuple(name for name in known if fnmatchcase(name, self.event))
        if self.event is not None:
            return (self.event,)
        preset = self.preset
        return preset.events if preset is not None and not self.read_from and self.call is None else ()

    @property
    def given(self) -> bool:
        """Whether there is a source at all: a fixed tariff has none."""
        return bool(self.read_from) or self.call is not None or bool(self.events)

    @model_validator(mode="after")
    def _one_way(self) -> "Source":
        if "entities" in self.model_fields_set and not self.entities:
            raise ValueError("entities: is empty; give at least one")
        preset = self._known_by_name()
        ways = [bool(self.read_from), self.action is not None, self.event is not None]
        if sum(ways) > 1:
            raise ValueError("action: give entities, an action or an event, and only one of them")
        if self.event is not None and not self.events:
            raise ValueError(f"event: {shown(self.event)} matches none that is known; write its full name")
        if self.call is None and self.days:
            raise ValueError("action: is missing; days are an action's")
        if self.data and self.call is None and not self.events:
            raise ValueError("action: is missing; data are an action's or an event's")
        for key in ("config_entry", "area"):
            used = preset is not None and not self.read_from and mentions(preset.data, key)
            if getattr(self, key) is not None and not used:
                raise ValueError(f"{key}: is of no use here; {_users(self.kind, key)}")
        return self

    def _known_by_name(self) -> Preset | None:
        if self.source is None:
            return None
        names = preset_names(self.kind)
        if self.source not in names:
            known = f"is not one of {', '.join(names)}" if names else "is not known; leave source out"
            raise ValueError(f"source: {shown(self.source)} {known}{hint(self.source, names)}")
        preset = PRESETS[self.source]
        if self.read_from or self.action is not None or self.event is not None:
            return preset
        if preset.action is None and not preset.events:
            raise ValueError("entities: is missing" if self.kind == "pv" else "entity: is missing")
        for key in preset.needs:
            if getattr(self, key) is None:
                raise ValueError(
                    f"{key}: is missing; Home Assistant shows it as config_entry when you call {preset.action} in YAML mode"
                )
        return preset


class Outdoor(Frozen):
    """The outdoor temperature: the hourly forecast of a ``weather`` entity, a ``temperature`` sensor for now, or both."""

    weather: Entity | None = None
    temperature: Entity | None = None

    @model_validator(mode="after")
    def _one(self) -> "Outdoor":
        if self.weather is None and self.temperature is None:
            raise ValueError("weather: is missing; give a weather entity, or temperature: with a sensor")
        return self

    @property
    def forecast(self) -> "WeatherForecast | None":
        """The forecast as a source."""
        if self.weather is None:
            return None
        data = {"entity_id": self.weather, "type": "hourly"}
        return WeatherForecast(action="weather.get_forecasts", data=data)


class WeatherForecast(Source):
    """Hourly temperatures."""

    kind: ClassVar[Kind] = "temperature"


def _users(kind: str, key: str) -> str:
    names = [name for name in preset_names(kind) if mentions(PRESETS[name].data, key)]
    return f"it belongs to source: {' or '.join(names)}" if names else "leave it out"
