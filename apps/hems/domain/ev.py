"""An electric car at its charge point: the battery's equation, only while connected."""

from pydantic import model_validator

from .battery import SocTarget
from .charge_curve import ChargeCurve
from .quantity import Efficiency, Flag, Fraction, Frozen, Name, NonNegative, NonNegatives, Number, Phase
from .schedule import Series


class Ev(Frozen):
    """Charging power is 0 or within ``min_kw..max_kw``; ``connected`` has shape (N,).

    ``driving_kw``: what driving takes out of its battery, mean power of each step, shape (N,), or empty for a car that is
    not known to drive. It empties the battery at most: what it takes beyond that is charged elsewhere.
    """

    name: Name
    battery_kwh: NonNegative
    soc: Fraction
    soc_max: Fraction = 1.0
    connected: tuple[Flag, ...]
    driving_kw: NonNegatives = ()
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

    def energy(self, hours: Series, charge_kw: Series, discharge_kw: Series) -> Series:
        """kWh at fence-posts, shape (N+1,): ``E[k+1] = E[k] + h*(charge*efficiency - discharge/efficiency - driving)``, not below 0."""
        energy = [self.soc * self.battery_kwh]
        for k, h in enumerate(hours):
            flow = charge_kw[k] * self.charge_efficiency - discharge_kw[k] / self.discharge_efficiency
            energy.append(self.driven(k, energy[-1] + h * flow, h))
        return tuple(energy)

    def driven(self, k: int, energy_kwh: float, hours: float) -> float:
        """What is left of an energy after the driving of step k, which lasts so many hours."""
        if not self.driving_kw or self.driving_kw[k] <= 0:
            return energy_kwh
        return max(0.0, energy_kwh - hours * self.driving_kw[k])

    @model_validator(mode="after")
    def _bounds(self) -> "Ev":
        if self.min_kw > self.max_kw:
            raise ValueError(f"min_kw: {self.min_kw:g} is above max_kw {self.max_kw:g}")
        return self
