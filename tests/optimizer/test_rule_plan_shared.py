"""Plans without a solver where devices share a phase, a feeder, an order or a block of energy. Answers found by hand."""

import json
from typing import Any

import pytest

from hems.domain.parse import parse_problem
from hems.domain.plan import Solver, Status
from hems.domain.problem import Problem
from hems.domain.schedule import Schedule
from hems.optimizer.assemble import plan_of
from hems.optimizer.check import faults_in
from hems.optimizer.last_plan import shifted_schedule
from hems.optimizer.rule_plan import rule_schedule


def home(prices: list[float], load_kw: float = 0.0, **more: Any) -> Problem:
    """Hours from noon UTC; export earns nothing."""
    grid = {"import_price": prices, "export_price": [0.0] * len(prices)} | more.pop("grid", {})
    document = {
        "schema": "hems.problem/1", "start": at(12), "step_minutes": [60] * len(prices),
        "time_zone": "UTC", "grid": grid, "load_kw": [load_kw] * len(prices), **more,
    }  # fmt: skip
    return parse_problem(json.dumps(document))


def at(hour: int) -> str:
    return f"2026-06-10T{hour:02}:00:00Z"


def car(**more: Any) -> dict[str, Any]:
    return {"name": "car", "battery_kwh": 10, "soc": 0.0, "connected": [True] * 3, "max_kw": 7.0} | more


def battery(**more: Any) -> dict[str, Any]:
    store = {"name": "b", "capacity_kwh": 10, "soc": 0.5, "charge_limit_kw": 5, "discharge_limit_kw": 5}
    return store | {"terminal_value_per_kwh": 0.0} | more


def washing(name: str, kw: float = 1.0, first: int = 12, last: int = 16, **more: Any) -> dict[str, Any]:
    return {
        "name": name, "profile_kw": [kw], "profile_step_minutes": 60, "earliest_start": at(first), "latest_finish": at(last),
    } | more  # fmt: skip


def lawful(problem: Problem) -> Schedule:
    """The schedule by rules; carried on as the last plan it stays lawful too."""
    solver = Solver(name="rules", seconds=0.0, build_seconds=0.0, gap=None, bound=None, steps=problem.steps)
    statuses: tuple[Status, ...] = ("fallback", "feasible")
    schedule = rule_schedule(problem)
    carried = shifted_schedule(problem, plan_of(problem, schedule, "fallback", solver, ()))
    for found in (schedule, carried):
        for status in statuses if found is not None else ():
            assert found is not None and faults_in(problem, plan_of(problem, found, status, solver, ())) == []
    return schedule


def test_the_washer_ends_in_time_for_the_dryer() -> None:
    loads = [washing("dryer", 2.0, after="washer"), washing("washer")]
    schedule = lawful(home([0.3, 0.1, 0.15, 0.05], shiftable_loads=loads))
    # The washer's cheapest hour is the last one, but then the dryer is late.
    assert schedule.loads_kw["washer"] == (0.0, 1.0, 0.0, 0.0)
    assert schedule.loads_kw["dryer"] == (0.0, 0.0, 0.0, 2.0)


def test_the_dryer_waits_for_a_washer_that_runs_already() -> None:
    running = washing("washer", running_since="2026-06-10T11:30:00Z")
    schedule = lawful(home([0.1, 0.2, 0.3], shiftable_loads=[washing("dryer", last=15, after="washer"), running]))
    assert schedule.loads_kw["dryer"] == (0.0, 1.0, 0.0)


def test_the_dryer_does_not_run_where_the_washer_does_not() -> None:
    loads = [washing("dryer", after="washer"), washing("washer", first=17, last=20)]
    schedule = lawful(home([0.1, 0.2, 0.3], shiftable_loads=loads))
    assert schedule.loads_kw["dryer"] == (0.0, 0.0, 0.0)


def test_the_dryer_does_not_run_where_the_washer_has_no_room() -> None:
    loads = [washing("dryer", 0.1, after="washer"), washing("washer", 3.0)]
    group = {"name": "laundry", "devices": ["washer"], "import_limit_kw": 2.0}
    schedule = lawful(home([0.1, 0.2, 0.3, 0.4], shiftable_loads=loads, groups=[group]))
    assert schedule.loads_kw == {"washer": (0.0,) * 4, "dryer": (0.0,) * 4}


def test_charging_slows_down_near_full() -> None:
    curve = [{"soc": 0.5, "kw": 6.0}, {"soc": 1.0, "kw": 0.0}]
    schedule = lawful(home([0.1] * 3, evs=[car(soc=0.5, charge_curve=curve, targets=[{"at": at(13), "soc": 1.0}])]))
    # c = 12 * (1 - (0.5 + c/20)): 6 kW at half, less the 0.6 kW that each kW costs over the step
    assert schedule.evs["car"].charge_kw[0] == pytest.approx(6 / 1.6, abs=1e-4)


