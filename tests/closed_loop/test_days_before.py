"""What HEMS knows at the begin of a period: what its own code learns from the days before, lived without it."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from builders.past import UTC
from hems.closed_loop.days_before import memory_of_before
from hems.closed_loop.family import Family
from hems.closed_loop.planned import Planned
from hems.closed_loop.reference_home import reference_home
from hems.closed_loop.results import CONTROLLERS
from hems.closed_loop.seeded_series import seeded_series
from hems.closed_loop.study_asked import Study
from hems.closed_loop.study_run import _begun
from hems.planner.memory import Memory

ZONE = ZoneInfo("Europe/Berlin")
DAY = date(2026, 4, 3)  # the clock has changed in the days before


@pytest.fixture(scope="module")
def study() -> Study:
    series = seeded_series(reference_home(), ZONE, DAY, DAY + timedelta(days=1), seed=3)
    first = series.step_at(datetime.combine(DAY, time(), ZONE).astimezone(UTC))
    assert first > 10 * 96
    return Study(reference_home(), series, ZONE, first, first + 96)


def test_the_last_ten_days_are_known_with_the_familys_own_trips_and_draws(study: Study) -> None:
    memory, now = memory_of_before(study), study.series.time(study.first)
    family = Family(study.site, ZONE, study.seed)
    days = memory.cars["car"].habits(ZONE, now).days
    assert len(days) >= 9
    for day in days[1:]:
        begin = datetime.combine(day.day, time(), ZONE).astimezone(UTC)
        trips = list(family.trips("car", begin, begin + timedelta(hours=23)))
        assert day.left is bool(trips)
        if trips:
            used = sum(trip.energy_kwh for trip in trips) / study.site.evs["car"].battery_kwh
            assert day.used == pytest.approx(used, abs=0.02)
    whole = [sum(kwh) for _, hours, kwh in memory.draws["tank"].days if hours > 22]
    assert len(whole) >= 9 and all(1.5 < kwh < 5 for kwh in whole)
    assert memory.seen is None and not memory.loads  # the home of the period is another one


def test_a_series_that_begins_with_the_period_teaches_nothing_and_a_short_one_what_it_has(study: Study) -> None:
    assert memory_of_before(replace(study, first=0)) == Memory()
    memory = memory_of_before(replace(study, first=3 * 96))
    assert 2 <= len(memory.draws["tank"].days) <= 4


def test_all_controllers_begin_with_the_same_home_and_hems_alone_with_a_memory(study: Study) -> None:
    runs = {name: _begun(study, name) for name in CONTROLLERS if name not in ("uncontrolled", "bound")}
    states = {
        name: (
            run.stored_kwh,
            [one.store.soc for one in run.home.batteries.values()],
            [one.energy_kwh for one in run.home.cars.values()],
            [one.temperature_c for one in run.home.tanks.values()],
            run.home.on, run.home.requested, run.home.plugged, run.home.switched, run.position,
        )
        for name, run in runs.items()
    }  # fmt: skip
    assert len({repr(state) for state in states.values()}) == 1
    hems, perfect = runs["hems"].controller, runs["hems_perfect"].controller
    assert isinstance(hems, Planned) and hems.memory.draws["tank"].days
    assert isinstance(perfect, Planned) and perfect.memory == Memory()
