"""What those know who know everything: true means on any horizon, local times over the clock change, all of the energy."""

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from hems.closed_loop.family import Family
from hems.closed_loop.foresight import Truth
from hems.closed_loop.home import Flow, PhysicalHome
from hems.closed_loop.look import Look
from hems.closed_loop.loop import looks
from hems.closed_loop.prices import Published
from hems.closed_loop.pv_outlook import PvOutlook
from hems.closed_loop.reference_home import reference_home
from hems.closed_loop.seeded_series import seeded_series
from hems.closed_loop.series import Series
from hems.closed_loop.whole_period import whole_period
from hems.domain.horizon import Horizon
from hems.domain.problem import Problem
from hems.planner.assemble import Notes, assemble
from hems.planner.local_days import local_time
from hems.planner.memory import Memory

ZONE = ZoneInfo("Europe/Berlin")
UTC = timezone.utc
SITE = reference_home(pool=True)
START = datetime(2025, 3, 28, 23, tzinfo=UTC)  # local midnight; the clock changes on the 30th


def truth_of(series: Series, seed: int = 1) -> Truth:
    return Truth(SITE, series, Family(SITE, ZONE, seed), ZONE)


def ramp(steps: int) -> Series:
    """Load that rises by 1 kW a step."""
    load = np.arange(steps, dtype=float)
    return Series(START, 15.0, load, {"roof": load / 10}, load / 100)


@pytest.mark.parametrize("late", [0.0, 0.5, 7.0, 14.0, 31.5])
@pytest.mark.parametrize("lengths", [(15.0,) * 8, (8.0, 15.0, 30.0, 60.0, 5.0)])
def test_means_on_any_horizon_are_those_of_its_half_minutes(late: float, lengths: tuple[float, ...]) -> None:
    series = ramp(24)
    horizon = Horizon(START + timedelta(minutes=late), lengths)
    halves = np.repeat(series.load_kw, 30)
    begin, expected = int(late * 2), []
    for length in lengths:
        expected.append(halves[begin : begin + int(2 * length)].mean())
        begin += int(2 * length)
    assert truth_of(series).mean(series.load_kw, horizon) == pytest.approx(expected, abs=1e-6)


def test_beyond_the_end_the_last_value_goes_on() -> None:
    series = ramp(4)
    horizon = Horizon(START + timedelta(minutes=30), (15.0, 30.0, 60.0))
    assert truth_of(series).mean(series.load_kw, horizon) == pytest.approx((2.0, 3.0, 3.0))


@pytest.fixture(scope="module")
def days() -> Series:
    return seeded_series(SITE, ZONE, date(2025, 3, 27), date(2025, 4, 2), seed=2)


def whole(days: Series, first_day: date, last_day: date, seed: int = 1) -> Problem:
    """Local days, the last not included."""
    family = Family(SITE, ZONE, seed)
    first, last = (days.step_at(local_time(day, time(), ZONE)) for day in (first_day, last_day))
    return whole_period(Truth(SITE, days, family, ZONE), first, last, PhysicalHome(SITE, family))


def test_the_whole_period_holds_all_of_its_energy(days: Series) -> None:
    problem = whole(days, date(2025, 3, 27), date(2025, 4, 2))
    first = days.step_at(problem.start)
    part = slice(first, first + problem.steps)
    assert problem.steps == 6 * 96 - 4
    assert sum(problem.load_kw) == pytest.approx(days.load_kw[part].sum(), abs=1e-3)
    assert sum(problem.pv[0].forecast_kw) == pytest.approx(days.pv_kw["roof"][part].sum(), abs=1e-3)
    family = Family(SITE, ZONE, 1)
    begin, end = problem.start, problem.horizon.end
    driven = [trip.energy_kwh for trip in family.trips("car", begin, end)]
    assert sum(driven) > 40
    assert sum(problem.evs[0].driving_kw) / 4 == pytest.approx(sum(driven), abs=1e-3)
    minutes = [begin + timedelta(minutes=k) for k in range(int((end - begin) / timedelta(minutes=1)))]
    drawn = sum(family.draw_kw("tank", minute, minute + timedelta(minutes=1)) for minute in minutes) / 60
    assert sum(problem.thermal_loads[0].draw_kw) / 4 == pytest.approx(drawn, abs=1e-3)
    assert drawn > 15


def test_local_times_hold_over_the_clock_change(days: Series) -> None:
    """Ready at 7:00 on the clock, 5:00 UTC from Sunday on; the pool's Sunday has 23 hours; the program's night too."""
    problem = whole(days, date(2025, 3, 29), date(2025, 4, 1))
    assert [target.at.astimezone(ZONE).time() for target in problem.evs[0].targets] == [time(7)] * 3
    assert [target.at.hour for target in problem.evs[0].targets] == [6, 5, 5]
    quotas = problem.interruptible_loads[0].quotas
    assert [(wish.until - wish.begin) / timedelta(hours=1) for wish in quotas] == [24, 23, 24]
    assert [wish.kwh for wish in quotas] == pytest.approx([4.4] * 3)
    saturday, sunday = problem.shiftable_loads[:2]
    assert saturday.latest_finish == datetime(2025, 3, 30, 4, 30, tzinfo=UTC)
    assert sunday.latest_finish == datetime(2025, 3, 31, 4, 30, tzinfo=UTC)
    assert len(problem.shiftable_loads) == 2  # Monday's window ends after the period


