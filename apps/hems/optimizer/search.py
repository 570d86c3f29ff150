"""A good plan fast: a tight linear program, a dive to whole numbers, then one window of time after another.

CBC alone finds no plan, or a poor one, for seconds where hours are alike (two-level tariffs) and where a tank is on or off.
What is tried after what, and when it is good enough, is counted in programs solved and not in seconds, so that the same
problem gets the same plan; only the last cents of the hardest are given up by the clock (``task.py``), for the next plan
starts from this one and goes on.
"""

import time
from collections.abc import Callable
from dataclasses import replace

from .cbc import Found, Solver
from .cuts import GOMORY, ROUNDING
from .dive import DIVE_NODES, dived
from .few_branches import branched_by_hand
from .improve import FAR, GOOD, improved
from .node import Node
from .task import LITTLE, PROVED, Patience, Task, Wanted, fractions

# With so few whole numbers branch and bound alone is the fastest: by hand, in so many linear programs; CBC's, in so many
# nodes; then the search goes on from what it has found. (Not after a time: CBC crashed where 0.3 s ended.)
SMALL, _BY_HAND, _SMALL_NODES = 60, 30, 300
# So too where so few of more have fractions in the linear program: three plans of 852 ended 1.3 cents away without it.
_FEW_APART = 6
# Rounds of cuts of a kind at most; one that raises the bound by less than this, in the objective's unit, is the last.
# Gomory's are dense: below a fifth of a cent a round they cost two-level tariffs more in the dive than they save.
_CUT_ROUNDS, _CUT_GAIN = 6, {ROUNDING: 5e-4, GOMORY: 2e-3}
# Branch and bound's seconds for the whole program where all else has ended far from the bound.
_LATE_SECONDS = 1.0
# Windows at most. A start within so many gaps is improved in a few only.
_MOST_WINDOWS, _NEAR, _NEAR_WINDOWS = 10, 50.0, 6


def least(
    solver: Solver,
    node: Node,
    cost: dict[int, float],
    left: Callable[[], float],
    wanted: Wanted,
    start: list[float | None] | None = None,
    patience: float = 1.0,
) -> Found | None:
    """The least cost, near enough; None where there is no answer. ``left``: seconds left. ``start``: known columns.
    ``patience``: the share of it that this search has."""
    solver.aim(cost, start)
    if not solver.guided:
        return solver.branched(left(), wanted.gap, wanted.relative_gap, _known(start))
    began = time.perf_counter()
    task = Task(solver, node, left, wanted)
    root = solver.relaxed()
    apart = fractions(root, task.whole) if root is not None else []
    if root is None or not apart:
        return root
    waiting = Patience.since(began, patience)
    best = _started(task, start) if start is not None else None
    if best is not None and wanted.enough(best, root.objective):
        # 7 ms in place of 44, in most plans that follow another by a quarter of an hour. Whatever else were found so near,
        # the plan would stay as it was (calm.STAY_BUDGET).
        return replace(best, bound=root.objective, proved=True)
    small = len(task.whole) <= SMALL
    if small or len(apart) <= _FEW_APART:
        best = _by_hand(task, best)
        if left() > LITTLE and small and (best is None or not best.proved):
            best = _few(task, best)
        if left() < LITTLE or (best is not None and best.proved):
            return best
    root = solver.relaxed() or root  # cuts are made from the last solution
    task.patience = waiting
    try:
        return _answer(task, _tightened(solver, root), best)
    finally:
        solver.loosen()


def _by_hand(task: Task, best: Found | None) -> Found | None:
    """Branch and bound by hand with our cuts; ``best``: known so far."""
    root = task.solver.relaxed()
    if root is None:
        return best
    try:
        return branched_by_hand(task, _tightened(task.solver, root), best, _BY_HAND)
    finally:
        task.solver.loosen()


def _few(task: Task, best: Found | None) -> Found | None:
    """CBC's branch and bound; ``best``: known so far.

    Not for what is proved by hand: CBC took 150 ms for a plan in 40, and found a tenth of a cent in two of 22.
    """
    known = list(best.values) if best is not None else None
    found = task.solver.branched(task.left(), task.wanted.gap, task.wanted.relative_gap, known, _SMALL_NODES)
    return found if found is not None and (best is None or found.objective <= best.objective) else best


def _known(start: list[float | None] | None) -> list[float] | None:
    return [value or 0.0 for value in start] if start is not None else None


def _started(task: Task, start: list[float | None]) -> Found | None:
    """What a start's whole numbers allow; those that it does not know are branched on."""
    known = {i: float(round(value)) for i in task.free if i < len(start) and (value := start[i]) is not None}
    known = {i: value for i, value in known.items() if task.solver.program.allows(i, value)}
    with task.solver.held(known):
        found = task.solver.relaxed()
        if found is not None and fractions(found, task.whole):
            found = task.branched(DIVE_NODES)
    return found


def _tightened(solver: Solver, root: Found) -> Found:
    """The linear program with rounds of cuts: what CBC's own root takes a second for, in 0.05 s."""
    for kind in ROUNDING, GOMORY:
        for _ in range(_CUT_ROUNDS):
            if not solver.tighten(root, kind):
                break
            found = solver.relaxed()
            if found is None:
                solver.loosen()
                return root
            root, before = found, root
            if root.objective - before.objective < _CUT_GAIN[kind]:
                break
    solver.trim()
    return root


def _answer(task: Task, root: Found, best: Found | None) -> Found | None:
    """The best found: the start, or a dive; improved window by window."""
    if best is not None and task.wanted.within(best, root.objective, _NEAR):
        good = task.wanted.enough(best, root.objective, GOOD)
        return improved(task, best, root, 0 if good else _NEAR_WINDOWS)
    found = dived(task, root)
    if best is None or (found is not None and found.objective < best.objective):
        best = found
    if best is None:
        return _whole_program(task, root.objective, task.left())
    return _again(task, improved(task, best, root, _MOST_WINDOWS), root)


def _again(task: Task, best: Found, root: Found) -> Found:
    """An answer still far from the bound: branch and bound on the whole program, from nothing.

    Its own heuristics then land elsewhere: 0.2 to 1 s to a tenth of a cent where the windows stood 4 cents away, and
    started from their answer it stays with it.
    """
    if task.wanted.within(best, root.objective, FAR) or task.left() < LITTLE or task.tired(best, root.objective):
        return best
    other = _whole_program(task, root.objective, _LATE_SECONDS)
    return best if other is None or other.objective > best.objective else other


def _whole_program(task: Task, bound: float, seconds: float) -> Found | None:
    """Branch and bound on the whole program, without our cuts: with them CBC takes ten times as long."""
    wanted = task.wanted
    task.solver.loosen()
    found = task.solver.branched(min(seconds, task.left()), wanted.gap, wanted.relative_gap)
    if found is None:
        return None
    bound = max(bound, found.bound)
    return replace(found, bound=bound, proved=wanted.within(found, bound, PROVED))
