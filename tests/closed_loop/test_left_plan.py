"""The simulated home that leaves its plan is seen as the dispatcher sees it: by its battery, or after ten minutes."""

from datetime import datetime, timedelta, timezone

from hems.closed_loop.left_plan import LeftPlan
from hems.control.moment import Moment, moment_of
from hems.domain.grid import Grid
from hems.domain.plan import Plan
from hems.domain.problem import Problem
from hems.optimizer.plan import make_plan
from hems.planner.readings import BatteryReading, LoadReading, Readings

START = datetime(2026, 6, 1, tzinfo=timezone.utc)
LOAD_KW = (1.0, 3.0, 3.0, 3.0)
TANK = {
    "name": "tank",
    "power_kw": 2.0,
    "capacity_kwh_per_k": 0.25,
    "loss_kw_per_k": 0.0,
    "ambient_c": 20.0,
    "temperature_c": 50.0,
    "min_c": 45.0,
    "max_c": 65.0,
    "terminal_value_per_kwh": 0.0,
}


def problem() -> Problem:
    grid = Grid(import_price=(0.3,) * 4, export_price=(0.1,) * 4)
    battery = {
        "name": "battery",
        "capacity_kwh": 10.0,
        "soc": 0.5,
        "soc_min": 0.5,
        "charge_limit_kw": 5.0,
        "discharge_limit_kw": 5.0,
        "terminal_value_per_kwh": 0.0,
    }
    return Problem.model_validate(
        {
            "schema": "hems.problem/1",
            "start": START,
            "step_minutes": (15.0,) * 4,
            "time_zone": "UTC",
            "grid": grid,
            "load_kw": LOAD_KW,
            "batteries": (battery,),
            "thermal_loads": (TANK,),
        }
    )


def lived(
    loads_kw: dict[int, float], soc: dict[int, float] | None = None, tank_c: dict[int, float] | None = None
) -> list[int]:
    """Minutes of the looks, five apart, at which a new plan is asked for. ``loads_kw``: mean since the look before."""
    case = problem()
    plan: Plan = make_plan(case, 5)
    watch, found = LeftPlan(), []

    def moment_at(at: datetime) -> Moment | str:
        return moment_of(plan, case, at, START, timedelta(hours=2))

    for minute in range(0, 60, 5):
        level = (soc or {}).get(minute, 0.5)
        readings = Readings(
            now=START + timedelta(minutes=minute),
            baseline_kw=loads_kw.get(minute, LOAD_KW[max(0, minute - 1) // 15]),
            batteries={"battery": BatteryReading(level, 10.0)},
            loads={"tank": LoadReading(on=None, temperature_c=(tank_c or {}).get(minute, 50.0))},
        )
        if watch.seen(moment_at, 1, readings):
            found.append(minute)
    return found


def test_what_goes_as_planned_is_no_reason() -> None:
    assert lived({}) == []


def test_a_load_that_is_larger_for_ten_minutes_is_one_and_a_short_one_is_none() -> None:
    assert lived({25: 5.0}) == []
    assert lived({25: 5.0, 30: 5.0, 35: 5.0}) == [35]


def test_a_battery_that_is_elsewhere_is_one_at_once_and_again_after_five_minutes() -> None:
    assert lived({}, {20: 0.44}) == [20]
    assert lived({}, {20: 0.44, 25: 0.44}) == [20, 25]


def test_water_that_is_too_cold_is_one_and_water_that_is_only_colder_is_none() -> None:
    assert lived({}, None, {20: 44.9, 40: 45.1}) == [20]
