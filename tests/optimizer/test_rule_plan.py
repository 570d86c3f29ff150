"""The plan by rules: lawful, never worse than the home without planning, and what a person would expect of it."""

import json
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hems.optimizer
from hems.domain.bill import bill, energy
from hems.domain.parse import parse_problem
from hems.domain.plan import Plan, Solver, Status, plan_to_dict
from hems.domain.problem import Problem
from hems.domain.schedule import Schedule
from hems.optimizer.assemble import plan_of
from hems.optimizer.baseline import baseline_schedule
from hems.optimizer.check import faults_in
from hems.optimizer.rank import rank
from hems.optimizer.rule_plan import rule_schedule
from hems.optimizer.shortfalls import shortfalls
from reference.cases import KINDS, random_problem
from reference.verify import verify

EVENING = datetime(2026, 11, 20, 17, tzinfo=timezone.utc)
BATTERY = {
    "name": "battery", "capacity_kwh": 10.0, "soc": 0.1, "soc_min": 0.1, "charge_limit_kw": 5.0, "discharge_limit_kw": 5.0,
    "charge_efficiency": 0.95, "discharge_efficiency": 0.95, "wear_cost_per_kwh": 0.02, "terminal_value_per_kwh": 0.0,
}  # fmt: skip
CAR = {
    "name": "car", "battery_kwh": 60.0, "soc": 0.5, "soc_max": 0.9, "min_kw": 1.38, "max_kw": 7.36,
    "charge_efficiency": 0.92,
}  # fmt: skip


def home(prices: list[float], start: datetime = EVENING, **more: Any) -> Problem:
    """An hourly home of 0.5 kW whose export earns 0.1 less than import costs, and what else is given."""
    grid = {"import_price": prices, "export_price": [round(p - 0.1, 4) for p in prices], **more.pop("grid", {})}
    document = {
        "schema": "hems.problem/1", "start": start.isoformat(), "step_minutes": [60] * len(prices),
        "time_zone": "Europe/Amsterdam", "load_kw": [0.5] * len(prices), "grid": grid, **more,
    }  # fmt: skip
    return parse_problem(json.dumps(document))


def as_plan(problem: Problem, schedule: Schedule, status: Status = "fallback") -> Plan:
    solver = Solver(name="rules", seconds=0.0, build_seconds=0.0, gap=None, bound=None, steps=problem.steps)
    return plan_of(problem, schedule, status, solver, ())


def lawful(problem: Problem) -> Schedule:
    """The schedule by rules; of ``feasible`` plans the check asks for every limit, which all loads off would keep."""
    schedule = rule_schedule(problem)
    assert faults_in(problem, as_plan(problem, schedule)) == []
    assert faults_in(problem, as_plan(problem, schedule, "feasible")) == []
    return schedule


@settings(max_examples=150, derandomize=True)
@given(kind=st.sampled_from(KINDS), seed=st.integers(0, 10_000), chosen=st.booleans())
def test_rules_are_lawful_and_never_worse_than_no_planning(kind: str, seed: int, chosen: bool) -> None:
    problem = parse_problem(json.dumps(random_problem(seed, kind=kind, null_terminal_values=chosen)))
    schedule, baseline = lawful(problem), baseline_schedule(problem)
    assert faults_in(problem, as_plan(problem, baseline)) == []
    breaks_limits = faults_in(problem, as_plan(problem, baseline, "feasible"))
    assert rank(problem, schedule) <= rank(problem, baseline) or (kind == "shared" and breaks_limits)


@settings(max_examples=40, derandomize=True)
@given(kind=st.sampled_from(KINDS), seed=st.integers(0, 10_000))
def test_the_independent_verifier_finds_no_fault_where_no_limit_presses(kind: str, seed: int) -> None:
    document = random_problem(seed, kind=kind)
    document["grid"].pop("import_limit_kw", None)
    document["grid"].pop("export_limit_kw", None)
    problem = parse_problem(json.dumps(document))
    assert verify(document, plan_to_dict(as_plan(problem, rule_schedule(problem)))) == []


def test_cheap_night_serves_the_dear_evening() -> None:
    prices = [0.20] * 6 + [0.05] * 6 + [0.20] * 6 + [0.50] * 6
    problem = home(prices, batteries=[BATTERY])
    schedule = lawful(problem)
    battery = schedule.batteries["battery"]
    charged = [k for k, kw in enumerate(battery.charge_kw) if kw > 0]
    assert charged and all(6 <= k < 12 for k in charged)
    assert schedule.import_kw[18:] == (0.0,) * 6
    assert all(min(c, d) == 0 for c, d in zip(battery.charge_kw, battery.discharge_kw, strict=True))


def test_a_spread_below_losses_and_wear_moves_nothing() -> None:
    # 0.20 / 0.9025 + 0.02 is more than 0.24.
    schedule = lawful(home([0.20] * 6 + [0.24] * 6, batteries=[BATTERY]))
    assert schedule.batteries["battery"].charge_kw == (0.0,) * 12


