"""Where a series of prices, PV power or temperatures comes from: entities with lists, or an action that answers."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from ..domain.quantity import Frozen, Positive
from .value import Entity

_ACTION = r"^[a-z_0-9]+\.[a-z_0-9]+$"


class Source(Frozen):
    """Either ``entity`` or ``entities`` (their attributes are read), or an ``action`` with its ``data``.

    ``data`` may hold {date}, {start} and {end}: with ``days`` ([-1, 0, 1]: yesterday, today, tomorrow) the action is called
    once for each day. ``unit`` overrules what the source says of itself; it is never guessed from magnitudes.
    """

    source: str | None = None
    entity: Entity | None = None
    entities: Annotated[tuple[Entity, ...], Field(strict=False)] = ()
    action: Annotated[str, Field(pattern=_ACTION)] | None = None
    data: dict[str, Any] = {}
    days: Annotated[tuple[int, ...], Field(strict=False)] = ()
    unit: str | None = None
    max_age_hours: Positive = 24.0

    @property
    def read_from(self) -> tuple[str, ...]:
        """The entities whose attributes are read; none for an action."""
        return (*((self.entity,) if self.entity else ()), *self.entities)

    @property
    def given(self) -> bool:
        """Whether there is a source at all: a fixed tariff has none."""
        return bool(self.read_from) or self.action is not None

    @model_validator(mode="after")
    def _one_way(self) -> "Source":
        if self.action is not None and self.read_from:
            raise ValueError("action: give entities or an action, and not both")
        if self.action is None and (self.data or self.days):
            raise ValueError("action: is missing; data and days are an action's")
        return self
