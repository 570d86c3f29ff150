"""The contract's rules on every solution, and the optimum of an independent exact solver."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hems.domain.parse import parse_problem
from hems.domain.plan import plan_to_dict
from hems.optimizer.check import faults_in
from hems.optimizer.plan import make_plan
from reference.cases import KINDS, random_problem
from reference.compare import compare
from reference.verify import verify

# What the solver may leave (0.2 cents), the preferences may cost (0.1), and a little rounding.
MONEY_GAP = 0.0035


@settings(max_examples=40, derandomize=True)
@given(kind=st.sampled_from(sorted(KINDS)), seed=st.integers(0, 10_000))
def test_every_plan_keeps_every_rule(kind: str, seed: int) -> None:
    document = random_problem(seed, kind=kind)
    problem = parse_problem(json.dumps(document))
    plan = make_plan(problem, 5)
    assert faults_in(problem, plan) == []
    if plan.status != "fallback":
        assert verify(document, plan_to_dict(plan)) == []


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_plan_is_as_good_as_the_exact_optimum(kind: str, seed: int) -> None:
    document = random_problem(seed, kind=kind)
    plan = make_plan(parse_problem(json.dumps(document)), 10)
    report = compare(document, plan_to_dict(plan))
    assert report.violations == []
    if plan.status == "optimal":
        assert report.money_gap <= MONEY_GAP
