"""The plan in words: rows per device, costs that add up, days, shortfalls."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from home_days import NASTY, STEP_HOURS, N, build_home
from more_days import KNOWN_STEPS, build_prices

from hems.web.flows import read_flows
from hems.web.summary import build_summary

CREATED = datetime.fromisoformat("2026-03-28T12:00:20+00:00")


def summary_of(problem: dict[str, Any], plan: dict[str, Any]) -> dict[str, Any]:
    return build_summary(problem, plan, 7, CREATED, "new prices")


def device(summary: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(d for d in summary["devices"] if d["name"] == name)
    return found


def test_the_dishwasher_is_one_run_in_local_time() -> None:
    dishwasher = device(summary_of(*build_home()), "dishwasher")
    (run,) = dishwasher["runs"]
    assert run["when"] == "Sat 22:15\N{EN DASH}23:45"
    assert run["kwh"] == pytest.approx(1.95)
    assert dishwasher["title"] == "Dishwasher"
    assert dishwasher["note"] == "to be finished by Sun 07:00"


def test_a_program_with_a_pause_is_still_one_run() -> None:
    problem, plan = build_home()
    power = plan["loads"]["dishwasher"]["power_kw"]
    power[:] = [0.0 if p == 0.1 else p for p in power]
    assert len(device(summary_of(problem, plan), "dishwasher")["runs"]) == 1


def test_the_car_over_the_night_the_clocks_change() -> None:
    car = device(summary_of(*build_home()), "car")
    (run,) = car["runs"]
    assert run["when"] == "Sun 01:00 CET \N{EN DASH} 04:30 CEST"
    assert run["kwh"] == pytest.approx(7.36 * 2.5)  # one of the three and a half hours does not exist
    assert run["does"] == "charges from the grid at 7.4 kW"
    assert car["note"] == "40 → 68 % by Sun 07:00, wanted: 80 %"


def test_a_car_that_is_away() -> None:
    problem, plan = build_home()
    problem["evs"][0]["connected"] = [False] * N
    plan["evs"]["car"]["charge_kw"] = [0.0] * N
    car = device(summary_of(problem, plan), "car")
    assert (car["note"], car["runs"]) == ("not plugged in", [])


def test_the_battery_names_its_source_and_its_reason() -> None:
    runs = device(summary_of(*build_home()), "battery")["runs"]
    night = next(run for run in runs if run["when"].startswith("Sun 03:00"))
    assert night["does"].startswith("charges from the grid")
    assert night["why"] == "charges: import is cheap until 05:00"
    evening = next(run for run in runs if run["when"] == "Sat 18:00\N{EN DASH}24:00")
    assert evening["does"].startswith("supplies the home")
    assert evening["saves"] > 0 and evening["cost"] is None


def test_selling_from_the_battery_is_worth_the_export_price() -> None:
    problem, plan = build_home()
    k = 4
    for series in (
        plan["pv"]["roof"]["used_kw"],
        plan["batteries"]["battery"]["charge_kw"],
        problem["load_kw"],
    ):
        series[k] = 0.0
    for load in plan["loads"].values():
        load["power_kw"][k] = 0.0
    plan["batteries"]["battery"]["discharge_kw"][k] = plan["grid"]["export_kw"][k] = 4.0
    plan["grid"]["import_kw"][k] = 0.0
    runs = device(summary_of(problem, plan), "battery")["runs"]
    sale = next(run for run in runs if run["first"] == k)
    assert sale["does"] == "sells to the grid at 4.0 kW"
    assert sale["saves"] is None
    assert sale["earns"] == pytest.approx(4.0 * STEP_HOURS * problem["grid"]["export_price"][k])


def test_grid_costs_of_all_uses_add_up_to_the_import_costs() -> None:
    problem, plan = build_home()
    flows, steps = read_flows(problem, plan), range(N)
    uses = [problem["load_kw"], plan["batteries"]["battery"]["charge_kw"], plan["evs"]["car"]["charge_kw"]]
    uses += [load["power_kw"] for load in plan["loads"].values()]
    assert sum(flows.grid_cost(use, steps) for use in uses) == pytest.approx(plan["costs"]["import"])
    mix = flows.mix(problem["load_kw"], list(steps))
    assert sum(mix.values()) == pytest.approx(1.0)


def test_headline() -> None:
    problem, plan = build_home()
    head = summary_of(problem, plan)["headline"]
    assert head["saving"] == pytest.approx(2.35 + 0.42 - 0.12)  # it ends with more stored than the unplanned home
    assert (head["hours"], head["horizon_words"]) == (48.0, "48 h")
    assert set(head["parts"]) == {"import", "export", "wear"}  # zeros are not told


def test_a_plan_without_baseline_claims_no_saving() -> None:
    problem, plan = build_home()
    plan["baseline_net"] = None
    assert summary_of(problem, plan)["headline"]["saving"] is None


def test_days_are_local_days() -> None:
    problem, plan = build_home()
    days = summary_of(problem, plan)["days"]
    assert [day["day"] for day in days] == ["Sat 28 Mar", "Sun 29 Mar", "Mon 30 Mar"]
    hours = [day["load_kwh"] for day in days]
    assert sum(hours) == pytest.approx(sum(problem["load_kw"]) * STEP_HOURS)
    assert sum(day["import_cost"] for day in days) == pytest.approx(plan["costs"]["import"])


def test_steps_of_different_length() -> None:
    problem, plan = build_home()
    for document in (problem, plan):
        document["step_minutes"] = [5] + [15] * 191
    (run,) = device(summary_of(problem, plan), "dishwasher")["runs"]
    assert run["when"] == "Sat 22:05\N{EN DASH}23:35"


def test_shortfalls_and_quota_in_words() -> None:
    summary = summary_of(*build_home())
    (shortfall,) = summary["shortfalls"]
    assert shortfall["text"].startswith("Car: soc 0.80 by 2026-03-29 07:00 falls short by 2.3 kWh (connected")
    assert device(summary, "pool_pump")["note"] == "2.2 of 4.4 kWh by Sun 00:00"
    assert "wanted: 45 to 65 °C" in device(summary, "tank")["note"]


def test_names_pass_through_unchanged_and_the_document_is_json() -> None:
    summary = summary_of(*build_home(dishwasher=NASTY))
    assert device(json.loads(json.dumps(summary, allow_nan=False)), NASTY)["title"] == NASTY


def test_a_home_with_nothing_to_steer() -> None:
    problem, plan = build_home()
    for key in ("batteries", "evs", "shiftable_loads", "interruptible_loads", "thermal_loads", "pv"):
        problem[key] = []
    for key in ("batteries", "evs", "loads", "pv"):
        plan[key] = {}
    assert summary_of(problem, plan)["devices"] == []


def test_estimated_prices_are_told_with_their_range() -> None:
    problem, plan = build_home()
    summary = build_summary(problem, plan, 7, CREATED, "new prices", build_prices(problem))
    estimates = summary["price_estimates"]
    assert estimates["steps"] == list(range(KNOWN_STEPS, N))
    assert estimates["words"] == "Prices from Sun 00:00 on are estimates."
    assert estimates["import_low"][KNOWN_STEPS] < problem["grid"]["import_price"][KNOWN_STEPS]
    assert estimates["export_high"][KNOWN_STEPS - 1] == problem["grid"]["export_price"][KNOWN_STEPS - 1]
    assert [day["estimated"] for day in summary["days"]] == [False, True, True]


def test_one_estimated_side_is_enough() -> None:
    problem, plan = build_home()
    prices = build_prices(problem, N)
    export_high = (*prices.export_high[:-1], prices.export_high[-1] + 0.01)
    summary = build_summary(problem, plan, 7, CREATED, "x", replace(prices, export_high=export_high))
    assert summary["price_estimates"]["steps"] == [N - 1]


def test_only_estimates() -> None:
    problem, plan = build_home()
    summary = build_summary(problem, plan, 7, CREATED, "x", build_prices(problem, 0))
    assert summary["price_estimates"]["words"] == "All prices are estimates."


@pytest.mark.parametrize("told", [True, False])
def test_no_estimates_where_all_prices_are_known_or_nothing_is_said(told: bool) -> None:
    problem, plan = build_home()
    summary = build_summary(problem, plan, 7, CREATED, "x", build_prices(problem, N) if told else None, recalled=told)
    assert summary["price_estimates"] is None and not any(day["estimated"] for day in summary["days"])
    assert summary["recalled"] is told
