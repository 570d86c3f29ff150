"""The status document is honest about what HEMS knows and does."""

from __future__ import annotations

import json
import math
from datetime import datetime, timedelta
from typing import Any

import pytest
from home_days import build_home
from more_days import FAULTS, build_doing, build_ledger

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


def test_one_fault_is_said_and_several_are_a_list() -> None:
    one = build_status(made(), Live(control="on", faults=FAULTS[:1]), START, ENTITY)
    assert kinds(one) == ["health"] and one["faults"] == [FAULTS[0]]
    assert one["banners"][0]["text"] == "S" + FAULTS[0][1:] and "items" not in one["banners"][0]
    two = build_status(made(), Live(control="off", faults=FAULTS), START, ENTITY)
    assert kinds(two) == ["health", "control"]
    assert two["banners"][0]["items"] == list(FAULTS) and two["banners"][0]["text"].startswith("2 things")


def test_who_is_in_charge_in_the_homes_time() -> None:
    status = build_status(made(), Live(control="on", doing=build_doing()), START, ENTITY)
    assert status["who"]["battery"]["until"] == "until 15:30"
    early = build_status(None, Live(control="on", doing=build_doing()), START, ENTITY)
    assert early["who"]["battery"]["until"] == "until 14:30"  # without a plan, in the zone of the clock that was given


def test_a_dispatcher_that_says_odd_things_breaks_nothing() -> None:
    doing: dict[str, Any] = {"car": {"until": START, "power_kw": math.nan}, "pump": None, "tank": {}}
    status = build_status(made(), Live(control="on", doing=doing), START, ENTITY)
    assert status["devices"] == {"car": {"until": START.isoformat(), "power_kw": None}, "tank": {}}
    assert set(status["who"]) == {"car", "tank"}
    json.dumps(status, allow_nan=False)


def test_the_ledger_only_where_there_is_one() -> None:
    assert build_status(made(), Live(control="on"), START, ENTITY)["ledger"] is None
    ledger = build_status(made(), Live(control="on", ledger=build_ledger()), START, ENTITY)["ledger"]
    assert ledger["currency"] == "EUR" and len(ledger["days"]) == 28
