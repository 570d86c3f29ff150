"""What plans made by rules have in common: the meter and its prices, the run rules of a load, the order of offers.

No solver is needed here, nor its library: this works when the solver does not.
"""

from collections.abc import Sequence
from itertools import pairwise

from ..domain.ev import Ev
from ..domain.horizon import Horizon
from ..domain.loads import InterruptibleLoad
from ..domain.problem import Problem, per_step
from ..domain.schedule import Schedule, Series, Store
from .grid import objective_prices
from .schedule import balanced

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
    the cost function minimises it, far above money; import above the highest peak that is planned already bears the capacity charge.
    """

    def __init__(self, problem: Problem) -> None:
        n, grid = problem.steps, problem.grid
        self._bought, self._sold = objective_prices(problem)
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
        self.add([0.0] * n)

    def add(self, power_kw: Sequence[float]) -> None:
        """More demand, shape (N,); negative supplies."""
        self.demand_kw = [a + b for a, b in zip(self.demand_kw, power_kw, strict=True)]
        self._taken_kw = [a + max(0.0, b) for a, b in zip(self._taken_kw, power_kw, strict=True)]
        if self._peak_price:
            self._peak_kw = max(self._peak_kw, *(d - pv for d, pv in zip(self.demand_kw, self.pv_kw, strict=True)))

    def surplus_kw(self, k: int) -> float:
        """PV beyond all that is taken, whatever stores give."""
        return max(0.0, self.pv_kw[k] - self._taken_kw[k])

    def need_kw(self, k: int) -> float:
        """Demand beyond PV."""
        return max(0.0, self.demand_kw[k] - self.pv_kw[k])

    def room_kw(self, k: int) -> float:
        """What the import limit leaves, PV counted."""
        return max(0.0, self._most_in[k] - self.demand_kw[k] + self.pv_kw[k])

    def room_out_kw(self, k: int) -> float:
        """What may be fed out more before the export limit is reached."""
        return max(0.0, self._most_out[k] + self.demand_kw[k] - self.pv_kw[k])

    def used_kw(self, k: int, demand_kw: float) -> float:
        """The PV to use at a demand: the most of what costs least."""
        return min(self._choices(k, demand_kw), key=lambda used: (round(self._flow(k, demand_kw, used), 9), -used))

    def cost(self, k: int, demand_kw: float) -> float:
        """Currency per hour at a demand."""
        return min(self._flow(k, demand_kw, used) for used in self._choices(k, demand_kw))

    def more(self, k: int, kw: float) -> float:
        """Currency per hour of so much more demand."""
        return self.cost(k, self.demand_kw[k] + kw) - self.cost(k, self.demand_kw[k])

    def offers(self, k: int, kw: float, sign: int) -> list[Offer]:
        """What up to ``kw`` more demand (sign 1) costs, or less of it (sign -1) saves: (price per kWh, kW), best first.

        Where a later kW is better than an earlier one, both are one offer at their mean price.
        """
        demand, pv = self.demand_kw[k], self.pv_kw[k]
        marks = (pv - self._most_out[k], self._fixed_kw[k], pv, pv + self._peak_kw, pv + self._most_in[k])
        cuts = sorted({0.0, kw, *(x for mark in marks if 0 < (x := sign * (mark - demand)) < kw)})
        costs = [self.cost(k, demand + sign * cut) for cut in cuts]
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
            over = _GRID_EXCESS_PER_KWH * max(0.0, net - self._most_in[k])
            peak = self._peak_price / self._hours[k] * max(0.0, net - self._peak_kw) if self._peak_price else 0.0
            return self._bought[k] * net + self._surplus * curtailed + over + peak
        over = _GRID_EXCESS_PER_KWH * max(0.0, -net - self._most_out[k])
        return self._sold[k] * net + self._surplus * (curtailed - net) + over


class Switch:
    """A load's run rules, step by step: minimum on and off times, and the number of starts."""

    def __init__(self, load: InterruptibleLoad, horizon: Horizon) -> None:
        self._load, self._horizon = load, horizon
        self._on, self._count = load.on_now, 0
        self._since = load.on_for_minutes if load.on_now else INFINITE

    def step(self, k: int, wanted: bool) -> bool:
        """Whether the load is on in step k; steps are asked for in order."""
        load, on = self._load, self._on
        held = self._since < (load.min_on_minutes if on else load.min_off_minutes) - NOISE
        may_start = load.max_starts is None or self._count < load.max_starts
        now_on = on if held else wanted and (on or may_start)
        self._count += now_on and not on
        self._since = (self._since if now_on == on else 0.0) + self._horizon.step_minutes[k]
        self._on = now_on
        return now_on


def curtailed(problem: Problem, excess_kw: Sequence[float]) -> dict[str, Series]:
    """PV used, by plant, where so much in all is to be curtailed; what cannot be curtailed is used."""
    excess, used = list(excess_kw), {}
    for pv in problem.pv:
        cut = [min(excess[k], kw) if pv.curtailable else 0.0 for k, kw in enumerate(pv.forecast_kw)]
        excess = [a - b for a, b in zip(excess, cut, strict=True)]
        used[pv.name] = tuple(kw - c for kw, c in zip(pv.forecast_kw, cut, strict=True))
    return used


def finished(
    problem: Problem, meter: Meter, batteries: dict[str, Store], evs: dict[str, Store], loads: dict[str, Series]
) -> Schedule:
    """The whole schedule: PV as the prices ask, and at least what the devices that live from PV take."""
    from_pv = [batteries[b.name] for b in problem.batteries if not b.grid_charging]
    of_surplus = [evs[ev.name] for ev in problem.evs if ev.surplus_only]
    stores = (*batteries.values(), *evs.values())
    cut = []
    for k in range(problem.steps):
        used = meter.used_kw(k, meter.demand_kw[k])
        needed = sum(store.charge_kw[k] for store in from_pv)
        if any(store.charge_kw[k] > 0 for store in of_surplus):
            taken = problem.load_kw[k] + sum(load[k] for load in loads.values())
            needed = max(needed, taken + sum(store.charge_kw[k] for store in stores))
        cut.append(max(0.0, meter.pv_kw[k] - max(used, min(needed, meter.pv_kw[k]))))
    return balanced(problem, curtailed(problem, cut), batteries, evs, loads)


def surplus_taken(problem: Problem, evs: dict[str, Store], k: int) -> bool:
    """A car that lives from surplus charges in step k: nothing else may charge from the grid then."""
    return any(evs[ev.name].charge_kw[k] > 0 for ev in problem.evs if ev.surplus_only and ev.name in evs)


def car_room_kw(problem: Problem, ev: Ev, meter: Meter, others: dict[str, Store], k: int) -> float:
    """What a car may charge in step k beside what is on the meter: from surplus alone, or up to the import limit."""
    if not ev.connected[k] or ev.battery_kwh <= 0:
        return 0.0
    from_surplus = ev.surplus_only or surplus_taken(problem, others, k)
    return meter.surplus_kw(k) if from_surplus else meter.room_kw(k)


def may_feed_kw(problem: Problem, meter: Meter, evs: dict[str, Store], k: int) -> float:
    """Most that home batteries may give in step k for the cars' sake: all, but not to cars that they may not feed."""
    kept = sum(evs[ev.name].charge_kw[k] for ev in problem.evs if not ev.from_home_battery and ev.name in evs)
    return INFINITE if kept == 0 else max(0.0, min(meter.demand_kw[k] - kept, meter.need_kw(k)))
