"""A battery's mode, for every way in which a plan can use it."""

from dataclasses import replace
from typing import Any

import pytest

from hems.control.battery import battery_setpoint
from hems.control.limits import BatteryLimits, Limits
from hems.control.moment import Moment
from hems.control.overrides import Override
from hems.control.setpoint import Action
from hems.control.side import Side
from hems.domain.ev import Ev
from hems.domain.grid import CapacityCharge, Grid
from hems.domain.plan import Plan, StorePlan
from hems.domain.problem import Problem

from .conftest import ALL_ACTIONS, MakePlan, MakeProblem

FULL = BatteryLimits(5.0, 4.0, soc_min=0.1, soc_max=0.95, actions=ALL_ACTIONS)


@pytest.mark.parametrize(
    ("charge_kw", "discharge_kw", "import_kw", "export_kw", "soc", "action", "power_kw"),
    [
        (3.0, 0.0, 3.5, 0.0, 0.5, "charge", 3.0),  # from the grid
        (3.0, 0.0, 1.6, 0.0, 0.5, "charge", 3.0),  # from sun and grid: the whole AC charging power
        (3.0, 0.0, 0.2, 0.0, 0.5, "self_use", 0.0),  # from the sun, all but a little: no sun is no reason to buy
        (5.0, 0.0, 6.0, 0.0, 0.5, "charge", 5.0),
        (3.0, 0.0, 3.5, 0.0, 0.95, "hold", 0.0),  # fuller than planned: dear energy is not used meanwhile
        (3.0, 0.0, 0.0, 0.0, 0.5, "self_use", 0.0),  # takes the surplus
        (3.0, 0.0, 0.04, 0.0, 0.5, "self_use", 0.0),  # noise at the meter is no import
        (3.0, 0.0, 0.0, 1.0, 0.5, "self_use", 0.0),  # most of the surplus is kept
        (1.0, 0.0, 0.0, 3.0, 0.5, "hold", 0.0),  # most of the surplus is sold on purpose
        (5.0, 0.0, 0.0, 1.0, 0.5, "self_use", 0.0),  # sold only because the battery takes no more
        (3.0, 0.0, 0.0, 1.0, 0.94, "self_use", 0.0),  # nearly full: tapers by itself
        (0.0, 3.0, 0.0, 2.0, 0.5, "discharge", 3.0),
        (0.0, 3.0, 0.0, 0.0, 0.5, "self_use", 0.0),  # supplies the home
        (0.0, 4.0, 1.0, 0.0, 0.5, "self_use", 0.0),  # import only because the battery gives no more
        (0.0, 2.0, 1.0, 0.0, 0.5, "self_use", 0.0),  # most of what the home needs
        (0.0, 1.0, 2.0, 0.0, 0.5, "hold", 0.0),  # keeps most for later
        (0.0, 3.0, 0.0, 2.0, 0.1, "self_use", 0.0),  # emptier than planned: never forced below the minimum
        (0.0, 0.0, 1.0, 0.0, 0.5, "hold", 0.0),
        (0.0, 0.0, 1.0, 0.0, 0.1, "self_use", 0.0),
        (0.0, 0.0, 0.0, 1.0, 0.5, "hold", 0.0),
        (0.0, 0.0, 0.0, 1.0, 0.95, "self_use", 0.0),
        (0.0, 0.0, 0.0, 0.0, 0.5, "self_use", 0.0),
        (0.04, 0.0, 1.0, 0.0, 0.5, "hold", 0.0),  # a solver's noise is no charging
    ],
)
def test_the_mode_follows_from_the_plans_battery_and_grid(
    make_plan: MakePlan,
    charge_kw: float,
    discharge_kw: float,
    import_kw: float,
    export_kw: float,
    soc: float,
    action: Action,
    power_kw: float,
) -> None:
    plan = make_plan(import_kw, export_kw, (charge_kw, discharge_kw))

    found = battery_setpoint("battery", Override.NONE, Moment(plan, None, 1), soc, FULL)

    assert found.action == action
    assert found.power_kw == pytest.approx(power_kw)
    assert found.source == "plan"


