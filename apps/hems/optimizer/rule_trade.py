"""A home battery by rules: back within its bounds, its targets, then the dearest hours from the cheapest energy."""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush

from ..domain.battery import Battery
from ..domain.problem import Problem
from ..domain.schedule import Store
from .follow import LEAST_GAIN, SAME_KWH
from .meter import INFINITE, NOISE, Meter
from .rule_ledger import Ledger

# A store that leaks is refilled for so long at a time.
_LEAK_HOURS = 6.0


class Trade:
    """What a home battery stores and gives, move by move."""

    def __init__(
        self,
        problem: Problem,
        battery: Battery,
        meter: Meter,
        evs: dict[str, Store],
        charge: Sequence[float],
        discharge: Sequence[float],
    ) -> None:
        """Starts from a lawful ``charge`` and ``discharge``, kW, shape (N,); puts them on the meter."""
        self._problem, self._b = problem, battery
        self._ledger = Ledger(problem, battery, meter, evs, charge, discharge)
        self._least, self._most = battery.soc_min * battery.capacity_kwh, battery.soc_max * battery.capacity_kwh
        self._floor = [self._least] * (problem.steps + 1)

    def wishes(self) -> None:
        """Back within its bounds as soon as it can, and there in spite of its standing loss; then its targets."""
        b, horizon, n, energy = self._b, self._problem.horizon, self._problem.steps, self._ledger.energy
        leak = b.standing_loss_kw * min(_LEAK_HOURS, horizon.posts_minutes[-1] / 60)
        for post in range(1, n + 1):
            if energy[post] < self._least - SAME_KWH:
                self._raise(post, self._least - energy[post] + leak)
            elif energy[post] > self._most + SAME_KWH:
                self._lower(post, energy[post] - self._most)
        for target in sorted(b.soc_targets, key=lambda target: target.at):
            if self._problem.start <= target.at <= horizon.end:
                goal = min(target.soc * b.capacity_kwh, self._most)
                minutes = horizon.minutes_at(target.at)
                below = max(k for k in range(n + 1) if horizon.posts_minutes[k] <= minutes + NOISE)
                posts = (below,) if horizon.posts_minutes[below] >= minutes - NOISE else (below, below + 1)
                for post in posts:
                    self._raise(post, goal - energy[post])
                    self._floor[post] = max(self._floor[post], min(goal, energy[post]))

    def _raise(self, post: int, kwh: float) -> None:
        """So much more by a fence-post and from there on, from the cheapest steps before it."""
        while kwh > SAME_KWH:
            i, room = self._source(post, INFINITE, hold=True)
            if i is None:
                return
            kwh -= self._ledger.move(i, self._problem.steps, min(kwh, room))

    def _lower(self, post: int, kwh: float) -> None:
        """So much less by a fence-post, where it is worth most."""
        energy, sinks = self._ledger.energy, self._ledger.sinks
        for j in sorted((j for j in range(post) if sinks[j]), key=lambda j: -sinks[j][0][0]):
            after = [e - low for e, low in zip(energy[j + 1 :], self._floor[j + 1 :], strict=True)]
            # What leaks later is refilled.
            spare = min((room for room in after if room >= -SAME_KWH), default=INFINITE)
            while min(kwh, spare) > SAME_KWH and sinks[j]:
                less = self._ledger.move(None, j, min(kwh, spare, sinks[j][0][1]))
                kwh, spare = kwh - less, spare - less

    def by_price(self, value_per_kwh: float, free: Sequence[bool]) -> None:
        """Serves the dearest of the free steps first, and the end of the horizon at its worth per stored kWh.

        Energy for them may be stored in any step.
        """
        n, sources, sinks = self._problem.steps, self._ledger.sources, self._ledger.sinks
        cheapest = min([value_per_kwh, *(offers[0][0] for offers in sources if offers)])
        heap = [(-sinks[j][0][0], j) for j in range(n) if free[j] and sinks[j]]
        heap.append((-value_per_kwh, n))
        heapify(heap)
        while heap and -heap[0][0] > cheapest + LEAST_GAIN:
            worth, j = heappop(heap)
            left = sinks[j][0][1] if j < n and sinks[j] else INFINITE if j == n else 0.0
            while left > SAME_KWH and (j == n or sinks[j]):
                i, room = self._source(j, -worth - LEAST_GAIN, value_per_kwh=value_per_kwh)
                if i is None:
                    break
                left -= self._ledger.move(i, j, min(left, room))
            if j < n and left <= SAME_KWH and sinks[j]:
                heappush(heap, (-sinks[j][0][0], j))

    def _source(
        self, j: int, below: float, hold: bool = False, value_per_kwh: float = INFINITE
    ) -> tuple[int | None, float]:
        """The cheapest step whose energy can serve step j, and how much; ``N`` stands for what is stored anyway.

        A step before j stores what is held until then (``hold``: until the end); one after it refills what j takes.
        """
        n, energy, sources = self._problem.steps, self._ledger.energy, self._ledger.sources
        best, found, most = below, None, 0.0
        room = self._most - max(energy[j:]) if hold else INFINITE
        for i in range(j - 1, -1, -1):
            if i + 1 < j or not hold:
                room = min(room, self._most - energy[i + 1])
            if room <= SAME_KWH:
                break
            # At the same price the earlier step: what is charged early slows down what comes after it, not the reverse.
            same = bool(self._b.charge_curve and found is not None and sources[i] and sources[i][0][0] == best)
            if same or (sources[i] and sources[i][0][0] < best):
                best, found, most = sources[i][0][0], i, min(room, sources[i][0][1])
        if hold or j == n:
            return found, most
        room = INFINITE
        for i in range(j + 1, n + 1):
            room = min(room, energy[i] - self._floor[i])
            if room <= SAME_KWH:
                break
            price = value_per_kwh if i == n else sources[i][0][0] if sources[i] else INFINITE
            if price < best and (i == n or energy[i + 1] <= self._most + SAME_KWH):
                best, found, most = price, i, room if i == n else min(room, sources[i][0][1])
        return found, most

    def store(self) -> Store:
        """The battery as planned; what was added is put on the meter."""
        return self._ledger.store()
