"""The guard between two plans: how often it looks, what it sheds first, and its patience."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from ..domain.faults import hint
from ..domain.quantity import Flag, Frozen, Name, NonNegative

# Longer than a minute is no guard, and a plan's step has only five.
Seconds = Annotated[float, Field(ge=2, le=60)]


class Guard(Frozen):
    """``shed``: loads and cars in the order in which they are switched off where the import limit is exceeded.

    Before any of them cars are slowed down and batteries stop charging. Without ``shed`` every load and then every car may
    be switched off. ``restore_minutes``: so long there is room before anything is given back; ``rest_minutes``: so long what
    was switched off stays off.
    """

    enabled: Flag = True
    follow_seconds: Seconds = 10.0
    shed: Annotated[tuple[Name, ...], Field(strict=False)] | None = None
    restore_minutes: NonNegative = 2.0
    rest_minutes: NonNegative = 10.0
    surplus_start_minutes: NonNegative = 3.0
    surplus_stop_minutes: NonNegative = 4.0


def guard_faults(guard: Guard, loads: Mapping[str, object], cars: Mapping[str, object]) -> Iterator[str]:
    """One sentence for every name in ``shed`` that cannot be shed; its path first."""
    able = [*loads, *cars]
    for index, name in enumerate(guard.shed or ()):
        path = f"guard.shed[{index}]"
        if name not in able:
            yield f"{path}: there is no load or car {name!r}" + hint(name, able)
        elif guard.shed is not None and name in guard.shed[:index]:
            yield f"{path}: {name!r} is named twice"
