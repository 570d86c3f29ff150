"""Cars, loads and PV: what they do at one moment."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hems.control.ev import ev_setpoint
from hems.control.limits import EvLimits, Limits, LoadLimits, PvLimits
from hems.control.load import load_setpoint
from hems.control.measured import Measured, Switched
from hems.control.moment import Moment
from hems.control.overrides import Override
from hems.control.pv import pv_setpoint
from hems.domain.battery import Battery

from .conftest import NOW, MakePlan, MakeProblem

CAR = EvLimits(1.38, 7.36)
POOL = LoadLimits(1.1)
DISHWASHER = LoadLimits(2.0, program=True)
ROOF = PvLimits(6.0)


@pytest.mark.parametrize(
    ("planned_kw", "action", "power_kw"),
    [
        (0.0, "stop", 0.0),
        (0.03, "stop", 0.0),
        (0.7, "charge", 1.38),
        (3.7, "charge", 3.7),
        (9.0, "charge", 7.36),
    ],
)
@pytest.mark.parametrize("connected", [True, None])
def test_a_car_charges_as_planned_within_its_limits(
    make_plan: MakePlan, connected: bool | None, planned_kw: float, action: str, power_kw: float
) -> None:
    moment = Moment(make_plan(car_kw=planned_kw), None, 1)

    found = ev_setpoint("car", Override.NONE, moment, connected, CAR)

    assert found.action == action
    assert found.power_kw == pytest.approx(power_kw)


def test_a_car_that_is_away_is_stopped_and_one_without_a_plan_left(make_plan: MakePlan) -> None:
    planned = Moment(make_plan(car_kw=5.0), None, 1)

    assert ev_setpoint("car", Override.NONE, planned, False, CAR).action == "stop"
    assert ev_setpoint("car", Override.NONE, "there is no plan yet", True, CAR).action == "leave"
    assert ev_setpoint("car", Override.NONE, Moment(make_plan(car_kw=None), None, 1), True, CAR).action == "leave"


@pytest.mark.parametrize(
    ("override", "action", "power_kw"),
    [(Override.OFF, "stop", 0.0), (Override.MANUAL, "leave", 0.0), (Override.BOOST, "charge", 7.36)],
)
@pytest.mark.parametrize("planned_kw", [0.0, 3.0])
def test_a_cars_override_wins(
    make_plan: MakePlan, planned_kw: float, override: Override, action: str, power_kw: float
) -> None:
    found = ev_setpoint("car", override, Moment(make_plan(car_kw=planned_kw), None, 1), True, CAR)

    assert (found.action, found.power_kw, found.source) == (action, power_kw, override.value)


@pytest.mark.parametrize(("planned_kw", "action"), [(0.0, "off"), (0.5, "off"), (0.55, "on"), (1.1, "on")])
def test_a_load_runs_where_the_step_has_half_its_power(make_plan: MakePlan, planned_kw: float, action: str) -> None:
    moment = Moment(make_plan(loads={"pool": planned_kw}), None, 1)

    assert load_setpoint("pool", Override.NONE, moment, Measured(), POOL).action == action


TANK = LoadLimits(2.0, max_c=65.0)


def sunny(make_plan: MakePlan, make_problem: MakeProblem, later: float = 0.09, bought_kw: float = 0.0) -> Moment:
    """The battery is full by the plan's leave; the tank is off now and is heated two steps later, at an export price."""
    problem = make_problem()
    grid = problem.grid.model_copy(update={"export_price": (0.1, 0.1, 0.1, later)})
    store = Battery(name="battery", capacity_kwh=10, soc=0.9, soc_max=0.95, charge_limit_kw=5, discharge_limit_kw=5)
    plan = make_plan(export_kw=3.0, loads={"tank": 0.0})
    tank = plan.loads["tank"].model_copy(update={"power_kw": (0.0, 0.0, 0.0, 2.0)})
    bought = plan.grid.model_copy(update={"import_kw": (0.0, 0.0, 0.0, bought_kw)})
    plan = plan.model_copy(update={"loads": {"tank": tank}, "grid": bought})
    return Moment(plan, problem.model_copy(update={"grid": grid, "batteries": (store,)}), 1)


def seen(surplus_kw: float | None, soc: float = 0.95, celsius: float | None = 55.0, running: bool = False) -> Measured:
    return Measured(
        soc={"battery": soc}, running={"tank": running}, temperature_c={"tank": celsius}, surplus_kw=surplus_kw
    )


@pytest.mark.parametrize(
    ("measured", "action"),
    [
        (seen(2.5), "on"),
        (seen(1.9), "off"),  # part of it would be bought
        (seen(-0.5, running=True), "on"),  # a cloud
        (seen(-1.5, running=True), "off"),
        (seen(2.5, soc=0.9), "off"),  # the battery first
        (seen(2.5, celsius=64.0), "off"),
        (seen(0.5, soc=0.91, running=True), "on"),  # the battery bridges the cloud
        (replace(seen(2.5), spent=frozenset({"tank"})), "off"),  # the day's writes
        (replace(seen(2.5), switched={"tank": Switched(False, timedelta(minutes=9))}), "off"),
        (replace(seen(2.5), switched={"tank": Switched(False, timedelta(minutes=10))}), "on"),
        (
            replace(seen(0.5, running=True), switched={"tank": Switched(False, timedelta(minutes=10))}),
            "off",
        ),  # its plug lags
        (replace(seen(-5.0), switched={"tank": Switched(True, timedelta(minutes=9))}), "on"),
        (replace(seen(-5.0), switched={"tank": Switched(True, timedelta(minutes=10))}), "off"),
        (replace(seen(None), switched={"tank": Switched(True, timedelta(minutes=9))}), "on"),
        (replace(seen(2.5, celsius=65.0), switched={"tank": Switched(True, timedelta(minutes=9))}), "off"),
        (replace(seen(2.5, celsius=None), switched={"tank": Switched(True, timedelta(minutes=9))}), "off"),
        (seen(2.5, celsius=None), "off"),
        (seen(None), "off"),
    ],
)
def test_a_tank_takes_a_surplus_that_nobody_else_takes_before_later_sun(
    make_plan: MakePlan, make_problem: MakeProblem, measured: Measured, action: str
) -> None:
    assert load_setpoint("tank", Override.NONE, sunny(make_plan, make_problem), measured, TANK).action == action


