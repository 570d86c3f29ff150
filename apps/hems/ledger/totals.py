"""Days added up: a day, a month, a year. What no day knows is not known of their sum either."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from .day import Day


@dataclass(frozen=True)
class Total:
    """The sums of some days, as of ``Day``; shares 0..1 of all their quarter hours and of what the house used."""

    days: int
    coverage: float
    compared: float
    cost: float | None
    baseline_cost: float | None
    saving: float | None
    reward: float | None
    planned_cost: float | None
    against_plan: float | None
    import_kwh: float | None
    export_kwh: float | None
    house_kwh: float | None
    pv_kwh: float | None
    charge_kwh: float | None
    discharge_kwh: float | None
    losses_kwh: float | None
    cycles: float | None
    carbon_kg: float | None
    carbon_saving_kg: float | None
    self_consumption: float | None
    self_sufficiency: float | None

    @property
    def partial(self) -> bool:
        """Whether something of these days was not measured."""
        return self.coverage < 1


def total_of(days: Sequence[Day]) -> Total:
    """The sum of some days.

    ``self_consumption = 1 - export / pv`` and ``self_sufficiency = 1 - import / house``, of the quarter hours in which both
    are known, and never below 0: what a battery took from the grid or gave to it counts against them.
    """
    quarters = sum(day.quarters for day in days)
    emitted = _sum(day.carbon_kg for day in days if day.baseline_carbon_kg is not None)
    spared = _sum(day.baseline_carbon_kg for day in days)
    house, bought = _sum(day.house_kwh for day in days), _sum(day.bought_kwh for day in days)
    pv, sold = _sum(day.pv_kwh for day in days), _sum(day.sold_of_pv_kwh for day in days)
    return Total(
        days=len(days),
        coverage=sum(day.measured for day in days) / quarters if quarters else 0.0,
        compared=sum(day.compared for day in days) / quarters if quarters else 0.0,
        cost=_sum(day.cost for day in days),
        baseline_cost=_sum(day.baseline_cost for day in days),
        saving=_sum(day.saving for day in days),
        reward=_sum(day.reward for day in days),
        planned_cost=_sum(day.planned_cost for day in days),
        against_plan=_sum(day.against_plan for day in days),
        import_kwh=_sum(day.import_kwh for day in days),
        export_kwh=_sum(day.export_kwh for day in days),
        house_kwh=house,
        pv_kwh=pv,
        charge_kwh=_sum(day.charge_kwh for day in days),
        discharge_kwh=_sum(day.discharge_kwh for day in days),
        losses_kwh=_sum(day.losses_kwh for day in days),
        cycles=_sum(day.cycles for day in days),
        carbon_kg=_sum(day.carbon_kg for day in days),
        carbon_saving_kg=spared - emitted if spared is not None and emitted is not None else None,
        self_consumption=_one_less(sold, pv),
        self_sufficiency=_one_less(bought, house),
    )


@dataclass(frozen=True)
class Periods:
    """The totals that are shown, and the local days with which they begin."""

    today: Total
    yesterday: Total
    month: Total
    year: Total
    day: date

    def begin(self, name: str) -> date:
        """The first day of ``today``, ``yesterday``, ``month`` or ``year``."""
        begins = {"yesterday": self.day - timedelta(days=1), "month": self.day.replace(day=1)}
        return begins.get(name, self.day.replace(month=1, day=1) if name == "year" else self.day)


def periods_of(days: Iterable[Day], day: date) -> Periods:
    """The totals of a local day, of the day before, of its month and of its year, until that day."""
    ordered = [one for one in days if one.day <= day.isoformat()]
    empty = Periods(*(total_of([]),) * 4, day)

    def since(name: str, until: date) -> Total:
        return total_of([one for one in ordered if empty.begin(name).isoformat() <= one.day <= until.isoformat()])

    yesterday = day - timedelta(days=1)
    return replace(
        empty,
        today=since("today", day),
        yesterday=since("yesterday", yesterday),
        month=since("month", day),
        year=since("year", day),
    )


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _one_less(part: float | None, whole: float | None) -> float | None:
    return min(1.0, max(0.0, 1 - part / whole)) if part is not None and whole else None
