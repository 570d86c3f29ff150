"""The devices of a home as apps.yaml describes them."""

from datetime import time
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from ..domain.quantity import Efficiency, Fraction, Frozen, Name, NonNegative, Phase, Positive
from .actions import (
    BatteryActions,
    EvActions,
    PvActions,
    check_lasting,
    used_placeholders,
)
from .charge_curve import ChargeCurve
from .feed_in import check_feed_in
from .placeholder import BY_VOLTAGE
from .sensor import StorePowerOrEntity
from .source import Source
from .source_presets import Kind
from .value import ClockOrEntity, Entity, FractionOrEntity, NumberOrEntity
from .write import Write


class PvForecast(Source):
    """Where the PV forecast comes from; several entities are days or planes of one plant, and are put together."""

    kind: ClassVar[Kind] = "pv"

    @model_validator(mode="after")
    def _some_source(self) -> "PvForecast":
        if not self.given:
            raise ValueError("entities: is missing; give the forecast's sensors, or an action")
        return self


class Pv(Frozen):
    """A PV plant; it is curtailed only where ``actions`` say how, or through its inverter's battery: ``curtailed_by``.

    Without a ``forecast`` the sun's way over a roof (``tilt_degrees``; ``azimuth_degrees``: 90 east, 180 south) and the
    last weeks' output stand in.
    """

    template: Name | None = None
    power: Entity | None = None
    forecast: PvForecast | None = None
    peak_kw: Positive | None = None
    tilt_degrees: Annotated[float, Field(ge=0, le=90)] = 30.0
    azimuth_degrees: Annotated[float, Field(ge=0, le=360)] | None = None
    actions: PvActions | None = None
    curtailed_by: Name | None = None
    limit_kw: NonNegative | None = None
    phase: Phase | None = None
    write: Write = Write()

    @property
    def can_be_curtailed(self) -> bool:
        """Whether it can be told, or its inverter, to give less."""
        return self.actions is not None or self.curtailed_by is not None

    @model_validator(mode="after")
    def _complete(self) -> "Pv":
        if self.actions is not None and self.curtailed_by is not None:
            raise ValueError(
                f"curtailed_by: the plant has actions of its own; write either them or curtailed_by: {self.curtailed_by}"
            )
        if self.actions is not None and self.limit_kw is None:
            raise ValueError("limit_kw: is missing; the limit that releases the plant, its peak power")
        if self.forecast is None and self.power is None:
            raise ValueError("forecast: is missing; without one give power, the sensor of what it gives")
        check_lasting(self.actions, self.write)
        return self


class Battery(Frozen):
    """A home battery. Powers on the AC side, in kW; ``battery_voltage_v`` is for actions that take a current."""

    template: Name | None = None
    soc: Entity
    power: StorePowerOrEntity | None = None
    capacity_kwh: NumberOrEntity
    charge_limit_kw: NonNegative
    discharge_limit_kw: NonNegative
    soc_min: Fraction = 0.1
    soc_max: Fraction = 1.0
    charge_efficiency: Efficiency = 0.95
    discharge_efficiency: Efficiency = 0.95
    standing_loss_kw: NonNegative = 0.0
    wear_cost_per_kwh: NonNegative = 0.0
    charge_curve: ChargeCurve = ()
    battery_voltage_v: Positive | None = None
    phase: Phase | None = None
    actions: BatteryActions
    write: Write = Write()

    @model_validator(mode="after")
    def _bounds(self) -> "Battery":
        if self.soc_min > self.soc_max:
            raise ValueError(f"soc_min: {self.soc_min:g} is above soc_max {self.soc_max:g}")
        if self.battery_voltage_v is None and used_placeholders(self.actions) & BY_VOLTAGE:
            raise ValueError(
                "battery_voltage_v: is missing; its actions take a current, write its nominal voltage, 51.2 say"
            )
        check_lasting(self.actions, self.write)
        check_feed_in(self.actions)
        return self


# What is taken of a car whose habits nobody knows.
USUAL_READY_BY, USUAL_TARGET_SOC = time(7, 0), 0.8


class Ev(Frozen):
    """An electric car at its charge point.

    ``ready_by`` and ``target_soc``: where not given, learned from how the car is used; ``USUAL_READY_BY`` and
    ``USUAL_TARGET_SOC`` until that is known.

    ``switches_phases``: it charges on one phase or on ``phases``; then ``min_kw`` is that of one phase, ``max_kw`` that of
    ``phases``. Between setting them and charging lie ``phase_switch_pause_s``, between two switches ``min_phase_minutes``.
    """

    template: Name | None = None
    connected: Entity
    connected_states: Annotated[tuple[str, ...], Field(strict=False)] = ("on",)
    soc: Entity
    power: Entity | None = None
    battery_kwh: NonNegative
    min_kw: NonNegative = 1.38
    max_kw: NonNegative = 7.36
    phases: Literal[1, 2, 3] = 1
    switches_phases: bool = False
    phase_switch_pause_s: NonNegative = 120.0
    min_phase_minutes: NonNegative = 10.0
    phase: Phase | None = None
    voltage: NonNegative = 230.0
    charge_efficiency: Efficiency = 0.92
    charge_curve: ChargeCurve = ()
    soc_max: Fraction = 1.0
    ready_by: ClockOrEntity | None = None
    target_soc: FractionOrEntity | None = None
    from_home_battery: bool = True
    surplus_only: bool = False
    actions: EvActions
    write: Write = Write()

    @property
    def ready_by_or_usual(self) -> time | str:
        """``ready_by``, and the usual time where none is given and nothing is learned."""
        return USUAL_READY_BY if self.ready_by is None else self.ready_by

    @property
    def target_soc_or_usual(self) -> float | str:
        """``target_soc``, and the usual one where none is given and nothing is learned."""
        return USUAL_TARGET_SOC if self.target_soc is None else self.target_soc

    @model_validator(mode="after")
    def _bounds(self) -> "Ev":
        if self.min_kw > self.max_kw:
            raise ValueError(f"min_kw: {self.min_kw:g} is above max_kw {self.max_kw:g}")
        check_lasting(self.actions, self.write)
        if self.phase is not None and self.phases != 1:
            raise ValueError(f"phase: a car on phase {self.phase} has phases: 1; leave phase out for {self.phases}")
        if self.switches_phases and (self.phases == 1 or self.actions.set_phases is None or self.voltage <= 0):
            raise ValueError(
                "switches_phases: write phases: 3 (the most that it charges on), the voltage of one phase, and actions "
                "with set_phases"
            )
        lowest = min(self.charge_curve, key=lambda point: point.kw, default=None)
        if lowest is not None and lowest.kw < self.min_kw:
            raise ValueError(
                f"charge_curve: {lowest.kw:g} kW at {lowest.soc * 100:g} % is below min_kw {self.min_kw:g}, so it could "
                f"not charge there; write {self.min_kw:g}"
            )
        return self
