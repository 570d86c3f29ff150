"""Cars by rules: their targets from the cheapest connected steps, and more where what is left at the end is worth it."""

from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush

from ..domain.ev import Ev
from ..domain.problem import Problem
from ..domain.schedule import Store
from .follow import LEAST_GAIN, SAME_KWH, car_room_kw
from .meter import INFINITE, NOISE, Meter, Offer
from .rule_curve import keeps_curve, most_lawful


def charged(
    problem: Problem,
    ev: Ev,
    meter: Meter,
    others: dict[str, Store],
    charge: Sequence[float],
    discharge: Sequence[float],
) -> Store:
    """A car that charges, beyond what is planned, in the cheapest connected steps before each of its targets."""
    meter.add(ev.name, [c - d for c, d in zip(charge, discharge, strict=True)])
    filling = _Filling(problem, ev, meter, others, charge, discharge)
    inside = [target for target in ev.targets if problem.start <= target.at <= problem.horizon.end]
    for target in sorted(inside, key=lambda target: target.at):
        goal = min(target.soc, ev.soc_max) * ev.battery_kwh
        filling.reach(problem.horizon.minutes_at(target.at), goal, INFINITE)
    return filling.store()


def filled(
    problem: Problem, ev: Ev, meter: Meter, evs: dict[str, Store], batteries: dict[str, Store], value_per_kwh: float
) -> Store:
    """A car that charges further where what is left at the end is worth it, while no home battery gives."""
    store, others = evs[ev.name], {name: one for name, one in evs.items() if name != ev.name}
    filling = _Filling(problem, ev, meter, others, store.charge_kw, store.discharge_kw)
    filling.close(k for k in range(problem.steps) if any(b.discharge_kw[k] > 0 for b in batteries.values()))
    most_price = value_per_kwh * ev.charge_efficiency - LEAST_GAIN
    filling.reach(problem.horizon.posts_minutes[-1], ev.soc_max * ev.battery_kwh, most_price)
    return filling.store()


class _Filling:
    """A car's energy at the fence-posts, and what more charging costs while nothing else is put on the meter."""

    def __init__(
        self,
        problem: Problem,
        ev: Ev,
        meter: Meter,
        others: dict[str, Store],
        charge: Sequence[float],
        discharge: Sequence[float],
    ) -> None:
        self._horizon, self._ev, self._meter = problem.horizon, ev, meter
        self._before, self._charge, self._discharge = tuple(charge), list(charge), tuple(discharge)
        self._energy = list(self._followed().energy_kwh)
        self._problem, self._others = problem, others
        self._offers: dict[int, list[Offer]] = {}

    def _offered(self, k: int) -> list[Offer]:
        """What more charging costs in step k, reckoned when it is asked for: a car that has its targets asks for none."""
        if k not in self._offers:
            free = self._discharge[k] <= NOISE
            open_kw = car_room_kw(self._problem, self._ev, self._meter, self._others, k) if free else 0.0
            self._offers[k] = _car_offers(self._ev, self._meter, k, self._charge[k], open_kw)
        return self._offers[k]

    def close(self, steps: Iterable[int]) -> None:
        """No more charging in these steps."""
        self._offers.update((k, []) for k in steps)

    def reach(self, minutes: float, goal_kwh: float, most_price: float) -> None:
        """Charges up to a goal at an instant, the cheapest first, at less than ``most_price`` per kWh."""
        posts, lengths = self._horizon.posts_minutes, self._horizon.step_minutes
        share = [min(1.0, (minutes - posts[k]) / length) for k, length in enumerate(lengths)]
        reached = self._energy[0]
        for k, part in enumerate(share):
            reached += max(0.0, part) * (self._energy[k + 1] - self._energy[k])
        if goal_kwh - reached <= SAME_KWH:
            return
        heap = [
            (offers[0][0] / part, k) for k, part in enumerate(share) if part > NOISE and (offers := self._offered(k))
        ]
        heapify(heap)
        while heap and goal_kwh - reached > SAME_KWH and heap[0][0] < most_price:
            _, k = heappop(heap)
            per_kw = self._horizon.hours[k] * self._ev.charge_efficiency
            kw = self._taken(k, (goal_kwh - reached) / (per_kw * share[k]), per_kw)
            if kw > 0:
                reached += kw * per_kw * share[k]
                if self._offers[k]:
                    heappush(heap, (self._offers[k][0][0] / share[k], k))

    def _taken(self, k: int, wished_kw: float, per_kw: float) -> float:
        """Takes from the first offer of step k what is lawful; 0 where that is nothing."""
        (price, size), *others = self._offers[k]
        least = max(0.0, self._ev.min_kw - self._charge[k])
        room = self._ev.soc_max * self._ev.battery_kwh - max(self._energy[k + 1 :])
        kw = min(size, room / per_kw, max(least, wished_kw))
        kw = most_lawful(kw, lambda more: self._keeps_curve(k, more, per_kw)) if kw > 0 else kw
        self._offers[k] = others
        if kw < max(least - NOISE, SAME_KWH):
            return 0.0
        self._charge[k] += kw
        self._energy[k + 1 :] = [kwh + kw * per_kw for kwh in self._energy[k + 1 :]]
        if size - kw > SAME_KWH:
            self._offers[k].insert(0, (price, size - kw))
        return kw

    def _keeps_curve(self, k: int, kw: float, per_kw: float) -> bool:
        """Whether the charge curve allows so much more in step k, then and in the later steps."""
        ev = self._ev
        if not ev.charge_curve:
            return True
        charge = [self._charge[k] + kw, *self._charge[k + 1 :]]
        energy = [self._energy[k], *(kwh + kw * per_kw for kwh in self._energy[k + 1 :])]
        return keeps_curve(ev.charge_curve, ev.battery_kwh, charge, energy)

    def _followed(self) -> Store:
        charge = tuple(self._charge)
        return Store(charge, self._discharge, self._ev.energy(self._horizon.hours, charge, self._discharge))

    def store(self) -> Store:
        """The car as planned; what was added is put on the meter."""
        self._meter.add(self._ev.name, [a - b for a, b in zip(self._charge, self._before, strict=True)])
        return self._followed()


def _car_offers(ev: Ev, meter: Meter, k: int, charging_kw: float, room_kw: float) -> list[Offer]:
    """What more charging costs in step k; the first offer is as large as the least power of a car that does not charge."""
    most = min(ev.max_kw - charging_kw, room_kw)
    least = ev.min_kw if charging_kw <= NOISE else 0.0
    if most < max(least, NOISE):
        return []
    found = meter.offers(k, ev.name, most, 1)
    while len(found) > 1 and found[0][1] < least:
        (price, kw), (second, size) = found[:2]
        part = min(size, least - kw)
        rest = [(second, size - part)] if size - part > NOISE else []
        found[:2] = [((price * kw + second * part) / (kw + part), kw + part), *rest]
    return found
