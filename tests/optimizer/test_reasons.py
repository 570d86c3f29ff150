"""The plan's sentences: their figures are those of the problem, the schedule and the energy values."""

import json
import math
import time
from typing import Any

import pytest

from hems.domain.parse import parse_problem
from hems.domain.problem import Problem
from hems.domain.schedule import Schedule
from hems.optimizer.baseline import baseline_schedule
from hems.optimizer.plan import make_plan
from hems.optimizer.reason_scene import Cheapest, Scene, next_steps
from hems.optimizer.reasons import reasons
from hems.optimizer.schedule import balanced

LONGEST = 120


def document(prices: list[float], **more: Any) -> dict[str, Any]:
    """Hours from 13:00 local time on, without load unless given."""
    n = len(prices)
    grid = {"import_price": prices, "export_price": [0.05] * n} | more.pop("grid", {})
    return {
        "schema": "hems.problem/1", "start": "2026-03-28T12:00:00Z", "step_minutes": [60] * n,
        "time_zone": "Europe/Amsterdam", "load_kw": [0.0] * n, "grid": grid, **more,
    }  # fmt: skip


def problem_of(prices: list[float], **more: Any) -> Problem:
    return parse_problem(json.dumps(document(prices, **more)))


def sentences(problem: Problem, name: str) -> list[str]:
    return list(make_plan(problem, 5).reasons[name])


BATTERY = {
    "name": "battery", "capacity_kwh": 10, "soc": 0.1, "soc_min": 0.1, "charge_limit_kw": 5, "discharge_limit_kw": 5,
    "charge_efficiency": 0.9, "discharge_efficiency": 0.9, "wear_cost_per_kwh": 0.02, "terminal_value_per_kwh": 0,
}  # fmt: skip


def test_battery_charges_for_the_hour_that_needs_it() -> None:
    found = sentences(problem_of([0.2, 0.1, 0.4], load_kw=[1, 0, 4], batteries=[BATTERY]), "battery")
    # (0.4 - 0.02) * 0.9 * 0.9 = 0.308
    assert found == [
        "empty; charges 14:00 at 0.100, now 0.200",
        "charges at 0.100 (import): worth 0.308 at 15:00 after losses and wear",
        "serves the house, import costs 0.400",
    ]


def test_a_plan_may_do_without_reasons_and_without_a_comparison_and_is_the_same_plan() -> None:
    problem = problem_of([0.2, 0.1, 0.4], load_kw=[1, 0, 4], batteries=[BATTERY])
    told, silent = (make_plan(problem, 5, explained=explained) for explained in (True, False))
    assert told.reasons and not silent.reasons
    assert math.isfinite(told.saving) and math.isnan(silent.saving)
    left_out = ("reasons", "baseline_net", "baseline_terminal_value", "solver")
    assert silent.model_copy(update={name: getattr(told, name) for name in left_out}) == told


def test_battery_names_the_weekday_of_another_day_and_what_it_would_sell_surplus_for() -> None:
    start = {"start": "2026-03-28T22:00:00Z", "pv": [{"name": "roof", "forecast_kw": [3, 0]}]}
    found = sentences(
        problem_of([0.2, 0.4], load_kw=[0, 6], batteries=[BATTERY | {"charge_limit_kw": 3}], **start), "battery"
    )
    assert found[0] == "charges at 0.050 (PV surplus): worth 0.308 at Sun 00:00 after losses and wear"


def test_battery_gives_when_it_is_refilled_for_less() -> None:
    full = BATTERY | {"soc": 1.0, "wear_cost_per_kwh": 0}
    found = sentences(problem_of([0.4, 0.1, 0.4], load_kw=[5, 0, 5], batteries=[full]), "battery")
    # 0.1 / 0.81 = 0.123
    assert found[0] == "serves the house, import costs 0.400; refilled at 14:00 for 0.123 with losses"


def test_battery_keeps_what_is_worth_more_later() -> None:
    found = sentences(problem_of([0.3, 0.5], load_kw=[2, 3.6], batteries=[BATTERY | {"soc": 0.5}]), "battery")
    assert found[0] == "keeps 4.0 kWh for 14:00 at 0.500, now 0.300"


def test_battery_that_charges_for_a_wish_or_for_the_end_says_so() -> None:
    wish = BATTERY | {"soc_targets": [{"at": "2026-03-28T14:00:00Z", "soc": 0.37}]}
    assert sentences(problem_of([0.2, 0.3], batteries=[wish]), "battery")[0] == (
        "charges at 0.200 (import): 37 % by 15:00 wanted"
    )
    kept = BATTERY | {"terminal_value_per_kwh": 0.3}
    assert sentences(problem_of([0.2, 0.5], batteries=[kept]), "battery")[0] == (
        "charges at 0.200 (import): worth 0.270 in store at the end"
    )


