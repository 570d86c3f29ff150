"""A home battery. Powers are on the AC side, energies inside the battery."""

from pydantic import model_validator

from .charge_curve import ChargeCurve
from .quantity import Efficiency, Flag, Fraction, Frozen, Name, NonNegative, Number, Phase, Time


class SocTarget(Frozen):
    """A wish: at least this state of charge at this instant."""

    at: Time
    soc: Fraction


class Battery(Frozen):
    """``E[k+1] = E[k] - standing_loss*h + h*(charge*charge_efficiency - discharge/discharge_efficiency)``."""

    name: Name
    capacity_kwh: NonNegative
    soc: Fraction
    soc_min: Fraction = 0.0
    soc_max: Fraction = 1.0
    charge_limit_kw: NonNegative
    discharge_limit_kw: NonNegative
    charge_efficiency: Efficiency = 1.0
    discharge_efficiency: Efficiency = 1.0
    standing_loss_kw: NonNegative = 0.0
    wear_cost_per_kwh: NonNegative = 0.0
    grid_charging: Flag = True
    grid_export: Flag = True
    charge_curve: ChargeCurve = ()
    soc_targets: tuple[SocTarget, ...] = ()
    terminal_value_per_kwh: Number | None = None
    phase: Phase | None = None

    @model_validator(mode="after")
    def _bounds(self) -> "Battery":
        if self.soc_min > self.soc_max:
            raise ValueError(f"soc_min: {self.soc_min:g} is above soc_max {self.soc_max:g}")
        return self
