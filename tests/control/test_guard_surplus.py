"""Cars that follow the surplus of the sun between two plans."""

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hems.control.guard_rules import GuardRules
from hems.control.moment import Moment
from hems.control.setpoint import Setpoint

from .conftest import MakePlan
from .guard_home import TICK_S, GuardedHome, charging, setpoints

MINUTE = int(60 / TICK_S)
RULES = GuardRules()
MIN_KW, MAX_KW = 1.38, 7.36
SELF_USE = Setpoint("battery", "battery", "self_use", 0.0, "plan", "")


@pytest.fixture
def sunny(make_plan: MakePlan) -> Moment:
    """A step in which the plan charges the car with 3 kW of surplus."""
    return Moment(make_plan(export_kw=0.5, car_kw=3.0), None, 1)


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def test_the_current_follows_the_sun_up_and_down(sunny: Moment) -> None:
    home = GuardedHome(
        setpoints(car=charging(3.0)), sunny, RULES, sun_kw=lambda s: 6.0 if s < 600 else 3.0 if s < 1200 else 5.0
    )
    home.run(30)
    car = home.powers["car"]
    assert mean(car[8 * MINUTE : 10 * MINUTE]) == pytest.approx(5.45, abs=0.3)
    assert mean(car[15 * MINUTE : 20 * MINUTE]) == pytest.approx(2.45, abs=0.3)
    assert mean(car[26 * MINUTE : 30 * MINUTE]) == pytest.approx(4.45, abs=0.3)
    assert home.modes["car"] == 0


def test_it_takes_no_more_than_the_charger_gives(sunny: Moment) -> None:
    home = GuardedHome(setpoints(car=charging(3.0)), sunny, RULES, sun_kw=lambda s: 12.0).run(20)
    assert home.powers["car"][-1] == pytest.approx(MAX_KW)


def test_a_cloud_is_bridged_with_the_least_current_and_a_dark_sky_stops_it(sunny: Moment) -> None:
    sun = {0: 4.0, 10: 0.8, 13: 4.0, 20: 0.8, 40: 4.0}

    def sky(seconds: float) -> float:
        return sun[max(begin for begin in sun if begin * 60 <= seconds)]

    home = GuardedHome(setpoints(car=charging(3.0)), sunny, RULES, sun_kw=sky).run(60)
    car = home.powers["car"]
    assert min(car[10 * MINUTE : 20 * MINUTE]) == MIN_KW
    assert car[23 * MINUTE] == MIN_KW and car[26 * MINUTE] == 0.0
    assert car[41 * MINUTE] == 0.0 and car[46 * MINUTE] > 2.0
    assert home.modes["car"] == 2


def test_after_a_stop_it_rests(sunny: Moment) -> None:
    home = GuardedHome(setpoints(car=charging(3.0)), sunny, RULES, sun_kw=lambda s: 0.8 if 60 < s < 360 else 4.0)
    home.run(14)
    assert home.told["car"].action == "stop"
    home.run(4)
    assert home.told["car"].action == "charge"


def test_the_battery_keeps_what_the_plan_gives_it(make_plan: MakePlan) -> None:
    moment = Moment(make_plan(battery=(2.0, 0.0), car_kw=3.0), None, 1)
    wanted = setpoints(car=charging(3.0), battery=SELF_USE)
    home = GuardedHome(wanted, moment, RULES, sun_kw=lambda s: 6.0).run(20)
    assert mean(home.powers["car"][-MINUTE:]) == pytest.approx(3.45, abs=0.25)
    assert mean(home.powers["battery"][-MINUTE:]) == pytest.approx(2.05, abs=0.25)


def test_a_battery_does_not_pay_for_a_car_that_takes_only_surplus(make_plan: MakePlan) -> None:
    moment = Moment(make_plan(battery=(0.0, 2.0), car_kw=3.0), None, 1)
    wanted = setpoints(car=charging(3.0), battery=SELF_USE)
    rules = replace(RULES, surplus_only=frozenset({"car"}))
    home = GuardedHome(wanted, moment, rules, sun_kw=lambda s: 3.5).run(20)
    assert mean(home.powers["car"][-MINUTE:]) == pytest.approx(2.95, abs=0.25)
    assert abs(mean(home.powers["battery"][-MINUTE:])) < 0.3


@pytest.mark.parametrize("what", ["the plan buys", "boost", "the battery is not measured", "the meter is not known"])
def test_else_the_plans_power_stands(make_plan: MakePlan, what: str) -> None:
    moment = Moment(make_plan(import_kw=2.0 if what == "the plan buys" else 0.0, car_kw=3.0), None, 1)
    car = charging(3.0, "boost" if what == "boost" else "plan")
    home = GuardedHome(setpoints(car=car), moment, RULES, sun_kw=lambda s: 6.0)
    home.battery_power_known = what != "the battery is not measured"
    home.meter_known = lambda s: float(what != "the meter is not known")
    home.run(10)
    assert home.told["car"] == car


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10_000),
    noise_kw=st.floats(0.0, 0.5),
    sun_kw=st.floats(0.5, 7.0),
    cloud_kw=st.floats(0.0, 6.0),
    period_s=st.floats(20.0, 2400.0),
)
@example(seed=0, noise_kw=0.0, sun_kw=4.0, cloud_kw=4.0, period_s=535.0)  # clouds as long as a bridge
def test_under_any_sky_it_begins_and_stops_few_times_an_hour(
    make_plan: MakePlan, seed: int, noise_kw: float, sun_kw: float, cloud_kw: float, period_s: float
) -> None:
    rng = random.Random(seed)
    shadows = [rng.random() for _ in range(121)]

    def sky(seconds: float) -> float:
        wave = cloud_kw * (1 + math.sin(2 * math.pi * seconds / period_s)) / 2
        return max(0.0, sun_kw - wave - 2.0 * (shadows[int(seconds // 60)] > 0.7))

    moment = Moment(make_plan(export_kw=0.5, car_kw=3.0), None, 1)
    home = GuardedHome(setpoints(car=charging(3.0)), moment, RULES, sun_kw=sky, noise_kw=noise_kw, seed=seed).run(120)

    assert home.modes["car"] <= 20  # two hours: a stop takes 4 minutes and a rest of 10
    assert all(kw == 0.0 or MIN_KW <= kw <= MAX_KW for kw in home.powers["car"])
    # Above its least power the car buys only what the smoothing misses; at its least power it bridges minutes, never more.
    surplus = [max(sun - 0.5, 0.0) for sun in home.powers["sun"]]
    car = home.powers["car"]
    missed = sum(max(0.0, kw - max(sun, MIN_KW)) for kw, sun in zip(car, surplus, strict=True))
    assert missed <= 0.35 * sum(car) + 0.5 * MINUTE * MAX_KW
    dark = [kw > 0.0 and sun < MIN_KW - 0.6 for kw, sun in zip(car, surplus, strict=True)]
    assert longest(dark) <= 5.0 * MINUTE


def longest(marks: Sequence[bool]) -> int:
    """The length of the longest run of true marks."""
    return max((len(list(run)) for mark, run in groupby(marks) if mark), default=0)