def test_without_grid_charging_only_surplus_is_stored() -> None:
    prices = [0.05] * 6 + [0.50] * 6
    pv = [{"name": "roof", "forecast_kw": [0.0] * 4 + [2.0, 2.0] + [0.0] * 6}]
    schedule = lawful(home(prices, batteries=[{**BATTERY, "grid_charging": False}], pv=pv))
    assert [round(kw, 6) for kw in schedule.batteries["battery"].charge_kw[:6]] == [0, 0, 0, 0, 1.5, 1.5]
    assert sum(schedule.batteries["battery"].discharge_kw[6:]) == pytest.approx(3 * 0.9025)


def test_scarce_energy_goes_to_the_dearest_hours() -> None:
    prices = [0.30, 0.40, 0.60, 0.35, 0.55, 0.30]
    schedule = lawful(home(prices, batteries=[{**BATTERY, "soc": 0.2, "charge_limit_kw": 0.0}]))
    given_kw = schedule.batteries["battery"].discharge_kw
    # 1 kWh stored gives 0.95: 0.5 in the dearest hour, what is left in the next.
    assert [round(kw, 6) for kw in given_kw] == [0, 0, 0.5, 0, 0.45, 0]


def test_negative_noon_prices_curtail_and_fill_the_battery() -> None:
    prices = [0.2] * 4 + [-0.1] * 3 + [0.3] * 5
    pv = [{"name": "roof", "forecast_kw": [1.0] * 8 + [0.0] * 4}]
    schedule = lawful(home(prices, batteries=[BATTERY], pv=pv))
    assert schedule.pv_used_kw["roof"][4:7] == (0.0,) * 3
    assert schedule.export_kw[4:7] == (0.0,) * 3
    assert min(schedule.import_kw[4:7]) >= 0.5
    assert schedule.batteries["battery"].energy_kwh[7] == pytest.approx(10.0)
    assert schedule.pv_used_kw["roof"][:4] == (1.0,) * 4


def test_pv_is_curtailed_only_at_negative_export_prices() -> None:
    prices = [0.3, 0.11, 0.09, 0.05, 0.3]
    pv = [{"name": "roof", "forecast_kw": [3.0] * 5}, {"name": "shed", "forecast_kw": [1.0] * 5, "curtailable": False}]
    schedule = lawful(home(prices, pv=pv))
    assert schedule.export_kw == pytest.approx((3.5, 3.5, 0.5, 0.5, 3.5))


def test_tomorrow_missing_keeps_its_wishes_within_twelve_hours() -> None:
    prices = [0.40, 0.45, 0.50, 0.45, 0.35, 0.25, 0.20, 0.15, 0.12, 0.10, 0.14, 0.25]
    at = (EVENING + timedelta(hours=12)).isoformat()
    car = {**CAR, "connected": [True] * 12, "targets": [{"at": at, "soc": 0.7}]}
    problem = home(prices, batteries=[{**BATTERY, "soc": 0.6}], evs=[car])
    schedule = lawful(problem)
    assert shortfalls(problem, schedule) == ()
    assert schedule.import_kw[:4] == (0.0,) * 4
    assert all(kw == 0 or prices[k] <= 0.14 for k, kw in enumerate(schedule.evs["car"].charge_kw))


@pytest.mark.parametrize(("day", "hours"), [(datetime(2026, 3, 28, 23), 23), (datetime(2026, 10, 24, 22), 25)])
def test_days_on_which_the_clocks_change(day: datetime, hours: int) -> None:
    start = day.replace(tzinfo=timezone.utc)
    until = (start + timedelta(hours=hours)).isoformat()
    prices = [0.20] * (hours - 2) + [0.10, 0.10]
    pool = {"name": "pool", "power_kw": 1.1, "quotas": [{"from": start.isoformat(), "until": until, "kwh": 2.2}]}
    schedule = lawful(home(prices, start, interruptible_loads=[pool]))
    assert schedule.loads_kw["pool"] == (0.0,) * (hours - 2) + (1.1, 1.1)


def test_each_target_is_met_from_the_cheapest_connected_hours() -> None:
    prices = [0.30, 0.10, 0.25, 0.20, 0.05, 0.15, 0.30, 0.02]
    targets = [{"at": (EVENING + timedelta(hours=h)).isoformat(), "soc": soc} for h, soc in ((4, 0.55), (8, 0.65))]
    car = {**CAR, "connected": [True] * 4 + [False] + [True] * 3, "targets": targets}
    problem = home(prices, evs=[car])
    charge = lawful(problem).evs["car"].charge_kw
    assert shortfalls(problem, lawful(problem)) == ()
    # 3 kWh by the fourth hour from the hour at 0.10; 6 more from the one at 0.02. It is away at 0.05.
    assert [k for k, kw in enumerate(charge) if kw > 0] == [1, 7]
    assert charge[1] == pytest.approx(3.0 / 0.92)


