"""The home's demand as a plan made by rules grows, what more of it costs, and what the limits leave."""

from collections.abc import Sequence
from itertools import pairwise

from ..domain.problem import Problem, per_step
from .excess import Excess
from .grid import objective_prices
from .room import running_kw
from .shared_room import SharedRoom

NOISE = 1e-9
INFINITE = float("inf")
# What a rule of a higher tier weighs against money, per kWh: far more than energy ever costs.
_GRID_EXCESS_PER_KWH = 1000.0
_SURPLUS_PER_KWH = 10.0

# A price per kWh, and how much is to be had at it.
Offer = tuple[float, float]


class Meter:
    """The home's demand in each step (kW, PV not counted; negative where it feeds out) and what more of it costs.

    PV is used as the prices ask: curtailed only where that costs less. ``cost`` weighs grid limits, and surplus where
    the cost function minimises it, far above money; import above the highest peak that is planned already bears the
    capacity charge, and a block of energy that is still open its difference.
    """

    def __init__(self, problem: Problem) -> None:
        n, grid = problem.steps, problem.grid
        self._price, self._sold = objective_prices(problem)
        self._bought = list(self._price)
        self._most_in = per_step(INFINITE if grid.import_limit_kw is None else grid.import_limit_kw, n)
        self._most_out = per_step(INFINITE if grid.export_limit_kw is None else grid.export_limit_kw, n)
        self.pv_kw = [sum(pv.forecast_kw[k] for pv in problem.pv) for k in range(n)]
        self._fixed_kw = [sum(pv.forecast_kw[k] for pv in problem.pv if not pv.curtailable) for k in range(n)]
        self.demand_kw = list(problem.load_kw)
        self._taken_kw = list(problem.load_kw)
        self._surplus = _SURPLUS_PER_KWH if problem.objective.cost_function == "self_consumption" else 0.0
        charge = grid.capacity_charge
        self._peak_price = charge.price_per_kw if charge else 0.0
        self._peak_kw = charge.peak_so_far_kw if charge else INFINITE
        self._hours = problem.horizon.hours
        self.shared, self._excess = SharedRoom(problem), Excess(problem)
        # What must go on has its place beside the import limit from the beginning, whenever it is planned.
        switched = {load.name for load in problem.switched_loads}
        self._kept_kw = {name: kw for name, kw in running_kw(problem).items() if name in switched and any(kw)}
        self._blocks = [(one, problem.horizon.overlap(one.begin, one.until)) for one in grid.energy_blocks]
        self._reckon()

    def add(self, name: str, power_kw: Sequence[float]) -> None:
        """More demand of a device, shape (N,); negative supplies."""
        self.demand_kw = [a + b for a, b in zip(self.demand_kw, power_kw, strict=True)]
        self._taken_kw = [a + max(0.0, b) for a, b in zip(self._taken_kw, power_kw, strict=True)]
        self._kept_kw.pop(name, None)
        self.shared.add(name, power_kw)
        self._excess.add(name, power_kw)
        self._reckon()

    def _reckon(self) -> None:
        """The highest import, and what a kWh more costs while blocks are open."""
        need = [demand - pv for demand, pv in zip(self.demand_kw, self.pv_kw, strict=True)]
        if self._peak_price:
            self._peak_kw = max(self._peak_kw, *need)
        self._bought = list(self._price)
        for block, shares in self._blocks:
            imported = sum(h * part * max(0.0, kw) for h, part, kw in zip(self._hours, shares, need, strict=True))
            if imported < block.left_kwh - NOISE:
                difference = block.price_difference_per_kwh
                self._bought = [price + part * difference for price, part in zip(self._bought, shares, strict=True)]

    def surplus_kw(self, k: int, name: str) -> float:
        """PV beyond all that is taken, whatever stores give, as far as the limits let a device have it."""
        return min(max(0.0, self.pv_kw[k] - self._taken_kw[k]), self.shared.surplus_kw(k, name))

    def need_kw(self, k: int, name: str) -> float:
        """Demand beyond PV, as far as the limits let a device serve it."""
        return min(max(0.0, self.demand_kw[k] - self.pv_kw[k]), self.shared.give_kw(k, name))

    def room_kw(self, k: int, name: str) -> float:
        """What the import limit and all other limits leave a device, PV counted."""
        kept = sum(kw[k] for other, kw in self._kept_kw.items() if other != name)
        room = max(0.0, self._most_in[k] - self.demand_kw[k] - kept + self.pv_kw[k])
        return min(room, self.shared.take_kw(k, name))

    def room_out_kw(self, k: int, name: str) -> float:
        """What a device may give more before the export limit, or another, is reached."""
        room = max(0.0, self._most_out[k] + self.demand_kw[k] - self.pv_kw[k])
        return min(room, self.shared.give_kw(k, name))

    def used_kw(self, k: int, demand_kw: float) -> float:
        """The PV to use at a demand: the most of what costs least."""
        if self._fixed_kw[k] == self.pv_kw[k]:
            return self.pv_kw[k]
        return min(self._choices(k, demand_kw), key=lambda used: (round(self._flow(k, demand_kw, used), 9), -used))

    def cost(self, k: int, demand_kw: float) -> float:
        """Currency per hour at a demand."""
        if self._fixed_kw[k] == self.pv_kw[k]:
            return self._flow(k, demand_kw, self.pv_kw[k])
        return min([self._flow(k, demand_kw, used) for used in self._choices(k, demand_kw)])

    def more(self, k: int, name: str, kw: float) -> float:
        """Currency per hour of so much more demand of a device."""
        return self.cost(k, self.demand_kw[k] + kw) - self.cost(k, self.demand_kw[k]) + self._beyond(k, name, kw)

    def _beyond(self, k: int, name: str, kw: float) -> float:
        return _GRID_EXCESS_PER_KWH * self._excess.more_kw(k, name, kw) if self._excess.limited else 0.0

    def offers(self, k: int, name: str, kw: float, sign: int) -> list[Offer]:
        """What up to ``kw`` more demand (sign 1) costs, or less of it (sign -1) saves: (price per kWh, kW), best first.

        Where a later kW is better than an earlier one, both are one offer at their mean price.
        """
        if -NOISE <= kw <= NOISE:
            return []
        demand, pv = self.demand_kw[k], self.pv_kw[k]
        levels = (pv - self._most_out[k], self._fixed_kw[k], pv, pv + self._peak_kw, pv + self._most_in[k])
        marks = [*(sign * (level - demand) for level in levels), *(sign * x for x in self._excess.marks_kw(k, name))]
        cuts = sorted({0.0, kw, *(x for x in marks if 0 < x < kw)})
        costs = [self.cost(k, demand + sign * cut) + self._beyond(k, name, sign * cut) for cut in cuts]
        found: list[Offer] = []
        for (low, high), (before, after) in zip(pairwise(cuts), pairwise(costs), strict=True):
            if high - low <= NOISE:
                continue
            price, size = sign * (after - before) / (high - low), high - low
            while found and sign * price < sign * found[-1][0]:
                earlier, its_size = found.pop()
                price = (price * size + earlier * its_size) / (size + its_size)
                size += its_size
            found.append((price, size))
        return found

    def _choices(self, k: int, demand_kw: float) -> tuple[float, float, float]:
        most, least = self.pv_kw[k], self._fixed_kw[k]
        exported = min(most, max(least, demand_kw + self._most_out[k]))
        return exported, min(most, max(least, demand_kw)), least

    def _flow(self, k: int, demand_kw: float, used_kw: float) -> float:
        net, curtailed = demand_kw - used_kw, self.pv_kw[k] - used_kw
        if net > 0:
            over = _GRID_EXCESS_PER_KWH * (net - self._most_in[k]) if net > self._most_in[k] else 0.0
            peak = self._peak_price / self._hours[k] * max(0.0, net - self._peak_kw) if self._peak_price else 0.0
            return self._bought[k] * net + self._surplus * curtailed + over + peak
        over = _GRID_EXCESS_PER_KWH * (-net - self._most_out[k]) if -net > self._most_out[k] else 0.0
        return self._sold[k] * net + self._surplus * (curtailed - net) + over