def moment(plan: Plan, export_price: tuple[float, float] = (0.1, 0.1), **grid: Any) -> Moment:
    """Step 1 of 4, the prices being those of steps 1 and 2."""
    prices = {"import_price": (0.3,) * 4, "export_price": (0.1, *export_price, 0.1)}
    problem = Problem(
        schema="hems.problem/1",
        start=plan.start,
        step_minutes=plan.step_minutes,
        time_zone="UTC",
        grid=Grid(**prices, **grid),
        load_kw=(0.5,) * len(plan.step_minutes),
    )
    return Moment(plan, problem, 1)


@pytest.mark.parametrize(
    "grid", [{"import_limit_kw": 2.0}, {"capacity_charge": CapacityCharge(price_per_kw=4.0, peak_so_far_kw=1.0)}]
)
def test_a_battery_that_keeps_a_limit_gives_what_the_plan_says(make_plan: MakePlan, grid: dict[str, Any]) -> None:
    limited = moment(make_plan(2.0, 0.0, (0.0, 1.0)), **grid)
    found = battery_setpoint("battery", Override.NONE, limited, 0.5, FULL)
    assert (found.action, found.power_kw) == ("discharge", 1.0)


def test_a_battery_that_keeps_the_export_limit_takes_what_the_plan_says(make_plan: MakePlan) -> None:
    limited = moment(make_plan(0.0, 3.0, (1.0, 0.0)), export_limit_kw=3.0)
    found = battery_setpoint("battery", Override.NONE, limited, 0.5, FULL)
    assert (found.action, found.power_kw) == ("charge", 1.0)


@pytest.mark.parametrize(("now", "later", "action"), [(0.1, 0.09, "self_use"), (0.1, 0.05, "hold")])
def test_surplus_is_not_let_go_for_hardly_more_than_later_surplus_earns(
    make_plan: MakePlan, now: float, later: float, action: Action
) -> None:
    plan = make_plan(0.0, 1.0, (0.0, 0.0))
    store = plan.batteries["battery"]
    charging = store.model_copy(update={"charge_kw": (*store.charge_kw[:2], 3.0, 0.0)})
    plan = plan.model_copy(update={"batteries": {"battery": charging}})
    found = battery_setpoint("battery", Override.NONE, moment(plan, (now, later)), 0.5, FULL)
    assert found.action == action
    sold = StorePlan(charge_kw=charging.charge_kw, discharge_kw=(0.0, 2.0, 0.0, 0.0), soc=store.soc)
    plan = plan.model_copy(update={"batteries": {"battery": sold}})
    found = battery_setpoint("battery", Override.NONE, moment(plan, (now, later)), 0.5, FULL)
    assert found.action == ("self_use" if action == "self_use" else "discharge")


@pytest.mark.parametrize(
    ("planned", "side", "soc", "action"),
    [
        ((1.0, 0.0), None, 0.5, "hold"),  # the meter is not known
        ((1.0, 0.0), "neither", 0.5, "hold"),
        ((1.0, 0.0), "export", 0.5, "self_use"),  # it was to import, and there is a surplus
        ((1.0, 0.0), "export", 0.95, "hold"),  # full: keeps its energy for dearer hours
        ((1.0, 0.0), "import", 0.5, "hold"),  # keeps its energy, as planned
        ((0.0, 1.0), "export", 0.5, "hold"),  # lets the surplus go, as planned
        ((0.0, 1.0), "neither", 0.5, "hold"),
        ((0.0, 1.0), "import", 0.5, "self_use"),  # it was to export, and the home imports
        ((0.0, 1.0), "import", 0.1, "hold"),
    ],
)
def test_a_battery_at_rest_sees_that_the_home_is_on_the_other_side_of_the_meter(
    make_plan: MakePlan, planned: tuple[float, float], side: Side | None, soc: float, action: Action
) -> None:
    at = Moment(make_plan(*planned), None, 1)
    found = battery_setpoint("battery", Override.NONE, at, soc, FULL, None, side)
    assert found.action == action
    held = battery_setpoint("battery", Override.HOLD, at, soc, FULL, None, side)
    assert held.action == "hold"  # the family's word


