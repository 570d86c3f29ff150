"""A dive: whole numbers taken from the linear program, the nearest first, until so few are left that they are branched on."""

from .cbc import Found
from .improve import FAR
from .task import LITTLE, Task, fractions

# A dive fixes this share of the fractions at a time, until so few are left that they are branched on. The next is for
# where one ends without a plan, or with one that is far from where the branching began: what was fixed did not fit.
_DIVES = (0.4, 30), (0.4, 100), (0.25, 20)
# Where what is left has no answer, the same devices' columns within so many steps are branched on too. (Within
# 16 it took 0.7 s in place of 0.4 in one home, and landed farther in two.)
_AROUND = 5
# Branch and bound's nodes for what a dive leaves.
DIVE_NODES = 50


def dived(task: Task, root: Found) -> Found | None:
    """Fixes the fractions nearest to whole numbers, solves again, and so on; the last few are branched on.

    On the tight linear program: 0.2 s to 1 or 2 cents from the optimum of a 48 h two-level tariff. On the plain one
    the same dive ends 10 to 20 cents from it, and fixing what is whole there takes 0.5 s to 3 cents.
    """
    best: Found | None = None
    for attempt, (share, few) in enumerate(_DIVES):
        if attempt and task.left() < LITTLE:
            break
        bottom = _descended(task, root, share, few)
        if bottom is None:
            continue
        apart = set(fractions(bottom, task.free))
        found = _landed(task, bottom, apart) or _landed(task, bottom, apart | _around(task, apart))
        if found is not None and (best is None or found.objective < best.objective):
            best = found
        if best is not None and (task.wanted.within(best, bottom.objective, FAR) or task.late()):
            break
    return best


def _descended(task: Task, root: Found, share: float, few: int) -> Found | None:
    """The linear program with all but a ``few`` fractions fixed; None where what was fixed has no answer."""
    found: Found | None = root
    fixed: dict[int, float] = {}
    while found is not None and len(apart := fractions(found, task.free)) > few:
        batch = {i: float(round(found.values[i])) for i in apart[: max(1, int(share * len(apart)))]}
        task.solver.hold(batch)
        fixed |= batch
        found = task.solver.relaxed()
    task.solver.release(fixed)
    return found


def _landed(task: Task, found: Found, apart: set[int]) -> Found | None:
    """Branch and bound on some columns; the other whole numbers as they are rounded."""
    with task.solver.held({i: float(round(found.values[i])) for i in task.free if i not in apart}):
        return task.branched(DIVE_NODES)


def _around(task: Task, apart: set[int]) -> set[int]:
    """What the same devices do in the steps around: half a run here and half there are none of the least length.

    In 17 of 250 homes with export above import the fractions of the first dive alone had no answer, and in 10 those of
    all three; with these columns all had, in 0.1 to 0.9 s where the whole program takes 1 to 7 s.
    """
    found = set[int]()
    for columns in (*task.node.running.values(), *task.node.begins.values()):
        steps = [k for k, i in columns.items() if i in apart]
        found |= {i for k, i in columns.items() if any(abs(k - step) <= _AROUND for step in steps)}
    return found.intersection(task.free)
