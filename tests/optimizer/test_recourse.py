"""Planning against scenarios: what is done now does for all of them."""

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from hems.domain.faults import Refused
from hems.domain.parse import parse_problem, problem_to_dict
from hems.domain.plan import Plan
from hems.optimizer.check import faults_in
from hems.optimizer.model import build_model
from hems.optimizer.plan import make_plan
from hems.optimizer.solve import solve

START = datetime(2026, 3, 28, 12, tzinfo=timezone.utc)
# Cheap now, dear later, and a battery that can be filled now.
PRICES = [0.10, 0.40, 0.40]


def home(**keys: Any) -> dict[str, Any]:
    battery = {
        "name": "battery", "capacity_kwh": 10.0, "soc": 0.0, "charge_limit_kw": 10.0, "discharge_limit_kw": 10.0,
        "charge_efficiency": 1.0, "discharge_efficiency": 1.0, "terminal_value_per_kwh": 0.0,
    }  # fmt: skip
    return {
        "schema": "hems.problem/1", "start": START.isoformat(), "step_minutes": [60] * 3, "time_zone": "Europe/Berlin",
        "grid": {"import_price": PRICES, "export_price": [0.0] * 3}, "load_kw": [0.0, 1.0, 1.0], "batteries": [battery],
        **keys,
    }  # fmt: skip


def scenario(probability: float, load_kw: list[float], **keys: Any) -> dict[str, Any]:
    return {"probability": probability, "load_kw": load_kw, **keys}


def planned(document: dict[str, Any]) -> Plan:
    problem = parse_problem(json.dumps(document))
    plan = make_plan(problem, 10.0)
    assert faults_in(problem, plan) == []
    return plan


def charged(document: dict[str, Any]) -> float:
    return planned(document).batteries["battery"].charge_kw[0]


def test_without_scenarios_what_is_expected_is_bought() -> None:
    assert charged(home()) == pytest.approx(2.0, abs=1e-4)


def test_what_may_be_needed_is_bought_where_that_is_worth_it() -> None:
    # The newsvendor: another kWh costs 0.10 and saves 0.40 with the probability that it is used; that pays from 1/4 on.
    likely, seldom = scenario(0.3, [0.0, 3.0, 3.0]), scenario(0.2, [0.0, 3.0, 3.0])
    assert charged(home(scenarios=[likely])) == pytest.approx(6.0, abs=1e-4)
    assert charged(home(scenarios=[seldom])) == pytest.approx(2.0, abs=1e-4)


def test_what_may_not_be_needed_is_not_bought() -> None:
    assert charged(home(scenarios=[scenario(0.8, [0.0, 0.5, 0.5])])) == pytest.approx(1.0, abs=1e-4)


def test_sun_that_may_come_is_waited_for() -> None:
    sun = home(pv=[{"name": "roof", "forecast_kw": [0.0, 0.0, 0.0]}])
    sun["scenarios"] = [scenario(0.8, [0.0, 1.0, 1.0], pv_kw={"roof": [0.0, 2.0, 0.0]})]
    assert charged(sun) == pytest.approx(0.0, abs=1e-4)


def test_later_steps_follow_what_comes_and_common_ones_hold_for_all() -> None:
    # The same two kWh, an hour sooner or later: one filling serves both, but not where it must be known beforehand.
    document = home(load_kw=[0.0, 2.0, 0.0], scenarios=[scenario(0.5, [0.0, 0.0, 2.0])])
    assert charged(document) == pytest.approx(2.0, abs=1e-4)
    document["common_until"] = (START + timedelta(hours=3)).isoformat()
    assert charged(document) == pytest.approx(4.0, abs=1e-4)


def test_the_value_of_energy_is_expected_over_the_scenarios() -> None:
    document = home(batteries=[], load_kw=[1.0] * 3, scenarios=[scenario(0.5, [1.0, 3.0, 3.0])])
    assert planned(document).energy_value == pytest.approx(PRICES, abs=1e-6)


def test_a_load_beyond_the_fuse_in_a_scenario_does_not_stop_planning() -> None:
    document = home(scenarios=[scenario(0.1, [0.0, 50.0, 50.0])])
    document["grid"]["import_limit_kw"] = 5.0
    plan = planned(document)
    assert plan.status == "optimal" and plan.batteries["battery"].charge_kw[0] == pytest.approx(5.0, abs=1e-4)


def test_selling_dearer_than_buying_pays_no_scenario() -> None:
    """No energy goes in a circle, neither in what is expected nor in the scenario: each pays for what it uses."""
    document = home(scenarios=[scenario(0.5, [0.0, 3.0, 3.0])])
    document["grid"]["export_price"] = [0.5, 0.5, 0.5]
    document["batteries"][0]["discharge_limit_kw"] = 0.0
    assert planned(document).costs.net == pytest.approx(0.40 * 2)
    answer = solve(build_model(parse_problem(json.dumps(document | {"batteries": []}))), 10.0)
    assert answer is not None and answer.objective == pytest.approx(0.5 * 0.8 + 0.5 * 2.4, abs=1e-6)


def test_documents_keep_their_scenarios() -> None:
    problem = parse_problem(json.dumps(home(scenarios=[scenario(0.5, [0.0, 3.0, 3.0])])))
    assert parse_problem(json.dumps(problem_to_dict(problem))) == problem


@pytest.mark.parametrize(
    ("scenarios", "fault"),
    [
        ([scenario(0.5, [1.0])], "scenarios[0].load_kw: 1 values for 3 steps; give one value a step"),
        ([scenario(0.5, [1.0] * 3)] * 2, "scenarios: their probabilities add up to 1 or more; leave something"),
        ([scenario(0.5, [1.0] * 3, pv_kw={"rof": [1.0] * 3})], "scenarios[0].pv_kw: there is no plant 'rof'"),
        ([scenario(0.0, [1.0] * 3)], "scenarios[0].probability"),
    ],
)
def test_wrong_scenarios_are_refused_by_name(scenarios: list[dict[str, Any]], fault: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_problem(json.dumps(home(scenarios=scenarios)))
    assert refused.value.faults[0].startswith(fault)
