"""The bound's parts: what is on or off takes all of its power for a part of a step; exact by hand, and never above a plan."""

from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hems.closed_loop.bound import solve_bound
from hems.closed_loop.parts import switched_devices
from hems.domain.battery import Battery, SocTarget
from hems.domain.ev import Ev
from hems.domain.grid import Grid
from hems.domain.loads import InterruptibleLoad, Quota, ThermalLoad
from hems.domain.problem import Problem
from hems.domain.pv import Pv

START = datetime(2026, 6, 1, tzinfo=timezone.utc)


def home(pv_kw: list[float], prices: list[float], sold: float = 0.05, load_kw: float = 0.0, **more: Any) -> Problem:
    """Steps of an hour."""
    n = len(prices)
    return Problem(
        schema="hems.problem/1",
        start=START,
        step_minutes=(60.0,) * n,
        time_zone="Europe/Amsterdam",
        grid=Grid(import_price=tuple(prices), export_price=(sold,) * n),
        load_kw=(load_kw,) * n,
        pv=(Pv(name="roof", forecast_kw=tuple(pv_kw), curtailable=False),),
        **more,
    )


def pump(kwh: float, until: int, power_kw: float = 2.0, name: str = "pump", **more: Any) -> InterruptibleLoad:
    wish = Quota.model_validate({"from": START, "until": START + timedelta(hours=until), "kwh": kwh})
    return InterruptibleLoad(name=name, power_kw=power_kw, quotas=(wish,), **more)


def test_a_pump_of_two_kilowatts_does_not_run_on_one_of_sun() -> None:
    # Half of the hour at 2 kW: 1 kW of sun and 1 kW of import; the sun of the other half is sold.
    bound = solve_bound(home([1.0], [0.30], interruptible_loads=(pump(1.0, 1),)))
    assert bound.bill == pytest.approx(0.5 * 0.30 - 0.5 * 0.05)
    assert (bound.import_kwh, bound.export_kwh) == (pytest.approx(0.5), pytest.approx(0.5))


def test_one_that_may_have_any_power_does() -> None:
    bound = solve_bound(home([1.0], [0.30], interruptible_loads=(pump(1.0, 1, min_power_kw=0.0),)))
    assert bound.bill == pytest.approx(0.0)


def test_one_of_a_least_power_has_at_least_that_while_it_is_on() -> None:
    # 0.5 kWh at 1.5 kW for a third of the hour, of which 1 kW is sun.
    bound = solve_bound(home([1.0], [0.30], interruptible_loads=(pump(0.5, 1, min_power_kw=1.5),)))
    assert bound.bill == pytest.approx(0.5 / 3 * 0.30 - 2 / 3 * 0.05)


def test_a_battery_lends_what_the_sun_gives_back() -> None:
    # While the pump is on the battery gives 1 kW, which the sun stores again: only its losses are bought.
    store = Battery(
        name="battery",
        capacity_kwh=10.0,
        soc=0.5,
        charge_limit_kw=5.0,
        discharge_limit_kw=5.0,
        charge_efficiency=0.9,
        discharge_efficiency=1.0,
        terminal_value_per_kwh=0.20,
    )
    bound = solve_bound(home([1.0], [0.30], interruptible_loads=(pump(1.0, 1),), batteries=(store,)))
    assert bound.objective + 0.20 * 5.0 == pytest.approx(0.20 * 0.5 * (1 - 0.9))


def test_two_pumps_share_the_sun_of_an_hour_between_them() -> None:
    # 2 kW of sun for two pumps of 2 kW for half of the hour each: one after the other.
    two = pump(1.0, 1), pump(1.0, 1, name="other")
    assert solve_bound(home([2.0], [0.30], interruptible_loads=two)).bill == pytest.approx(0.0)


def test_without_sun_a_part_of_the_time_is_a_part_of_the_power() -> None:
    bound = solve_bound(home([0.0, 0.0], [0.30, 0.10], load_kw=0.5, interruptible_loads=(pump(3.0, 2),)))
    assert bound.bill == pytest.approx(0.5 * 0.40 + 2 * 0.10 + 1 * 0.30)


def car(kwh: float, until: int = 1, connected: tuple[bool, ...] = (True,), **more: Any) -> Ev:
    """Asks for so much by the end of an hour, at 2 to 8 kW."""
    target = SocTarget(at=START + timedelta(hours=until), soc=kwh / 10)
    own: dict[str, Any] = {"name": "car", "battery_kwh": 10.0, "soc": 0.0, "min_kw": 2.0, "max_kw": 8.0} | more
    return Ev(**own, connected=connected, targets=(target,))


def test_a_car_has_its_least_power_while_it_charges() -> None:
    # Half of the hour at 2 kW, of which 1 kW is sun.
    bound = solve_bound(home([1.0], [0.30], evs=(car(1.0),)))
    assert bound.bill == pytest.approx(0.5 * 0.30 - 0.5 * 0.05)


