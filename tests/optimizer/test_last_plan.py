"""The last plan carried onto a later problem: lawful whatever was measured, and still what was meant."""

import json
import random
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hems.domain.limits import phase_and_group_limits
from hems.domain.parse import parse_problem
from hems.domain.plan import Plan, Solver, Status
from hems.domain.problem import Problem
from hems.domain.schedule import Schedule
from hems.optimizer.assemble import plan_of
from hems.optimizer.check import faults_in
from hems.optimizer.last_plan import shifted_schedule
from hems.optimizer.rule_plan import rule_schedule
from hems.optimizer.shortfalls import shortfalls
from reference.cases import KINDS, random_problem

START = datetime(2026, 11, 20, 18, tzinfo=timezone.utc)


def as_plan(problem: Problem, schedule: Schedule, status: Status = "fallback") -> Plan:
    solver = Solver(name="rules", seconds=0.0, build_seconds=0.0, gap=None, bound=None, steps=problem.steps)
    return plan_of(problem, schedule, status, solver, ())


def home(late_minutes: float = 0, hours: int = 12, step_minutes: int = 15, **changed: Any) -> Problem:
    """Dear until 22:00, cheap from then on; a battery, a car, a pool and a dishwasher."""
    start = START + timedelta(minutes=late_minutes)
    steps = hours * 60 // step_minutes
    times = [start + timedelta(minutes=k * step_minutes) for k in range(steps)]
    prices = [0.4 if time < START + timedelta(hours=4) else 0.1 for time in times]
    end = (START + timedelta(hours=12)).isoformat()
    document: dict[str, Any] = {
        "schema": "hems.problem/1", "start": start.isoformat(), "step_minutes": [step_minutes] * steps,
        "time_zone": "Europe/Amsterdam", "load_kw": [0.6] * steps,
        "grid": {"import_price": prices, "export_price": [0.05] * steps, "import_limit_kw": 17.25},
        "batteries": [{
            "name": "battery", "capacity_kwh": 10.0, "soc": 0.5, "soc_min": 0.1, "charge_limit_kw": 5.0,
            "discharge_limit_kw": 5.0, "terminal_value_per_kwh": 0.2,
        }],
        "evs": [{
            "name": "car", "battery_kwh": 40.0, "soc": 0.5, "connected": [True] * steps, "min_kw": 1.38, "max_kw": 7.0,
            "targets": [{"at": end, "soc": 0.7}],
        }],
        "interruptible_loads": [{
            "name": "pool", "power_kw": 1.0, "min_on_minutes": 30,
            "quotas": [{"from": START.isoformat(), "until": end, "kwh": 2.0}],
        }],
        "shiftable_loads": [{
            "name": "dishes", "profile_kw": [2.0, 0.1], "profile_step_minutes": 30,
            "earliest_start": START.isoformat(), "latest_finish": end,
        }],
    }  # fmt: skip
    return parse_problem(json.dumps(document | changed))


def assert_lawful(problem: Problem, schedule: Schedule) -> None:
    """Limits of phases and groups are kept too (of ``feasible`` plans the check asks for them), which is always possible."""
    assert faults_in(problem, as_plan(problem, schedule)) == []
    if phase_and_group_limits(problem):
        assert faults_in(problem, as_plan(problem, schedule, "feasible")) == []


def carried(problem: Problem, last: Plan) -> Schedule:
    schedule = shifted_schedule(problem, last)
    assert schedule is not None
    assert_lawful(problem, schedule)
    return schedule


def battery_with(soc: float) -> list[dict[str, Any]]:
    return [home().batteries[0].model_dump(exclude_none=True) | {"soc": soc, "soc_targets": []}]


def later(document: dict[str, Any], dice: random.Random) -> Problem:
    """The same devices at another time, with other states, load and sun."""
    document = json.loads(json.dumps(document))
    start = datetime.fromisoformat(document["start"]) + timedelta(minutes=dice.choice((-20, 1, 15, 37, 180)))
    document["start"] = start.isoformat()
    document["load_kw"] = [round(kw * dice.uniform(0.3, 2.0), 3) for kw in document["load_kw"]]
    for store in document.get("batteries", []) + document.get("evs", []):
        store["soc"] = round(dice.random(), 3)
    for pv in document.get("pv", []):
        pv["forecast_kw"] = [round(kw * dice.uniform(0.3, 2.0), 3) for kw in pv["forecast_kw"]]
    for load in document.get("shiftable_loads", []):
        load.pop("running_since", None)
    return parse_problem(json.dumps(document))


@settings(max_examples=150, derandomize=True)
@given(kind=st.sampled_from(KINDS), seed=st.integers(0, 10_000))
def test_what_is_carried_on_is_lawful(kind: str, seed: int) -> None:
    document = random_problem(seed, kind=kind)
    before = parse_problem(json.dumps(document))
    problem = later(document, random.Random(seed))
    schedule = shifted_schedule(problem, as_plan(before, rule_schedule(before)))
    if schedule is not None:
        assert_lawful(problem, schedule)


@settings(max_examples=100, derandomize=True)
@given(kinds=st.tuples(*[st.sampled_from(KINDS)] * 2), seeds=st.tuples(*[st.integers(0, 10_000)] * 2))
def test_a_plan_for_other_devices_of_the_same_names_is_made_lawful(
    kinds: tuple[str, str], seeds: tuple[int, int]
) -> None:
    before, document = (random_problem(seed, kind=kind) for seed, kind in zip(seeds, kinds, strict=True))
    for load in document.get("shiftable_loads", []):
        load.pop("running_since", None)
    document["start"] = before["start"]
    past, problem = parse_problem(json.dumps(before)), parse_problem(json.dumps(document))
    schedule = shifted_schedule(problem, as_plan(past, rule_schedule(past)))
    if schedule is not None:
        assert_lawful(problem, schedule)


