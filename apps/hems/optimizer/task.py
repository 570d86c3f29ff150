"""What a search works on, and when its answer is good enough."""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .cbc import Found, Solver
from .node import Node

_WHOLE = 1e-6
# An answer is called proved within this many gaps.
PROVED = 2.5
# After so long, in seconds and in first linear programs (a slower machine's are longer), an answer within so many gaps is
# good enough: 5 cents, of which seldom more than one is really missing; after a third more every answer is.
_PATIENCE_SECONDS, _PATIENCE_PROGRAMS, _TIRED = 0.5, 9.0, 25.0
# After this share of it no other dive is begun: a second one took half a second, and left the windows none to bring an
# answer that was 27.6 cents away to 10.3 (hard_cases.py, two-level 117).
_LATE = 0.7
# Branch and bound may take the whole patience at once, and so many seconds in any case: one of 250 dives took 3.7 s. Below a
# second CBC's time has ended in its preprocessing (docs/decisions/0006).
LANDING_SECONDS = 1.0
# What is solved again (a plan imported and exported at once, or was worse than the rules') starts from a plan, and gets this
# share of the patience.
AGAIN = 0.5
# With less time left than this, in seconds, nothing new is begun: CBC has crashed when its time ended in its preprocessing.
LITTLE = 0.25


@dataclass(frozen=True)
class Wanted:
    """The gap that ends the search, absolute and relative; ``tolerance``: the part of it that is near enough."""

    gap: float
    relative_gap: float = 1e-6
    tolerance: float = 1.0

    def within(self, found: Found, bound: float, slack: float = 1.0) -> bool:
        """Whether an answer is proved to be so near to the optimum; ``slack`` multiplies the gap."""
        return found.objective - bound <= slack * max(self.gap, self.relative_gap * abs(found.objective))

    def enough(self, found: Found, bound: float, slack: float = PROVED) -> bool:
        """Whether nothing that is worth its time is to be gained: ``slack`` gaps, by the tolerance."""
        return self.within(found, bound, slack * self.tolerance)


@dataclass(frozen=True)
class Patience:
    """When no other dive is begun, when good enough will do, and when any answer will, on the clock of ``perf_counter``.

    ``landing``: seconds that branch and bound may take at once.
    """

    late: float = math.inf
    first: float = math.inf
    last: float = math.inf
    landing: float = math.inf

    @classmethod
    def since(cls, began: float, share: float = 1.0) -> "Patience":
        """A share of the patience of a search that began then and has just solved its first linear program."""
        whole = max(_PATIENCE_SECONDS, _PATIENCE_PROGRAMS * (time.perf_counter() - began))
        seconds = share * whole
        return cls(began + _LATE * seconds, began + seconds, began + 1.3 * seconds, max(LANDING_SECONDS, whole))


class Task:
    """The program to be solved: the solver with its cuts, the whole numbers, and what the search may still take."""

    def __init__(
        self, solver: Solver, node: Node, left: Callable[[], float], wanted: Wanted, patience: Patience | None = None
    ) -> None:
        self.solver, self.node, self.left, self.wanted = solver, node, left, wanted
        self.patience = patience or Patience()
        counts = {index for columns in node.counts.values() for index in columns}
        self.whole = [i for i, integer in enumerate(solver.program.integer) if integer]
        # A running count is whole where what it counts is: held, it would hold the sum too.
        self.free = [i for i in self.whole if i not in counts]

    def tired(self, best: Found, bound: float) -> bool:
        """Whether the patience is over and the answer is good enough for that."""
        now = time.perf_counter()
        return now > self.patience.last or (now > self.patience.first and self.wanted.within(best, bound, _TIRED))

    def late(self) -> bool:
        """Whether another dive would leave the windows no time."""
        return time.perf_counter() > self.patience.late

    def branched(self, nodes: int, start: list[float] | None = None) -> Found | None:
        """Branch and bound on what is not held, with no cuts but ours."""
        seconds = max(min(self.left(), self.patience.landing), LITTLE)
        return self.solver.branched(seconds, self.wanted.gap / 4, 1e-6, start, nodes, cutting=False)


def fractions(found: Found, whole: Iterable[int]) -> list[int]:
    """Whole-number columns whose values are none, the nearest to one first."""
    away = {i: abs(found.values[i] - round(found.values[i])) for i in whole}
    return sorted((i for i, distance in away.items() if distance > _WHOLE), key=lambda i: away[i])
