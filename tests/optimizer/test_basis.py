"""Where the first linear program begins: what is made of a start, and that no start changes the answer."""

import mip
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hems.optimizer import clp
from hems.optimizer.basis import basis_at
from hems.optimizer.cbc import Solver
from hems.optimizer.engine import loaded_engine
from hems.optimizer.matrix import AT_LOWER, AT_UPPER, FREE, Basis
from hems.optimizer.program import INFINITE, Program, column

cbc_alone = pytest.mark.skipif(loaded_engine() != mip.CBC, reason="HiGHS begins where it likes")


def a_store() -> Program:
    """Two steps of a store of 0..5 kWh that begins with 2: power 0..2 and 1 held, energy, and what is short of 4 kWh."""
    program = Program()
    first, second = program.add(0.0, 2.0), program.add(1.0, 1.0)
    energy = program.add(0.0, 5.0), program.add(-INFINITE, INFINITE)
    short = program.add()
    program.constrain(column(first) + column(energy[0], -1.0), "=", -2.0)
    program.constrain(column(energy[0]) + column(second) + column(energy[1], -1.0), "=", 0.0)
    program.constrain(column(energy[1]) + column(short), ">", 4.0)
    program.constrain(column(energy[1]), "<", 4.5)
    return program


@pytest.mark.parametrize(
    ("power", "columns", "rows"),
    [
        (1.5, [FREE, AT_LOWER, FREE, FREE, AT_LOWER], [AT_UPPER, AT_UPPER, FREE, AT_LOWER]),
        (2.0, [AT_UPPER, AT_LOWER, FREE, FREE, AT_LOWER], [AT_UPPER, AT_UPPER, FREE, FREE]),
        (0.0, [AT_LOWER, AT_LOWER, FREE, FREE, FREE], [AT_UPPER, AT_UPPER, AT_UPPER, FREE]),
    ],
)
def test_energy_and_what_is_short_follow_from_powers(power: float, columns: list[int], rows: list[int]) -> None:
    assert basis_at([power], a_store()) == Basis(columns, rows)


def test_what_nothing_is_known_of_is_at_its_bound_and_its_rows_are_free() -> None:
    program = a_store()
    del program.rows[-1]  # a limit that no other column shares says that the energy is 0
    assert basis_at([], program) == Basis([AT_LOWER] * 5, [AT_UPPER, AT_UPPER, FREE])


@cbc_alone
def test_the_cbc_that_is_installed_takes_a_basis() -> None:
    assert clp.set_basis() is not None


@st.composite
def programs(draw: st.DrawFn) -> tuple[Program, dict[int, float], list[float | None]]:
    """A linear program that has a solution (no row binds the columns beyond half of their bounds), and any start."""
    n = draw(st.integers(2, 8))
    program = Program()
    for _ in range(n):
        program.add(0.0, float(draw(st.integers(1, 9))))
    factor = st.integers(-4, 4)
    for _ in range(draw(st.integers(1, 6))):
        factors = [float(draw(factor)) for _ in range(n)]
        middle = sum(f * program.upper[i] / 2 for i, f in enumerate(factors))
        program.row(enumerate(factors), draw(st.sampled_from("<>=")), middle)
    cost = {i: float(draw(factor)) for i in range(n)}
    known = st.one_of(st.none(), st.floats(-2.0, 10.0))
    return program, cost, draw(st.lists(known, max_size=n))


def least(program: Program, cost: dict[int, float], start: list[float | None] | None) -> float:
    solver = Solver(program)
    solver.aim(cost, start)
    found = solver.relaxed()
    assert found is not None
    return found.objective


@cbc_alone
@given(programs())
def test_the_answer_is_the_same_from_wherever_it_begins(
    made: tuple[Program, dict[int, float], list[float | None]],
) -> None:
    program, cost, start = made
    assert least(program, cost, start) == pytest.approx(least(program, cost, None), abs=1e-6)


@cbc_alone
def test_without_that_it_begins_from_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clp, "_SET_BASIS", "not_there")
    program = a_store()
    assert least(program, {0: 1.0, 4: 3.0}, [0.5]) == pytest.approx(1.0)
