"""What is solved a second time starts from a plan, and has half of the search's patience."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from hard_cases import hard_problem

from hems.optimizer import plan, solve, task
from hems.optimizer.model import build_model


def heard(function: Callable[..., Any], position: int, into: list[float]) -> Callable[..., Any]:
    """The function, whose patience (its argument at a position; 1 where it is not given) is written down."""

    def called(*given: Any) -> Any:
        into.append(given[position] if len(given) > position else 1.0)
        return function(*given)

    return called


def test_a_plan_worse_than_the_rules_is_solved_again_with_half_of_the_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    patience: list[float] = []
    better = iter([True, False])
    monkeypatch.setattr(plan, "solve", heard(solve.solve, 3, patience))
    monkeypatch.setattr(plan, "_may_be_absurd", lambda answer: True)
    monkeypatch.setattr(plan, "_better", lambda *_: next(better))
    assert plan.make_plan(hard_problem(1, "inverted"), 20.0).status != "fallback"
    assert patience == [1.0, task.AGAIN]


def test_a_plan_both_ways_at_once_is_solved_again_with_half_of_the_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    patience: list[float] = []
    wrong = iter([([0], [])])
    monkeypatch.setattr(solve, "least", heard(solve.least, 6, patience))
    monkeypatch.setattr(solve, "both_at_once", lambda *_: next(wrong, ([], [])))
    assert solve.solve(build_model(hard_problem(1, "inverted")), 20.0) is not None
    assert patience == [1.0, task.AGAIN]