def test_a_surplus_does_not_feed_a_reserve_to_the_home(make_plan: MakePlan) -> None:
    at = Moment(make_plan(0.0, 1.0), None, 1)
    assert battery_setpoint("battery", Override.NONE, at, 0.4, FULL, 0.5, "import").action == "hold"


def test_a_certain_surplus_is_waited_for(make_plan: MakePlan) -> None:
    plan = make_plan(0.0, 1.0, (0.0, 0.0))
    store = plan.batteries["battery"]
    charging = store.model_copy(update={"charge_kw": (*store.charge_kw[:2], 3.0, 0.0)})
    at = moment(plan.model_copy(update={"batteries": {"battery": charging}}), (0.1, 0.09))
    sure = Limits(batteries={"battery": FULL}).with_certain_forecasts().batteries["battery"]
    assert battery_setpoint("battery", Override.NONE, at, 0.5, FULL).action == "self_use"
    assert battery_setpoint("battery", Override.NONE, at, 0.5, sure).action == "hold"


def test_a_planned_power_beyond_the_limit_is_cut_to_it(make_plan: MakePlan) -> None:
    charge = battery_setpoint("battery", Override.NONE, Moment(make_plan(9.0, 0.0, (8.0, 0.0)), None, 1), 0.5, FULL)
    discharge = battery_setpoint("battery", Override.NONE, Moment(make_plan(0.0, 9.0, (0.0, 8.0)), None, 1), 0.5, FULL)

    assert (charge.action, charge.power_kw) == ("charge", 5.0)
    assert (discharge.action, discharge.power_kw) == ("discharge", 4.0)


def test_charging_names_the_state_of_charge_at_the_end_of_the_step(make_plan: MakePlan) -> None:
    found = battery_setpoint("battery", Override.NONE, Moment(make_plan(3.0, 0.0, (3.0, 0.0)), None, 1), 0.5, FULL)

    assert found.target_soc == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("battery", "grid", "missing"),
    [
        ((3.0, 0.0), (3.0, 0.0), "charge"),
        ((0.0, 3.0), (0.0, 3.0), "discharge"),
        ((0.0, 0.0), (1.0, 0.0), "hold"),
    ],
)
def test_an_action_that_is_absent_becomes_self_use_and_is_named(
    make_plan: MakePlan, battery: tuple[float, float], grid: tuple[float, float], missing: Action
) -> None:
    limits = BatteryLimits(5.0, 4.0, actions=ALL_ACTIONS - {missing})

    found = battery_setpoint("battery", Override.NONE, Moment(make_plan(*grid, battery), None, 1), 0.5, limits)

    assert (found.action, found.power_kw, found.target_soc) == ("self_use", 0.0, None)
    assert f"no action for {missing}" in found.text


@pytest.mark.parametrize(
    ("override", "soc", "action", "power_kw", "source"),
    [
        (Override.OFF, 0.5, "hold", 0.0, "off"),
        (Override.MANUAL, 0.5, "leave", 0.0, "manual"),
        (Override.BOOST, 0.5, "charge", 5.0, "boost"),
        (Override.BOOST, None, "charge", 5.0, "boost"),
        (Override.BOOST, 0.95, "hold", 0.0, "boost"),
    ],
)
def test_an_override_acts_against_the_plan(
    make_plan: MakePlan, override: Override, soc: float | None, action: Action, power_kw: float, source: str
) -> None:
    moment = Moment(make_plan(0.0, 3.0, (0.0, 3.0)), None, 1)

    found = battery_setpoint("battery", override, moment, soc, FULL)

    assert (found.action, found.power_kw, found.source) == (action, power_kw, source)


