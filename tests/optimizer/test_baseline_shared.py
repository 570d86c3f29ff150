"""The home without planning where devices share a phase, a feeder or an order: it too keeps what can be kept."""

import json
from typing import Any

import pytest

from hems.domain.parse import parse_problem
from hems.domain.schedule import Schedule
from hems.optimizer.baseline import baseline_schedule


def unplanned(load_kw: float = 0.0, steps: int = 3, **more: Any) -> Schedule:
    """Hours from noon UTC."""
    grid = {"import_price": [0.3] * steps, "export_price": [0.1] * steps} | more.pop("grid", {})
    document = {
        "schema": "hems.problem/1", "start": at(12), "step_minutes": [60] * steps,
        "time_zone": "UTC", "grid": grid, "load_kw": [load_kw] * steps, **more,
    }  # fmt: skip
    return baseline_schedule(parse_problem(json.dumps(document)))


def at(hour: int) -> str:
    return f"2026-06-10T{hour:02}:00:00Z"


def car(**more: Any) -> dict[str, Any]:
    targets = [{"at": at(15), "soc": 1.0}]
    return {
        "name": "car",
        "battery_kwh": 10,
        "soc": 0.5,
        "connected": [True] * 3,
        "max_kw": 7.0,
        "targets": targets,
    } | more


def test_the_dryer_follows_the_washer_at_once() -> None:
    program = {"profile_kw": [1.0], "profile_step_minutes": 60, "earliest_start": at(12), "latest_finish": at(18)}
    schedule = unplanned(
        shiftable_loads=[{"name": "dryer", "after": "washer", **program}, {"name": "washer", **program}]
    )
    assert schedule.loads_kw == {"dryer": (0.0, 1.0, 0.0), "washer": (1.0, 0.0, 0.0)}


def test_a_car_waits_for_room_on_its_phase() -> None:
    schedule = unplanned(load_kw=3.0, grid={"phase_limit_a": 10.0}, evs=[car(phase=2)])
    assert schedule.evs["car"].charge_kw == pytest.approx((1.3, 1.3, 1.3))


def test_a_car_charges_along_its_curve() -> None:
    schedule = unplanned(evs=[car(charge_curve=[{"soc": 0.5, "kw": 6.0}, {"soc": 1.0, "kw": 0.0}])])
    assert schedule.evs["car"].charge_kw[0] == pytest.approx(6 / 1.6)


def test_a_pump_and_a_tank_wait_for_room_on_their_feeder() -> None:
    pump = {"name": "pump", "power_kw": 1.5, "quotas": [{"from": at(12), "until": at(15), "kwh": 1.5}]}
    tank = {
        "name": "tank", "power_kw": 2.0, "capacity_kwh_per_k": 0.2, "loss_kw_per_k": 0.0, "ambient_c": 20.0,
        "temperature_c": 40.0, "min_c": 45.0, "max_c": 65.0,
    }  # fmt: skip
    group = {"name": "shed", "devices": ["pump", "tank"], "import_limit_kw": 3.0}
    schedule = unplanned(interruptible_loads=[pump], thermal_loads=[tank], groups=[group])
    assert schedule.loads_kw == {"pump": (1.5, 0.0, 0.0), "tank": (0.0, 2.0, 0.0)}


def test_battery_and_roof_give_what_their_inverter_can() -> None:
    store = {"name": "b", "capacity_kwh": 10, "soc": 0.5, "charge_limit_kw": 2, "discharge_limit_kw": 5}
    roof = {"name": "roof", "forecast_kw": [0.0, 6.0]}
    group = {"name": "inverter", "devices": ["roof", "b"], "export_limit_kw": 3.0}
    schedule = unplanned(load_kw=3.5, steps=2, pv=[roof], batteries=[store], groups=[group])
    assert schedule.batteries["b"].discharge_kw == pytest.approx((3.0, 0.0))
    # 2 of the 6 kW go into the battery, 3 through the inverter.
    assert schedule.pv_used_kw["roof"] == pytest.approx((0.0, 5.0))
