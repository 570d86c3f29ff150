"""Columns and rows through python-mip, one after another: HiGHS's way."""

from collections.abc import Iterable, Mapping, Sequence

import mip

from .matrix import Basis, Column, Row

_SENSE = {"<": mip.LESS_OR_EQUAL, ">": mip.GREATER_OR_EQUAL, "=": mip.EQUAL}


class MipMatrix:
    """A model's columns and rows. See ``Matrix``."""

    def __init__(self, model: mip.Model) -> None:
        self._model = model

    def close(self) -> None:
        """See ``Matrix``. HiGHS's memory waits for Python's search."""

    def load(
        self, columns: Sequence[Column], rows: Sequence[Row], cost: Mapping[int, float], basis: Basis | None = None
    ) -> None:
        """See ``Matrix``. HiGHS begins where it likes."""
        self.add_columns(columns)
        self.add_rows(rows)
        self.aim(cost)

    def add_columns(self, columns: Sequence[Column]) -> None:
        """See ``Matrix``."""
        for lower, upper, whole in columns:
            self._model.add_var(lb=lower, ub=upper, var_type=mip.INTEGER if whole else mip.CONTINUOUS)

    def add_rows(self, rows: Sequence[Row]) -> None:
        """See ``Matrix``."""
        for terms, sense, right in rows:
            self._model.add_constr(self._sum(terms, -right, _SENSE[sense]))

    def keep_rows(self, count: int) -> None:
        """See ``Matrix``."""
        self._drop(list(self._model.constrs[count:]))

    def drop_loose_rows(self, first: int, loose: float) -> None:
        """See ``Matrix``."""
        self._drop([row for row in self._model.constrs[first:] if abs(row.pi) < loose])

    def _drop(self, rows: list[mip.Constr]) -> None:
        if rows:
            self._model.remove(rows)

    def bound(self, bounds: Iterable[tuple[int, float, float]]) -> None:
        """See ``Matrix``."""
        for index, least, most in bounds:
            column = self._model.vars[index]
            column.lb, column.ub = least, most

    def aim(self, cost: Mapping[int, float]) -> None:
        """See ``Matrix``."""
        self._model.objective = self._sum([(index, value) for index, value in cost.items() if value])

    def start(self, values: Mapping[int, float]) -> None:
        """See ``Matrix``."""
        self._model.start = [(self._model.vars[index], value) for index, value in values.items()]

    def values(self) -> list[float]:
        """See ``Matrix``."""
        return [float(column.x) for column in self._model.vars]

    def row_prices(self, count: int) -> list[float]:
        """See ``Matrix``."""
        return [float(self._model.constrs[row].pi) for row in range(count)]

    def basis(self) -> Basis | None:
        """See ``Matrix``. HiGHS tells none through python-mip."""
        return None

    def _sum(self, terms: Sequence[tuple[int, float]], constant: float = 0.0, sense: str = mip.MINIMIZE) -> mip.LinExpr:
        columns = [self._model.vars[index] for index, _ in terms]
        return mip.LinExpr(columns, [value for _, value in terms], constant, sense)
