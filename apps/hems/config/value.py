"""Values of apps.yaml: a literal, or the entity that holds it."""

import re
from datetime import time
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Tag
from pydantic_core import PydanticCustomError

from ..domain.quantity import Fraction, Number

_ENTITY = re.compile(r"[a-z_]+\.[a-z0-9_]+")


def is_entity(value: Any) -> bool:
    """Whether a text has the form of an entity id."""
    return isinstance(value, str) and _ENTITY.fullmatch(value) is not None


def _entity(value: Any) -> Any:
    if not is_entity(value):
        raise PydanticCustomError(
            "value_error", "{found} is not an entity id; write it like sensor.p1_power", {"found": repr(value)}
        )
    return value


def parse_clock(value: Any) -> time:
    """A time of day ("07:00"). YAML reads an unquoted 7:00 as 420 minutes, so a whole number of minutes is taken too."""
    if isinstance(value, time):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 24 * 60:
        return time(value // 60, value % 60)
    found = re.fullmatch(r"(\d{1,2}):(\d\d)(?::(\d\d))?", value) if isinstance(value, str) else None
    hour, minute = (int(found[1]), int(found[2])) if found else (24, 0)
    if hour > 23 or minute > 59:
        raise PydanticCustomError(
            "value_error", '{found} is not a time of day; write it like "07:00"', {"found": repr(value)}
        )
    return time(hour, minute)


def _window(value: Any) -> Any:
    if isinstance(value, str) and value.count("-") == 1:
        begin, end = value.split("-")
        return parse_clock(begin.strip()), parse_clock(end.strip())
    raise PydanticCustomError(
        "value_error", '{found} is not a window; write it like "20:00-06:30"', {"found": repr(value)}
    )


def _kind(value: Any) -> str:
    return "~entity" if is_entity(value) else "~value"


Entity = Annotated[str, BeforeValidator(_entity)]
Clock = Annotated[time, BeforeValidator(parse_clock)]
Window = Annotated[tuple[time, time], BeforeValidator(_window)]

# A number may be a literal or an entity id.
NumberOrEntity = Annotated[Annotated[Number, Tag("~value")] | Annotated[Entity, Tag("~entity")], Discriminator(_kind)]
FractionOrEntity = Annotated[
    Annotated[Fraction, Tag("~value")] | Annotated[Entity, Tag("~entity")], Discriminator(_kind)
]
ClockOrEntity = Annotated[Annotated[Clock, Tag("~value")] | Annotated[Entity, Tag("~entity")], Discriminator(_kind)]
