"""Columns and rows told to CBC in one loop are those that python-mip tells it one by one."""

import sys
from pathlib import Path

import mip
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from hard_cases import hard_problem

from hems.optimizer.cbc import Solver
from hems.optimizer.engine import loaded_engine
from hems.optimizer.matrix import Matrix, Row
from hems.optimizer.matrix_cbc import CbcMatrix
from hems.optimizer.matrix_mip import MipMatrix
from hems.optimizer.plan import make_plan
from hems.optimizer.program import Program

INFINITE = float("inf")


def solved(kind: type[CbcMatrix] | type[MipMatrix], whole: bool) -> list[object]:
    """Every thing that a matrix does, and what came of it; ``whole``: the first columns and rows all at once."""
    model = mip.Model(solver_name=mip.CBC)
    model.verbose = 0
    matrix: Matrix = kind(model)

    def answer(rows: int, relax: bool = True) -> tuple[list[float], list[float]]:
        assert model.optimize(relax=relax) == mip.OptimizationStatus.OPTIMAL
        return [round(x, 9) for x in matrix.values()], [round(x, 9) for x in matrix.row_prices(rows)] if relax else []

    columns = [(0.0, 4.0, False), (0.0, INFINITE, False), (0.0, 3.0, True)]
    rows: list[Row] = [([(0, 1.0), (1, 1.0), (2, 2.0)], ">", 7.5), ([(1, 1.0), (2, -1.0)], "<", 2.0)]
    cost = {0: 2.0, 1: 3.0, 2: 3.5}
    if whole:
        matrix.load(columns, rows, cost)
    else:
        matrix.add_columns(columns)
        matrix.add_rows(rows)
        matrix.aim(cost)
    found: list[object] = [answer(2), answer(2, relax=False)[0]]
    matrix.add_rows([([(0, 1.0), (1, -1.0)], "=", 0.5)])
    found.append(answer(3))
    matrix.keep_rows(2)
    found.append(answer(2))
    matrix.bound([(0, 3.0, 3.0), (2, 0.0, 1.0)])
    found.append(answer(2))
    matrix.aim({1: 1.0})
    found.append(answer(2))
    matrix.add_columns([(0.0, 1.0, False)])
    matrix.aim({1: 1.0, 3: -1.0})
    found.append(answer(2))
    matrix.start({2: 1.0})
    found.append(answer(2, relax=False)[0])
    return found


@pytest.mark.skipif(loaded_engine() != mip.CBC, reason="HiGHS has python-mip's way alone")
@pytest.mark.parametrize("whole", [False, True])
def test_both_ways_lead_to_the_same_answers(whole: bool) -> None:
    ours, theirs = solved(CbcMatrix, whole), solved(MipMatrix, False)
    assert ours == theirs
    assert len({str(one) for one in ours}) >= 5  # what was changed in between did change the answers


@pytest.mark.skipif(loaded_engine() != mip.CBC, reason="it is CBC that is loaded whole")
@pytest.mark.parametrize("rows", [[], [([], "<", 1.0)], [([(1, 1.0)], "=", 2.0)]])
def test_a_program_of_next_to_nothing_is_loaded(rows: list[Row]) -> None:
    model = mip.Model(solver_name=mip.CBC)
    model.verbose = 0
    matrix = CbcMatrix(model)
    matrix.load([(1.0, 3.0, False), (0.0, 4.0, True)], rows, {0: 1.0, 1: 1.0})
    assert model.optimize(relax=True) == mip.OptimizationStatus.OPTIMAL
    assert matrix.values() == [1.0, 2.0 if rows and rows[0][0] else 0.0]


@pytest.mark.skipif(loaded_engine() != mip.CBC, reason="it is CBC's memory")
def test_what_was_solved_gives_its_memory_back_without_a_search_for_garbage() -> None:
    with Solver(Program()) as solver:
        owner = solver._model.solver
        assert owner._model is not None
    assert owner._model is None


@pytest.mark.skipif(loaded_engine() != mip.CBC, reason="it is CBC's memory")
def test_plans_do_not_wait_for_a_search_for_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    given_back: list[CbcMatrix] = []
    close = CbcMatrix.close
    monkeypatch.setattr(CbcMatrix, "close", lambda matrix: (given_back.append(matrix), close(matrix)))
    make_plan(hard_problem(0, "inverted"), 1)
    assert given_back and all(one._owner._model is None for one in given_back)


def test_a_fixed_program_that_costs_more_than_the_most_is_none() -> None:
    program = Program()
    bought = program.add(0.0, 5.0)
    program.rows.append(([(bought, 1.0)], ">", 2.0))
    solver, cost = Solver(program), {bought: 0.5}
    values = [2.0]
    least = solver.minimise_fixed(cost, values, {}, 1e-6, most=1.0)
    assert least is not None and least[0].objective == pytest.approx(1.0)
    assert solver.minimise_fixed(cost, values, {}, 1e-6, most=0.99) is None
    assert solver.minimise_fixed(cost, values, {}, 1e-6) is not None  # and nothing is left behind
