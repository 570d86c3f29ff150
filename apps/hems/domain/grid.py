"""The grid connection: tariff, limits, and what the peak costs."""

from .quantity import Frozen, NonNegative, NonNegativeOrSeries, Numbers


class CapacityCharge(Frozen):
    """``price_per_kw * max(peak_so_far_kw, max import)``."""

    price_per_kw: NonNegative
    peak_so_far_kw: NonNegative = 0.0


class Grid(Frozen):
    """Prices in currency per kWh with all taxes and fees, shape (N,); limits in kW, or None for no limit."""

    import_price: Numbers
    export_price: Numbers
    import_limit_kw: NonNegativeOrSeries | None = None
    export_limit_kw: NonNegativeOrSeries | None = None
    carbon_kg_per_kwh: Numbers | None = None
    capacity_charge: CapacityCharge | None = None
