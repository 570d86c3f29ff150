"""What the home holds at a period's end is worth what it saves afterwards: two days at the least cost, everything known.

    stored value = least cost of the two days from what was held at the begin - least cost from what is held at the end

So a battery left full is no gift and an empty one no loss, whatever the controller thought of the days to come. Valued at
the least import price of the last day instead, a week in which a car was filled for Monday's trip looked 0.7 EUR dearer.
The bound covers period and two days as one program, which keeps it a bound: no course of the period followed by the least
cost from its end can be cheaper.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from .bound import Bound, NoBound, heat_at_begin, solve_bound
from .family import Family
from .home import PhysicalHome
from .prices import stored_worth, tariff_of
from .study_asked import Study
from .whole_period import whole_period

_AFTERWARDS, _LEAST = timedelta(days=2), timedelta(days=1)


def steps_afterwards(study: Study) -> int:
    """Steps of the series after the period that count, two days of them; 0 where it ends within a day."""
    length = timedelta(minutes=study.series.step_minutes)
    known = study.series.steps - study.last
    return min(known, round(_AFTERWARDS / length)) if known >= _LEAST / length else 0


def stored_value(study: Study, home: PhysicalHome, begun_kwh: float) -> float:
    """What the home holds more than at the begin of the period, in currency.

    Where the series ends with the period, or no least cost is found: at the least import price of the last day.
    """
    begun = PhysicalHome(study.site, home.family, bool(home.batteries))
    try:
        if steps_afterwards(study):
            return _cost(study, begun) - _cost(study, home)
    except NoBound:
        pass
    tariff = tariff_of(study.site, study.series, study.zone)
    worth = stored_worth(tariff, study.first, study.last, study.series.step_minutes)
    return (home.stored_kwh() - begun_kwh) * worth


@dataclass(frozen=True)
class PeriodBound:
    """The bound of the period and the days afterwards; ``cost``: bill and wear of the period, less what is stored more."""

    bound: Bound
    cost: float


def period_bound(study: Study, tell: Callable[[float], None]) -> PeriodBound:
    """``tell`` hears the share that is done. Raises NoBound where none is found."""
    family = Family(study.site, study.zone, study.seed)
    home, last = PhysicalHome(study.site, family), study.last + steps_afterwards(study)
    problem = whole_period(study.truth, study.first, last, home)
    found = solve_bound(problem, study.truth.at_home(study.first, last), tell=tell)
    if last > study.last:
        least = found.objective - found.other - heat_at_begin(problem)
        return PeriodBound(found, least - _cost(study, home))
    worth = stored_worth(
        tariff_of(study.site, study.series, study.zone), study.first, study.last, study.series.step_minutes
    )
    held = sum(b.capacity_kwh * b.soc for b in problem.batteries) + sum(e.battery_kwh * e.soc for e in problem.evs)
    return PeriodBound(found, found.objective - found.other + worth * held)


def _cost(study: Study, home: PhysicalHome) -> float:
    """The least cost of the days after the period from what a home holds, in currency."""
    last = study.last + steps_afterwards(study)
    problem = whole_period(study.truth, study.last, last, home)
    # Heat is counted from where it begins; here it must count from the same for all.
    return solve_bound(problem, study.truth.at_home(study.last, last)).objective - heat_at_begin(problem)
