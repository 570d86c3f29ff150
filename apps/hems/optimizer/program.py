"""A mixed-integer program as plain lists: columns, rows and, for each tier of the order, linear costs.

The devices write into it; ``cbc.py`` hands it to the solver. Columns are known by their index.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

Terms = list[tuple[int, float]]
INFINITE = float("inf")
# Coefficients below this are rounding errors of averages. Left in (1e-15 seen), they made a cut of the solver's invalid.
_NOTHING = 1e-9


class Tier(IntEnum):
    """What is minimised first; a tier is never traded for a later one."""

    GRID = 0  # kWh beyond the grid limits
    SOC = 1  # kWh h outside the batteries' bounds
    DEADLINE = 2  # minutes by which programs are late
    WISH = 3  # kWh short of wishes
    SURPLUS = 4  # kWh exported or curtailed (cost function self_consumption)
    MONEY = 5  # currency
    PREFERENCE = 6  # decides between plans of equal cost


@dataclass(slots=True)
class Linear:
    """``sum(coefficient * column) + constant``. Never changed; not frozen, for thousands are made for each plan."""

    terms: tuple[tuple[int, float], ...] = ()
    constant: float = 0.0

    def __add__(self, other: "Linear") -> "Linear":
        return Linear(self.terms + other.terms, self.constant + other.constant)

    def __mul__(self, factor: float) -> "Linear":
        return Linear(tuple([(index, value * factor) for index, value in self.terms]), self.constant * factor)


def column(index: int, coefficient: float = 1.0) -> Linear:
    """One column as a linear expression."""
    return Linear(((index, coefficient),))


def total(parts: Iterable[Linear]) -> Linear:
    """The sum of linear expressions."""
    terms: list[tuple[int, float]] = []
    constant = 0.0
    for part in parts:
        terms.extend(part.terms)
        constant += part.constant
    return Linear(tuple(terms), constant)


@dataclass
class Program:
    """Columns (lower, upper, integer), rows (terms, sense, right side), costs by tier, and what may be opened."""

    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    integer: list[bool] = field(default_factory=list)
    rows: list[tuple[Terms, str, float]] = field(default_factory=list)
    costs: dict[Tier, dict[int, float]] = field(default_factory=lambda: {tier: {} for tier in Tier})
    # Slack columns of a tier with the upper bound that they get when the tier is opened; closed, they are zero.
    slacks: dict[Tier, dict[int, float]] = field(default_factory=lambda: {tier: {} for tier in Tier})

    def add(self, lower: float = 0.0, upper: float = INFINITE, integer: bool = False) -> int:
        """A new column; its index."""
        self.lower.append(lower)
        self.upper.append(upper)
        self.integer.append(integer)
        return len(self.lower) - 1

    def series(self, uppers: Iterable[float]) -> list[int]:
        """One column a step, from 0 to the given upper bounds."""
        return [self.add(0.0, upper) for upper in uppers]

    def binary(self) -> int:
        """A column that is 0 or 1."""
        return self.add(0.0, 1.0, integer=True)

    def slack(self, tier: Tier, upper: float = INFINITE, cost: float = 1.0, integer: bool = False) -> int:
        """A column that stays 0 until its tier is opened; ``cost`` is what a unit costs in that tier."""
        index = self.add(0.0, 0.0, integer)
        self.slacks[tier][index] = upper
        if cost:
            self.cost(tier, index, cost)
        return index

    def allows(self, index: int, value: float) -> bool:
        """Whether a whole number is within its column's bounds."""
        return self.lower[index] <= round(value) <= self.upper[index]

    def cost(self, tier: Tier, index: int, coefficient: float) -> None:
        """Adds ``coefficient * column`` to a tier."""
        costs = self.costs[tier]
        costs[index] = costs.get(index, 0.0) + coefficient

    def constrain(self, left: Linear, sense: str, right: float = 0.0) -> int | None:
        """``left <sense> right`` with sense one of ``<``, ``>``, ``=``; the row's index, or None where nothing can vary.

        Columns named twice are merged (python-mip keeps only the last coefficient of a repeated variable).
        """
        merged = dict(left.terms)
        if len(merged) < len(left.terms):
            merged = dict.fromkeys(merged, 0.0)
            for index, coefficient in left.terms:
                merged[index] += coefficient
        return self.row(merged.items(), sense, right - left.constant)

    def row(self, terms: Iterable[tuple[int, float]], sense: str, right: float) -> int | None:
        """As ``constrain``, with every column named once."""
        varying = [term for term in terms if not -_NOTHING <= term[1] <= _NOTHING]
        if not varying:
            return None
        self.rows.append((varying, sense, right))
        return len(self.rows) - 1
