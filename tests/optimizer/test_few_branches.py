"""Branch and bound by hand: as good as CBC's on any small program, honest about its bound, and nothing stays held."""

import math

import mip
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hems.optimizer.cbc import Found, Solver
from hems.optimizer.engine import loaded_engine
from hems.optimizer.few_branches import branched_by_hand
from hems.optimizer.node import Node
from hems.optimizer.program import Program, column, total
from hems.optimizer.task import Task, Wanted

pytestmark = pytest.mark.skipif(loaded_engine() != mip.CBC, reason="HiGHS searches by itself")
WANTED = Wanted(1e-3)


def program_of(
    costs: list[int], uppers: list[int], rows: list[tuple[list[int], int]]
) -> tuple[Program, dict[int, float]]:
    """The most worth of whole columns (every third one not whole) whose weights stay below each row's limit."""
    program = Program()
    for i, upper in enumerate(uppers):
        program.add(0.0, float(upper), integer=i % 3 != 2)
    for weights, limit in rows:
        program.constrain(total(column(i, float(w)) for i, w in enumerate(weights)), "<", limit + 0.5)
    return program, {i: -float(cost) for i, cost in enumerate(costs)}


@st.composite
def programs(draw: st.DrawFn) -> tuple[Program, dict[int, float]]:
    n = draw(st.integers(2, 9))
    few, many = st.integers(1, 3), st.integers(1, 9)
    row = st.tuples(st.lists(many, min_size=n, max_size=n), st.integers(3, 30))
    lists = (st.lists(kind, min_size=n, max_size=n) for kind in (many, few))
    return program_of(*(draw(one) for one in lists), draw(st.lists(row, min_size=1, max_size=3)))


def task_of(program: Program, cost: dict[int, float], wanted: Wanted = WANTED) -> Task:
    solver = Solver(program)
    solver.aim(cost)
    return Task(solver, Node(0), lambda: math.inf, wanted)


def by_hand(task: Task, best: Found | None = None, most: int = 10_000) -> Found | None:
    root = task.solver.relaxed()
    assert root is not None
    return branched_by_hand(task, root, best, most)


@given(programs())
@settings(max_examples=150)
def test_it_finds_what_branch_and_bound_finds(made: tuple[Program, dict[int, float]]) -> None:
    task = task_of(*made)
    root = task.solver.relaxed()
    found = by_hand(task)
    after = task.solver.relaxed()
    exact = Solver(made[0])
    exact.aim(made[1])
    best = exact.branched(20.0, 1e-9, 0.0)
    assert root is not None and found is not None and after is not None and best is not None
    assert found.proved and found.objective == pytest.approx(best.objective, abs=3e-3)
    assert found.bound <= best.objective + 1e-6
    assert all(abs(found.values[i] - round(found.values[i])) < 1e-6 for i in task.whole)
    assert after.objective == pytest.approx(root.objective)  # nothing is held any more


@given(programs(), st.integers(0, 6))
@settings(max_examples=80)
def test_with_few_programs_it_keeps_the_best_and_says_how_far_it_may_be(
    made: tuple[Program, dict[int, float]], most: int
) -> None:
    nothing = [0.0] * len(made[0].lower)
    found = by_hand(task_of(*made), Found(nothing, 0.0, -math.inf, False, []), most)
    best = by_hand(task_of(*made))
    assert found is not None and best is not None
    assert best.objective - 3e-3 <= found.objective <= 0.0
    assert found.bound <= best.objective + 1e-6
    assert not found.proved or found.objective <= best.objective + 3e-3


def test_without_an_answer_there_is_none() -> None:
    program, cost = program_of([1, 1], [1, 1], [])
    program.constrain(total([column(0), column(1)]), "=", 1.5)
    assert by_hand(task_of(program, cost)) is None


def test_what_is_near_enough_ends_it() -> None:
    program, cost = program_of([5, 4, 0, 3, 7], [1] * 5, [([4, 3, 1, 3, 5], 10)])
    task = task_of(program, cost, Wanted(1.0))
    calls: list[int] = []
    relaxed = task.solver.relaxed
    task.solver.relaxed = lambda: calls.append(1) or relaxed()  # type: ignore[func-returns-value,method-assign]
    found = by_hand(task)
    assert found is not None and found.proved and found.objective - found.bound <= 2.5
    near = len(calls)
    exact = task_of(program, cost, Wanted(1e-9))
    relaxed_again = exact.solver.relaxed
    calls.clear()
    exact.solver.relaxed = lambda: calls.append(1) or relaxed_again()  # type: ignore[func-returns-value,method-assign]
    assert by_hand(exact) is not None
    assert near < len(calls)
