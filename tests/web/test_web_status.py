"""The status document is honest about what HEMS knows and does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from home_days import build_home

from hems.web.status import Live, Made, build_status

START = datetime.fromisoformat("2026-03-28T12:00:00+00:00")
ENTITY = "input_boolean.hems_control"


def made(status: str = "optimal") -> Made:
    problem, plan = build_home(status=status)
    return Made(problem, plan, START, "new prices", 3)


def kinds(status: dict[str, Any]) -> list[str]:
    return [banner["kind"] for banner in status["banners"]]


def test_all_is_well() -> None:
    status = build_status(made(), Live(control="on"), START + timedelta(minutes=5), ENTITY)
    assert kinds(status) == []
    assert (status["number"], status["reason"], status["control"]) == (3, "new prices", "on")
    assert status["created"] == START.isoformat()


def test_no_plan_says_what_it_waits_for() -> None:
    status = build_status(None, Live(control="on"), START, ENTITY)
    assert status["number"] is None and "prices" in status["message"]
    assert kinds(status) == ["waiting"]
    own = build_status(None, Live(control="on", message="Waiting for sensor.nordpool"), START, ENTITY)
    assert own["banners"][0]["text"] == "Waiting for sensor.nordpool"


def test_no_planner() -> None:
    status = build_status(None, Live(control="on", planner_runs=False), START, ENTITY)
    assert kinds(status) == ["planner"] and "not running" in status["message"]


@pytest.mark.parametrize(("minutes", "old"), [(30, False), (31, True), (600, True)])
def test_old_plan(minutes: int, old: bool) -> None:
    status = build_status(made(), Live(control="on"), START + timedelta(minutes=minutes), ENTITY)
    assert ("old" in kinds(status)) is old


def test_old_plan_tells_its_age() -> None:
    status = build_status(made(), Live(control="on"), START + timedelta(minutes=95), ENTITY)
    assert "1 h 35 min old" in status["banners"][0]["text"]


def test_fallback_and_control_off() -> None:
    status = build_status(made("fallback"), Live(control="off"), START, ENTITY)
    assert kinds(status) == ["fallback", "control"]
    assert f"writes nothing until {ENTITY} is on" in status["banners"][1]["text"]


def test_a_missing_switch_counts_as_off() -> None:
    status = build_status(made(), Live(control=None), START, ENTITY)
    assert status["control"] is None and kinds(status) == ["control"]


def test_what_is_done_and_what_is_planned() -> None:
    doing = {"car": {"action": "off", "power_kw": 0.0, "source": "manual", "text": "left alone"}}
    live = Live(control="on", doing=doing, readings={"pv_kw": 4.9})
    status = build_status(made(), live, START + timedelta(minutes=7), ENTITY)
    assert status["devices"] == doing
    assert status["planned"]["pool_pump"]["text"] == "runs at 1.1 kW"
    assert status["planned"]["car"]["action"] == "off"
    assert status["planned"]["battery"]["action"] == "charge"
    assert status["now"]["pv_kw"] == 4.9
    assert status["now"]["import_price_per_kwh"] == made().problem["grid"]["import_price"][0]
    assert status["now"]["planned_soc"]["car"] == pytest.approx(0.4)


def test_after_the_horizon_nothing_is_planned() -> None:
    status = build_status(made(), Live(control="on"), START + timedelta(hours=49), ENTITY)
    assert status["planned"] == {} and status["now"] == {}