def test_a_car_of_surplus_takes_no_grid_energy() -> None:
    car = {
        **CAR,
        "connected": [True] * 4,
        "surplus_only": True,
        "targets": [{"at": "2026-11-20T21:00:00Z", "soc": 0.9}],
    }
    pv = [{"name": "roof", "forecast_kw": [0.0, 1.5, 3.0, 9.0]}]
    schedule = lawful(home([0.01] * 4, evs=[car], pv=pv, batteries=[BATTERY]))
    # 1.0 kW of surplus is less than the car's least power.
    assert schedule.evs["car"].charge_kw == pytest.approx((0.0, 0.0, 2.5, 7.36))


def test_run_rules_hold_in_the_cheapest_lawful_hours() -> None:
    prices = [0.30, 0.05, 0.30, 0.10, 0.10, 0.30, 0.30, 0.06]
    quota = {"from": EVENING.isoformat(), "until": (EVENING + timedelta(hours=8)).isoformat(), "kwh": 2.0}
    pool = {"name": "pool", "power_kw": 1.0, "quotas": [quota], "max_starts": 1}
    assert lawful(home(prices, interruptible_loads=[pool])).loads_kw["pool"] == (0, 0, 0, 1, 1, 0, 0, 0)
    pool |= {"max_starts": None, "min_on_minutes": 120}
    assert lawful(home(prices, interruptible_loads=[pool])).loads_kw["pool"] == (0, 0, 0, 1, 1, 0, 0, 0)
    pool |= {"min_on_minutes": 0}
    assert lawful(home(prices, interruptible_loads=[pool])).loads_kw["pool"] == (0, 1, 0, 0, 0, 0, 0, 1)


def test_a_program_starts_at_its_cheapest_lawful_start() -> None:
    prices = [0.05, 0.30, 0.20, 0.10, 0.25, 0.01]
    dishes = {
        "name": "dishes", "profile_kw": [2.0, 0.1], "profile_step_minutes": 60,
        "earliest_start": (EVENING + timedelta(hours=1)).isoformat(), "latest_finish": (EVENING + timedelta(hours=5)).isoformat(),
    }  # fmt: skip
    assert lawful(home(prices, shiftable_loads=[dishes])).loads_kw["dishes"] == (0, 0, 0, 2.0, 0.1, 0)


def test_a_tank_is_heated_before_the_dear_hours_and_stays_in_its_band() -> None:
    tank = {
        "name": "tank", "power_kw": 2.0, "capacity_kwh_per_k": 0.23, "loss_kw_per_k": 0.002, "ambient_c": 20.0,
        "draw_kw": 0.2, "temperature_c": 46.0, "min_c": 45.0, "max_c": 65.0, "comfort_penalty_per_k_hour": 0.5,
        "terminal_value_per_kwh": 0.0,
    }  # fmt: skip
    problem = home([0.30, 0.10, 0.10] + [0.50] * 7, thermal_loads=[tank])
    schedule = lawful(problem)
    assert shortfalls(problem, schedule) == ()
    assert schedule.loads_kw["tank"][:4] == (2.0, 2.0, 0.0, 0.0) or schedule.loads_kw["tank"][:4] == (
        2.0,
        0.0,
        2.0,
        0.0,
    )
    assert max(schedule.temperatures_c["tank"]) <= 65.0
    assert sum(schedule.loads_kw["tank"]) < sum(baseline_schedule(problem).loads_kw["tank"]) + 2.1


def test_the_import_limit_is_kept_where_it_can_be() -> None:
    car = {**CAR, "connected": [True] * 8, "targets": [{"at": "2026-11-21T01:00:00Z", "soc": 0.7}]}
    problem = home(
        [0.3, 0.3, 0.1, 0.1, 0.1, 0.1, 0.3, 0.3], evs=[car], batteries=[BATTERY], grid={"import_limit_kw": 3.0}
    )
    schedule = lawful(problem)
    assert max(schedule.import_kw) <= 3.0 + 1e-9
    assert shortfalls(problem, schedule) == ()


def test_the_balance_is_honest() -> None:
    problem = home([0.1] * 6 + [0.4] * 6, batteries=[BATTERY], pv=[{"name": "roof", "forecast_kw": [0, 1, 2] * 4}])
    schedule = lawful(problem)
    hours, battery = problem.horizon.hours, schedule.batteries["battery"]
    supplied = energy(hours, schedule.import_kw) + energy(hours, battery.discharge_kw)
    supplied += energy(hours, schedule.pv_used_kw["roof"])
    taken = energy(hours, problem.load_kw) + energy(hours, schedule.export_kw) + energy(hours, battery.charge_kw)
    assert supplied == pytest.approx(taken)
    assert bill(problem, schedule).net < bill(problem, baseline_schedule(problem)).net


def test_neither_fallback_needs_the_solver() -> None:
    root = Path(hems.optimizer.__file__).parents[2]
    code = "import sys; sys.modules['mip'] = None; import hems.optimizer.rule_plan, hems.optimizer.last_plan"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(root)}, timeout=60)
