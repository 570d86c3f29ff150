"""What the family has set, in the problem that is planned."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from builders.home_now import NOW, home_now
from builders.past import UTC
from builders.site_block import make_site
from hems.config.site import Site
from hems.domain.problem import Problem
from hems.ha.known_past import KnownPast
from hems.ha.look import look
from hems.optimizer.plan import make_plan
from hems.planner.assemble import Notes, assemble
from hems.planner.memory import LoadMemory, Memory
from hems.planner.overrides import as_wished, skip_end
from hems.planner.readings import Overrides, Readings

ZONE = ZoneInfo("Europe/Amsterdam")  # NOW is 14:00 there, on 1 June
MIDNIGHT = datetime(2026, 6, 1, 22, 0, tzinfo=UTC)


def readings_of(site: Site, overrides: Overrides, now: datetime = NOW, **changes: Any) -> Readings:
    return replace(look(home_now(now), site, KnownPast(), now), overrides=overrides, **changes)


def problem_of(overrides: Overrides, memory: Memory | None = None, now: datetime = NOW, **block: Any) -> Problem:
    site = make_site(**block)
    site, readings = as_wished(site, readings_of(site, overrides, now))
    return assemble(site, readings, memory or Memory(), ZONE, Notes())


def test_a_battery_on_hold_is_planned_at_rest() -> None:
    (battery,) = problem_of(Overrides(hold=frozenset({"battery"}))).batteries
    assert (battery.charge_limit_kw, battery.discharge_limit_kw, battery.soc) == (0.0, 0.0, 0.55)


def test_charge_now_is_planned_as_full_as_soon_as_can_be() -> None:
    (battery,) = problem_of(Overrides(charge=frozenset({"battery"}))).batteries
    (target,) = battery.soc_targets
    assert target.soc == 1.0
    # 4.5 kWh at 5 kW and 95 %
    assert target.at - NOW == pytest.approx(timedelta(hours=4.5 / 4.75), abs=timedelta(minutes=2))


def test_a_reserve_is_the_least_and_a_smaller_one_than_the_minimum_is_none() -> None:
    (battery,) = problem_of(Overrides(reserve_soc={"battery": 0.4})).batteries
    assert battery.soc_min == 0.4
    (battery,) = problem_of(Overrides(reserve_soc={"battery": 0.05})).batteries
    assert battery.soc_min == 0.1
    (battery,) = problem_of(Overrides(reserve_soc={"battery": 1.0}), **{"batteries.battery.soc_max": 0.9}).batteries
    assert battery.soc_min == battery.soc_max == 0.9


def test_the_plan_keeps_the_reserve() -> None:
    short = {"horizon_hours": 24, "evs": {}, "loads": {}}
    plan = make_plan(problem_of(Overrides(reserve_soc={"battery": 0.4}), **short), 10)
    assert min(plan.batteries["battery"].soc) >= 0.4 - 1e-6
    below = make_plan(problem_of(Overrides(reserve_soc={"battery": 0.7}), **short), 10)
    soc = below.batteries["battery"].soc
    assert soc[0] == pytest.approx(0.55) and soc[-1] >= 0.7 - 1e-6  # a measured SoC below it is allowed, and mended
    assert max(below.batteries["battery"].discharge_kw[:4]) == 0.0


def test_a_skipped_program_runs_in_no_window_that_is_open_or_opens_today() -> None:
    (dishwasher,) = problem_of(Overrides()).shiftable_loads
    assert dishwasher.earliest_start == datetime(2026, 6, 1, 18, 0, tzinfo=UTC)  # 20:00
    (dishwasher,) = problem_of(Overrides(skip=frozenset({"dishwasher"}))).shiftable_loads
    assert dishwasher.earliest_start == datetime(2026, 6, 2, 18, 0, tzinfo=UTC)


def test_a_skipped_program_follows_the_time_that_the_dispatcher_keeps() -> None:
    until = {"dishwasher": datetime(2026, 6, 1, 23, 0, tzinfo=UTC)}
    (dishwasher,) = problem_of(Overrides(skip=frozenset({"dishwasher"}), until=until)).shiftable_loads
    assert dishwasher.earliest_start == until["dishwasher"]
    assert dishwasher.latest_finish == datetime(2026, 6, 2, 4, 30, tzinfo=UTC)


def test_a_program_that_runs_is_not_skipped() -> None:
    site = make_site()
    readings = readings_of(site, Overrides(skip=frozenset({"dishwasher"})))
    on = {**readings.loads, "dishwasher": replace(readings.loads["dishwasher"], on=True)}
    memory = Memory(loads={"dishwasher": LoadMemory(on_since=NOW - timedelta(minutes=20))})
    (dishwasher,) = assemble(site, replace(readings, loads=on), memory, ZONE, Notes()).shiftable_loads
    assert dishwasher.running_since == NOW - timedelta(minutes=20)


def test_a_skipped_pump_has_no_wish_before_midnight() -> None:
    before = problem_of(Overrides()).interruptible_loads[0].quotas
    after = problem_of(Overrides(skip=frozenset({"pool"}))).interruptible_loads[0].quotas
    assert before[0].begin < MIDNIGHT and after == before[1:]
    assert all(quota.begin >= MIDNIGHT for quota in after)


@pytest.mark.parametrize(("hours", "kwh"), [(None, 1.1), (3.0, 3.3)])
def test_a_boosted_pump_is_planned_for_as_long_as_the_boost_lasts(hours: float | None, kwh: float) -> None:
    until = {} if hours is None else {"pool": NOW + timedelta(hours=hours)}
    quota = problem_of(Overrides(boost=frozenset({"pool"}), until=until)).interruptible_loads[0].quotas[-1]
    assert quota.kwh == pytest.approx(kwh)
    assert quota.until == NOW + timedelta(hours=hours or 1.0)


def test_on_vacation_machines_run_only_when_they_are_asked_to() -> None:
    assert problem_of(Overrides(vacation=True)).shiftable_loads == ()
    asked = {"loads.dishwasher.requested": "input_boolean.dishwasher_ready"}
    site = make_site(**asked)
    readings = readings_of(site, Overrides(vacation=True))
    wished = {**readings.loads, "dishwasher": replace(readings.loads["dishwasher"], requested=True)}
    problem = assemble(site, replace(readings, loads=wished), Memory(), ZONE, Notes())
    assert [load.name for load in problem.shiftable_loads] == ["dishwasher"]
    assert problem_of(Overrides(vacation=True, boost=frozenset({"dishwasher"}))).shiftable_loads


def test_on_vacation_no_hot_water_is_drawn_and_the_minimum_is_enough() -> None:
    at_home, away = (problem_of(Overrides(vacation=away)).thermal_loads[0] for away in (False, True))
    assert sum(at_home.draw_kw) > 0 and sum(away.draw_kw) == 0
    assert away.min_c == 45.0 and max(at_home.min_c) > 45.0  # type: ignore[arg-type]


def test_on_vacation_a_car_has_no_target() -> None:
    assert problem_of(Overrides()).evs[0].targets
    assert problem_of(Overrides(vacation=True)).evs[0].targets == ()


def test_a_cars_wishes_come_before_those_of_the_configuration() -> None:
    wishes = Overrides(target_soc={"car": 0.95}, ready_by={"car": time(5, 0)})
    target = problem_of(wishes).evs[0].targets[0]
    assert target.soc == 0.95 and target.at == datetime(2026, 6, 2, 3, 0, tzinfo=UTC)


def test_another_cost_function() -> None:
    assert problem_of(Overrides()).objective.cost_function == "profit"
    assert problem_of(Overrides(cost_function="cost")).objective.cost_function == "cost"


def test_where_nothing_is_wished_nothing_is_changed() -> None:
    site = make_site()
    readings = readings_of(site, Overrides())
    assert as_wished(site, readings) == (site, readings)


@pytest.mark.parametrize(
    ("load", "now", "end"),
    [
        ("pool", NOW, MIDNIGHT),
        ("dishwasher", NOW, datetime(2026, 6, 2, 4, 30, tzinfo=UTC)),  # its window opens today at 20:00
        ("dishwasher", datetime(2026, 6, 2, 0, 0, tzinfo=UTC), datetime(2026, 6, 2, 4, 30, tzinfo=UTC)),  # it is open
        ("pool", datetime(2026, 10, 24, 22, 30, tzinfo=UTC), datetime(2026, 10, 25, 23, 0, tzinfo=UTC)),  # 25 hours
    ],
)
def test_the_end_of_a_skipped_day(load: str, now: datetime, end: datetime) -> None:
    assert skip_end(make_site().loads[load], now, ZONE) == end


def test_a_window_of_tomorrow_is_not_todays() -> None:
    site = make_site(**{"loads.dishwasher.window": "09:00-13:00"})
    assert skip_end(site.loads["dishwasher"], NOW, ZONE) == MIDNIGHT
