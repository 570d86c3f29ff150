"""The problem: all that the optimizer knows at one instant (``hems.problem/1``).

The keys are those of docs/problem-and-plan.md. Lists of N values have one value a step; what is given as one number
holds in every step (``per_step``).
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Literal

import pytz
from pydantic import Field, field_validator

from .battery import Battery
from .ev import Ev
from .grid import Grid
from .group import Group
from .horizon import Horizon
from .loads import InterruptibleLoad, ShiftableLoad, SwitchedLoad, ThermalLoad
from .pv import Pv
from .quantity import Frozen, Name, NonNegatives, Number, StepMinutes, Time
from .scenario import Scenario


class Objective(Frozen):
    """What is minimised; ``carbon_price_per_kg`` prices ``grid.carbon_kg_per_kwh``."""

    cost_function: Literal["profit", "cost", "self_consumption"] = "profit"
    carbon_price_per_kg: Number | None = None


class Problem(Frozen):
    """A home at one instant: horizon, tariff, forecasts, devices and wishes.

    ``on_off_until``: steps that begin then or later are rough. There a load or a car that is on or off may have any mean
    power up to its most, as one that runs for a part of the step, and minimum times and starts are not counted.

    ``scenarios``: other ways in which load and PV may come after ``common_until`` (None: after the first step). What is
    planned for cars and loads, and for batteries until then, must do for all of them.
    """

    schema_: Literal["hems.problem/1"] = Field(alias="schema")
    start: Time
    step_minutes: StepMinutes
    time_zone: str
    currency: Name = "EUR"
    objective: Objective = Objective()
    grid: Grid
    load_kw: NonNegatives
    pv: tuple[Pv, ...] = ()
    batteries: tuple[Battery, ...] = ()
    evs: tuple[Ev, ...] = ()
    shiftable_loads: tuple[ShiftableLoad, ...] = ()
    interruptible_loads: tuple[InterruptibleLoad, ...] = ()
    thermal_loads: tuple[ThermalLoad, ...] = ()
    groups: tuple[Group, ...] = ()
    on_off_until: Time | None = None
    scenarios: tuple[Scenario, ...] = ()
    common_until: Time | None = None

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            pytz.timezone(name)
        except (pytz.UnknownTimeZoneError, ValueError, UnicodeError):
            raise ValueError(f"{name[:60]!r} is not a time zone; write it like Europe/Amsterdam") from None
        return name

    @cached_property
    def horizon(self) -> Horizon:
        """The time axis."""
        return Horizon(self.start, self.step_minutes)

    @property
    def steps(self) -> int:
        """N."""
        return len(self.step_minutes)

    @cached_property
    def whole_steps(self) -> int:
        """The steps before ``on_off_until``, all where there is none: in them a load is on or off."""
        until = self.on_off_until
        return self.steps if until is None else min(self.steps, self.horizon.first_post_from(until))

    @property
    def whole_share(self) -> float:
        """The part of the horizon that lies before ``on_off_until``, 0..1."""
        return self.horizon.posts_minutes[self.whole_steps] / self.horizon.posts_minutes[-1]

    @cached_property
    def common_steps(self) -> int:
        """The steps from the front whose battery powers are the same in every scenario, at least one."""
        if self.common_until is None:
            return 1
        return max(1, min(self.steps, self.horizon.first_post_from(self.common_until)))

    @property
    def switched_loads(self) -> tuple[SwitchedLoad, ...]:
        """Every load that goes on and off."""
        return *self.interruptible_loads, *self.thermal_loads

    def devices(self) -> Iterator[tuple[str, Any]]:
        """Every device with its path in the document."""
        for kind in ("pv", "batteries", "evs", "shiftable_loads", "interruptible_loads", "thermal_loads"):
            for index, device in enumerate(getattr(self, kind)):
                yield f"{kind}[{index}]", device


def per_step(value: float | tuple[float, ...], steps: int) -> tuple[float, ...]:
    """A number or a series as a series of shape (steps,)."""
    return value if isinstance(value, tuple) else (value,) * steps
