"""Published prices by quarter hour, as a simple controller keeps them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone, tzinfo

import numpy as np

from ..config.tariff import Prices
from ..domain.series import Slot
from ..planner.tariff import Tariff
from .quarters import PER_DAY, QUARTER_S, quarter_from


@dataclass(frozen=True)
class Costs:
    """What a kWh costs a load in each quarter hour: ``values[i]`` in quarter ``first + i``."""

    first: int
    values: list[float]

    @property
    def end(self) -> int:
        """The quarter behind the last one."""
        return self.first + len(self.values)


# What a load of so many kW pays; reckoned only where a rule asks for it.
CostsOf = Callable[[float], Costs]


class PriceList:
    """Import and export price per kWh of every published quarter hour, and of one day more.

    What is not published yet is taken to be what it was 24 hours before. ``bought[i]`` and ``sold[i]`` belong to quarter
    ``first + i``.
    """

    def __init__(self, prices: Prices, zone: tzinfo) -> None:
        self._tariff = Tariff(prices, zone)
        self._spot: tuple[Slot, ...] = ()
        self.first = 0
        self.bought: list[float] = []
        self.sold: list[float] = []

    @property
    def end(self) -> int:
        """The quarter behind the last one that has a price."""
        return self.first + len(self.bought)

    def covers(self, quarter: int) -> bool:
        """Whether there is a price for that quarter."""
        return self.first <= quarter < self.end

    def update(self, spot: tuple[Slot, ...]) -> bool:
        """Takes over a list of spot prices; whether it is another than the last."""
        if spot is self._spot or spot == self._spot:
            return False
        self._spot = spot
        values = _by_quarter(spot)
        self.first = min(values, default=0)
        filled = np.array([values[quarter] for quarter in sorted(values)])
        begin = datetime.fromtimestamp(self.first * QUARTER_S, timezone.utc)
        self.bought = self._tariff.series("import", filled, begin, QUARTER_S / 60).tolist()
        self.sold = self._tariff.series("export", filled, begin, QUARTER_S / 60).tolist()
        return True

    def costs(self, quarter: int, power_kw: float, usual_net_kw: Sequence[float]) -> Costs:
        """From ``quarter`` on: the import price, and the export price for what the usual surplus covers of ``power_kw``.

        ``usual_net_kw``: load less PV by quarter of the UTC day, shape (96,).
        """
        offset = quarter - self.first
        values = self.bought[offset:]
        for place, net_kw in enumerate(usual_net_kw):
            if net_kw < 0 < power_kw:
                covered = min(-net_kw / power_kw, 1.0)
                for i in range((place - quarter) % PER_DAY, len(values), PER_DAY):
                    values[i] += covered * (self.sold[offset + i] - values[i])
        return Costs(quarter, values)


def _by_quarter(spot: tuple[Slot, ...]) -> dict[int, float]:
    """Spot price by quarter without holes, a day longer than the list."""
    known: dict[int, float] = {}
    for slot in spot:
        for quarter in range(quarter_from(slot.begin), quarter_from(slot.end)):
            known[quarter] = slot.value
    if not known:
        return {}
    mean = sum(known.values()) / len(known)
    first, last = min(known), max(known)
    filled: dict[int, float] = {}
    for quarter in range(first, last + PER_DAY + 1):
        filled[quarter] = known.get(quarter, filled.get(quarter - PER_DAY, mean))
    return filled
