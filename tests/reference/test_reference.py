"""The judge judged: its verifier, its comparison and its random problems."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from .cases import KINDS, problems, random_problem
from .compare import compare
from .milp import solve
from .tiny import at, battery, car, home, near, pump, solved
from .verify import verify


def test_null_terminal_value_is_refused() -> None:
    with pytest.raises(ValueError, match="terminal"):
        solve(home([0.1], batteries=[battery(terminal_value_per_kwh=None)]))


@pytest.mark.parametrize(
    ("path", "change", "words"),
    [
        (("grid", "import_kw"), 0.5, "balance"),
        (("batteries", "battery", "soc"), 0.05, "energy equation"),
        (("loads", "pump", "power_kw"), 0.3, "neither 0"),
        (("pv", "roof", "used_kw"), 0.2, "forecast"),
    ],
)
def test_verifier_sees_a_changed_series(path: tuple[str, ...], change: float, words: str) -> None:
    sun = {"name": "roof", "forecast_kw": [1.0, 1.0]}
    problem = home([0.1, 0.5], load_kw=[0.5, 2.0], pv=[sun], batteries=[battery()], interruptible_loads=[pump(1.0, 2)])
    plan = copy.deepcopy(solved(problem).plan)
    part: Any = plan
    for key in path:
        part = part[key]
    part[1] += change
    assert any(words in sentence for sentence in verify(problem, plan))


def test_verifier_sees_wrong_costs_and_an_unreported_shortfall() -> None:
    problem = home([0.1], evs=[car(1, targets=[{"at": at(1), "soc": 0.9}])])
    plan = solved(problem).plan
    plan["costs"]["net"] += 0.01
    plan["shortfalls"] = []
    sentences = " / ".join(verify(problem, plan))
    assert "costs.net" in sentences
    assert "short by 5.0000 kWh" in sentences


def test_comparison_sees_money_and_a_missed_wish() -> None:
    prices = [0.1, 0.5]
    problem = home(prices, evs=[car(2, targets=[{"at": at(2), "soc": 0.4}])])
    dear = solve(home(prices[::-1], evs=[car(2, targets=[{"at": at(2), "soc": 0.4}])])).plan
    assert compare(problem, dear).money_gap == near(1.6)
    idle = solve(home(prices, evs=[car(2)])).plan
    report = compare(problem, idle)
    assert (report.worst_tier, report.worst_tier_gap) == ("wishes_short_kwh", near(4.0))


@pytest.mark.parametrize("kind", KINDS)
def test_seeds_are_stable_and_solutions_lawful(kind: str) -> None:
    for seed in range(3):
        problem = random_problem(seed, kind)
        assert problem == random_problem(seed, kind)
        if len(problem["load_kw"]) <= 24:
            assert verify(problem, solve(problem).plan) == []


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(problems())
def test_reference_obeys_the_contract(problem: dict[str, Any]) -> None:
    if len(problem["load_kw"]) <= 16:
        assert verify(problem, solve(problem, seconds=20.0).plan) == []
