"""The one place that calls python-mip: a program handed to CBC, solved again as it grows.

Facts behind the settings (measured, python-mip 2.0.0 with CBC): ``pump_passes=0`` halves the time; a relative gap alone
never closes near a bill of zero, so an absolute one stands beside it; ``max_seconds`` is sticky, so each call sets it.
"""

from dataclasses import dataclass

import mip

from .program import INFINITE, Program

# A linear program of this size takes milliseconds; this only bounds what should never happen.
_LP_SECONDS = 20
_SENSE = {"<": mip.LESS_OR_EQUAL, ">": mip.GREATER_OR_EQUAL, "=": mip.EQUAL}


@dataclass(frozen=True)
class Found:
    """An answer: column values, objective, best bound, and whether the gap was closed. ``duals`` of an LP, by row."""

    values: list[float]
    objective: float
    bound: float
    proved: bool
    duals: list[float]


class Solver:
    """A CBC model kept in step with a Program."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._model = mip.Model(sense=mip.MINIMIZE, solver_name=mip.CBC)
        self._model.verbose = 0
        self._model.pump_passes = 0
        self._model.threads = 1
        self._columns: list[mip.Var] = []
        self._rows: list[mip.Constr] = []
        self._bounds: list[tuple[float, float]] = []

    def minimise(
        self,
        cost: dict[int, float],
        seconds: float,
        gap: float,
        relative_gap: float = 1e-6,
        start: list[float] | None = None,
    ) -> Found | None:
        """The least ``sum(cost * column)``; None where there is no answer (infeasible, or out of time without one)."""
        self._sync()
        model = self._model
        model.objective = self._sum(cost)
        model.max_mip_gap_abs = gap
        model.max_mip_gap = relative_gap
        if start is not None:
            whole = [i for i, integer in enumerate(self._program.integer) if integer]
            model.start = [
                (self._columns[i], float(round(start[i]))) for i in whole if i < len(start) and start[i] > 0.5
            ]
        status = model.optimize(max_seconds=max(seconds, 0.05))
        if status not in (mip.OptimizationStatus.OPTIMAL, mip.OptimizationStatus.FEASIBLE):
            return None
        proved = status == mip.OptimizationStatus.OPTIMAL
        values = self._values()
        objective = sum(value * values[index] for index, value in cost.items())
        # CBC's own figures may lack what presolve made constant (seen: 0.72 reported for columns worth 1.19)
        bound = objective - (float(model.objective_value) - float(model.objective_bound))
        if proved:  # CBC may still report the bound of the root; optimal means within one of the gaps
            bound = max(bound, objective - max(gap, relative_gap * abs(objective)))
        return Found(values, objective, bound, proved, [])

    def minimise_fixed(
        self, cost: dict[int, float], values: list[float], preference: dict[int, float], budget: float
    ) -> tuple[Found, list[float]] | None:
        """The linear program with every integer column fixed at ``values``.

        First the least ``cost``, whose duals are the rows' shadow prices; then, at most ``budget`` dearer, the least
        ``preference``, whose column values are the second answer. None where the fixed program has no solution.
        """
        self._sync()
        whole = [i for i, integer in enumerate(self._program.integer) if integer]
        for i in whole:
            self._columns[i].lb = self._columns[i].ub = float(round(values[i]))
        try:
            return self._two_linear_programs(cost, preference, budget)
        finally:
            for i in whole:
                self._columns[i].lb, self._columns[i].ub = self._bounds[i]

    def _two_linear_programs(
        self, cost: dict[int, float], preference: dict[int, float], budget: float
    ) -> tuple[Found, list[float]] | None:
        model, optimal = self._model, mip.OptimizationStatus.OPTIMAL
        model.objective = self._sum(cost)
        if model.optimize(max_seconds=_LP_SECONDS, relax=True) != optimal:
            return None
        objective = float(model.objective_value)
        least = Found(self._values(), objective, objective, True, [float(row.pi) for row in self._rows])
        held = model.add_constr(self._sum(cost, -objective - budget, mip.LESS_OR_EQUAL)) if cost else None
        model.objective = self._sum(preference)
        values = self._values() if model.optimize(max_seconds=_LP_SECONDS, relax=True) == optimal else least.values
        if held is not None:
            model.remove(held)
        return least, values

    def _sum(self, cost: dict[int, float], constant: float = 0.0, sense: str = mip.MINIMIZE) -> mip.LinExpr:
        used = [(index, value) for index, value in cost.items() if value]
        return mip.LinExpr([self._columns[i] for i, _ in used], [v for _, v in used], constant, sense)

    def _values(self) -> list[float]:
        return [float(column.x) for column in self._columns]

    def _sync(self) -> None:
        """Columns, bounds and rows that the program has and the model has not yet."""
        program = self._program
        for index in range(len(self._columns)):
            bounds = (program.lower[index], program.upper[index])
            if bounds != self._bounds[index]:
                self._columns[index].lb, self._columns[index].ub = bounds
                self._bounds[index] = bounds
        for index in range(len(self._columns), len(program.lower)):
            kind = mip.INTEGER if program.integer[index] else mip.CONTINUOUS
            lower, upper = program.lower[index], program.upper[index]
            lb = -mip.INF if lower == -INFINITE else lower
            ub = mip.INF if upper == INFINITE else upper
            self._columns.append(self._model.add_var(lb=lb, ub=ub, var_type=kind))
            self._bounds.append((lower, upper))
        for terms, sense, right in program.rows[len(self._rows) :]:
            expression = mip.LinExpr([self._columns[i] for i, _ in terms], [c for _, c in terms], -right, _SENSE[sense])
            self._rows.append(self._model.add_constr(expression))