def test_energy_that_would_be_curtailed_costs_nothing() -> None:
    sun = {"pv": [{"name": "roof", "forecast_kw": [8, 0]}], "grid": {"export_price": [-0.02, 0.05]}}
    plan = make_plan(problem_of([0.2, 0.4], load_kw=[0, 6], batteries=[BATTERY], **sun), 5)
    assert plan.reasons["battery"][0] == (
        "charges at 0.000 (PV else curtailed): worth 0.308 at 14:00 after losses and wear"
    )
    assert plan.reasons["roof"] == ("curtails 3.00 kW: export would cost 0.020", "")


def test_pv_names_the_export_limit() -> None:
    sun = {"pv": [{"name": "roof", "forecast_kw": [8, 1]}], "grid": {"export_limit_kw": 5}}
    assert sentences(problem_of([0.2, 0.4], load_kw=[0, 1], **sun), "roof") == [
        "curtails 3.00 kW: export is limited to 5 kW",
        "all of it is used",
    ]


CAR = {
    "name": "car", "battery_kwh": 40, "soc": 0.5, "connected": [True, True, True, False], "max_kw": 4, "min_kw": 1,
    "targets": [{"at": "2026-03-28T15:00:00Z", "soc": 0.6}],
}  # fmt: skip


def test_car_charges_in_the_cheapest_hour_before_it_is_wanted() -> None:
    assert sentences(problem_of([0.2, 0.1, 0.3, 0.05], evs=[CAR]), "car") == [
        "waits for 14:00 at 0.100, now 0.200; 60 % by 16:00 wanted",
        "charges at 0.100 (import) for 60 % by 16:00; free hours until then from 0.300",
        "has what is wanted: 60 % by 16:00",
        "is away",
    ]


def test_car_that_needs_every_hour_and_one_that_stays_short() -> None:
    needs = CAR | {"soc": 0.3}
    assert sentences(problem_of([0.2, 0.1, 0.3, 0.05], evs=[needs]), "car")[0] == (
        "charges at 0.200 (import) for 60 % by 16:00; every hour left is needed"
    )
    sun_only = CAR | {"surplus_only": True}
    assert sentences(problem_of([0.2, 0.1, 0.3, 0.05], evs=[sun_only]), "car")[0] == "stays short of 60 % by 16:00"


def test_program_says_what_starting_now_would_cost_more() -> None:
    washer = {
        "name": "washer", "profile_kw": [2, 1], "profile_step_minutes": 60,
        "earliest_start": "2026-03-28T13:00:00Z", "latest_finish": "2026-03-28T17:00:00Z",
    }  # fmt: skip
    found = sentences(problem_of([0.1, 0.4, 0.1, 0.2, 0.5], shiftable_loads=[washer]), "washer")
    # from 15:00: 2 * 0.1 + 0.2 = 0.4 for 3 kWh; from 14:00: 2 * 0.4 + 0.1 = 0.9; from 16:00: 2 * 0.2 + 0.5 = 0.9
    assert found == [
        "starts 15:00 at 0.133 per kWh; not before 14:00",
        "starts 15:00 at 0.133 per kWh, now it would cost 0.500 more",
        "starts at 0.133 per kWh for 18:00; from 16:00 it would cost 0.500 more",
        "runs since 15:00 at 0.133 per kWh for 18:00",
        "is done",
    ]


def test_program_whose_first_period_takes_nothing_starts_where_it_starts() -> None:
    washer = {
        "name": "washer", "profile_kw": [0, 2], "profile_step_minutes": 60,
        "earliest_start": "2026-03-28T12:00:00Z", "latest_finish": "2026-03-28T16:00:00Z",
    }  # fmt: skip
    found = sentences(problem_of([0.2, 0.3, 0.1, 0.2], shiftable_loads=[washer]), "washer")
    assert found[0] == "starts 14:00 at 0.100 per kWh, now it would cost 0.400 more"
    assert found[1].startswith("starts at 0.100 per kWh for 17:00")


def test_pump_waits_for_its_hour_and_is_done() -> None:
    pump = {
        "name": "pump", "power_kw": 2,
        "quotas": [{"from": "2026-03-28T12:00:00Z", "until": "2026-03-28T15:00:00Z", "kwh": 2}],
    }  # fmt: skip
    assert sentences(problem_of([0.3, 0.1, 0.2, 0.05], interruptible_loads=[pump]), "pump") == [
        "waits for 14:00 at 0.100, now 0.300; 2 kWh by 16:00 wanted",
        "runs at 0.100 (import) for 2 kWh by 16:00; free hours until then from 0.200",
        "has its 2 kWh for 16:00",
        "no more is wanted of it",
    ]