def test_a_tank_waits_where_later_energy_is_clearly_cheaper_or_is_bought(
    make_plan: MakePlan, make_problem: MakeProblem
) -> None:
    for moment in (sunny(make_plan, make_problem, later=0.05), sunny(make_plan, make_problem, bought_kw=2.0)):
        assert load_setpoint("tank", Override.NONE, moment, seen(2.5), TANK).action == "off"
    certain = Limits(loads={"tank": TANK}).with_certain_forecasts().loads["tank"]
    assert load_setpoint("tank", Override.NONE, sunny(make_plan, make_problem), seen(2.5), certain).action == "off"


@pytest.mark.parametrize(
    ("planned_kw", "begun", "running", "action"),
    [
        (2.0, False, False, "on"),
        (0.1, False, False, "on"),  # a program's quiet part is still the program
        (2.0, True, True, "leave"),
        (2.0, True, False, "leave"),  # ended earlier than its profile: not started again
        (0.0, True, False, "leave"),  # a pause within the program
        (0.0, False, True, "leave"),  # begun by hand, or by HEMS before a plan that moves it
        (0.0, False, None, "leave"),
        (0.0, False, False, "off"),
    ],
)
def test_a_program_is_started_once_and_never_interrupted(
    make_plan: MakePlan,
    make_problem: MakeProblem,
    planned_kw: float,
    begun: bool,
    running: bool | None,
    action: str,
) -> None:
    problem = make_problem(NOW - timedelta(minutes=15) if begun else None)
    moment = Moment(make_plan(loads={"dishwasher": planned_kw}), problem, 1)
    measured = Measured(running={"dishwasher": running})

    assert load_setpoint("dishwasher", Override.NONE, moment, measured, DISHWASHER).action == action


@pytest.mark.parametrize(
    ("override", "action", "power_kw"),
    [(Override.OFF, "off", 0.0), (Override.MANUAL, "leave", 0.0), (Override.BOOST, "on", 1.1)],
)
@pytest.mark.parametrize("planned_kw", [0.0, 1.1])
def test_a_loads_override_wins(
    make_plan: MakePlan, planned_kw: float, override: Override, action: str, power_kw: float
) -> None:
    moment = Moment(make_plan(loads={"pool": planned_kw}), None, 1)

    found = load_setpoint("pool", override, moment, Measured(), POOL)

    assert (found.action, found.power_kw, found.source) == (action, power_kw, override.value)


def test_without_a_plan_only_what_hems_switched_on_is_switched_off() -> None:
    started = Measured(running={"pool": True, "dishwasher": True}, started=frozenset({"pool", "dishwasher"}))
    done = Measured(running={"dishwasher": False}, started=frozenset({"dishwasher"}))
    why = "there is no plan yet"

    assert load_setpoint("pool", Override.NONE, why, started, POOL).action == "off"
    assert load_setpoint("pool", Override.NONE, why, Measured(running={"pool": True}), POOL).action == "leave"
    assert load_setpoint("dishwasher", Override.NONE, why, started, DISHWASHER).action == "leave"
    assert load_setpoint("dishwasher", Override.NONE, why, done, DISHWASHER).action == "off"


def test_a_load_that_the_plan_does_not_contain_is_left(make_plan: MakePlan) -> None:
    found = load_setpoint("pool", Override.NONE, Moment(make_plan(), None, 1), Measured(), POOL)

    assert (found.action, found.source) == ("leave", "plan")


@pytest.mark.parametrize(
    ("used_kw", "curtailed_kw", "action", "power_kw"),
    [
        (2.0, 0.0, "release", 0.0),
        (2.0, 0.04, "release", 0.0),
        (2.0, 1.5, "limit", 2.0),
        (0.0, 3.0, "limit", 0.0),
    ],
)
def test_pv_is_limited_only_where_the_plan_curtails(
    make_plan: MakePlan, used_kw: float, curtailed_kw: float, action: str, power_kw: float
) -> None:
    moment = Moment(make_plan(roof=(used_kw, curtailed_kw)), None, 1)

    found = pv_setpoint("roof", Override.NONE, moment, ROOF)

    assert (found.action, found.power_kw) == (action, power_kw)


def test_pv_is_let_go_without_a_plan_and_left_on_manual(make_plan: MakePlan) -> None:
    curtailed = Moment(make_plan(roof=(2.0, 1.5)), None, 1)

    assert pv_setpoint("roof", Override.NONE, "there is no plan yet", ROOF).action == "release"
    assert pv_setpoint("roof", Override.OFF, curtailed, ROOF).action == "release"
    assert pv_setpoint("roof", Override.BOOST, curtailed, ROOF).action == "release"
    assert pv_setpoint("roof", Override.MANUAL, curtailed, ROOF).action == "leave"
