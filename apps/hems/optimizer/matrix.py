"""Columns and rows of a model, many at once: what there is, bounds, costs, values. ``matrix_cbc.py`` is CBC's own way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

# Terms (column, coefficient), a sense of < > =, and the right side.
Row = tuple[Sequence[tuple[int, float]], str, float]
# Lower and upper bound (infinity: none), and whether it is whole.
Column = tuple[float, float, bool]
# What a column or a row is in a basis, as COIN-OR's solver interface counts (OsiSolverInterface::setBasisStatus). A row
# stands at its upper end where its sense is >.
FREE, AT_UPPER, AT_LOWER = 1, 2, 3


@dataclass(frozen=True)
class Basis:
    """What every column, shape (columns,), and every row, shape (rows,), is where the simplex method begins."""

    columns: list[int]
    rows: list[int]


class Matrix(Protocol):
    """A model's columns and rows, named by their numbers."""

    def close(self) -> None:
        """Gives the solver's memory back, which else waits for Python's search for garbage: python-mip's model and solver
        name each other. Nothing may be asked afterwards."""

    def load(
        self, columns: Sequence[Column], rows: Sequence[Row], cost: Mapping[int, float], basis: Basis | None = None
    ) -> None:
        """All columns, rows and costs of a model that has none yet; ``basis``: where its first linear program begins."""

    def add_columns(self, columns: Sequence[Column]) -> None:
        """Columns after the last."""

    def add_rows(self, rows: Sequence[Row]) -> None:
        """Rows after the last."""

    def keep_rows(self, count: int) -> None:
        """Drops all rows after the first ``count``."""

    def drop_loose_rows(self, first: int, loose: float) -> None:
        """Drops those rows from ``first`` on whose dual in the last linear program's solution is below ``loose``."""

    def bound(self, bounds: Iterable[tuple[int, float, float]]) -> None:
        """Column, lower and upper bound."""

    def aim(self, cost: Mapping[int, float]) -> None:
        """What is minimised: the cost of the columns named, and of no other."""

    def start(self, values: Mapping[int, float]) -> None:
        """Where branch and bound begins: the value of every whole column that is not 0."""

    def values(self) -> list[float]:
        """Every column's value in the last solution."""

    def row_prices(self, count: int) -> list[float]:
        """The duals of the first ``count`` rows in the last linear program's solution."""

    def basis(self) -> Basis | None:
        """The basis of the last linear program's solution; None where the solver does not tell it."""
