"""The rules are asked where the solver's plan may be absurd, far from its bound, and cost no time where it cannot be."""

from dataclasses import replace
from typing import Any

import pytest

from builders.problem_document import smallest_document, text_of
from hems.domain.parse import parse_problem
from hems.optimizer import plan as planning
from hems.optimizer.fallback import fallback
from hems.optimizer.solve import Answer, solve


@pytest.mark.parametrize(("missing", "proved", "asked"), [(0.04, False, 0), (0.06, False, 1), (0.06, True, 0)])
def test_the_rules_are_asked_far_from_the_bound_only(
    monkeypatch: pytest.MonkeyPatch, missing: float, proved: bool, asked: int
) -> None:
    calls: list[Any] = []

    def unproved(*given: Any) -> Answer | None:
        answer = solve(*given)
        return replace(answer, proved=proved, bound=answer.objective - missing) if answer is not None else None

    def counted(*given: Any) -> Any:
        calls.append(given)
        return fallback(*given)

    monkeypatch.setattr(planning, "solve", unproved)
    monkeypatch.setattr(planning, "fallback", counted)
    plan = planning.make_plan(parse_problem(text_of(smallest_document())), 5.0)
    assert len(calls) == asked
    assert plan.status == ("optimal" if proved else "feasible")
