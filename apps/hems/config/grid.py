"""The grid connection: its meter, its limits, its main fuse, and a tariff that counts the energy of a day or a month."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from ..domain.quantity import Fraction, Frozen, Number, Positive
from .sensor import GridPowerOrEntity
from .value import Entity, NumberOrEntity

_FUSE = re.compile(r"([13])\s*[x×*]\s*(\d+(?:\.\d+)?)\s*A?", re.IGNORECASE)
# Shares are mostly written with two decimals: 0.33, 0.33, 0.34; three of 0.333 are near enough to one, too.
_SHARES_OF_ONE = 2e-3


class MainFuse(Frozen):
    """So many phases (1 or 3), and the most current of each in A."""

    phases: Literal[1, 3]
    amps: Positive


def _fuse(value: Any) -> Any:
    found = _FUSE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or float(found[2]) <= 0:
        raise PydanticCustomError(
            "value_error",
            '{found} is not a main fuse; write it like "3x25 A" or "1x35 A"',
            {"found": f"{value!r:.60}"},
        )
    return {"phases": int(found[1]), "amps": float(found[2])}


def _shares(shares: tuple[float, ...]) -> tuple[float, ...]:
    if len(shares) != 3:
        raise ValueError(f"{len(shares)} of three; give one share for each phase, like [0.5, 0.3, 0.2]")
    if abs(sum(shares) - 1) > _SHARES_OF_ONE:
        raise ValueError(f"the shares add up to {sum(shares):g}; they must add up to 1")
    return shares


def _three_sensors(sensors: tuple[str, ...]) -> tuple[str, ...]:
    if len(sensors) != 3:
        raise ValueError(f"{len(sensors)} of three; give the sensor of each phase's current, phase 1 first")
    return sensors


class EnergyBlock(Frozen):
    """The first kWh imported in a local day or month cost ``price_difference_per_kwh`` more (or less, below 0)."""

    kwh_per_day: Positive | None = None
    kwh_per_month: Positive | None = None
    price_difference_per_kwh: Number

    @model_validator(mode="after")
    def _one(self) -> "EnergyBlock":
        if (self.kwh_per_day is None) == (self.kwh_per_month is None):
            raise ValueError("kwh_per_day: give kwh_per_day or kwh_per_month, and not both")
        return self

    @property
    def kwh(self) -> float:
        """The size of the block."""
        return self.kwh_per_day or self.kwh_per_month or 0.0

    @property
    def period(self) -> Literal["day", "month"]:
        """When the block begins anew."""
        return "day" if self.kwh_per_day is not None else "month"


class Grid(Frozen):
    """The meter; limits in kW; what each phase may take; ``import_energy`` counts all energy imported, for the blocks.

    ``phase_currents``: sensors of what each of three phases takes, in A; without them no phase is guarded between plans.
    """

    power: GridPowerOrEntity
    import_limit_kw: NumberOrEntity | None = None
    export_limit_kw: NumberOrEntity | None = None
    main_fuse: Annotated[MainFuse, BeforeValidator(_fuse)] | None = None
    phase_voltage_v: Positive = 230.0
    phase_currents: Annotated[tuple[Entity, ...], Field(strict=False), AfterValidator(_three_sensors)] | None = None
    load_phase_shares: Annotated[tuple[Fraction, ...], Field(strict=False), AfterValidator(_shares)] | None = None
    import_energy: Entity | None = None
    energy_blocks: Annotated[tuple[EnergyBlock, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _counted(self) -> "Grid":
        if self.energy_blocks and self.import_energy is None:
            raise ValueError("energy_blocks: needs grid.import_energy, the meter's counter of what is imported")
        return self

    @property
    def phase_limit_a(self) -> float | None:
        """What each of three phases may import; None without a fuse, or in a home with one phase."""
        return self.main_fuse.amps if self.main_fuse is not None and self.main_fuse.phases == 3 else None

    @property
    def fuse_kw(self) -> float | None:
        """What a home with one phase may import; None for three phases, each of which has its own limit."""
        if self.main_fuse is None or self.main_fuse.phases == 3:
            return None
        return self.main_fuse.amps * self.phase_voltage_v / 1000

    @property
    def phase_shares(self) -> tuple[float, float, float] | None:
        """The parts of the baseline load on the phases, adding up to exactly 1; None: a third each."""
        if self.load_phase_shares is None:
            return None
        one, two, three = (share / sum(self.load_phase_shares) for share in self.load_phase_shares)
        return one, two, three
