"""What the ledger says of a quarter hour and of a local day. None: not known; it is never 0."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal

Source = Literal["counter", "power", "none"]


@dataclass(frozen=True)
class QuarterRow:
    """Energies in kWh, prices per kWh, money in the site's currency (below 0: earned), carbon in kg.

    ``saving``: against the house without planning, before stored energy is reckoned in.
    """

    begin: datetime
    import_kwh: float | None = None
    export_kwh: float | None = None
    import_price: float | None = None
    export_price: float | None = None
    cost: float | None = None
    saving: float | None = None
    house_kwh: float | None = None
    pv_kwh: float | None = None
    charge_kwh: float | None = None
    discharge_kwh: float | None = None
    baseline_import_kwh: float | None = None
    baseline_export_kwh: float | None = None
    planned_import_kwh: float | None = None
    planned_export_kwh: float | None = None
    carbon_kg: float | None = None


@dataclass(frozen=True)
class Day:
    """A local day, or its part until now. Sums are those of the quarter hours that are known, of which there are so many:

    ``quarters`` in all, ``measured`` with a cost, ``compared`` with the house without planning beside it, ``planned`` with a
    plan. ``import_kwh`` and ``export_kwh`` are the meter's; where they come from says ``energy_from``. ``bought_kwh`` and
    ``sold_kwh`` are theirs in the quarters in which the house's use is known, ``sold_of_pv_kwh`` in those in which PV is.

    ``saving = baseline_cost - cost + stored``; ``stored``: what more is stored than in the house without planning, at
    ``stored_per_kwh``; ``reward``, of saving sessions, is in the cost. ``against_plan``: what it cost less than was planned.
    ``losses_kwh``: what the batteries took and did not give back. ``final``: nothing that comes later changes it.
    """

    day: str
    begin: datetime
    final: bool
    quarters: int
    measured: int = 0
    compared: int = 0
    planned: int = 0
    energy_from: Source = "none"
    import_kwh: float | None = None
    export_kwh: float | None = None
    cost: float | None = None
    baseline_cost: float | None = None
    saving: float | None = None
    stored: float | None = None
    stored_per_kwh: float | None = None
    reward: float | None = None
    planned_cost: float | None = None
    against_plan: float | None = None
    house_kwh: float | None = None
    bought_kwh: float | None = None
    pv_kwh: float | None = None
    sold_of_pv_kwh: float | None = None
    charge_kwh: float | None = None
    discharge_kwh: float | None = None
    losses_kwh: float | None = None
    cycles: float | None = None
    baseline_cycles: float | None = None
    carbon_kg: float | None = None
    baseline_carbon_kg: float | None = None

    @property
    def partial(self) -> bool:
        """Whether something of it was not measured."""
        return self.measured < self.quarters


QUARTER_COLUMNS = tuple(field.name for field in fields(QuarterRow))
DAY_COLUMNS = tuple(field.name for field in fields(Day))
