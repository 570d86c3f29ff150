"""Windows of time in a program: which columns belong to which steps, and what to hold outside a window."""

from collections.abc import Sequence
from dataclasses import dataclass

from .node import Node
from .program import Program

# A window covers so many steps, and one begins every so many.
_STEPS, _STRIDE = 16, 8


@dataclass(frozen=True)
class Windows:
    """``first`` and ``last``: the steps that each column touches; ``flows``: columns of the balance."""

    first: dict[int, int]
    last: dict[int, int]
    flows: frozenset[int]
    begins: tuple[int, ...]

    def inside(self, index: int, begin: int) -> bool:
        """Whether all steps of a column are in the window."""
        return begin <= self.first.get(index, -1) and self.last.get(index, -1) < begin + _STEPS

    def outside(self, begin: int, values: Sequence[float], free: Sequence[int]) -> dict[int, float]:
        """Flows and whole numbers outside a window at their values. States (energy, temperature) follow."""
        held = {i: values[i] for i in self.flows if not self.inside(i, begin)}
        return held | {i: float(round(values[i])) for i in free if not self.inside(i, begin)}

    def overlap(self, one: int, other: int) -> bool:
        """Whether two windows share steps."""
        return abs(one - other) < _STEPS

    def by_distance(self, values: Sequence[float], other: Sequence[float], free: Sequence[int]) -> list[int]:
        """The windows' begins, those first whose whole numbers differ most from the other values; equal ones left out."""
        distance = dict.fromkeys(self.begins, 0.0)
        for i in free:
            apart = abs(values[i] - other[i])
            if apart > 1e-6:
                for begin in self.begins:
                    if self.inside(i, begin):
                        distance[begin] += apart
        return sorted((b for b in self.begins if distance[b] > 0), key=lambda b: -distance[b])


def windows_of(node: Node, program: Program) -> Windows:
    """The steps of every column.

    A column of the balance belongs to the steps in whose balance it is; another one to the latest step of the columns
    that the first row with a known one puts it beside, as ``E[k]`` stands beside ``charge[k]`` and ``E[k-1]``.
    """
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for k, row in enumerate(node.balance_rows):
        for index, _ in program.rows[row][0] if row is not None else []:
            first.setdefault(index, k)
            last[index] = k
    flows = frozenset(i for i in first if not program.integer[i])
    rows = [[index for index, _ in terms] for terms, _, _ in program.rows]
    found = True
    while found:
        found = False
        for columns in rows:
            known = [last[i] for i in columns if i in last]
            for index in columns if known else []:
                if index not in last:
                    first[index] = last[index] = max(known)
                    found = True
    begins = tuple(range(0, max(1, node.steps - _STRIDE), _STRIDE))
    return Windows(first, last, flows, begins)
