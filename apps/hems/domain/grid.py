"""The grid connection: tariff, limits, and what the peak and the energy of a day cost."""

from pydantic import Field, model_validator

from .quantity import Fraction, Frozen, NonNegative, NonNegativeOrSeries, Number, Numbers, Positive, Time

# Three thirds written with six decimals are not quite one.
_SHARES_OF_ONE = 1e-5


class CapacityCharge(Frozen):
    """``price_per_kw * max(peak_so_far_kw, max import)``."""

    price_per_kw: NonNegative
    peak_so_far_kw: NonNegative = 0.0


class EnergyBlock(Frozen):
    """The first ``kwh`` imported between ``from`` and ``until`` cost ``price_difference_per_kwh`` more (or less).

    ``price_difference_per_kwh * min(kwh - used_kwh, import in the window)``, ``used_kwh`` being what was imported there
    before the start. As a difference it stands beside any tariff, and the order of the hours does not matter.
    """

    begin: Time = Field(alias="from")
    until: Time
    kwh: NonNegative
    price_difference_per_kwh: Number
    used_kwh: NonNegative = 0.0

    @property
    def left_kwh(self) -> float:
        """What is left of the block, kWh."""
        return max(0.0, self.kwh - self.used_kwh)

    @model_validator(mode="after")
    def _bounds(self) -> "EnergyBlock":
        if self.begin > self.until:
            raise ValueError("from: is after until")
        return self


class Grid(Frozen):
    """Prices in currency per kWh with all taxes and fees, shape (N,); limits in kW, or None for no limit.

    ``phase_limit_a`` is the most current that each of three phases may take from the grid. ``load_phase_shares`` None:
    a third of the load on each.
    """

    import_price: Numbers
    export_price: Numbers
    import_limit_kw: NonNegativeOrSeries | None = None
    export_limit_kw: NonNegativeOrSeries | None = None
    phase_limit_a: NonNegativeOrSeries | None = None
    phase_voltage_v: Positive = 230.0
    load_phase_shares: tuple[Fraction, Fraction, Fraction] | None = None
    carbon_kg_per_kwh: Numbers | None = None
    capacity_charge: CapacityCharge | None = None
    energy_blocks: tuple[EnergyBlock, ...] = ()

    @model_validator(mode="after")
    def _shares(self) -> "Grid":
        if abs(sum(self.shares_of_load) - 1) > _SHARES_OF_ONE:
            raise ValueError(f"load_phase_shares: add up to {sum(self.shares_of_load):g}; they must add up to 1")
        return self

    @property
    def shares_of_load(self) -> tuple[float, float, float]:
        """The parts of the load on the three phases; a third each where nobody knows."""
        return self.load_phase_shares or (1 / 3, 1 / 3, 1 / 3)
