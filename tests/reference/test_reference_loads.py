"""Controllable loads in the judge: optima worked out by hand in the comment above each test."""

from __future__ import annotations

from .milp import Reference
from .tiny import at, home, near, pump, solved


# 2.0 kW then 1.0 kW, half an hour each, is 1.5 kWh in one hourly step. Cheapest hour within 1:00-4:00 is
# hour 2 at 0.1 (hour 0 at 0.0 is too early): 0.15.
def test_program_takes_the_cheapest_lawful_hour() -> None:
    one = {
        "name": "dishwasher", "profile_kw": [2.0, 1.0], "profile_step_minutes": 30,
        "earliest_start": at(0, 30), "latest_finish": at(4),
    }  # fmt: skip
    answer = solved(home([0.0, 0.3, 0.1, 0.2, 0.0], shiftable_loads=[one]))
    assert answer.money == near(0.15)
    assert answer.plan["loads"]["dishwasher"]["power_kw"] == near([0.0, 0.0, 1.5, 0.0, 0.0])


# A window of one hour for a program of two: it starts at the first boundary after 0:30 and is 90 min late.
def test_window_too_short_runs_late() -> None:
    one = {
        "name": "washer", "profile_kw": [1.0, 0.5], "profile_step_minutes": 60,
        "earliest_start": at(0, 30), "latest_finish": at(1, 30),
    }  # fmt: skip
    answer = solved(home([0.0, 0.3, 0.2, 0.0], shiftable_loads=[one]))
    assert answer.plan["loads"]["washer"]["power_kw"] == near([0.0, 1.0, 0.5, 0.0])
    assert [(s["short_by"], s["unit"]) for s in answer.plan["shortfalls"]] == [(near(90.0), "minutes")]


# 1 kW of load and 1.5 kW of program exceed the limit of 2 kW in the window 0:00-2:00: it waits for hour 2 and
# is an hour late. With a limit of 1 kW there is no room at all.
def test_program_waits_for_the_grid_limit() -> None:
    one = {
        "name": "washer", "profile_kw": [1.5], "profile_step_minutes": 60, "earliest_start": at(0),
        "latest_finish": at(2),
    }  # fmt: skip

    def best(limit: float) -> Reference:
        grid = {"import_limit_kw": limit}
        return solved(home([0.1] * 4, load_kw=[1.0, 1.0, 0.0, 0.0], grid=grid, shiftable_loads=[one]))

    assert best(2.0).plan["loads"]["washer"]["power_kw"] == near([0.0, 0.0, 1.5, 0.0])
    assert best(2.0).tiers["programs_late_minutes"] == near(60.0)
    assert best(1.0).plan["loads"]["washer"]["power_kw"] == near([0.0] * 4)


# Running for 30 min: the second and third half hours remain, 1.0 and 3.0 kW: 2 kW in the first hour.
def test_running_program_goes_on() -> None:
    one = {
        "name": "washer", "profile_kw": [2.0, 1.0, 3.0], "profile_step_minutes": 30,
        "earliest_start": at(0), "latest_finish": at(5), "running_since": "2026-01-09T23:30:00+00:00",
    }  # fmt: skip
    answer = solved(home([0.5, 0.0], shiftable_loads=[one]))
    assert answer.plan["loads"]["washer"]["power_kw"] == near([2.0, 0.0])
    assert answer.money == near(1.0)


# 2 kWh by 4:00 at 1 kW: the two cheapest of four hours cost 0.1 + 0.2; apart, so two starts.
# With one start: best pair of neighbours 0.2 + 0.3 (hours 2, 3). With a start cost of 0.3 the same pair.
def test_quota_max_starts_and_start_cost() -> None:
    prices = [0.1, 0.9, 0.2, 0.3]
    assert solved(home(prices, interruptible_loads=[pump(2.0, 4)])).money == near(0.3)
    assert solved(home(prices, interruptible_loads=[pump(2.0, 4, max_starts=1)])).money == near(0.5)
    assert solved(home(prices, interruptible_loads=[pump(2.0, 4, start_cost=0.3)])).money == near(0.8)


# No starts allowed and off now: 2 kWh short. On now, it may go on: hours 0 and 1 without a start.
def test_max_starts_zero() -> None:
    off = solved(home([0.1] * 3, interruptible_loads=[pump(2.0, 3, max_starts=0)]))
    assert off.tiers["wishes_short_kwh"] == near(2.0)
    on = solved(home([0.9, 0.5, 0.1], interruptible_loads=[pump(2.0, 3, max_starts=0, on_now=True)]))
    assert on.tiers["wishes_short_kwh"] == near(0.0)
    assert on.money == near(1.4)


