"""What a kWh costs and earns: spot prices of a source, fixed prices or rates by the time of use; surcharges and VAT.

    price(t) = (base(t) + add_per_kwh + adders(t)) * (1 + vat(t))

``base``: ``spot(t) * multiplier``, ``fixed_per_kwh``, or the rate of ``time_of_use``; for export also the import price and
``import_plus_per_kwh``.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ..domain.quantity import Frozen, Number, Positive
from .source import Source
from .tariff_modes import ChipMode, ExportBoost, FreeSessions, SavingSessions, SpikeProtection
from .tariff_rules import Adders, Rates, Vat
from .tariff_when import Holiday, Holidays

_ONE_BASE = "give a source (entity or action), fixed_per_kwh or time_of_use, and only one of them"
_ONE_EXPORT_BASE = (
    "give same_as: import or fixed_per_kwh or time_of_use or import_plus_per_kwh or an entity, and only one of them"
)


class _Tariff(Source):
    """What import and export have in common."""

    fixed_per_kwh: Number | None = None
    time_of_use: Rates = Field(default=())
    multiplier: Positive = 1.0
    add_per_kwh: Number = 0.0
    adders: Adders = ()
    vat: Vat = 0.0


class ImportPrices(_Tariff):
    """What a kWh bought costs."""

    @property
    def spot(self) -> bool:
        """Whether it follows a spot price."""
        return self.given

    @model_validator(mode="after")
    def _one_base(self) -> "ImportPrices":
        bases = [self.given, self.fixed_per_kwh is not None, bool(self.time_of_use)]
        if not any(bases):
            raise ValueError("entity: is missing")
        if sum(bases) > 1:
            raise ValueError(f"{'fixed_per_kwh' if bases[1] else 'time_of_use'}: {_ONE_BASE}")
        if self.multiplier != 1 and not self.given:
            raise ValueError("multiplier: there is no spot price that it could multiply")
        return self


class ExportPrices(_Tariff):
    """What a kWh sold earns. ``same_as: import``: the spot price of import, with own surcharges."""

    same_as: Literal["import"] | None = None
    import_plus_per_kwh: Number | None = None

    @property
    def spot(self) -> bool:
        """Whether it follows a spot price of its own or that of import."""
        return self.given or self.same_as is not None

    @model_validator(mode="after")
    def _one_base(self) -> "ExportPrices":
        bases = (self.given, self.same_as, self.fixed_per_kwh, self.time_of_use or None, self.import_plus_per_kwh)
        if sum(base is not None and base is not False for base in bases) != 1:
            raise ValueError(f"same_as: {_ONE_EXPORT_BASE}")
        if self.multiplier != 1 and not self.spot:
            raise ValueError("multiplier: there is no spot price that it could multiply")
        return self


class Prices(Frozen):
    """The tariff, what is planned with other prices, and the holidays of its rules (2026-04-06, or "12-25" for every year)."""

    import_: ImportPrices = Field(alias="import")
    export: ExportPrices = ExportPrices(fixed_per_kwh=0.0)
    holidays: Annotated[tuple[Holiday, ...], Field(strict=False)] = ()
    export_boost: ExportBoost | None = None
    chip_mode: ChipMode | None = None
    spike_protection: SpikeProtection | None = None
    saving_sessions: SavingSessions | None = None
    free_sessions: FreeSessions | None = None

    @model_validator(mode="after")
    def _spot_of_import(self) -> "Prices":
        if self.export.same_as is not None and not self.import_.given:
            raise ValueError(
                "export: same_as: import has no spot price; write import_plus_per_kwh: 0 to be paid its price"
            )
        return self

    @property
    def is_holiday(self) -> Holidays:
        """Whether a local day is a holiday."""
        return Holidays(self.holidays)
