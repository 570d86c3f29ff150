"""The export limit and negative prices between two plans."""

import math
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hems.control.guard_rules import GuardRules
from hems.control.moment import Moment
from hems.control.setpoint import Action, Setpoint, Source
from hems.domain.problem import Problem

from .conftest import ALL_ACTIONS, STEPS, MakePlan, MakeProblem, make_limits
from .guard_home import TICK_S, GuardedHome, setpoints

MINUTE = int(60 / TICK_S)
FULL = 0.99


def priced(problem: Problem, export_price: float) -> Problem:
    grid = problem.grid.model_copy(update={"export_price": (export_price,) * STEPS})
    return problem.model_copy(update={"grid": grid})


@pytest.fixture
def exporting(make_plan: MakePlan, make_problem: MakeProblem) -> Moment:
    return Moment(make_plan(export_kw=2.0, roof=(4.0, 0.0)), make_problem(), 1)


@pytest.fixture
def negative(make_plan: MakePlan, make_problem: MakeProblem) -> Moment:
    """Export costs money, and the plan limits the roof to what it expects the home to take."""
    return Moment(make_plan(roof=(1.0, 3.0)), priced(make_problem(), -0.1), 1)


def test_a_full_home_is_curtailed_to_the_export_limit_and_released_after_it(exporting: Moment) -> None:
    rules = GuardRules(export_kw=3.0)
    home = GuardedHome(setpoints(), exporting, rules, sun_kw=lambda s: 5.5 if 60 <= s < 600 else 2.0, soc=FULL)
    home.run(9)
    assert max(home.export_kw[2 * MINUTE :]) <= 3.0 + 0.1
    assert home.told["roof"].action == "limit" and home.told["roof"].source == "guard"
    assert mean(home.powers["sun"][-MINUTE:]) == pytest.approx(3.5, abs=0.25)
    home.run(6)
    assert home.told["roof"].action == "release"
    assert home.modes["roof"] == 2


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def test_a_battery_with_room_takes_the_surplus_before_anything_is_lost(exporting: Moment) -> None:
    home = GuardedHome(setpoints(), exporting, GuardRules(export_kw=3.0), sun_kw=lambda s: 5.5, soc=0.5).run(3)
    assert home.told["battery"].action == "self_use" and home.told["battery"].source == "guard"
    assert home.told["roof"].action == "release"
    home.sun_kw = lambda s: 1.0
    home.run(6)
    assert home.told["battery"].action == "self_use"  # for a while
    home.run(2)
    assert home.told["battery"].action == "hold" and home.told["battery"].source == "plan"


def test_what_the_family_has_set_on_a_battery_stands(exporting: Moment) -> None:
    hold = Setpoint("battery", "battery", "hold", 0.0, "hold", "")
    home = GuardedHome(setpoints(battery=hold), exporting, GuardRules(export_kw=3.0), sun_kw=lambda s: 5.5).run(3)
    assert home.told["battery"] == hold and home.told["roof"].action == "limit"


def test_at_a_negative_price_the_limit_follows_the_home(negative: Moment) -> None:
    limited = Setpoint("roof", "pv", "limit", 1.0, "plan", "")
    home = GuardedHome(
        setpoints(roof=limited), negative, GuardRules(), load_kw=lambda s: 0.5 if s < 300 else 2.5, sun_kw=lambda s: 5.0
    )
    home.run(10)
    assert max(home.export_kw[MINUTE:]) <= 0.1
    assert home.powers["sun"][4 * MINUTE] == pytest.approx(0.5, abs=0.15)
    assert home.powers["sun"][-1] == pytest.approx(2.5, abs=0.25)  # the plan alone would buy 1.5 kW here
    assert home.told["battery"].action == "hold"  # the plan keeps its room for something better


def test_a_plan_that_curtails_without_need_is_let_go_and_not_followed_again(negative: Moment) -> None:
    limited = Setpoint("roof", "pv", "limit", 1.0, "plan", "")
    home = GuardedHome(setpoints(roof=limited), negative, GuardRules(), load_kw=lambda s: 3.0, sun_kw=lambda s: 0.6)
    home.run(30)
    assert home.told["roof"].action == "release"
    assert home.modes["roof"] == 1


