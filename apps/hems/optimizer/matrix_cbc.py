"""Columns and rows through CBC's C interface (Cbc_C_Interface.h), in the library that python-mip has loaded.

python-mip asks and tells CBC one column after another, through three Python calls each: 1.3 ms for 3,594 values that CBC's
own function gives in 0.1. A program of 979 columns and 501 rows was told in 7.9 ms with a call a column and a row; it is
loaded whole in 1.7.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import mip
import numpy as np
from numpy.typing import NDArray

from .clp import get_basis, set_basis
from .matrix import Basis, Column, Row

_INFINITE = float("inf")
_SENSE = {"<": mip.LESS_OR_EQUAL.encode(), ">": mip.GREATER_OR_EQUAL.encode(), "=": mip.EQUAL.encode()}
# Functions of CBC's that python-mip does not declare.
_FUNCTIONS = """
void Cbc_setDualReductionsType(Cbc_Model *model, int type);
void Cbc_loadProblem(
    Cbc_Model *model, const int columns, const int rows, const int *begins, const int *of_row, const double *coefficients,
    const double *column_lower, const double *column_upper, const double *cost, const double *row_lower,
    const double *row_upper);"""
# LPR_Default; and LPR_NoDualReds, with which CBC hands its first linear program to Clp without setting up its command-line
# solver (2 ms). Clp then prints a hundred lines of presolve, but none of a single column.
_AS_EVER, _STRAIGHT_TO_CLP = 0, 1


@cache
def _declared() -> None:
    mip.cbc.ffi.cdef(_FUNCTIONS)


class CbcMatrix:
    """A CBC model's columns and rows. See ``Matrix``."""

    def __init__(self, model: mip.Model) -> None:
        _declared()
        self._library, self._ffi, self._owner = mip.cbc.cbclib, mip.cbc.ffi, model.solver
        self._cbc, self._cost = model.solver._model, dict[int, float]()

    def close(self) -> None:
        """See ``Matrix``. 0.8 MB a plan: a year's simulation, which searches for garbage seldom, filled 24 GB by June."""
        if self._owner._model is not None:
            self._library.Cbc_deleteModel(self._cbc)
            self._owner._model = None  # python-mip frees what it still names

    def load(
        self, columns: Sequence[Column], rows: Sequence[Row], cost: Mapping[int, float], basis: Basis | None = None
    ) -> None:
        """See ``Matrix``."""
        if not columns or not rows:
            self.add_columns(columns)
            self.add_rows(rows)
            self.aim(cost)
            return
        lower, upper = [column[0] for column in columns], [column[1] for column in columns]
        price = [0.0] * len(columns)
        for index, value in cost.items():
            price[index] = value
        least = [-_INFINITE if sense == "<" else right for _, sense, right in rows]
        most = [_INFINITE if sense == ">" else right for _, sense, right in rows]
        sizes, loaded = (len(columns), len(rows)), [self._array(one) for one in _by_columns(rows, len(columns))]
        begin = set_basis() if basis is not None else None
        if begin is not None:
            self._solve_next_to_nothing()
        self._library.Cbc_loadProblem(self._cbc, *sizes, *loaded, lower, upper, price, least, most)
        if begin is not None and basis is not None:
            begin(self._library.Cbc_getSolverPtr(self._cbc), basis.columns, basis.rows)
        for index, (_, _, whole) in enumerate(columns):
            if whole:
                self._library.Cbc_setInteger(self._cbc, index)
        self._cost = dict(cost)

    def _solve_next_to_nothing(self) -> None:
        """A linear program of a single column: CBC takes a basis only for its second one, and those after it."""
        self.add_columns([(0.0, 0.0, False)])
        self._library.Cbc_setDualReductionsType(self._cbc, _STRAIGHT_TO_CLP)
        self._library.Cbc_solveLinearProgram(self._cbc)
        self._library.Cbc_setDualReductionsType(self._cbc, _AS_EVER)

    def add_columns(self, columns: Sequence[Column]) -> None:
        """See ``Matrix``."""
        cbc, add, null = self._cbc, self._library.Cbc_addCol, self._ffi.NULL
        for lower, upper, whole in columns:
            add(cbc, b"", lower, upper, 0.0, b"\1" if whole else b"\0", 0, null, null)

    def add_rows(self, rows: Sequence[Row]) -> None:
        """See ``Matrix``."""
        cbc, add = self._cbc, self._library.Cbc_addRow
        for terms, sense, right in rows:
            indices, coefficients = zip(*terms, strict=True) if terms else ((0,), (0.0,))
            add(cbc, b"", len(indices), indices, coefficients, _SENSE[sense], right)

    def keep_rows(self, count: int) -> None:
        """See ``Matrix``."""
        self._drop(range(count, self._library.Cbc_getNumRows(self._cbc)))

    def drop_loose_rows(self, first: int, loose: float) -> None:
        """See ``Matrix``."""
        prices = self.row_prices(self._library.Cbc_getNumRows(self._cbc))
        self._drop([row for row, price in enumerate(prices) if row >= first and abs(price) < loose])

    def _drop(self, rows: Sequence[int]) -> None:
        if rows:
            self._library.Cbc_deleteRows(self._cbc, len(rows), list(rows))

    def bound(self, bounds: Iterable[tuple[int, float, float]]) -> None:
        """See ``Matrix``."""
        cbc, lower, upper = self._cbc, self._library.Cbc_setColLower, self._library.Cbc_setColUpper
        for index, least, most in bounds:
            lower(cbc, index, least)
            upper(cbc, index, most)

    def aim(self, cost: Mapping[int, float]) -> None:
        """See ``Matrix``."""
        cbc, price, before = self._cbc, self._library.Cbc_setObjCoeff, self._cost
        for index in before:
            if index not in cost:
                price(cbc, index, 0.0)
        for index, value in cost.items():
            if before.get(index, 0.0) != value:
                price(cbc, index, value)
        self._cost = dict(cost)

    def start(self, values: Mapping[int, float]) -> None:
        """See ``Matrix``. Where a whole column has no value CBC looks for one, so each has."""
        whole = [i for i in range(self._library.Cbc_getNumCols(self._cbc)) if self._library.Cbc_isInteger(self._cbc, i)]
        numbers = [values.get(index, 0.0) for index in whole]
        self._library.Cbc_setMIPStartI(self._cbc, len(whole), whole, numbers)

    def values(self) -> list[float]:
        """See ``Matrix``."""
        return self._doubles(self._library.Cbc_getColSolution, self._library.Cbc_getNumCols(self._cbc))

    def row_prices(self, count: int) -> list[float]:
        """See ``Matrix``."""
        return self._doubles(self._library.Cbc_getRowPrice, count)

    def basis(self) -> Basis | None:
        """See ``Matrix``."""
        tell = get_basis()
        if tell is None:
            return None
        columns = self._ffi.new("int[]", self._library.Cbc_getNumCols(self._cbc))
        rows = self._ffi.new("int[]", self._library.Cbc_getNumRows(self._cbc))
        tell(self._library.Cbc_getSolverPtr(self._cbc), columns, rows)
        return Basis(list(columns), list(rows))

    def _doubles(self, ask: Callable[[Any], Any], count: int) -> list[float]:
        found: list[float] = self._ffi.unpack(ask(self._cbc), count) if count else []
        return found

    def _array(self, numbers: NDArray[Any]) -> Any:
        return self._ffi.from_buffer("int[]" if numbers.dtype == np.intc else "double[]", numbers)


def _by_columns(rows: Sequence[Row], columns: int) -> tuple[NDArray[np.intc], NDArray[np.intc], NDArray[np.float64]]:
    """Where each column's terms begin, shape (columns + 1,), and the row and the coefficient of each term."""
    of_column = np.array([index for terms, _, _ in rows for index, _ in terms], dtype=np.intc)
    coefficients = np.array([value for terms, _, _ in rows for _, value in terms], dtype=np.float64)
    of_row = np.repeat(np.arange(len(rows), dtype=np.intc), [len(terms) for terms, _, _ in rows])
    order = np.argsort(of_column, kind="stable")
    begins = np.zeros(columns + 1, dtype=np.intc)
    np.cumsum(np.bincount(of_column, minlength=columns), out=begins[1:])
    return begins, of_row[order], coefficients[order]
