"""A home battery's energy as a plan by rules grows: what each step may still store and give, and at which price."""

from collections.abc import Sequence
from functools import cached_property

from ..domain.battery import Battery
from ..domain.problem import Problem
from ..domain.schedule import Store, store_energy
from .follow import SAME_KWH, may_feed_kw, surplus_taken
from .meter import INFINITE, NOISE, Meter, Offer
from .rule_curve import keeps_curve, most_lawful


class Ledger:
    """``energy``: kWh at fence-posts, shape (N+1,)."""

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
        self._problem, self._b, self._meter, self._hours = problem, battery, meter, problem.horizon.hours
        self._evs = evs
        self._before = [c - d for c, d in zip(charge, discharge, strict=True)]
        meter.add(battery.name, self._before)
        self._charge, self._discharge = list(charge), list(discharge)
        self.energy = list(self._followed().energy_kwh)

    @property
    def sources(self) -> list[list[Offer]]:
        """By step, what it may still store: (price per stored kWh, stored kWh), best first."""
        return self._offers[0]

    @property
    def sinks(self) -> list[list[Offer]]:
        """By step, what it may still give: (worth per stored kWh, stored kWh), best first."""
        return self._offers[1]

    @cached_property
    def _offers(self) -> tuple[list[list[Offer]], list[list[Offer]]]:
        """Both, when one is asked for first, before anything is moved: a quarter of what it takes to carry a plan on."""
        usable, steps = self._b.capacity_kwh > 0, range(self._problem.steps)
        sources = [self._stored(k, self._evs) if usable and self._discharge[k] <= NOISE else [] for k in steps]
        return sources, [self._given(k, self._evs) if usable and self._charge[k] <= NOISE else [] for k in steps]

    def _stored(self, k: int, evs: dict[str, Store]) -> list[Offer]:
        """Energy that step k can store: (price per stored kWh, stored kWh)."""
        from_grid = self._b.grid_charging and not surplus_taken(self._problem, evs, k)
        room = (self._meter.room_kw if from_grid else self._meter.surplus_kw)(k, self._b.name)
        offers = self._meter.offers(k, self._b.name, min(room, self._b.charge_limit_kw - self._charge[k]), 1)
        into = self._b.charge_efficiency
        found = [(price / into, kw * self._hours[k] * into) for price, kw in offers]
        return [offer for offer in found if offer[1] > SAME_KWH]

    def _given(self, k: int, evs: dict[str, Store]) -> list[Offer]:
        """What stored energy serves in step k: (worth per stored kWh, stored kWh)."""
        allowed = may_feed_kw(self._problem, self._meter, self._b, evs, k)
        most = self._meter.need_kw(k, self._b.name)
        if self._b.grid_export and allowed == INFINITE:
            most = max(most, self._meter.room_out_kw(k, self._b.name))
        kw = min(most, allowed, self._b.discharge_limit_kw - self._discharge[k])
        out = self._b.discharge_efficiency
        offers = self._meter.offers(k, self._b.name, kw, -1)
        wear = self._b.wear_cost_per_kwh
        found = [((price - wear) * out, kw * self._hours[k] / out) for price, kw in offers]
        return [offer for offer in found if offer[1] > SAME_KWH]

    def move(self, i: int | None, j: int, kwh: float) -> float:
        """Stores ``kwh`` in step i and gives it in step j; a step N or None stands for no step.

        Returns how much the charge curve let pass. Where that is less, the step is not offered again.
        """
        stores = i if i is not None and i < self._problem.steps else None
        lawful = most_lawful(kwh, lambda part: self._keeps_curve(stores, j, part))
        self._book(stores, j, lawful)
        if lawful < kwh and stores is not None:
            self.sources[stores] = []
        elif lawful < kwh and j < self._problem.steps:
            self.sinks[j] = []
        return lawful

    def _book(self, i: int | None, j: int, kwh: float) -> None:
        b = self._b
        if i is not None and kwh > 0:
            self._charge[i] += kwh / (self._hours[i] * b.charge_efficiency)
            self.energy[i + 1 :] = [e + kwh for e in self.energy[i + 1 :]]
            self.sources[i] = _left(self.sources[i], kwh)
            self.sinks[i] = []
        if j < self._problem.steps and kwh > 0:
            self._discharge[j] += kwh * b.discharge_efficiency / self._hours[j]
            self.energy[j + 1 :] = [e - kwh for e in self.energy[j + 1 :]]
            self.sinks[j] = _left(self.sinks[j], kwh)
            self.sources[j] = []

    def _keeps_curve(self, i: int | None, j: int, kwh: float) -> bool:
        """Whether all charging from the first of both steps on is within the curve when so much is moved."""
        b, n = self._b, self._problem.steps
        if not b.charge_curve:
            return True
        begin = min(n if i is None else i, j)
        charge, energy = self._charge[begin:], self.energy[begin:]
        if i is not None:
            charge[i - begin] += kwh / (self._hours[i] * b.charge_efficiency)
            energy[i - begin + 1 :] = [e + kwh for e in energy[i - begin + 1 :]]
        energy[j - begin + 1 :] = [e - kwh for e in energy[j - begin + 1 :]]
        return keeps_curve(b.charge_curve, b.capacity_kwh, charge, energy)

    def _followed(self) -> Store:
        b, charge, discharge = self._b, tuple(self._charge), tuple(self._discharge)
        rates = (b.soc * b.capacity_kwh, b.standing_loss_kw, b.charge_efficiency, b.discharge_efficiency)
        return Store(charge, discharge, store_energy(*rates, self._hours, charge, discharge))

    def store(self) -> Store:
        """The battery as planned; what was added is put on the meter."""
        after = [c - d for c, d in zip(self._charge, self._discharge, strict=True)]
        self._meter.add(self._b.name, [a - b for a, b in zip(after, self._before, strict=True)])
        return self._followed()


def _left(offers: list[Offer], kwh: float) -> list[Offer]:
    """What is left of a step's offers when so much of the first is taken."""
    (price, size), *others = offers
    return [(price, size - kwh), *others] if size - kwh > SAME_KWH else others
