"""What every sentence of ``reasons.py`` draws on: prices by step, local times, and the cheapest step of a span."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pytz

from ..domain.problem import Problem
from ..domain.schedule import Schedule, Series
from .grid import objective_prices

# Less power is noise; a price difference below this is none (prices are said to three decimals).
NOISE_KW, SAME_PRICE = 1e-3, 5e-4
# Less energy than this, in kWh, is none.
NOISE_KWH = 5e-3
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# A weekday is clear, before and after, for so many days.
_WEEKDAY_IS_CLEAR_DAYS = 3


@dataclass(frozen=True)
class Price:
    """What one more kWh costs, and where it comes from."""

    per_kwh: float
    source: str

    def __str__(self) -> str:
        return f"{self.per_kwh:.3f} ({self.source})"


class Scene:
    """Prices and times of a problem with its schedule.

    ``worth``: what one more kWh in step k is worth, shape (N,): the plan's ``energy_value``, or the price that holds in
    the step where there is none or nothing moves. ``saved``: what a kWh saves that a store gives in step k. ``taken`` and ``stored``: what a kWh costs that a load takes, or a store charges, in
    step k: the import price while importing, the export forgone while exporting, nothing while PV is curtailed.
    Prices are those of the objective: import with its carbon, export as nothing with cost function ``cost``.
    """

    def __init__(self, problem: Problem, schedule: Schedule, energy_value: Sequence[float]) -> None:
        self.problem, self.schedule = problem, schedule
        self.steps, self.hours = problem.steps, problem.horizon.hours
        self.bought, self.sold = objective_prices(problem)
        self.carbon = " with carbon" if problem.grid.carbon_kg_per_kwh and problem.objective.carbon_price_per_kg else ""
        self.sold_counts = problem.objective.cost_function != "cost"
        stores = [*schedule.batteries.values(), *schedule.evs.values()]
        self._charging = [any(s.charge_kw[k] > NOISE_KW for s in stores) for k in range(self.steps)]
        self._discharging = [any(s.discharge_kw[k] > NOISE_KW for s in stores) for k in range(self.steps)]
        self.curtailed_kw = [
            sum(pv.forecast_kw[k] - schedule.pv_used_kw[pv.name][k] for pv in problem.pv) for k in range(self.steps)
        ]
        values = tuple(energy_value) or tuple(self._price_alone(k) for k in range(self.steps))
        # Where nothing moves the shadow price may be any between export and import; taking more would be importing.
        self.worth: Series = tuple(self.bought[k] if self._still(k) else value for k, value in enumerate(values))
        # What covers a step to the last watt saves import there, whatever one kWh more would be worth.
        self.saved: Series = tuple(
            max(value, self.bought[k]) if self._covered(k) else value for k, value in enumerate(self.worth)
        )
        self.taken = [self._taken(k) for k in range(self.steps)]
        self.stored = [self._stored(k) for k in range(self.steps)]
        self._zone = pytz.timezone(problem.time_zone)
        self._posts = [self._local(problem.horizon.time(post)) for post in range(self.steps + 1)]

    def imports(self, k: int) -> bool:
        """Whether step k takes energy from the grid."""
        return self.schedule.import_kw[k] > NOISE_KW

    def exports(self, k: int) -> bool:
        """Whether step k gives energy to the grid."""
        return self.schedule.export_kw[k] > NOISE_KW

    def at(self, post: int, seen_from: int) -> str:
        """A fence-post on the local clock, with its weekday where that is not the day of step ``seen_from``."""
        return _said(self._posts[post], self._posts[seen_from])

    def time(self, instant: datetime, seen_from: int) -> str:
        """An instant on the local clock, as ``at``."""
        return _said(self._local(instant), self._posts[seen_from])

    def forgone(self, k: int) -> float:
        """What surplus in step k would earn if it were exported; nothing where it would be curtailed."""
        limit = self.problem.grid.export_limit_kw
        allowed = limit[k] if isinstance(limit, tuple) else limit
        curtailable = all(pv.curtailable for pv in self.problem.pv)
        if allowed == 0 or (self.sold[k] < 0 and curtailable):
            return 0.0
        return self.sold[k]

    def _local(self, instant: datetime) -> datetime:
        return instant.astimezone(self._zone)

    def _covered(self, k: int) -> bool:
        return self._discharging[k] and not (self.imports(k) or self.exports(k) or self.curtailed_kw[k] > NOISE_KW)

    def _still(self, k: int) -> bool:
        at_the_meter = self.imports(k) or self.exports(k) or self.curtailed_kw[k] > NOISE_KW
        return not (at_the_meter or self._charging[k] or self._discharging[k])

    def _price_alone(self, k: int) -> float:
        if self.imports(k):
            return self.bought[k]
        if self.curtailed_kw[k] > NOISE_KW:
            return 0.0
        return self.sold[k] if self.exports(k) else self.bought[k]

    def _at_the_meter(self, k: int) -> Price | None:
        if self.imports(k):
            return Price(self.bought[k], f"import{self.carbon}")
        if self.curtailed_kw[k] > NOISE_KW:
            return Price(0.0, "PV else curtailed")
        if self.exports(k):
            return Price(self.sold[k], "export forgone" if self.sold_counts else "export counts as nothing")
        return None

    def _taken(self, k: int) -> Price:
        at_the_meter = self._at_the_meter(k)
        if at_the_meter is not None:
            return at_the_meter
        if self._discharging[k]:
            return Price(self.worth[k], "from store")
        return Price(self.worth[k], "PV else stored") if self._charging[k] else Price(self.forgone(k), "PV surplus")

    def _stored(self, k: int) -> Price:
        at_the_meter = self._at_the_meter(k)
        if at_the_meter is not None:
            return at_the_meter
        return Price(self.worth[k], "from store") if self._discharging[k] else Price(self.forgone(k), "PV surplus")


def _said(time: datetime, now: datetime) -> str:
    clock, days = f"{time.hour:02d}:{time.minute:02d}", time.toordinal() - now.toordinal()
    if days == 0:
        return clock
    if abs(days) <= _WEEKDAY_IS_CLEAR_DAYS:
        return f"{_WEEKDAYS[time.weekday()]} {clock}"
    return f"{time.year}-{time.month:02d}-{time.day:02d} {clock}"


class Cheapest:
    """The least value of any span of steps; built in ``N log N``, asked in constant time. Steps with None do not count."""

    def __init__(self, values: Sequence[float | None]) -> None:
        row = [float("inf") if value is None else value for value in values]
        self._rows = [row]
        while 2 ** len(self._rows) <= len(values):
            half = 2 ** (len(self._rows) - 1)
            row = list(map(min, row, row[half:]))
            self._rows.append(row)

    def within(self, first: int, end: int) -> float | None:
        """The least of steps ``first..end-1``; None where none of them counts."""
        if end <= first:
            return None
        level = (end - first).bit_length() - 1
        row = self._rows[level]
        least = min(row[first], row[end - 2**level])
        return least if least < float("inf") else None


def free_words(cheapest: Cheapest, first: int, end: int, price: Price) -> str:
    """``"; free hours until then from 0.301"``: the least of them, where that is more than ``price``; nothing where it is not."""
    least = cheapest.within(first, end)
    if least is None or least < price.per_kwh - SAME_PRICE:
        return ""
    return f"; free hours until then from {least:.3f}"


def next_steps(flags: Sequence[bool]) -> list[int | None]:
    """For each step the next later one whose flag is set, or None; shape (N,)."""
    found: list[int | None] = [None] * len(flags)
    after: int | None = None
    for k in reversed(range(len(flags))):
        found[k] = after
        if flags[k]:
            after = k
    return found


def wait_words(scene: Scene, verb: str, until: int, k: int) -> str:
    """``"waits for 02:00 at 0.083 (now 0.301)"``; without the present worth where waiting is not cheaper by it."""
    price = scene.taken[until].per_kwh
    now = f", now {scene.worth[k]:.3f}" if scene.worth[k] >= price - SAME_PRICE else ""
    return f"{verb} {scene.at(until, k)} at {price:.3f}{now}"
