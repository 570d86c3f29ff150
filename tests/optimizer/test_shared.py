"""What devices share: phases, feeders, their order, and the day's energy. Answers found by hand."""

import json
from typing import Any

import pytest

from hems.domain.parse import parse_problem
from hems.domain.plan import Plan
from hems.optimizer.check import faults_in
from hems.optimizer.plan import make_plan


def home(prices: list[float], load_kw: float = 0.0, **more: Any) -> dict[str, Any]:
    """Hours from noon UTC; export earns nothing."""
    grid = {"import_price": prices, "export_price": [0.0] * len(prices)} | more.pop("grid", {})
    return {
        "schema": "hems.problem/1", "start": "2026-06-10T12:00:00Z", "step_minutes": [60] * len(prices),
        "time_zone": "UTC", "grid": grid, "load_kw": [load_kw] * len(prices), **more,
    }  # fmt: skip


def planned(document: dict[str, Any]) -> Plan:
    problem = parse_problem(json.dumps(document))
    plan = make_plan(problem, 10.0)
    assert faults_in(problem, plan) == []
    assert plan.status == "optimal"
    return plan


def at(hour: int) -> str:
    return f"2026-06-10T{hour:02}:00:00Z"


def car(**more: Any) -> dict[str, Any]:
    return {"name": "car", "battery_kwh": 10, "soc": 0.0, "connected": [True] * 3, "max_kw": 7.0} | more


def washing(name: str, kw: float = 1.0, last: int = 18, **more: Any) -> dict[str, Any]:
    return {
        "name": name, "profile_kw": [kw], "profile_step_minutes": 60, "earliest_start": at(12), "latest_finish": at(last),
    } | more  # fmt: skip


def test_a_phase_carries_what_it_can_and_no_more() -> None:
    plan = planned(
        home(
            [0.1, 0.5, 0.5],
            load_kw=3.0,
            grid={"phase_limit_a": 20.0},
            evs=[car(phase=2, targets=[{"at": at(15), "soc": 0.7}])],
        )
    )
    assert plan.evs["car"].charge_kw[0] == pytest.approx(20 * 0.23 - 1.0)  # a third of the load is on phase 2
    assert sum(plan.evs["car"].charge_kw) == pytest.approx(7.0)


def test_a_device_on_three_phases_takes_a_third_from_each() -> None:
    plan = planned(home([0.1, 0.5, 0.5], grid={"phase_limit_a": 10.0}, evs=[car(targets=[{"at": at(15), "soc": 0.7}])]))
    assert plan.evs["car"].charge_kw[0] == pytest.approx(3 * 10 * 0.23)


def test_a_phase_that_the_load_alone_exceeds_is_reported() -> None:
    document = home([0.1, 0.1], 6.0, grid={"phase_limit_a": 20.0, "load_phase_shares": [1.0, 0.0, 0.0]})
    found = planned(document).shortfalls
    assert [(one.device, one.wish, one.unit) for one in found] == [("grid", "at most 20 A on phase 1", "kWh")]
    assert found[0].short_by == pytest.approx(2 * (6.0 - 4.6))


def test_a_battery_relieves_its_phase() -> None:
    battery = {"name": "b", "capacity_kwh": 10, "soc": 1.0, "charge_limit_kw": 5, "discharge_limit_kw": 5, "phase": 1}
    document = home(
        [0.1], 6.0, grid={"phase_limit_a": 20.0, "load_phase_shares": [1.0, 0.0, 0.0]},
        batteries=[battery | {"terminal_value_per_kwh": 1.0}],
    )  # fmt: skip
    assert planned(document).batteries["b"].discharge_kw[0] == pytest.approx(1.4, abs=1e-5)


def test_a_feeder_is_shared() -> None:
    cars = [car(name=name, targets=[{"at": at(15), "soc": 0.5}]) for name in ("one", "two")]
    group = {"name": "garage", "devices": ["one", "two"], "import_limit_kw": 6.0}
    plan = planned(home([0.1, 0.2, 0.9], evs=cars, groups=[group]))
    together = [a + b for a, b in zip(plan.evs["one"].charge_kw, plan.evs["two"].charge_kw, strict=True)]
    assert together == pytest.approx([6.0, 4.0, 0.0])


def test_an_inverter_gives_no_more_than_it_can() -> None:
    document = home(
        [0.5], 9.0, pv=[{"name": "roof", "forecast_kw": [4.0]}],
        batteries=[
            {
                "name": "b", "capacity_kwh": 10, "soc": 1.0, "charge_limit_kw": 5, "discharge_limit_kw": 5,
                "terminal_value_per_kwh": 0.0,
            }
        ],
        groups=[{"name": "inverter", "devices": ["roof", "b"], "export_limit_kw": 5.0}],
    )  # fmt: skip
    plan = planned(document)
    assert plan.grid.import_kw == pytest.approx((4.0,))


def test_pv_that_cannot_be_curtailed_exceeds_its_inverter_and_says_so() -> None:
    document = home(
        [0.5], pv=[{"name": "roof", "forecast_kw": [6.0], "curtailable": False}],
        groups=[{"name": "inverter", "devices": ["roof"], "export_limit_kw": 5.0}],
    )  # fmt: skip
    assert [(s.device, s.wish, s.short_by) for s in planned(document).shortfalls] == [
        ("inverter", "give at most 5 kW", pytest.approx(1.0))
    ]


