"""Least on and off times of heat stores: in the plan, without the solver, in the check, and against the exact optimum."""

import json
import random
from datetime import datetime, timedelta, timezone
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hems.domain.parse import parse_problem
from hems.domain.plan import Plan, Solver, plan_to_dict
from hems.domain.problem import Problem
from hems.domain.schedule import Schedule
from hems.optimizer.assemble import plan_of
from hems.optimizer.baseline import baseline_schedule
from hems.optimizer.check import faults_in
from hems.optimizer.last_plan import shifted_schedule
from hems.optimizer.model import build_model
from hems.optimizer.plan import make_plan
from hems.optimizer.reasons import reasons
from hems.optimizer.rule_plan import rule_schedule
from hems.optimizer.shortfalls import shortfalls
from reference.compare import compare

START = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
# Five minutes of it warm the tank by 2.17 K.
TANK = {
    "name": "tank", "power_kw": 2.0, "cop": 3.0, "capacity_kwh_per_k": 0.23, "loss_kw_per_k": 0.0, "ambient_c": 20.0,
    "temperature_c": 45.5, "min_c": 45.0, "max_c": 60.0, "comfort_penalty_per_k_hour": 20.0,
    "terminal_value_per_kwh": 0.0,
}  # fmt: skip
NO_TIMES = {"min_on_minutes": 0, "min_off_minutes": 0, "on_now": True, "on_for_minutes": 3}


def home(prices: list[float], minutes: float = 5, **tank: Any) -> dict[str, Any]:
    """A home of 0.5 kW with a heat pump and its tank, in short steps."""
    n = len(prices)
    return {
        "schema": "hems.problem/1", "start": START.isoformat(), "step_minutes": [minutes] * n, "time_zone": "UTC",
        "grid": {"import_price": prices, "export_price": [0.0] * n}, "load_kw": [0.5] * n, "thermal_loads": [TANK | tank],
    }  # fmt: skip


def parsed(document: dict[str, Any]) -> Problem:
    return parse_problem(json.dumps(document))


def pattern(power_kw: tuple[float, ...]) -> str:
    return "".join("1" if kw > 1e-6 else "0" for kw in power_kw)


def planned(document: dict[str, Any]) -> Plan:
    problem = parsed(document)
    plan = make_plan(problem, 10.0)
    assert faults_in(problem, plan) == [] and plan.status == "optimal"
    return plan


def runs(document: dict[str, Any]) -> str:
    return pattern(planned(document).loads["tank"].power_kw)


def as_plan(problem: Problem, schedule: Schedule) -> Plan:
    solver = Solver(name="rules", seconds=0.0, build_seconds=0.0, gap=None, bound=None, steps=problem.steps)
    return plan_of(problem, schedule, "feasible", solver, ())


def drawn(n: int, kw: float, *steps: int) -> list[float]:
    return [kw if k in steps else 0.0 for k in range(n)]


def test_a_compressor_never_runs_for_five_minutes() -> None:
    prices, draw_kw = [0.3] * 4 + [0.1] + [0.3] * 7, drawn(12, 3.0, 8)  # one step gives twice what is drawn
    assert runs(home(prices, draw_kw=draw_kw)) == "000010000000"
    assert runs(home(prices, draw_kw=draw_kw, min_on_minutes=10)) in ("000110000000", "000011000000")
    assert runs(home(prices, draw_kw=draw_kw, min_on_minutes=15)).strip("0") == "111"


def test_one_that_runs_now_goes_on() -> None:
    held = {"on_now": True, "min_on_minutes": 15, "temperature_c": 55.0}
    assert runs(home([0.3] * 6, **held)) == "111000"
    assert runs(home([0.3] * 6, **held, on_for_minutes=4)) == "111000"
    assert runs(home([0.3] * 6, **held, on_for_minutes=10)) == "100000"
    assert runs(home([0.3] * 6, **held, on_for_minutes=15)) == "000000"


def test_it_rests_for_its_off_time() -> None:
    prices, draw_kw = [0.5, 0.1, 0.5, 0.1, 0.5, 0.2, 0.5, 0.5], drawn(8, 11.0, 7)
    assert runs(home(prices, draw_kw=draw_kw)) == "01010000"
    assert runs(home(prices, draw_kw=draw_kw, min_off_minutes=15)) == "01000100"
    assert runs(home([0.1, 0.5, 0.1] + [0.5] * 5, draw_kw=draw_kw, min_off_minutes=10, on_now=True)) == "11000000"


def test_one_that_modulates_stays_on_at_its_least_power() -> None:
    prices, draw_kw = [0.3, 0.3, 0.1, 0.3, 0.3, 0.3], drawn(6, 6.0, 5)
    plan = planned(home(prices, draw_kw=draw_kw, min_power_kw=0.5, min_on_minutes=15))
    assert pattern(plan.loads["tank"].power_kw).strip("0") == "111"
    assert min(kw for kw in plan.loads["tank"].power_kw if kw > 0) == pytest.approx(0.5)
    free = planned(home(prices, draw_kw=draw_kw, min_power_kw=0.0, min_on_minutes=15))
    assert len(pattern(free.loads["tank"].power_kw).strip("0")) >= 3


