"""Steps in which a load may run for a part of the time, and cars that are known to drive."""

import itertools
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from hems.domain.parse import parse_problem
from hems.domain.plan import Plan
from hems.optimizer.check import faults_in
from hems.optimizer.fallback import fallback
from hems.optimizer.plan import make_plan

START = datetime(2026, 3, 28, 12, tzinfo=timezone.utc)


def at(hours: float) -> str:
    return (START + timedelta(hours=hours)).isoformat()


def home(prices: list[float], **keys: Any) -> dict[str, Any]:
    return {
        "schema": "hems.problem/1", "start": at(0), "step_minutes": [60] * len(prices), "time_zone": "Europe/Berlin",
        "grid": {"import_price": prices, "export_price": [0.0] * len(prices)}, "load_kw": [0.5] * len(prices), **keys,
    }  # fmt: skip


def planned(document: dict[str, Any]) -> Plan:
    problem = parse_problem(json.dumps(document))
    plan = make_plan(problem, 10.0)
    assert faults_in(problem, plan) == []
    return plan


def pump(kwh: float, hours: int, **keys: Any) -> dict[str, Any]:
    quota = {"from": at(0), "until": at(hours), "kwh": kwh}
    return {"name": "pool", "power_kw": 1.0, "quotas": [quota], **keys}


def car(connected: list[bool], **keys: Any) -> dict[str, Any]:
    return {"name": "car", "battery_kwh": 40.0, "soc": 0.5, "connected": connected, "max_kw": 8.0, **keys}


def test_a_load_runs_for_a_part_of_a_rough_step() -> None:
    document = home([0.3, 0.2, 0.1], interruptible_loads=[pump(1.5, 3)], on_off_until=at(1))
    assert planned(document).loads["pool"].power_kw == pytest.approx((0.0, 0.5, 1.0))


def test_without_rough_steps_it_is_on_or_off() -> None:
    document = home([0.3, 0.2, 0.1], interruptible_loads=[pump(1.5, 3)])
    assert planned(document).loads["pool"].power_kw == pytest.approx((0.0, 1.0, 1.0))


def test_before_the_rough_steps_it_is_on_or_off() -> None:
    document = home([0.1, 0.3, 0.2], interruptible_loads=[pump(0.5, 1)], on_off_until=at(1))
    assert planned(document).loads["pool"].power_kw == pytest.approx((1.0, 0.0, 0.0))


def test_runs_are_not_counted_in_rough_steps() -> None:
    keys = {"min_on_minutes": 120, "max_starts": 1}
    document = home([0.3, 0.1, 0.3, 0.1], interruptible_loads=[pump(2.0, 4, **keys)], on_off_until=at(0))
    assert planned(document).loads["pool"].power_kw == pytest.approx((0.0, 1.0, 0.0, 1.0))


def test_a_car_charges_below_its_least_power_in_a_rough_step() -> None:
    keys = {"min_kw": 4.0, "targets": [{"at": at(3), "soc": 0.55}]}
    document = home([0.3, 0.2, 0.1], evs=[car([True, True, False], **keys)], on_off_until=at(1))
    assert planned(document).evs["car"].charge_kw == pytest.approx((0.0, 2.0, 0.0))
    assert planned(home([0.3, 0.2, 0.1], evs=[car([True, True, False], **keys)])).evs["car"].charge_kw[1] == 4.0


def test_heat_is_made_for_a_part_of_a_rough_step() -> None:
    tank = {
        "name": "tank", "power_kw": 2.0, "capacity_kwh_per_k": 0.2, "loss_kw_per_k": 0.0, "ambient_c": 20.0, "temperature_c": 45.0,
        "min_c": [45.0, 45.0, 50.0], "max_c": 65.0, "comfort_penalty_per_k_hour": 5.0, "terminal_value_per_kwh": 0.0,
    }  # fmt: skip
    plan = planned(home([0.3, 0.1, 0.2], thermal_loads=[tank], on_off_until=at(0)))
    assert plan.loads["tank"].power_kw == pytest.approx((0.0, 1.0, 0.0))


def test_what_is_driven_is_charged_before_or_after_whichever_is_cheaper() -> None:
    for prices, expected in (([0.1, 0.5, 0.3], (8.0, 0.0, 0.0)), ([0.3, 0.5, 0.1], (0.0, 0.0, 8.0))):
        keys = {"driving_kw": [0.0, 12.0, 0.0], "targets": [{"at": at(3), "soc": 0.4}]}
        plan = planned(home(prices, evs=[car([True, False, True], **keys)]))
        assert plan.evs["car"].charge_kw == pytest.approx(expected, abs=1e-4)
        assert plan.evs["car"].soc[3] == pytest.approx(0.4)


def test_driving_empties_the_car_at_most_and_says_what_is_charged_elsewhere() -> None:
    keys = {"driving_kw": [0.0, 30.0, 0.0], "max_kw": 4.0}
    plan = planned(home([0.1, 0.5, 0.3], evs=[car([True, False, True], **keys)]))
    assert plan.evs["car"].soc == pytest.approx((0.5, 0.6, 0.0, 0.0))
    (short,) = plan.shortfalls
    assert (short.device, short.wish, short.unit) == ("car", "driving", "kWh")
    assert short.short_by == pytest.approx(6.0, abs=1e-3)


def test_a_car_above_its_maximum_charges_again_after_a_trip() -> None:
    keys = {"soc": 0.9, "soc_max": 0.8, "driving_kw": [0.0, 12.0, 0.0], "targets": [{"at": at(3), "soc": 0.75}]}
    plan = planned(home([0.1, 0.5, 0.3], evs=[car([True, False, True], **keys)]))
    assert plan.evs["car"].soc == pytest.approx((0.9, 0.9, 0.6, 0.75))


def test_the_rules_plan_lawfully_for_both() -> None:
    for prices in itertools.permutations((0.1, 0.2, 0.3, 0.4)):
        keys = {"min_kw": 2.0, "driving_kw": [0.0, 15.0, 0.0, 5.0], "targets": [{"at": at(4), "soc": 0.4}]}
        document = home(
            list(prices),
            evs=[car([True, False, True, False], **keys)],
            interruptible_loads=[pump(1.5, 4)],
            on_off_until=at(2),
        )
        problem = parse_problem(json.dumps(document))
        plan, _ = fallback(problem, 0.0, None)
        assert faults_in(problem, plan) == []


def test_a_wrong_length_of_driving_is_refused() -> None:
    with pytest.raises(Exception, match=r"evs\[0\].driving_kw: 1 values for 2 steps"):
        parse_problem(json.dumps(home([0.1, 0.2], evs=[car([True, True], driving_kw=[1.0])])))
