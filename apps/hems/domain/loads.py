"""Loads that can be moved: programs that run once, loads that go on and off, and heat stores."""

from typing import Literal

from pydantic import Field, model_validator

from .quantity import (
    Count,
    Flag,
    Frozen,
    Name,
    NonNegative,
    NonNegativeOrSeries,
    NonNegatives,
    Number,
    NumberOrSeries,
    Phase,
    Positive,
    PositiveOrSeries,
    Time,
)


class ShiftableLoad(Frozen):
    """A program that runs once and uninterrupted. ``profile_kw``: mean power of periods of ``profile_step_minutes``.

    ``after``: the program that must have ended before this one starts (the dryer after the washer).
    """

    name: Name
    profile_kw: NonNegatives = Field(min_length=1, max_length=10000)
    profile_step_minutes: Positive
    earliest_start: Time
    latest_finish: Time
    running_since: Time | None = None
    after: Name | None = None
    phase: Phase | None = None

    @property
    def duration_minutes(self) -> float:
        """Length of the program in minutes."""
        return len(self.profile_kw) * self.profile_step_minutes

    @property
    def energy_kwh(self) -> float:
        """Energy of the whole program in kWh."""
        return sum(self.profile_kw) * self.profile_step_minutes / 60

    @model_validator(mode="after")
    def _bounds(self) -> "ShiftableLoad":
        if self.earliest_start > self.latest_finish:
            raise ValueError("earliest_start: is after latest_finish")
        return self


class Quota(Frozen):
    """A wish: at least ``kwh`` between ``from`` and ``until``."""

    begin: Time = Field(alias="from")
    until: Time
    kwh: NonNegative

    @model_validator(mode="after")
    def _bounds(self) -> "Quota":
        if self.begin > self.until:
            raise ValueError("from: is after until")
        return self


class SwitchedLoad(Frozen):
    """Goes on and off. ``min_power_kw`` None: on or off; a number: 0 or within ``min_power_kw..power_kw``.

    On or off, it stays so for its least time; ``on_now`` counts as the step before the first.
    """

    name: Name
    power_kw: NonNegative
    min_power_kw: NonNegative | None = None
    min_on_minutes: NonNegative = 0.0
    min_off_minutes: NonNegative = 0.0
    on_now: Flag = False
    on_for_minutes: NonNegative = 0.0
    phase: Phase | None = None

    @property
    def timed(self) -> bool:
        """Whether it has a least on or off time."""
        return self.min_on_minutes > 0 or self.min_off_minutes > 0

    @property
    def held_minutes(self) -> float:
        """For so long, in minutes from now, it must stay on; 0 or less: it need not."""
        return self.min_on_minutes - self.on_for_minutes if self.on_now else 0.0

    @model_validator(mode="after")
    def _bounds(self) -> "SwitchedLoad":
        if self.min_power_kw is not None and self.min_power_kw > self.power_kw:
            raise ValueError(f"min_power_kw: {self.min_power_kw:g} is above power_kw {self.power_kw:g}")
        return self


class InterruptibleLoad(SwitchedLoad):
    """Goes on and off as it pays, and as its quotas ask."""

    quotas: tuple[Quota, ...]
    max_starts: Count | None = None
    start_cost: NonNegative = 0.0


class ThermalLoad(SwitchedLoad):
    """``T[k+1] = T[k] + h/C*(+-power*cop - loss*(T[k]-ambient) - draw)``; bounds hold at fence-posts 1..N."""

    cop: NonNegativeOrSeries = 1.0
    capacity_kwh_per_k: PositiveOrSeries
    loss_kw_per_k: NonNegativeOrSeries
    ambient_c: NumberOrSeries
    draw_kw: NonNegativeOrSeries = 0.0
    temperature_c: Number
    min_c: NumberOrSeries
    max_c: NumberOrSeries
    comfort_penalty_per_k_hour: NonNegative = 0.0
    terminal_value_per_kwh: Number | None = None
    mode: Literal["heat", "cool"] = "heat"

    @property
    def last_capacity_kwh_per_k(self) -> float:
        """The heat capacity at the end of the horizon."""
        c = self.capacity_kwh_per_k
        return c[-1] if isinstance(c, tuple) else c