def test_one_that_must_run_may_be_anything_from_nothing_up_and_exceed_a_limit() -> None:
    document = home([0.3] * 4, min_power_kw=0.0, min_on_minutes=10, on_now=True, temperature_c=55.0)
    document["grid"]["import_limit_kw"] = 0.5
    problem = parsed(document)
    plan = make_plan(problem, 10.0)
    assert faults_in(problem, plan) == [] and plan.status == "optimal"
    assert pattern(plan.loads["tank"].power_kw)[:2] == "11"


def test_one_that_must_run_exceeds_the_limit_and_nothing_else_does() -> None:
    document = home([0.3] * 6, min_on_minutes=15, on_now=True, temperature_c=55.0)
    document["grid"]["import_limit_kw"] = 1.0
    quota = {"from": START.isoformat(), "until": (START + timedelta(minutes=30)).isoformat(), "kwh": 0.1}
    document["interruptible_loads"] = [{"name": "pool", "power_kw": 0.4, "quotas": [quota]}]
    problem = parsed(document)
    for plan in (planned(document), as_plan(problem, rule_schedule(problem))):
        assert faults_in(problem, plan) == []
        assert pattern(plan.loads["tank"].power_kw) == "111000"
        assert plan.grid.import_kw[:3] == pytest.approx((2.5,) * 3)
        assert pattern(plan.loads["pool"].power_kw)[:3] == "000"


def test_a_room_is_cooled_in_whole_runs() -> None:
    room = {"mode": "cool", "temperature_c": 24.0, "min_c": 15.0, "max_c": 24.5, "ambient_c": 24.0}
    prices = [0.3] * 4 + [0.1] + [0.3] * 3
    gained = {"loss_kw_per_k": 0.05, "draw_kw": 0.0, "ambient_c": [24.0] * 6 + [64.0] * 2}
    assert runs(home(prices, **(room | gained), min_on_minutes=10)).count("1") == 2


def test_minimum_times_end_with_the_whole_steps() -> None:
    document = home([0.3, 0.1, 0.3, 0.1, 0.3, 0.3], draw_kw=drawn(6, 11.0, 5), min_on_minutes=15, min_off_minutes=15)
    assert runs(document | {"on_off_until": START.isoformat()}) == "010100"


def test_longer_steps_have_no_rows_and_the_plan_is_the_same() -> None:
    prices = [0.3, 0.1, 0.3, 0.2, 0.3, 0.1]
    document = home(prices, 15, draw_kw=drawn(6, 6.0, 2, 5))
    timed = home(prices, 15, draw_kw=drawn(6, 6.0, 2, 5), min_on_minutes=15, min_off_minutes=15)
    assert build_model(parsed(timed)).program.rows == build_model(parsed(document)).program.rows
    assert planned(timed).loads == planned(document).loads
    mixed = {"step_minutes": [5, 5, 15, 15, 15, 15]}
    first = len(build_model(parsed(document | mixed)).program.lower)
    assert len(build_model(parsed(timed | mixed)).program.lower) == first + 2 * 3


def test_without_times_nothing_changes() -> None:
    prices, draw_kw = [0.3, 0.1, 0.3, 0.2, 0.3, 0.1], drawn(6, 6.0, 2, 5)
    plain, given_off = home(prices, draw_kw=draw_kw), home(prices, draw_kw=draw_kw, **NO_TIMES)
    one, other = (build_model(parsed(document)).program for document in (plain, given_off))
    assert (one.rows, one.lower, one.upper, one.costs) == (other.rows, other.lower, other.upper, other.costs)
    found = [plan_to_dict(planned(document)) for document in (plain, given_off)]
    for document in found:
        del document["solver"]
    assert found[0] == found[1]


def test_the_check_finds_runs_and_rests_that_are_too_short() -> None:
    problem = parsed(home([0.3] * 6, draw_kw=drawn(6, 6.0, 5)))
    plan = make_plan(problem, 10.0)

    def faults(runs: str, **times: Any) -> list[str]:
        tank = plan.loads["tank"].model_copy(update={"power_kw": tuple(2.0 * (mark == "1") for mark in runs)})
        timed = parsed(home([0.3] * 6, draw_kw=drawn(6, 6.0, 5), **times))
        found = faults_in(timed, plan.model_copy(update={"loads": {"tank": tank}}))
        return [fault for fault in found if "minimum time" in fault]

    assert faults("010000", min_on_minutes=10) == ["tank, step 2: switched off before its minimum time"]
    assert faults("011000", min_on_minutes=10) == [] and faults("000001", min_on_minutes=10) == []
    assert faults("110100", min_off_minutes=10) == ["tank, step 3: switched on before its minimum time"]
    held = {"min_on_minutes": 15, "on_now": True, "on_for_minutes": 4}
    assert faults("110000", **held) == ["tank, step 2: switched off before its minimum time"]
    assert faults("111000", **held) == []


