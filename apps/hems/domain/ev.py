"""An electric car at its charge point: the battery's equation, only while connected."""

from pydantic import model_validator

from .battery import SocTarget
from .charge_curve import ChargeCurve
from .quantity import Efficiency, Flag, Fraction, Frozen, Name, NonNegative, Number, Phase


class Ev(Frozen):
    """Charging power is 0 or within ``min_kw..max_kw``; ``connected`` has shape (N,)."""

    name: Name
    battery_kwh: NonNegative
    soc: Fraction
    soc_max: Fraction = 1.0
    connected: tuple[Flag, ...]
    min_kw: NonNegative = 0.0
    max_kw: NonNegative
    charge_efficiency: Efficiency = 1.0
    discharge_limit_kw: NonNegative = 0.0
    discharge_efficiency: Efficiency = 1.0
    charge_curve: ChargeCurve = ()
    targets: tuple[SocTarget, ...] = ()
    from_home_battery: Flag = True
    surplus_only: Flag = False
    terminal_value_per_kwh: Number | None = 0.0
    phase: Phase | None = None

    @model_validator(mode="after")
    def _bounds(self) -> "Ev":
        if self.min_kw > self.max_kw:
            raise ValueError(f"min_kw: {self.min_kw:g} is above max_kw {self.max_kw:g}")
        return self