# On for 30 of 120 minutes: hours 0 and 1 are forced (1.5 h left). Then off for at least 2 hours: hour 4 is
# the first that may be on again, and serves the third kWh (a run cut by the horizon): 0.5 + 0.5 + 0.4.
# Staying on through hour 2 costs 1.6.
def test_minimum_on_and_off_times() -> None:
    one = pump(3.0, 5, min_on_minutes=120, min_off_minutes=120, on_now=True, on_for_minutes=30)
    answer = solved(home([0.5, 0.5, 0.6, 0.1, 0.4], interruptible_loads=[one]))
    assert answer.money == near(1.4)


# 1.5 kWh wanted; 0.4..1 kW modulation: 1 kW at 0.1, 0.5 kW at 0.2. Half of hour 1 counts for "until 1:30".
def test_modulation_and_a_quota_that_ends_within_a_step() -> None:
    quota = {"from": at(0), "until": at(1, 30), "kwh": 1.5}
    one = {"name": "boiler", "power_kw": 1.0, "min_power_kw": 0.4, "quotas": [quota]}
    assert solved(home([0.1, 0.2], interruptible_loads=[one])).money == near(0.1 + 0.2)
    one = {**one, "quotas": [{**quota, "until": at(2)}]}
    assert solved(home([0.1, 0.2], interruptible_loads=[one])).money == near(0.1 + 0.1)


# C = 1 kWh/K, no loss, 2 kW on or off; 2 K are drawn in hour 1 and the tank at 50 must not fall below 50:
# heat in hour 0 at 0.1 (0.2) or pay 2 K * 1 h * 0.05 = 0.1 an hour in hours 1 and 2.
def test_thermal_comfort_is_priced() -> None:
    one = {
        "name": "tank", "power_kw": 2.0, "capacity_kwh_per_k": 1.0, "loss_kw_per_k": 0.0, "ambient_c": 20.0,
        "draw_kw": [0.0, 2.0, 0.0], "temperature_c": 50.0, "min_c": 50.0, "max_c": 60.0,
        "comfort_penalty_per_k_hour": 0.05, "terminal_value_per_kwh": 0.0,
    }  # fmt: skip
    cheap = solved(home([0.05, 0.9, 0.9], thermal_loads=[one]))
    assert cheap.money == near(0.1)
    dear = solved(home([0.9, 0.9, 0.9], thermal_loads=[one]))
    assert dear.money == near(0.2)
    assert dear.plan["costs"]["net"] == near(0.0)
    assert dear.plan["shortfalls"][0]["short_by"] == near(4.0)


# Loss 0.5 kW/K, C = 2 kWh/K: a quarter of the distance to 20 C is lost in an hour. 2 kW * cop 3 give +3 K for
# 1.0; the 6 kWh are worth 1.8 if heated last, 1.35 if heated first: both hours. T: 30 - 2.5 + 3 = 30.5, then
# 30.5 - 2.625 + 3 = 30.875; terminal 0.3 * 2 * 0.875 = 0.525.
def test_thermal_recursion_and_terminal_value() -> None:
    one = {
        "name": "house", "power_kw": 2.0, "cop": 3.0, "capacity_kwh_per_k": 2.0, "loss_kw_per_k": 0.5,
        "ambient_c": 20.0, "temperature_c": 30.0, "min_c": 0.0, "max_c": 90.0, "terminal_value_per_kwh": 0.3,
    }  # fmt: skip
    answer = solved(home([0.5, 0.5], thermal_loads=[one]))
    assert answer.plan["loads"]["house"]["temperature_c"] == near([30.0, 30.5, 30.875])
    assert answer.money == near(2.0 - 0.525)


# Cooling: 1 kW * cop 2 against a gain of 1 kW (0.1 kW/K * 10 K) at C = 1: 24 -> 23 after an hour of cooling,
# 24 -> 25 without, 1 K too warm at 0.5: cooling costs 0.2.
def test_cooling() -> None:
    one = {
        "name": "room", "power_kw": 1.0, "cop": 2.0, "capacity_kwh_per_k": 1.0, "loss_kw_per_k": 0.1,
        "ambient_c": 34.0, "temperature_c": 24.0, "min_c": 20.0, "max_c": 24.0, "mode": "cool",
        "comfort_penalty_per_k_hour": 0.5, "terminal_value_per_kwh": 0.0,
    }  # fmt: skip
    answer = solved(home([0.2], thermal_loads=[one]))
    assert answer.money == near(0.2)
    assert answer.plan["loads"]["room"]["temperature_c"] == near([24.0, 23.0])