def test_a_car_is_connected_where_it_is_at_home_and_drives_where_it_is_not(days: Series) -> None:
    problem = whole(days, date(2025, 3, 31), date(2025, 4, 1))  # a Monday
    (trip,) = Family(SITE, ZONE, 1).trips("car", problem.start, problem.horizon.end)
    car = problem.evs[0]
    for k in range(problem.steps):
        begin, end = problem.horizon.time(k), problem.horizon.time(k + 1)
        inside = trip.leave <= begin and end <= trip.back
        beside = end <= trip.leave or begin >= trip.back
        assert car.connected[k] or not beside
        assert not (car.connected[k] and inside)
        assert car.driving_kw[k] > 0 if inside else car.driving_kw[k] == 0 if beside else True


def test_a_car_is_at_home_and_drives_as_in_the_physical_home(days: Series) -> None:
    """The bound must allow what the home can do, and no more: its car comes in the middle of a step."""
    family, first = Family(SITE, ZONE, 1), days.step_at(local_time(date(2025, 3, 28), time(), ZONE))
    truth, home, last = Truth(SITE, days, family, ZONE), PhysicalHome(SITE, family), first + 3 * 96
    car, at_home = home.cars["car"], truth.at_home(first, last)["car"]
    driving = truth.mean(truth.driving_kw["car"], Horizon(days.time(first), (days.step_minutes,) * (last - first)))
    for k in range(first, last):
        plugged, driven = timedelta(), 0.0
        for begin, end in looks(days, k, family):
            car.energy_kwh = car.capacity_kwh
            home.advance(begin, end, 0.0, {})
            plugged += (end - begin) if home.plugged["car"] else timedelta()
            driven += car.capacity_kwh - car.energy_kwh
        assert at_home[k - first] == pytest.approx(plugged / timedelta(minutes=15))
        assert driving[k - first] / 4 == pytest.approx(driven, abs=1e-6)
    assert 0 < min(share for share in at_home if share) < 1 > sum(at_home) / len(at_home)


def test_the_family_is_known_to_five_minutes(days: Series) -> None:
    """Near steps of a plan are that long: a shower within them is where it is, not spread over a quarter of an hour."""
    family = Family(SITE, ZONE, 1)
    truth, begin = Truth(SITE, days, family, ZONE), local_time(date(2025, 3, 31), time(6, 30), ZONE)
    horizon = Horizon(begin, (5.0,) * 12)
    drawn = [family.draw_kw("tank", horizon.time(k), horizon.time(k + 1)) for k in range(horizon.steps)]
    assert truth.mean(truth.draw_kw["tank"], horizon) == pytest.approx(drawn, abs=1e-5)
    assert max(drawn) > 5 and min(drawn) == 0


def test_another_family_another_truth(days: Series) -> None:
    one, two = (whole(days, date(2025, 3, 31), date(2025, 4, 1), seed) for seed in (1, 2))
    assert one.evs[0].driving_kw != two.evs[0].driving_kw
    assert one.thermal_loads[0].draw_kw != two.thermal_loads[0].draw_kw


@pytest.mark.parametrize("hour", [9, 13])
def test_a_plan_that_knows_the_future_estimates_no_price(days: Series, hour: int) -> None:
    """Before the prices of tomorrow are published, and after; the car's energy is worth what charging really costs."""
    truth, now = truth_of(days), local_time(date(2025, 3, 29), time(hour), ZONE)
    published, family = Published(days, ZONE), Family(SITE, ZONE, 1)
    look = Look(SITE, days, published, PvOutlook(days, ZONE, 1))
    seen = look(now, PhysicalHome(SITE, family), Flow())
    readings, memory = truth.told(seen, Memory())
    assert not (readings.history or readings.price_history or readings.pv_history)
    notes = Notes()
    problem = assemble(SITE, readings, memory, ZONE, notes)
    bought = truth.mean(truth.tariff.import_price, problem.horizon)
    assert problem.grid.import_price == pytest.approx(bought, abs=2e-6)
    assert not any(line.startswith("prices are known") for line in notes.lines)
    [car] = problem.evs
    assert car.terminal_value_per_kwh == pytest.approx(0.9 * min(bought) / car.charge_efficiency, abs=1e-5)
    assert (
        truth.told(look(now + timedelta(hours=1), PhysicalHome(SITE, family), Flow()), memory)[0].spot is readings.spot
    )
