"""Every file of tests/scenarios: a small home whose best plan is known by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from hems.domain.parse import parse_problem
from hems.domain.plan import plan_to_dict
from hems.optimizer.check import faults_in
from hems.optimizer.plan import make_plan
from reference.verify import verify

SCENARIOS = sorted((Path(__file__).parent.parent / "scenarios").glob("*.json"))
# Money is right to a cent's tenth (the solver's own gap is 0.2 cents), powers to a watt.
CLOSE = 1.5e-3


def at(document: Any, path: str) -> Any:
    for key in path.split("."):
        document = document[key]
    return document


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_the_plan_is_the_one_known_by_hand(file: Path) -> None:
    scenario = json.loads(file.read_text("utf-8"))
    problem = parse_problem(json.dumps(scenario["problem"]))
    plan = make_plan(problem, 10)
    document = plan_to_dict(plan)
    assert plan.status == "optimal"
    assert faults_in(problem, plan) == []
    assert verify(scenario["problem"], document) == []
    for path, wanted in scenario["expect"].items():
        found = at(document, path)
        if path == "shortfalls":
            assert (
                [{key: short[key] for key in wanted[0]} for short in found]
                == [{**short, "short_by": pytest.approx(short["short_by"], abs=CLOSE)} for short in wanted]
                if wanted
                else found == []
            )
        else:
            assert found == pytest.approx(wanted, abs=CLOSE), f"{path}: {scenario['why']}"


def test_there_are_scenarios() -> None:
    assert len(SCENARIOS) >= 15