def test_the_plan_stands_where_the_meter_is_not_known(negative: Moment) -> None:
    wanted = setpoints(roof=Setpoint("roof", "pv", "limit", 1.0, "plan", ""))
    home = GuardedHome(wanted, negative, GuardRules(), sun_kw=lambda s: 5.0, meter_known=lambda s: 0.0).run(5)
    assert home.told == wanted


def test_without_a_limit_and_at_a_fair_price_nothing_is_done(exporting: Moment) -> None:
    wanted = setpoints()
    home = GuardedHome(wanted, exporting, GuardRules(), sun_kw=lambda s: 6.0).run(5)
    assert home.told == wanted


def test_an_export_limit_holds_without_any_plan() -> None:
    wanted = {name: replace(one, source="fallback") for name, one in setpoints().items()}
    home = GuardedHome(wanted, "there is no plan yet", GuardRules(export_kw=2.0), sun_kw=lambda s: 5.0, soc=FULL).run(3)
    assert home.export_kw[-1] <= 2.1


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10_000),
    noise_kw=st.floats(0.0, 0.5),
    sun_kw=st.floats(0.0, 6.0),
    cloud_kw=st.floats(0.0, 5.0),
    period_s=st.floats(20.0, 2400.0),
    soc=st.sampled_from([0.5, FULL]),
    limit_kw=st.sampled_from([0.0, 1.0, 3.0]),
)
@example(seed=0, noise_kw=0.0, sun_kw=5.0, cloud_kw=3.0, period_s=20.0, soc=0.5, limit_kw=3.0)  # clouds that flicker
def test_nothing_flaps_over_any_noisy_hour(
    make_plan: MakePlan,
    make_problem: MakeProblem,
    seed: int,
    noise_kw: float,
    sun_kw: float,
    cloud_kw: float,
    period_s: float,
    soc: float,
    limit_kw: float,
) -> None:
    def sky(seconds: float) -> float:
        return max(0.0, sun_kw - cloud_kw * (1 + math.sin(2 * math.pi * seconds / period_s)) / 2)

    moment = Moment(make_plan(export_kw=2.0, roof=(4.0, 0.0)), make_problem(), 1)
    home = GuardedHome(
        setpoints(), moment, GuardRules(export_kw=limit_kw), sun_kw=sky, soc=soc, noise_kw=noise_kw, seed=seed
    ).run(60)

    assert home.modes["battery"] <= 14 and home.modes["roof"] <= 40
    beyond = sum(max(kw - limit_kw, 0.0) for kw in home.export_kw)
    free = GuardedHome(setpoints(), moment, GuardRules(), sun_kw=sky, soc=soc, seed=seed).run(60)
    assert (
        beyond
        <= 0.5 * sum(max(kw - limit_kw, 0.0) for kw in free.export_kw) + 60 * MINUTE * 0.12 + 0.5 * noise_kw * 720
    )


HYBRID = make_limits(ALL_ACTIONS | {"limit_export", "export_pv"}, hybrid=True)


def hybrid(battery: Setpoint | None = None) -> dict[str, Setpoint]:
    """The home whose roof is a part of the battery's inverter."""
    changes = {} if battery is None else {"battery": battery}
    return {name: one for name, one in setpoints(**changes).items() if name != "roof"}


def store(action: Action, kw: float = 0.0, source: Source = "plan") -> Setpoint:
    return Setpoint("battery", "battery", action, kw, source, "")


@pytest.mark.parametrize("action", ["hold", "self_use", "export_pv", "discharge"])
def test_a_hybrid_inverter_keeps_the_limit_by_itself_and_is_let_go_after_it(exporting: Moment, action: Action) -> None:
    home = GuardedHome(hybrid(store(action)), exporting, GuardRules(export_kw=3.0), limits=HYBRID, soc=FULL)
    home.sun_kw = lambda s: 6.0 if s < 900 else 2.0
    home.run(14)
    assert max(home.export_kw[MINUTE:]) <= 3.0
    one = home.told["battery"]
    assert (one.action, one.power_kw, one.source) == ("limit_export", 3.0, "guard")
    home.run(4)  # free for two minutes, and ten since it was told
    assert home.told["battery"].action == action and home.modes["battery"] == 2