def test_a_car_takes_no_sun_of_the_time_before_it_comes() -> None:
    # A quarter of the second hour at 4 kW; 1 kW is sun then, and three quarters of it are sold before.
    problem = home([0.0, 1.0, 0.0], [0.30] * 3, evs=(car(1.0, 2, connected=(False, True, True)),))
    bound = solve_bound(problem, {"car": np.array([0.0, 0.25, 1.0])})
    assert bound.bill == pytest.approx(0.25 * 3 * 0.30 - 0.75 * 0.05)


def test_nor_after_it_has_gone() -> None:
    problem = home([0.0, 1.0, 0.0], [0.50, 0.30, 0.30], evs=(car(1.0, 2, connected=(True, True, False)),))
    bound = solve_bound(problem, {"car": np.array([1.0, 0.25, 0.0])})
    assert bound.bill == pytest.approx(0.25 * 3 * 0.30 - 0.75 * 0.05)


def test_a_full_battery_has_no_room_for_the_sun_before_the_car_comes() -> None:
    # 4 kW of sun; the car takes 8 kW in the second half-hour, of which the battery gives 2 kWh: 2 kWh of sun are sold.
    store = Battery(
        name="battery",
        capacity_kwh=10.0,
        soc=1.0,
        charge_limit_kw=5.0,
        discharge_limit_kw=5.0,
        terminal_value_per_kwh=0.20,
    )
    comes = car(4.0, 2, connected=(False, True, True))
    problem = home([0.0, 4.0, 0.0], [0.30] * 3, evs=(comes,), batteries=(store,))
    bound = solve_bound(problem, {"car": np.array([0.0, 0.5, 1.0])})
    assert bound.objective == pytest.approx(-2 * 0.05 - 8 * 0.20)
    # At home for all of the hour it takes the sun as it comes.
    assert solve_bound(problem).objective == pytest.approx(-10 * 0.20)


def test_a_car_whose_power_falls_when_it_is_nearly_full_may_have_any() -> None:
    curve = ({"soc": 0.5, "kw": 8.0}, {"soc": 1.0, "kw": 1.0})
    problem = home([1.0], [0.30], evs=(car(1.0, charge_curve=curve),))
    assert switched_devices(problem) == []


def test_the_three_largest_are_divided() -> None:
    loads = tuple(pump(1.0, 1, power_kw=kw, name=f"pump {kw}") for kw in (1.0, 3.0, 2.0, 4.0))
    problem = home([1.0], [0.3], interruptible_loads=loads)
    assert [load.most_kw for load in switched_devices(problem)] == [4.0, 3.0, 2.0]


@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_no_course_by_minutes_is_cheaper(seed: int) -> None:
    """A tank and a car that comes, switched at random minutes, a battery that follows the meter: its bill is a point of the program or dearer."""
    dice = np.random.default_rng(seed)
    pv_kw = dice.uniform(0.0, 4.0, 3).round(2).tolist()
    prices, sold, load_kw = dice.uniform(0.1, 0.4, 3).round(3).tolist(), 0.05, 0.5
    on = np.repeat(dice.integers(0, 2, 36), 5)
    comes = 60 + int(dice.integers(1, 60))
    car_kw = np.repeat(dice.integers(0, 2, 36) * dice.uniform(2.0, 8.0, 36), 5)
    car_kw[:comes] = 0.0
    capacity_kwh, hours, energy, temperature = 2.0, 1 / 60, 1.0, 50.0
    bill, per_k = 0.0, 0.25
    for minute, running in enumerate(on.tolist()):
        k = minute // 60
        need = load_kw + 2.0 * running + float(car_kw[minute]) - pv_kw[k]
        charge = min(max(-need, 0.0), 3.0, (capacity_kwh - energy) / (0.95 * hours))
        discharge = min(max(need, 0.0), 3.0, energy * 0.95 / hours)
        energy += hours * (0.95 * charge - discharge / 0.95)
        need += charge - discharge
        bill += hours * (prices[k] * max(need, 0.0) - sold * max(-need, 0.0))
        temperature += hours / per_k * 2.0 * running
    store = Battery(
        name="battery",
        capacity_kwh=capacity_kwh,
        soc=0.5,
        charge_limit_kw=3.0,
        discharge_limit_kw=3.0,
        charge_efficiency=0.95,
        discharge_efficiency=0.95,
        terminal_value_per_kwh=0.2,
    )
    tank = ThermalLoad(
        name="tank",
        power_kw=2.0,
        min_power_kw=None,
        cop=1.0,
        capacity_kwh_per_k=per_k,
        loss_kw_per_k=0.0,
        ambient_c=20.0,
        temperature_c=50.0,
        min_c=45.0,
        max_c=90.0,
        comfort_penalty_per_k_hour=1.0,
        terminal_value_per_kwh=0.2,
    )
    taken = float(sum(car_kw)) * hours
    ev = car(0.0, connected=(False, True, True), terminal_value_per_kwh=0.2, battery_kwh=30.0)
    problem = home(pv_kw, prices, sold, load_kw, batteries=(store,), thermal_loads=(tank,), evs=(ev,))
    bound = solve_bound(problem, {"car": np.array([0.0, 2 - comes / 60, 1.0])})
    course = bill - 0.2 * (energy + taken) - 0.2 * per_k * (temperature - 50.0)
    assert bound.bill + bound.wear - bound.stored_value <= course + 1e-6