def test_tank_says_when_it_would_be_cold() -> None:
    tank = {
        "name": "tank", "power_kw": 2, "capacity_kwh_per_k": 0.2, "loss_kw_per_k": 0, "ambient_c": 20,
        "draw_kw": [0, 0, 2, 0], "temperature_c": 50, "min_c": 45, "max_c": 70, "comfort_penalty_per_k_hour": 1,
        "terminal_value_per_kwh": 0,
    }  # fmt: skip
    assert sentences(problem_of([0.3, 0.1, 0.4, 0.2], thermal_loads=[tank]), "tank") == [
        "next heats 14:00 at 0.100, now 0.300; below 45 °C only at 16:00",
        "heats at 0.100 (import): else below 45 °C at 16:00; free hours until then from 0.400",
        "stays in its band to the end",
        "stays in its band to the end",
    ]
    cooled = tank | {"mode": "cool", "min_c": 0, "max_c": 55, "draw_kw": 0, "ambient_c": 80, "loss_kw_per_k": 0.03}
    assert sentences(problem_of([0.3, 0.1, 0.4, 0.2], thermal_loads=[cooled]), "tank")[1].startswith(
        "cools at 0.100 (import): else above 55 °C at "
    )


def test_carbon_is_in_the_price_and_named() -> None:
    clean = {"grid": {"carbon_kg_per_kwh": [0.5, 0.5]}, "objective": {"carbon_price_per_kg": 0.1}}
    found = sentences(problem_of([0.1, 0.4], load_kw=[0, 6], batteries=[BATTERY], **clean), "battery")
    assert found[0].startswith("charges at 0.150 (import with carbon): worth 0.348 at 14:00")


def test_without_energy_values_the_prices_stand() -> None:
    problem = problem_of([0.2, 0.4], load_kw=[1, 2], batteries=[BATTERY | {"soc": 0.5}])
    found = reasons(problem, baseline_schedule(problem))["battery"]
    assert found[0].startswith("serves the house, import costs 0.200")


def schedule_without_devices(problem: Problem) -> Schedule:
    return balanced(problem, {}, {}, {}, {})


def test_times_far_away_have_their_date() -> None:
    problem = problem_of([0.2] * 200)
    scene = Scene(problem, schedule_without_devices(problem), ())
    wanted = ["13:00", "23:00", "Sun 00:00", "Tue 01:00", "2026-04-01 01:00"]
    assert [scene.at(post, 0) for post in (0, 10, 11, 59, 83)] == wanted
    assert scene.at(0, 11) == "Sat 13:00"


def test_cheapest_of_every_span() -> None:
    values = [3.0, None, 1.0, 2.0, None, 5.0, 4.0]
    cheapest = Cheapest(values)
    for first in range(len(values)):
        for end in range(len(values) + 1):
            known = [value for value in values[first:end] if value is not None]
            assert cheapest.within(first, end) == (min(known) if known else None)
    assert next_steps([True, False, True, False]) == [2, 2, None, None]


@pytest.mark.parametrize("steps", [192, 576])
def test_sentences_are_short_and_their_time_grows_with_the_steps_alone(steps: int) -> None:
    prices = [0.1 + 0.05 * (k % 7) + 0.01 * (k % 3) for k in range(steps)]
    pump = {"name": "pump", "power_kw": 2, "quotas": [{"from": "2026-03-28T12:00:00Z", "until": "2026-04-03T12:00:00Z", "kwh": 9}]}  # fmt: skip
    tank = {
        "name": "tank", "power_kw": 2, "capacity_kwh_per_k": 0.2, "loss_kw_per_k": 0.002, "ambient_c": 20,
        "draw_kw": 0.2, "temperature_c": 50, "min_c": 45, "max_c": 70, "comfort_penalty_per_k_hour": 1,
    }  # fmt: skip
    car = CAR | {"connected": [True] * steps}
    problem = problem_of(prices, load_kw=[1] * steps, batteries=[BATTERY], evs=[car], interruptible_loads=[pump],
                         thermal_loads=[tank])  # fmt: skip
    schedule = baseline_schedule(problem)
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        found = reasons(problem, schedule, prices)
        seconds.append(time.perf_counter() - began)
    assert all(len(one) == steps for one in found.values())
    assert max(len(words) for one in found.values() for words in one) <= LONGEST
    assert min(seconds) < 2e-3 * steps  # measured 0.03 ms a step; a quadratic sweep takes far more