def test_a_battery_with_room_takes_the_surplus_within_the_same_mode(exporting: Moment) -> None:
    home = GuardedHome(hybrid(), exporting, GuardRules(export_kw=3.0), limits=HYBRID, sun_kw=lambda s: 5.5).run(3)
    assert home.told["battery"].action == "limit_export" and home.powers["battery"][-1] == 5.0
    assert home.powers["sun"][-1] == 5.5  # nothing is lost


def test_what_a_plan_limits_already_stands_and_is_lowered_by_a_lower_limit(negative: Moment) -> None:
    planned = hybrid(store("limit_export", 0.0))
    home = GuardedHome(planned, negative, GuardRules(), limits=HYBRID, sun_kw=lambda s: 5.0, soc=FULL).run(10)
    assert home.told == planned and max(home.export_kw) == 0.0
    wanted = hybrid(store("limit_export", 4.0))
    home = GuardedHome(wanted, "no plan", GuardRules(export_kw=2.0), limits=HYBRID, sun_kw=lambda s: 6.0, soc=FULL)
    home.run(3)
    assert home.told["battery"].power_kw == 2.0 and home.export_kw[-1] == 2.0


@pytest.mark.parametrize(
    "one", [store("charge", 3.0), store("hold", 0.0, "hold"), store("discharge", 4.0, "discharge"), store("leave")]
)
def test_a_forced_charge_and_what_the_family_has_set_are_no_surplus_to_limit(exporting: Moment, one: Setpoint) -> None:
    home = GuardedHome(hybrid(one), exporting, GuardRules(export_kw=1.0), limits=HYBRID, sun_kw=lambda s: 6.0).run(5)
    assert home.told["battery"] == one


def test_a_limit_that_the_home_has_no_use_for_ends_when_the_battery_supplies_it(negative: Moment) -> None:
    home = GuardedHome(hybrid(store("hold")), negative, GuardRules(), limits=HYBRID)
    home.sun_kw = lambda s: 5.0 if s < 300 else 0.0
    home.run(9)
    assert home.told["battery"].action == "limit_export"  # ten minutes at least
    home.run(3)
    assert home.told["battery"].action == "hold"  # what it keeps is not used up while nothing shines


@pytest.mark.parametrize("action", ["export_pv", "limit_export"])
def test_a_battery_that_supplies_the_home_by_itself_is_not_forced_for_the_fuse(
    exporting: Moment, action: Action
) -> None:
    wanted = hybrid(store(action)) | {"pool": Setpoint("pool", "load", "on", 1.1, "plan", "")}
    home = GuardedHome(wanted, exporting, GuardRules(import_kw=3.0, shed=("pool",)), limits=HYBRID)
    home.load_kw = lambda s: 7.5
    home.run(2)
    assert home.told["battery"].action == action and home.told["pool"].action == "off"


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10_000),
    noise_kw=st.floats(0.0, 0.5),
    sun_kw=st.floats(0.0, 6.0),
    cloud_kw=st.floats(0.0, 5.0),
    period_s=st.floats(20.0, 2400.0),
    soc=st.sampled_from([0.5, FULL]),
    limit_kw=st.sampled_from([0.0, 1.0, 3.0]),
    action=st.sampled_from(["hold", "self_use", "export_pv"]),
)
def test_a_hybrid_inverters_limit_holds_and_does_not_flap_over_any_noisy_hour(
    exporting: Moment, seed: int, noise_kw: float, sun_kw: float, cloud_kw: float, period_s: float, soc: float,
    limit_kw: float, action: Action,
) -> None:  # fmt: skip
    def sky(seconds: float) -> float:
        return max(0.0, sun_kw - cloud_kw * (1 + math.sin(2 * math.pi * seconds / period_s)) / 2)

    rules = GuardRules(export_kw=limit_kw)
    home = GuardedHome(
        hybrid(store(action)), exporting, rules, limits=HYBRID, sun_kw=sky, soc=soc, noise_kw=noise_kw, seed=seed
    ).run(60)
    assert home.modes["battery"] <= 12
    limited = [
        kw for kw, told in zip(home.export_kw, home.past, strict=True) if told["battery"].action == "limit_export"
    ]
    assert max(limited, default=0.0) <= limit_kw + 1e-9