def test_off_and_boost_without_their_actions_are_self_use(make_plan: MakePlan) -> None:
    bare = BatteryLimits(5.0, 4.0)
    moment = Moment(make_plan(), None, 1)

    assert battery_setpoint("battery", Override.OFF, moment, 0.5, bare).action == "self_use"
    assert battery_setpoint("battery", Override.BOOST, moment, 0.5, bare).action == "self_use"


def test_an_unknown_soc_or_a_battery_that_is_not_planned_runs_itself(make_plan: MakePlan) -> None:
    charging = Moment(make_plan(3.0, 0.0, (3.0, 0.0)), None, 1)

    unknown = battery_setpoint("battery", Override.NONE, charging, None, FULL)
    absent = battery_setpoint("battery", Override.NONE, Moment(make_plan(battery=None), None, 1), 0.5, FULL)

    assert (unknown.action, unknown.source) == ("self_use", "fallback")
    assert "SoC is not known" in unknown.text
    assert (absent.action, absent.source) == ("self_use", "fallback")


SELLS_FIRST = BatteryLimits(5.0, 4.0, soc_min=0.1, soc_max=0.95, actions=ALL_ACTIONS | {"export_pv"})
HYBRID = BatteryLimits(
    5.0, 4.0, soc_min=0.1, soc_max=0.95, actions=ALL_ACTIONS | {"limit_export"}, curtails=frozenset({"roof"})
)


@pytest.mark.parametrize(
    ("battery", "grid", "action"),
    [
        ((0.0, 0.0), (0.0, 2.0), "export_pv"),  # keeps its room, the surplus is sold
        ((1.0, 0.0), (0.0, 3.0), "export_pv"),  # most of it
        ((3.0, 0.0), (0.0, 1.0), "self_use"),  # most of the surplus is kept
        ((0.0, 0.0), (1.0, 0.0), "hold"),  # nothing is sold: its energy is what is kept
        ((0.0, 1.0), (2.0, 0.0), "hold"),
        ((0.0, 3.0), (0.0, 2.0), "discharge"),
    ],
)
def test_a_battery_that_can_sells_the_sun_before_it_charges(
    make_plan: MakePlan, battery: tuple[float, float], grid: tuple[float, float], action: Action
) -> None:
    found = battery_setpoint("battery", Override.NONE, Moment(make_plan(*grid, battery), None, 1), 0.5, SELLS_FIRST)
    assert (found.action, found.power_kw, found.source) == (action, 0.0 if action != "discharge" else 3.0, "plan")


def test_one_that_cannot_be_told_to_discharge_sells_the_sun_at_least(make_plan: MakePlan) -> None:
    limits = replace(SELLS_FIRST, actions=SELLS_FIRST.actions - {"discharge"})
    sells, supplies = (Moment(make_plan(0.0, export_kw, (0.0, 2.0)), None, 1) for export_kw in (3.0, 0.0))
    assert battery_setpoint("battery", Override.NONE, sells, 0.5, limits).action == "export_pv"
    assert battery_setpoint("battery", Override.NONE, sells, 0.1, limits).action == "self_use"  # has nothing to give
    assert battery_setpoint("battery", Override.NONE, supplies, 0.5, limits).action == "self_use"


def test_selling_first_needs_no_hold_and_gives_way_to_a_reserve(make_plan: MakePlan) -> None:
    moment = Moment(make_plan(0.0, 2.0, (0.0, 0.0)), None, 1)
    alone = BatteryLimits(5.0, 4.0, actions=frozenset({"self_use", "export_pv"}))
    assert battery_setpoint("battery", Override.NONE, moment, 0.5, alone).action == "export_pv"
    for soc, action in ((0.31, "export_pv"), (0.3, "hold")):  # it would supply the home in a cloud
        assert battery_setpoint("battery", Override.NONE, moment, soc, SELLS_FIRST, 0.3).action == action