def test_the_dryer_waits_for_the_washer() -> None:
    loads = [washing("dryer", 2.0, after="washer"), washing("washer")]
    plan = planned(home([0.3, 0.1, 0.15, 0.5], shiftable_loads=loads))
    assert plan.loads["washer"].power_kw == pytest.approx((0.0, 1.0, 0.0, 0.0))
    assert plan.loads["dryer"].power_kw == pytest.approx((0.0, 0.0, 2.0, 0.0))


def test_the_dryer_waits_for_a_washer_that_runs_already() -> None:
    running = washing("washer", running_since="2026-06-10T11:30:00Z")
    plan = planned(home([0.1, 0.2, 0.3], shiftable_loads=[washing("dryer", after="washer"), running]))
    assert plan.loads["dryer"].power_kw == pytest.approx((0.0, 1.0, 0.0))


def test_a_dryer_whose_window_ends_too_early_is_late_behind_the_washer() -> None:
    plan = planned(
        home([0.3, 0.1, 0.2], shiftable_loads=[washing("dryer", last=13, after="washer"), washing("washer")])
    )
    assert plan.loads["washer"].power_kw == pytest.approx((1.0, 0.0, 0.0))
    assert plan.loads["dryer"].power_kw == pytest.approx((0.0, 1.0, 0.0))
    assert [(s.device, s.short_by, s.unit) for s in plan.shortfalls] == [("dryer", pytest.approx(60.0), "min")]


def test_a_chain_of_three_keeps_its_order() -> None:
    loads = [washing("iron", after="dryer"), washing("dryer", after="washer"), washing("washer")]
    plan = planned(home([0.1, 0.1, 0.1, 0.5], shiftable_loads=loads))
    assert [plan.loads[name].power_kw.index(1.0) for name in ("washer", "dryer", "iron")] == [0, 1, 2]


def test_charging_slows_down_near_full() -> None:
    curve = [{"soc": 0.5, "kw": 6.0}, {"soc": 1.0, "kw": 0.0}]
    plan = planned(home([0.1, 0.1, 0.1], evs=[car(soc=0.5, charge_curve=curve, targets=[{"at": at(13), "soc": 1.0}])]))
    # c = 12 * (1 - (0.5 + c/20)): 6 kW at half, less the 0.6 kW that each kW costs over the step
    assert plan.evs["car"].charge_kw[0] == pytest.approx(6 / 1.6)
    assert plan.shortfalls[0].short_by == pytest.approx(5 - 6 / 1.6, abs=1e-5)


def test_a_curve_may_bend_upwards() -> None:
    curve = [{"soc": 0.4, "kw": 4.0}, {"soc": 0.5, "kw": 1.0}, {"soc": 1.0, "kw": 1.0}]
    plan = planned(home([0.3, 0.1, 0.1], evs=[car(soc=0.5, charge_curve=curve, targets=[{"at": at(15), "soc": 0.7}])]))
    assert plan.evs["car"].charge_kw == pytest.approx((0.0, 1.0, 1.0))
    below = planned(home([0.1, 0.5, 0.5], evs=[car(charge_curve=curve, targets=[{"at": at(15), "soc": 0.4}])]))
    assert below.evs["car"].charge_kw == pytest.approx((4.0, 0.0, 0.0), abs=1e-4)


def block(difference: float, kwh: float = 2.0, **more: Any) -> dict[str, Any]:
    return {"from": at(12), "until": at(14), "kwh": kwh, "price_difference_per_kwh": difference} | more


def test_a_cheap_block_is_filled_first() -> None:
    pool = {
        "name": "pool",
        "power_kw": 3.0,
        "quotas": [{"from": at(12), "until": at(16), "kwh": 3.0}],
        "min_power_kw": 0,
    }
    plan = planned(home([0.3, 0.3, 0.25, 0.25], grid={"energy_blocks": [block(-0.1)]}, interruptible_loads=[pool]))
    assert sum(plan.loads["pool"].power_kw[:2]) == pytest.approx(2.0)
    assert plan.costs.import_ == pytest.approx(2 * 0.2 + 1 * 0.25)


def test_what_was_used_of_a_block_is_gone() -> None:
    document = home([0.3, 0.3], 2.0, grid={"energy_blocks": [block(-0.1, used_kwh=1.5)]})
    assert planned(document).costs.import_ == pytest.approx(4 * 0.3 - 0.5 * 0.1)


def test_a_dear_block_is_paid_before_the_cheap_energy_behind_it() -> None:
    document = home([0.3, 0.3], 2.0, grid={"energy_blocks": [block(0.1)]})
    assert planned(document).costs.import_ == pytest.approx(4 * 0.3 + 2 * 0.1)


def test_a_dear_block_can_be_avoided() -> None:
    pool = {
        "name": "pool",
        "power_kw": 3.0,
        "quotas": [{"from": at(12), "until": at(16), "kwh": 3.0}],
        "min_power_kw": 0,
    }
    plan = planned(home([0.2, 0.2, 0.25, 0.25], grid={"energy_blocks": [block(0.1)]}, interruptible_loads=[pool]))
    # 3 kWh in the block's window: 2 at 0.3 and 1 at 0.2; outside: 3 at 0.25
    assert plan.costs.import_ == pytest.approx(0.75)
    assert sum(plan.loads["pool"].power_kw[2:]) == pytest.approx(3.0)


def test_a_cheap_block_below_the_export_price_is_not_a_money_pump() -> None:
    document = home([0.3, 0.3], grid={"energy_blocks": [block(-0.25, 10.0)], "export_price": [0.1, 0.1]})
    document["pv"] = [{"name": "roof", "forecast_kw": [1.0, 1.0]}]
    plan = planned(document)
    assert plan.grid.import_kw == (0.0, 0.0)
    assert plan.grid.export_kw == pytest.approx((1.0, 1.0))