def test_the_same_problem_gives_the_same_schedule() -> None:
    schedule = rule_schedule(home())
    found = carried(home(), as_plan(home(), schedule))
    assert found.import_kw == pytest.approx(schedule.import_kw, abs=1e-6)
    assert found.loads_kw == schedule.loads_kw
    assert found.evs["car"].charge_kw == pytest.approx(schedule.evs["car"].charge_kw, abs=1e-6)


@pytest.mark.parametrize(("late_minutes", "steps"), [(15, 1), (180, 12)])
def test_a_later_start_goes_on_where_the_plan_stands(late_minutes: int, steps: int) -> None:
    last = as_plan(home(), rule_schedule(home()))
    state = {"batteries": battery_with(last.batteries["battery"].soc[steps])}
    found = carried(home(late_minutes, **state), last)
    known = 48 - steps
    assert found.import_kw[:known] == pytest.approx(last.grid.import_kw[steps:], abs=1e-6)
    assert found.loads_kw["dishes"][:known] == last.loads["dishes"].power_kw[steps:]
    assert shortfalls(home(late_minutes, **state), found) == ()


def test_five_minutes_become_fifteen() -> None:
    fine = home(step_minutes=5)
    last = as_plan(fine, rule_schedule(fine))
    found = carried(home(), last)
    means = [sum(last.grid.import_kw[k : k + 3]) / 3 for k in range(0, 144, 3)]
    battery = [sum(last.batteries["battery"].discharge_kw[k : k + 3]) / 3 for k in range(0, 144, 3)]
    assert found.batteries["battery"].discharge_kw == pytest.approx(battery, abs=1e-6)
    assert sum(found.import_kw) == pytest.approx(sum(means), rel=0.05)
    assert shortfalls(home(), found) == ()


@pytest.mark.parametrize("soc", [0.0, 0.1, 0.9, 1.0])
def test_the_measured_state_of_charge_counts(soc: float) -> None:
    last = as_plan(home(), rule_schedule(home()))
    problem = home(60, batteries=battery_with(soc))
    battery = carried(problem, last).batteries["battery"]
    assert battery.energy_kwh[0] == pytest.approx(10 * soc)
    assert (battery.discharge_kw[0] > 0) == (soc > 0.1)


def test_a_car_that_is_emptier_than_planned_still_reaches_its_target() -> None:
    last = as_plan(home(), rule_schedule(home()))
    car = home(180).evs[0].model_dump(mode="json", exclude_none=True) | {"soc": 0.3}
    problem = home(180, evs=[car])
    schedule = carried(problem, last)
    assert shortfalls(problem, schedule) == ()
    assert schedule.evs["car"].charge_kw[:4] == (0.0,) * 4  # still dear


def test_the_house_is_served_at_its_new_load() -> None:
    last = as_plan(home(), rule_schedule(home()))
    problem = home(15, load_kw=[1.0] * 48)
    assert carried(problem, last).batteries["battery"].discharge_kw[:8] == pytest.approx((1.0,) * 8)


def test_a_device_that_is_gone_is_left_out_and_a_new_one_is_planned() -> None:
    last = as_plan(home(), rule_schedule(home()))
    pump = {
        "name": "pump",
        "power_kw": 1.0,
        "quotas": [{"from": START.isoformat(), "until": "2026-11-21T06:00:00Z", "kwh": 1.0}],
    }
    problem = home(15, batteries=[], interruptible_loads=[pump])
    schedule = carried(problem, last)
    assert schedule.batteries == {}
    assert sum(schedule.loads_kw["pump"]) == pytest.approx(4.0)
    assert all(kw == 0 for kw in schedule.loads_kw["pump"][:15])  # dear until 22:00
    assert schedule.loads_kw["dishes"][:47] == last.loads["dishes"].power_kw[1:]


def test_nothing_to_say() -> None:
    last = as_plan(home(), rule_schedule(home()))
    assert shifted_schedule(home(12 * 60), last) is None
    other = [{"name": "other", "capacity_kwh": 5.0, "soc": 0.5, "charge_limit_kw": 2.0, "discharge_limit_kw": 2.0}]
    strangers: dict[str, Any] = {"evs": [], "interruptible_loads": [], "shiftable_loads": [], "batteries": other}
    assert shifted_schedule(home(15, **strangers), last) is None


def test_a_running_program_is_not_moved() -> None:
    last = as_plan(home(), rule_schedule(home()))
    dishes = home().shiftable_loads[0].model_dump(mode="json", exclude_none=True)
    dishes["running_since"] = START.isoformat()
    assert carried(home(15, shiftable_loads=[dishes]), last).loads_kw["dishes"][:4] == (2.0, 0.1, 0.1, 0.0)


def test_a_start_for_the_solver_does_not_trade_beyond_the_last_plan() -> None:
    """Two hours of a plan, ten more that it does not know: cheap from 22:00, and what is stored is worth twice as much."""
    last = as_plan(home(hours=2), rule_schedule(home(hours=2)))
    traded, untraded = (shifted_schedule(home(), last, traded=traded) for traded in (True, False))
    assert traded is not None and untraded is not None
    beyond = slice(8, None)
    assert sum(traded.batteries["battery"].charge_kw[beyond]) > 0
    assert sum(untraded.batteries["battery"].charge_kw[beyond]) == 0
    assert_lawful(home(), untraded)
