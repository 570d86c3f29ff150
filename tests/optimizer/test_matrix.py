"""Columns and rows told to CBC in one loop are those that python-mip tells it one by one."""

import mip
import pytest

from hems.optimizer.cbc import Solver
from hems.optimizer.engine import loaded_engine
from hems.optimizer.matrix import CbcMatrix, Matrix, MipMatrix
from hems.optimizer.program import Program

INFINITE = float("inf")


def solved(kind: type[CbcMatrix] | type[MipMatrix]) -> list[object]:
    """Every thing that a matrix does, and what came of it."""
    model = mip.Model(solver_name=mip.CBC)
    model.verbose = 0
    matrix: Matrix = kind(model)

    def answer(rows: int, relax: bool = True) -> tuple[list[float], list[float]]:
        assert model.optimize(relax=relax) == mip.OptimizationStatus.OPTIMAL
        return [round(x, 9) for x in matrix.values()], [round(x, 9) for x in matrix.row_prices(rows)] if relax else []

    matrix.add_columns([(0.0, 4.0, False), (0.0, INFINITE, False), (0.0, 3.0, True)])
    matrix.add_rows([([(0, 1.0), (1, 1.0), (2, 2.0)], ">", 7.5), ([(1, 1.0), (2, -1.0)], "<", 2.0)])
    matrix.aim({0: 2.0, 1: 3.0, 2: 3.5})
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
    return found


@pytest.mark.skipif(loaded_engine() != mip.CBC, reason="HiGHS has python-mip's way alone")
def test_both_ways_lead_to_the_same_answers() -> None:
    ours, theirs = solved(CbcMatrix), solved(MipMatrix)
    assert ours == theirs
    assert len({str(one) for one in ours}) >= 5  # what was changed in between did change the answers


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