def test_the_home_without_planning_and_the_rules_keep_them_and_the_band() -> None:
    times = {"min_on_minutes": 15, "min_off_minutes": 15}
    draw_kw = [0.0] * 6 + [3.0] * 3 + [0.0] * 3 + [2.0] * 6 + [0.0] * 6
    problem = parsed(home([0.3] * 6 + [0.1] + [0.3] * 5 + [0.5] * 6 + [0.3] * 6, draw_kw=draw_kw, **times))
    for schedule in (baseline_schedule(problem), rule_schedule(problem)):
        assert faults_in(problem, as_plan(problem, schedule)) == []
        assert all(
            len(list(run)) >= 3 for mark, run in groupby(pattern(schedule.loads_kw["tank"]).rstrip("0")) if mark == "1"
        )
        assert sum(one.short_by for one in shortfalls(problem, schedule)) < 0.2


def test_no_run_begins_that_the_limit_would_cut() -> None:
    document = home([0.3] * 4 + [0.1] + [0.3] * 4, draw_kw=drawn(9, 6.0, 4, 8), min_on_minutes=10)
    document["grid"]["import_limit_kw"] = [1.0, 3.0, 3.0, 1.0, 3.0, 1.0, 1.0, 3.0, 1.0]
    problem = parsed(document)
    for schedule in (baseline_schedule(problem), rule_schedule(problem)):
        assert faults_in(problem, as_plan(problem, schedule)) == []
        assert pattern(schedule.loads_kw["tank"])[3:7] == "0000"
    assert runs(document) == "011000000"


def test_why_it_runs_and_why_it_cannot_be_off() -> None:
    problem = parsed(home([0.3] * 6, min_on_minutes=15, on_now=True, temperature_c=55.0))
    found = reasons(problem, rule_schedule(problem))["tank"]
    assert all(one.endswith(": at least 15 minutes once on") for one in found[:3])
    assert not any("once on" in one for one in found[3:])


def made(seed: int) -> dict[str, Any]:
    """A heat pump with random times in steps of 5 and 10 minutes, a battery beside it, limits now and then."""
    dice = random.Random(seed)
    n = dice.choice((12, 18, 24))
    tank: dict[str, Any] = {
        "min_on_minutes": dice.choice((0, 10, 12, 20)), "min_off_minutes": dice.choice((0, 10, 25)),
        "min_power_kw": dice.choice((None, None, 0.6)), "temperature_c": round(dice.uniform(43, 52), 1),
        "draw_kw": [round(max(0.0, dice.uniform(-6.0, 6.0)), 2) for _ in range(n)], "loss_kw_per_k": 0.01,
        "comfort_penalty_per_k_hour": dice.choice((0.5, 3.0)), "terminal_value_per_kwh": 0.08,
    }  # fmt: skip
    if dice.random() < 0.5:
        tank |= {"on_now": True, "on_for_minutes": dice.choice((0, 5, 9))}
    document = home([round(dice.uniform(0.05, 0.5), 3) for _ in range(n)], **tank)
    document["step_minutes"] = [dice.choice((5, 5, 10)) for _ in range(n)]
    document["batteries"] = [{
        "name": "battery", "capacity_kwh": 5, "soc": 0.5, "charge_limit_kw": 2, "discharge_limit_kw": 2,
        "charge_efficiency": 0.95, "discharge_efficiency": 0.95, "terminal_value_per_kwh": 0.2,
    }]  # fmt: skip
    if dice.random() < 0.4:
        document["grid"]["import_limit_kw"] = dice.choice((2.0, 2.6, 4.0))
    return document


@pytest.mark.parametrize("seed", range(12))
def test_the_plan_is_as_good_as_the_exact_optimum(seed: int) -> None:
    document = made(seed)
    plan = make_plan(parsed(document), 10.0)
    report = compare(document, plan_to_dict(plan))
    assert report.violations == [] and plan.status == "optimal"
    assert report.comparable and report.money_gap <= 0.0035


@settings(max_examples=60, derandomize=True)
@given(seed=st.integers(0, 100_000), late_minutes=st.sampled_from([0, 5, 7, 20]))
def test_what_needs_no_solver_is_lawful(seed: int, late_minutes: int) -> None:
    document = made(seed)
    problem = parsed(document)
    for schedule in (baseline_schedule(problem), rule_schedule(problem)):
        assert faults_in(problem, as_plan(problem, schedule)) == []
    last = as_plan(problem, rule_schedule(problem))
    dice = random.Random(seed)
    document["start"] = (START + timedelta(minutes=late_minutes)).isoformat()
    document["thermal_loads"][0] |= {"temperature_c": dice.uniform(42, 55), "on_now": dice.random() < 0.5}
    later = parsed(document)
    carried = shifted_schedule(later, last)
    assert carried is not None
    assert faults_in(later, as_plan(later, carried)) == []
    plan = make_plan(later, 10.0, last)
    assert faults_in(later, plan) == [] and plan.status != "fallback"