@pytest.mark.parametrize(("from_home_battery", "action"), [(True, "export_pv"), (False, "hold")])
def test_a_battery_that_must_not_feed_the_car_is_held_while_it_charges(
    make_plan: MakePlan, make_problem: MakeProblem, from_home_battery: bool, action: Action
) -> None:
    car = Ev(
        name="car", battery_kwh=60, soc=0.5, max_kw=7.36, from_home_battery=from_home_battery, connected=(True,) * 4
    )
    problem = make_problem().model_copy(update={"evs": (car,)})
    moment = Moment(make_plan(0.0, 2.0, (0.0, 0.0), car_kw=3.0), problem, 1)
    assert battery_setpoint("battery", Override.NONE, moment, 0.5, SELLS_FIRST).action == action


@pytest.mark.parametrize(
    ("battery", "grid", "price", "action", "power_kw"),
    [
        ((0.0, 0.0), (0.0, 0.0), -0.1, "limit_export", 0.0),
        ((0.0, 0.0), (0.0, 1.5), -0.1, "limit_export", 0.0),  # at a negative price nothing, whatever else is sold
        ((0.0, 0.0), (0.0, 3.0), 0.1, "limit_export", 3.0),  # the most that may be fed in
        ((0.0, 0.0), (0.0, 0.04), 0.1, "limit_export", 0.0),  # a solver's noise is no export
        ((3.0, 0.0), (0.0, 0.0), -0.1, "limit_export", 0.0),  # charges from the sun
        ((0.0, 2.0), (0.0, 0.0), 0.1, "limit_export", 0.0),  # supplies the home
        ((3.0, 0.0), (3.0, 0.0), -0.1, "charge", 3.0),  # from the grid
        ((0.0, 3.0), (0.0, 2.0), 0.1, "discharge", 3.0),
    ],
)
@pytest.mark.parametrize("soc", [0.5, 0.95])
def test_what_an_inverter_feeds_in_is_limited_where_the_plan_curtails_its_plant(
    make_plan: MakePlan,
    make_problem: MakeProblem,
    battery: tuple[float, float],
    grid: tuple[float, float],
    price: float,
    action: Action,
    power_kw: float,
    soc: float,
) -> None:
    grid_of = Grid(import_price=(0.3,) * 4, export_price=(price,) * 4)
    problem = make_problem().model_copy(update={"grid": grid_of})
    moment = Moment(make_plan(*grid, battery, roof=(1.0, 2.0)), problem, 1)
    found = battery_setpoint("battery", Override.NONE, moment, soc, HYBRID)
    if action == "charge" and soc == 0.95:  # full already: held, and then limited
        action, power_kw = "limit_export", 0.0
    assert (found.action, found.power_kw) == (action, pytest.approx(power_kw))
    # ends with the plan's curtailment, for another plant, for another battery, and where the family has set something
    free = Moment(make_plan(*grid, battery, roof=(3.0, 0.0)), problem, 1)
    other = replace(HYBRID, curtails=frozenset({"shed"}))
    unable = replace(HYBRID, actions=ALL_ACTIONS)
    for there, limits in ((free, HYBRID), (moment, other), (moment, unable)):
        assert battery_setpoint("battery", Override.NONE, there, soc, limits).action != "limit_export"
    for override in set(Override) - {Override.NONE, Override.SKIP}:
        assert battery_setpoint("battery", override, moment, soc, HYBRID).action != "limit_export"


def test_a_limit_of_what_is_fed_in_needs_a_plan_and_no_state_of_charge(make_plan: MakePlan) -> None:
    moment = Moment(make_plan(roof=(1.0, 2.0)), None, 1)
    assert battery_setpoint("battery", Override.NONE, moment, None, HYBRID).action == "limit_export"
    assert battery_setpoint("battery", Override.NONE, "there is no plan yet", 0.5, HYBRID).action == "self_use"
    assert battery_setpoint("battery", Override.NONE, moment, 0.3, HYBRID, 0.3).action == "hold"  # its reserve
