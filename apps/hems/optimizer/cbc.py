"""The one place that calls python-mip: a program handed to CBC, solved again as it grows.

Facts behind the settings (measured, python-mip 2.0.0 with CBC): ``pump_passes=0`` halves the time; a relative gap alone
never closes near a bill of zero, so an absolute one stands beside it; ``max_seconds`` and ``max_nodes`` are sticky, so each
call sets them; a linear program takes 20 ms at first and 2 ms when solved again with other bounds.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import mip

from .basis import basis_at
from .cuts import broken_cuts
from .engine import loaded_engine
from .matrix import Basis, Matrix
from .matrix_cbc import CbcMatrix
from .matrix_mip import MipMatrix
from .program import INFINITE, Program

# A linear program of this size takes milliseconds; this only bounds what should never happen.
_LP_SECONDS = 20
_NO_LIMIT = 10**8
# A cut whose dual is less than this in the linear program does not hold it.
_LOOSE = 1e-9


@dataclass(frozen=True)
class Found:
    """An answer: column values, objective, best bound, and whether the gap was closed. ``duals`` of an LP, by row."""

    values: list[float]
    objective: float
    bound: float
    proved: bool
    duals: list[float]


class Solver:
    """A CBC model kept in step with a Program. A context, at whose end the model is gone."""

    def __init__(self, program: Program) -> None:
        self.program = program
        engine = loaded_engine()
        self._model = mip.Model(sense=mip.MINIMIZE, solver_name=engine)
        self._model.verbose = 0
        self._model.threads = 1
        # HiGHS has heuristics and cuts of its own that serve these programs well; python-mip gives no hold on them.
        self.guided = engine == mip.CBC
        if self.guided:
            self._model.pump_passes = 0
        self._matrix: Matrix = CbcMatrix(self._model) if self.guided else MipMatrix(self._model)
        self._rows = 0
        self._bounds: list[tuple[float, float]] = []
        self._lower: list[float] = []
        self._upper: list[float] = []
        self._cost: dict[int, float] = {}

    def __enter__(self) -> "Solver":
        return self

    def __exit__(self, *_: object) -> None:
        self._matrix.close()

    def aim(
        self, cost: dict[int, float], start: Sequence[float | None] | None = None, basis: Basis | None = None
    ) -> None:
        """What the next calls minimise: ``sum(cost * column)``. Where the first may begin: ``start``, a point near which;
        ``basis``, exactly."""
        self._cost = cost
        if self._bounds:
            self._sync()
            self._matrix.aim(cost)
        else:
            self._load(cost, basis_at(start, self.program) if start is not None and self.guided else basis)

    def relaxed(self, seconds: float = _LP_SECONDS) -> Found | None:
        """The linear program, whole numbers or not, cuts included; None where it has no solution."""
        if self._model.optimize(max_seconds=seconds, relax=True) != mip.OptimizationStatus.OPTIMAL:
            return None
        values = self._matrix.values()
        objective = self._worth(values)
        return Found(values, objective, objective, True, [])

    def basis(self) -> Basis | None:
        """The basis of that linear program's solution; None where the solver does not tell it."""
        return self._matrix.basis()

    def branched(
        self,
        seconds: float,
        gap: float,
        relative_gap: float = 1e-6,
        start: list[float] | None = None,
        nodes: int | None = None,
        cutting: bool = True,
    ) -> Found | None:
        """The least by branch and bound; None where there is no answer (infeasible, or out of time without one).

        ``cutting`` false: no cuts but those of ``tighten``.
        """
        model = self._model
        if self.guided:
            model.cuts = 1 if cutting else 0
        model.max_mip_gap_abs, model.max_mip_gap = gap, relative_gap
        model.max_nodes = nodes or _NO_LIMIT
        if start is not None:
            whole = [i for i, integer in enumerate(self.program.integer[: len(start)]) if integer]
            self._matrix.start({i: float(round(start[i])) for i in whole if start[i] > 0.5})
        status = model.optimize(max_seconds=max(seconds, 0.05))
        if status not in (mip.OptimizationStatus.OPTIMAL, mip.OptimizationStatus.FEASIBLE):
            return None
        proved = status == mip.OptimizationStatus.OPTIMAL
        values = self._matrix.values()
        objective = self._worth(values)
        # CBC's own figures may lack what presolve made constant (seen: 0.72 reported for columns worth 1.19)
        bound = objective - (float(model.objective_value) - float(model.objective_bound))
        if proved:  # CBC may still report the bound of the root; optimal means within one of the gaps
            bound = max(bound, objective - max(gap, relative_gap * abs(objective)))
        return Found(values, objective, bound, proved, [])

    def hold(self, values: Mapping[int, float]) -> None:
        """Fixes columns at values until they are released."""
        self.limit({i: (value, value) for i, value in values.items()})

    def limit(self, bounds: Mapping[int, tuple[float, float]]) -> None:
        """Columns within other bounds until they are released."""
        self._matrix.bound((i, *pair) for i, pair in bounds.items())

    def release(self, indices: Iterable[int]) -> None:
        """Columns back within the program's bounds."""
        self._matrix.bound((i, *self._bounds[i]) for i in indices)

    @contextmanager
    def held(self, values: Mapping[int, float]) -> Iterator[None]:
        """Columns fixed at values for as long as the context lasts."""
        self.hold(values)
        try:
            yield
        finally:
            self.release(values)

    def tighten(self, found: Found, kind: mip.CutType) -> bool:
        """Cuts that ``found``, the last linear program's solution, breaks; whether there were any.

        They hold until bounds are loosened: ``loosen`` before.
        """
        cuts = broken_cuts(self._model, found.values, kind) if self.guided else []
        self._matrix.add_rows(cuts)
        return bool(cuts)

    def trim(self) -> None:
        """Takes those cuts out that do not hold the last linear program: two thirds and more of what rounds have added."""
        self._matrix.drop_loose_rows(self._rows, _LOOSE)

    def loosen(self) -> None:
        """Takes all cuts of ``tighten`` out."""
        self._matrix.keep_rows(self._rows)

    def minimise_fixed(
        self,
        cost: dict[int, float],
        values: list[float],
        preference: dict[int, float],
        budget: float,
        most: float = INFINITE,
    ) -> tuple[Found, list[float]] | None:
        """The linear program with every integer column fixed at ``values``.

        First the least ``cost``, whose duals are the rows' shadow prices; then, at most ``budget`` dearer, the least
        ``preference``, whose column values are the second answer. None where the fixed program has no solution that costs
        ``most`` at most.
        """
        self.aim(cost)
        with self.held({i: float(round(values[i])) for i, integer in enumerate(self.program.integer) if integer}):
            return self._two_linear_programs(cost, preference, budget, most)

    def _two_linear_programs(
        self, cost: dict[int, float], preference: dict[int, float], budget: float, most: float
    ) -> tuple[Found, list[float]] | None:
        model, optimal = self._model, mip.OptimizationStatus.OPTIMAL
        if model.optimize(max_seconds=_LP_SECONDS, relax=True) != optimal:
            return None
        objective = float(model.objective_value)
        if objective > most:
            return None
        least = Found(self._matrix.values(), objective, objective, True, self._matrix.row_prices(self._rows))
        if cost:
            self._matrix.add_rows([([(i, value) for i, value in cost.items() if value], "<", objective + budget)])
        self._matrix.aim(preference)
        values = (
            self._matrix.values() if model.optimize(max_seconds=_LP_SECONDS, relax=True) == optimal else least.values
        )
        self._matrix.keep_rows(self._rows)
        return least, values

    def _worth(self, values: list[float]) -> float:
        return sum(value * values[index] for index, value in self._cost.items())

    def _load(self, cost: dict[int, float], basis: Basis | None) -> None:
        """All that the program has, at first."""
        program = self.program
        columns = list(zip(program.lower, program.upper, program.integer, strict=True))
        self._matrix.load(columns, program.rows, cost, basis)
        self._bounds = [(lower, upper) for lower, upper, _ in columns]
        self._lower, self._upper, self._rows = list(program.lower), list(program.upper), len(program.rows)

    def _sync(self) -> None:
        """Columns, bounds and rows that the program has and the model has not yet."""
        program, known = self.program, len(self._bounds)
        if self._lower != program.lower[:known] or self._upper != program.upper[:known]:
            for index in range(known):
                bounds = (program.lower[index], program.upper[index])
                if bounds != self._bounds[index]:
                    self._bounds[index] = bounds
                    self.release([index])
        if known < len(program.lower):
            new = list(zip(program.lower[known:], program.upper[known:], program.integer[known:], strict=True))
            self._matrix.add_columns(new)
            self._bounds += [(lower, upper) for lower, upper, _ in new]
        self._lower, self._upper = list(program.lower), list(program.upper)
        self._matrix.add_rows(program.rows[self._rows :])
        self._rows = len(program.rows)
