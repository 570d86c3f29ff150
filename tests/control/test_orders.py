"""Hold, charge now, discharge now, reserve, skip: what the family orders of one device."""

from datetime import timedelta

import pytest

from hems.control.dispatch import setpoints
from hems.control.limits import Limits
from hems.control.measured import Measured
from hems.control.overrides import Override, Overrides
from hems.control.setpoint import Setpoint

from .conftest import NOW, MakePlan, make_limits


def told(
    plan: object, override: Override = Override.NONE, soc: float | None = 0.5, device: str = "battery", **more: object
) -> Setpoint:
    limits, running = make_limits(), more.pop("running", None)
    overrides = Overrides(True, {device: override}, **more)  # type: ignore[arg-type]
    measured = Measured(soc={"battery": soc}, running={device: running})  # type: ignore[dict-item]
    return setpoints(plan, None, NOW, overrides, measured, limits)[device]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("override", "soc", "action", "power_kw"),
    [
        (Override.HOLD, 0.5, "hold", 0.0),
        (Override.HOLD, None, "hold", 0.0),
        (Override.CHARGE, 0.5, "charge", 5.0),
        (Override.CHARGE, 0.95, "hold", 0.0),
        (Override.DISCHARGE, 0.5, "discharge", 4.0),
        (Override.DISCHARGE, 0.1, "hold", 0.0),
        (Override.DISCHARGE, None, "hold", 0.0),
    ],
)
def test_an_order_is_obeyed_whatever_the_plan_says(
    make_plan: MakePlan, override: Override, soc: float | None, action: str, power_kw: float
) -> None:
    for plan in (None, make_plan(import_kw=3.0, battery=(3.0, 0.0)), make_plan(export_kw=3.0, battery=(0.0, 3.0))):
        one = told(plan, override, soc)
        assert (one.action, one.power_kw, one.source) == (action, power_kw, override.value)


def test_discharge_now_stops_at_the_reserve(make_plan: MakePlan) -> None:
    assert told(make_plan(), Override.DISCHARGE, 0.31, reserve_soc={"battery": 0.3}).action == "discharge"
    assert told(make_plan(), Override.DISCHARGE, 0.30, reserve_soc={"battery": 0.3}).action == "hold"


@pytest.mark.parametrize("soc", [0.29, 0.3])
def test_at_its_reserve_a_battery_no_longer_supplies_the_home(make_plan: MakePlan, soc: float) -> None:
    for plan in (None, make_plan(), make_plan(battery=(0.0, 2.0)), make_plan(export_kw=2.0, battery=(0.0, 2.0))):
        assert told(plan, soc=0.31, reserve_soc={"battery": 0.3}).action != "hold"
        one = told(plan, soc=soc, reserve_soc={"battery": 0.3})
        assert one.action == "hold" and "reserve of 30 %" in one.text


def test_at_its_reserve_it_still_takes_the_sun_and_what_is_planned_from_the_grid(make_plan: MakePlan) -> None:
    assert told(make_plan(battery=(2.0, 0.0)), soc=0.2, reserve_soc={"battery": 0.3}).action == "self_use"
    assert told(make_plan(import_kw=3.0, battery=(2.0, 0.0)), soc=0.2, reserve_soc={"battery": 0.3}).action == "charge"


def test_a_reserve_below_the_minimum_changes_nothing(make_plan: MakePlan) -> None:
    plan = make_plan(battery=(0.0, 2.0))
    assert told(plan, soc=0.09, reserve_soc={"battery": 0.05}) == told(plan, soc=0.09)


def test_a_skipped_load_rests_and_a_program_that_runs_ends_as_it_must(make_plan: MakePlan) -> None:
    plan = make_plan(loads={"pool": 1.1, "dishwasher": 2.0})
    assert told(plan, Override.SKIP, device="pool").action == "off"
    assert told(plan, Override.SKIP, device="dishwasher", running=False).action == "off"
    for running in (True, None):
        assert told(plan, Override.SKIP, device="dishwasher", running=running).action == "leave"


def test_an_order_says_until_when_and_the_plan_does_not(make_plan: MakePlan) -> None:
    until = {"battery": NOW + timedelta(hours=2)}
    assert told(make_plan(), Override.HOLD, until=until).until == until["battery"]
    assert told(make_plan(), until=until).until is None


def test_without_control_an_order_is_only_said(limits: Limits) -> None:
    overrides = Overrides(False, {"battery": Override.CHARGE})
    one = setpoints(None, None, NOW, overrides, Measured(soc={"battery": 0.5}), limits)["battery"]
    assert one.action == "leave" and "Charge now" in one.text
