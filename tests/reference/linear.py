"""A small linear language over scipy's HiGHS: variables, rows, and objectives solved one after another."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

INFINITY = float("inf")


class UnsolvedError(Exception):
    """HiGHS found no solution: the formulation is infeasible or the clock ran out before the first one."""


class Linear:
    """A constant plus a weighted sum of variables; supports +, -, and * by a number."""

    __slots__ = ("constant", "weights")
    __array_ufunc__ = None  # numpy numbers on the left leave the arithmetic to this class

    def __init__(self, weights: dict[int, float] | None = None, constant: float = 0.0) -> None:
        self.weights = weights or {}
        self.constant = constant

    def __add__(self, other: Linear | float) -> Linear:
        if not isinstance(other, Linear):
            return Linear(dict(self.weights), self.constant + float(other))
        weights = dict(self.weights)
        for index, weight in other.weights.items():
            weights[index] = weights.get(index, 0.0) + weight
        return Linear(weights, self.constant + other.constant)

    __radd__ = __add__

    def __mul__(self, factor: float) -> Linear:
        factor = float(factor)
        return Linear({i: w * factor for i, w in self.weights.items()}, self.constant * factor)

    __rmul__ = __mul__

    def __neg__(self) -> Linear:
        return self * -1.0

    def __sub__(self, other: Linear | float) -> Linear:
        return self + (-other)

    def __rsub__(self, other: float) -> Linear:
        return -self + other

    def at(self, values: np.ndarray) -> float:
        return self.constant + float(sum(w * values[i] for i, w in self.weights.items()))


def total(terms: list[Linear] | list[float]) -> Linear:
    """The sum of many expressions, without a quadratic number of copies."""
    weights: dict[int, float] = {}
    constant = 0.0
    for term in terms:
        if not isinstance(term, Linear):
            constant += float(term)
            continue
        constant += term.constant
        for index, weight in term.weights.items():
            weights[index] = weights.get(index, 0.0) + weight
    return Linear(weights, constant)


@dataclass
class Solved:
    """values: one per variable; objective and bound include the constant; proven: the gap is closed."""

    values: np.ndarray
    objective: float
    bound: float
    proven: bool
    seconds: float


@dataclass
class Model:
    lows: list[float] = field(default_factory=list)
    highs: list[float] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)
    rows: list[tuple[dict[int, float], float, float]] = field(default_factory=list)

    def variable(self, low: float, high: float) -> Linear:
        return self._new(low, high, 0)

    def binary(self) -> Linear:
        return self._new(0.0, 1.0, 1)

    def _new(self, low: float, high: float, whole: int) -> Linear:
        self.lows.append(low)
        self.highs.append(high)
        self.whole.append(whole)
        return Linear({len(self.lows) - 1: 1.0})

    def low(self, expression: Linear) -> float:
        """The least value that the bounds of the variables allow."""
        parts = [w * (self.lows[i] if w > 0.0 else self.highs[i]) for i, w in expression.weights.items()]
        return expression.constant + sum(parts)

    def require(self, expression: Linear, low: float = -INFINITY, high: float = INFINITY) -> None:
        """low <= expression <= high."""
        weights = {index: weight for index, weight in expression.weights.items() if abs(weight) > 1e-11}
        if weights:
            self.rows.append((weights, low - expression.constant, high - expression.constant))
        elif not low - 1e-9 <= expression.constant <= high + 1e-9:
            raise UnsolvedError(f"a constant row cannot hold: {low} <= {expression.constant} <= {high}")

    def at_most(self, left: Linear | float, right: Linear | float) -> None:
        difference = left - right
        self.require(difference if isinstance(difference, Linear) else Linear({}, difference), high=0.0)

    def equal(self, left: Linear | float, right: Linear | float) -> None:
        difference = left - right
        self.require(difference if isinstance(difference, Linear) else Linear({}, difference), 0.0, 0.0)

    def minimise(self, objective: Linear, seconds: float) -> Solved:
        """The exact minimum (relative gap 0), then once more with the binaries fixed for clean series."""
        began = time.perf_counter()
        answer = self._highs(objective, np.array(self.lows), np.array(self.highs), self.whole, seconds)
        if answer.x is None and answer.status in (2, 4):
            # In rare cases HiGHS' presolve ends in "solve error" or calls a feasible problem infeasible.
            answer = self._highs(
                objective, np.array(self.lows), np.array(self.highs), self.whole, seconds, presolve=False
            )
        if answer.x is None:
            raise UnsolvedError(answer.message)
        bound = answer.mip_dual_bound if any(self.whole) else answer.fun
        proven = answer.status == 0
        whole = np.array(self.whole, dtype=bool)
        rounded = np.round(answer.x)
        lows = np.where(whole, rounded, self.lows)
        highs = np.where(whole, rounded, self.highs)
        clean = self._highs(objective, lows, highs, [0] * len(self.whole), 60.0)
        values = answer.x if clean.x is None else clean.x
        seconds_used = time.perf_counter() - began
        return Solved(values, objective.at(values), bound + objective.constant, proven, seconds_used)

    def _highs(self, objective: Linear, lows, highs, whole, seconds: float, presolve: bool = True):
        weights = np.zeros(len(self.lows))
        for index, weight in objective.weights.items():
            weights[index] = weight
        row_of, column_of, entries = [], [], []
        for number, (row, _, _) in enumerate(self.rows):
            row_of.extend([number] * len(row))
            column_of.extend(row.keys())
            entries.extend(row.values())
        constraints = ()
        if self.rows:
            matrix = csr_matrix((entries, (row_of, column_of)), shape=(len(self.rows), len(self.lows)))
            constraints = LinearConstraint(matrix, [r[1] for r in self.rows], [r[2] for r in self.rows])
        return milp(
            weights,
            integrality=whole,
            bounds=Bounds(lows, highs),
            constraints=constraints,
            options={"mip_rel_gap": 0.0, "time_limit": seconds, "presolve": presolve},
        )