def test_a_battery_that_tapers_is_filled_over_several_hours() -> None:
    curve = [{"soc": 0.5, "kw": 5.0}, {"soc": 1.0, "kw": 0.0}]
    store = battery(charge_curve=curve, terminal_value_per_kwh=0.3)
    charge = lawful(home([0.1, 0.1, 0.1, 0.1], batteries=[store])).batteries["b"].charge_kw
    # c = 10 * (1 - soc - c/20), so c = 10 * (1 - soc) / 1.5 in each hour that is used to the full
    assert charge[0] == pytest.approx(5 / 1.5, abs=1e-4)
    assert sum(charge) > 4.5


def test_a_phase_carries_what_it_can_and_no_more() -> None:
    cars = [car(phase=2, targets=[{"at": at(15), "soc": 0.7}])]
    schedule = lawful(home([0.1, 0.5, 0.5], load_kw=3.0, grid={"phase_limit_a": 20.0}, evs=cars))
    assert schedule.evs["car"].charge_kw[0] == pytest.approx(20 * 0.23 - 1.0)  # a third of the load is on phase 2
    assert sum(schedule.evs["car"].charge_kw) == pytest.approx(7.0)


def test_a_feeder_is_shared() -> None:
    cars = [car(name=name, targets=[{"at": at(15), "soc": 0.5}]) for name in ("one", "two")]
    group = {"name": "garage", "devices": ["one", "two"], "import_limit_kw": 6.0}
    evs = lawful(home([0.1, 0.2, 0.9], evs=cars, groups=[group])).evs
    together = [a + b for a, b in zip(evs["one"].charge_kw, evs["two"].charge_kw, strict=True)]
    assert together == pytest.approx([6.0, 4.0, 0.0])


def test_a_battery_relieves_its_phase_whatever_energy_costs() -> None:
    grid = {"phase_limit_a": 20.0, "load_phase_shares": [1.0, 0.0, 0.0]}
    store = battery(soc=1.0, phase=1, terminal_value_per_kwh=1.0)
    assert lawful(home([0.1], 6.0, grid=grid, batteries=[store])).batteries["b"].discharge_kw == pytest.approx((1.4,))


def test_an_inverter_gives_no_more_than_it_can() -> None:
    group = {"name": "inverter", "devices": ["roof", "b"], "export_limit_kw": 5.0}
    roof = {"name": "roof", "forecast_kw": [4.0]}
    schedule = lawful(home([0.5], 9.0, pv=[roof], batteries=[battery(soc=1.0)], groups=[group]))
    assert schedule.import_kw == pytest.approx((4.0,))


def test_pv_beyond_the_inverter_goes_into_the_battery_behind_it() -> None:
    group = {"name": "inverter", "devices": ["roof", "b"], "export_limit_kw": 1.0}
    store = battery(charge_limit_kw=3, grid_charging=False, terminal_value_per_kwh=0.5)
    schedule = lawful(home([0.5], pv=[{"name": "roof", "forecast_kw": [5.0]}], batteries=[store], groups=[group]))
    assert schedule.batteries["b"].charge_kw == pytest.approx((3.0,))
    assert schedule.pv_used_kw["roof"] == pytest.approx((4.0,))
    assert schedule.export_kw == pytest.approx((1.0,))


def test_a_phase_counts_only_the_pv_that_its_inverter_lets_through() -> None:
    group = {"name": "inverter", "devices": ["roof"], "export_limit_kw": 1.0}
    roof = {"name": "roof", "forecast_kw": [5.0] * 3, "phase": 1}
    cars = [car(phase=1, targets=[{"at": at(13), "soc": 0.7}])]
    schedule = lawful(home([0.1] * 3, pv=[roof], evs=cars, groups=[group], grid={"phase_limit_a": 10.0}))
    assert schedule.evs["car"].charge_kw[0] == pytest.approx(2.3 + 1.0)


@pytest.mark.parametrize(
    ("difference", "used", "hours"), [(-0.1, 0.0, (0, 1)), (-0.1, 2.0, (2, 3)), (0.1, 0.0, (2, 3))]
)
def test_an_open_block_is_part_of_the_price(difference: float, used: float, hours: tuple[int, int]) -> None:
    block = {"from": at(12), "until": at(14), "kwh": 2.0, "price_difference_per_kwh": difference, "used_kwh": used}
    pool = {"name": "pool", "power_kw": 1.0, "quotas": [{"from": at(12), "until": at(16), "kwh": 2.0}]}
    prices = [0.3, 0.3, 0.25, 0.25] if difference < 0 else [0.2, 0.2, 0.25, 0.25]
    schedule = lawful(home(prices, grid={"energy_blocks": [block]}, interruptible_loads=[pool]))
    assert tuple(k for k, kw in enumerate(schedule.loads_kw["pool"]) if kw) == hours


def test_what_must_go_on_keeps_its_place_on_the_feeder() -> None:
    pump = {"name": "pump", "power_kw": 1.0, "on_now": True, "min_on_minutes": 120, "quotas": []}
    group = {"name": "shed", "devices": ["dishes", "pump"], "import_limit_kw": 2.5}
    loads = [washing("dishes", 2.0, last=15)]
    schedule = lawful(home([0.1, 0.2, 0.3], shiftable_loads=loads, interruptible_loads=[pump], groups=[group]))
    assert schedule.loads_kw == {"dishes": (0.0, 0.0, 2.0), "pump": (1.0, 1.0, 0.0)}
