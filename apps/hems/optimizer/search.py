"""A good plan fast: a tight linear program, a dive to whole numbers, then one window of time after another.

CBC alone finds no plan, or a poor one, for seconds where hours are alike (two-level tariffs) and where a tank is on or off.
What is tried after what, and when it is good enough, is counted in programs solved and not in seconds, so that the same
problem gets the same plan; only the last cents of the hardest are given up by the clock (``_PATIENCE_SECONDS``), for the
next plan starts from this one and goes on.
"""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from .cbc import Found, Solver
from .node import Node
from .windows import Windows, windows_of

# With so few whole numbers branch and bound alone is the fastest; where it is not done after so many nodes, the search
# goes on from what it has found. (Not after a time: CBC crashed where 0.3 s ended.)
SMALL, _SMALL_NODES = 60, 300
# Rounds of cuts at most; one that raises the bound by less than this, in the objective's unit, is the last.
_CUT_ROUNDS, _CUT_GAIN = 6, 2e-4
# A dive fixes this share of the fractions at a time, until so few are left that they are branched on. The next is for
# where one ends without a plan, or with one that lost more than so many gaps in the branching: what was fixed did not fit.
_DIVES, _LANDED = ((0.4, 30), (0.4, 100), (0.25, 20)), 10.0
_WHOLE = 1e-6
# Where what is left has no answer, the same devices' columns within so many steps are branched on too.
_AROUND = 16
# Branch and bound's nodes for what a dive leaves, for a window, and for the whole program.
_DIVE_NODES, _WINDOW_NODES, _ROOT_NODES = 50, 10, 50
# The whole program's cuts alone may take seconds, and nodes do not count them.
_ROOT_SECONDS = 0.6
# What it gets where all else has ended far from the bound.
_LATE_SECONDS = 1.0
# With so few fractions in the tight linear program branch and bound may close the gap: it is tried after a few windows.
_FEW, _FIRST_WINDOWS, _MOST_WINDOWS = 60, 2, 10
# What is good enough after so many windows, in multiples of the gap that is wished for: 0.2, 0.5 and 1 cent of money.
_PATIENCE = ((0, 1.0), (2, 2.5), (6, 5.0))
# After so long, in seconds and in first linear programs (a slower machine's are longer), an answer within so many gaps is
# good enough: 5 cents, of which seldom more than one is really missing; after a third more every answer is.
_PATIENCE_SECONDS, _PATIENCE_PROGRAMS, _TIRED = 0.7, 9.0, 25.0
# An answer is called proved within this many.
PROVED = 2.5
# A start within so many is improved in a few windows only.
_NEAR = 50.0
# So many windows in a row that gain less than this share of the gap end the search, unless it has not landed.
_FAILURES, _WORTH = 4, 0.2
# A gain below this, in the objective's unit, is none.
_GAIN = 1e-5
# With less time left than this, in seconds, nothing new is begun: CBC has crashed when its time ended in its preprocessing.
_LITTLE = 0.25


@dataclass(frozen=True)
class Wanted:
    """The gap that ends the search, absolute and relative."""

    gap: float
    relative_gap: float = 1e-6

    def within(self, found: Found, bound: float, slack: float = 1.0) -> bool:
        """Whether an answer is proved to be so near to the optimum; ``slack`` multiplies the gap."""
        return found.objective - bound <= slack * max(self.gap, self.relative_gap * abs(found.objective))


def least(
    solver: Solver,
    node: Node,
    cost: dict[int, float],
    left: Callable[[], float],
    wanted: Wanted,
    start: list[float | None] | None = None,
) -> Found | None:
    """The least cost, near enough; None where there is no answer. ``left``: seconds left. ``start``: known columns."""
    solver.aim(cost)
    program = solver.program
    whole = [i for i, integer in enumerate(program.integer) if integer]
    if not solver.guided:
        return solver.branched(left(), wanted.gap, wanted.relative_gap, _known(start))
    began = time.perf_counter()
    root = solver.relaxed()
    if root is None or not _fractions(root, whole):
        return root
    if len(whole) <= SMALL:
        near = _still_good(Search(solver, node, whole, left, wanted), root, start)
        found = near or solver.branched(left(), wanted.gap, wanted.relative_gap, _known(start), _SMALL_NODES)
        if left() < _LITTLE or (found is not None and found.proved):
            return found
        start = list(found.values) if found is not None else start
        root = solver.relaxed() or root  # cuts are made from the last solution
    patience = max(_PATIENCE_SECONDS, _PATIENCE_PROGRAMS * (time.perf_counter() - began))
    search = Search(solver, node, whole, left, wanted, (began + patience, began + 1.3 * patience))
    try:
        best = search.answer(search.tightened(root), start)
    finally:
        solver.loosen()
    return best


def _known(start: list[float | None] | None) -> list[float] | None:
    return [value or 0.0 for value in start] if start is not None else None


def _still_good(search: "Search", root: Found, start: list[float | None] | None) -> Found | None:
    """A start that the linear program already proves near enough: 7 ms in place of 44, in more than half of all plans
    that follow another by a quarter of an hour."""
    found = search.started(start) if start is not None else None
    if found is None or not search.wanted.within(found, root.objective):
        return None
    return replace(found, bound=root.objective, proved=True)


def _fractions(found: Found, whole: Iterable[int]) -> list[int]:
    """Whole-number columns whose values are none, the nearest to one first."""
    away = {i: abs(found.values[i] - round(found.values[i])) for i in whole}
    return sorted((i for i, distance in away.items() if distance > _WHOLE), key=lambda i: away[i])


class Search:
    """One search: the solver with its cuts, and what it may still take; ``patience``: its two ends."""

    def __init__(
        self,
        solver: Solver,
        node: Node,
        whole: list[int],
        left: Callable[[], float],
        wanted: Wanted,
        patience: tuple[float, float] = (math.inf, math.inf),
    ) -> None:
        self._solver, self._node, self._left, self.wanted = solver, node, left, wanted
        self._patience = patience
        counts = {index for columns in node.counts.values() for index in columns}
        self._whole = whole
        # A running count is whole where what it counts is: held, it would hold the sum too.
        self._free = [i for i in whole if i not in counts]

    def tightened(self, root: Found) -> Found:
        """The linear program with rounds of cuts: what CBC's own root takes a second for, in 0.05 s."""
        for _ in range(_CUT_ROUNDS):
            if not self._solver.tighten():
                return root
            found = self._solver.relaxed()
            if found is None:
                return root
            root, before = found, root
            if root.objective - before.objective < _CUT_GAIN:
                break
        return root

    def answer(self, root: Found, start: list[float | None] | None) -> Found | None:
        """The best found: from the start, or a dive; improved window by window; branch and bound where it may close."""
        best = self.started(start) if start is not None else None
        if best is not None and self.wanted.within(best, root.objective, _NEAR):
            good = self.wanted.within(best, root.objective, _PATIENCE[-1][1])
            return self._improved(best, root, 0 if good else _FIRST_WINDOWS)
        dived = self._dived(root)
        if best is None or (dived is not None and dived.objective < best.objective):
            best = dived
        if best is None:
            self._solver.loosen()  # with our cuts in it CBC takes ten times as long
            return self._whole_program(None, root.objective, self._left())
        if len(_fractions(root, self._free)) > _FEW:
            return self._landed(self._improved(best, root, _MOST_WINDOWS), root)
        best = self._improved(best, root, _FIRST_WINDOWS)
        if best.proved or self._tired(best, root):
            return best
        seconds = max(_LITTLE, min(_ROOT_SECONDS, self._patience[0] - time.perf_counter()))
        last = self._whole_program(best, root.objective, seconds) if self._left() > _LITTLE else None
        if last is None:
            return best
        return self._improved(last, replace(root, objective=last.bound), _MOST_WINDOWS)

    def _tired(self, best: Found, root: Found) -> bool:
        """Whether the patience is over and the answer is good enough for that."""
        first, last = self._patience
        now = time.perf_counter()
        return now > last or (now > first and self.wanted.within(best, root.objective, _TIRED))

    def _landed(self, best: Found, root: Found) -> Found:
        """An answer still far from the bound: branch and bound on the whole program, from nothing.

        Its own heuristics then land elsewhere: 0.2 to 1 s to a tenth of a cent where the windows stood 4 cents away, and
        started from their answer it stays with it.
        """
        if self.wanted.within(best, root.objective, _LANDED) or self._left() < _LITTLE or self._tired(best, root):
            return best
        self._solver.loosen()
        other = self._whole_program(None, root.objective, _LATE_SECONDS)
        return best if other is None or other.objective > best.objective else other

    def _whole_program(self, best: Found | None, bound: float, seconds: float) -> Found | None:
        """Branch and bound on the whole program; without an answer to start from, with no limit on its nodes."""
        start, nodes = (best.values, _ROOT_NODES) if best is not None else (None, None)
        wanted = self.wanted
        found = self._solver.branched(min(seconds, self._left()), wanted.gap, wanted.relative_gap, start, nodes)
        if found is None or (best is not None and best.objective < found.objective - _GAIN):
            found = best
        if found is None:
            return None
        bound = max(bound, found.bound)
        return replace(found, bound=bound, proved=wanted.within(found, bound, PROVED))

    def started(self, start: list[float | None]) -> Found | None:
        """What a start's whole numbers allow; those that it does not know are branched on."""
        known = {i: float(round(value)) for i in self._free if i < len(start) and (value := start[i]) is not None}
        known = {i: value for i, value in known.items() if self._solver.program.allows(i, value)}
        with self._solver.held(known):
            found = self._solver.relaxed()
            if found is not None and _fractions(found, self._whole):
                found = self._branched(_DIVE_NODES)
        return found

    def _dived(self, root: Found) -> Found | None:
        """Fixes the fractions nearest to whole numbers, solves again, and so on; the last few are branched on.

        On the tight linear program: 0.2 s to 1 or 2 cents from the optimum of a 48 h two-level tariff. On the plain one
        the same dive ends 10 to 20 cents from it, and fixing what is whole there takes 0.5 s to 3 cents.
        """
        best: Found | None = None
        for attempt, (share, few) in enumerate(_DIVES):
            if attempt and self._left() < _LITTLE:
                break
            found: Found | None = root
            fixed: dict[int, float] = {}
            while found is not None and len(fractions := _fractions(found, self._free)) > few:
                batch = {i: float(round(found.values[i])) for i in fractions[: max(1, int(share * len(fractions)))]}
                self._solver.hold(batch)
                fixed |= batch
                found = self._solver.relaxed()
            self._solver.release(fixed)
            if found is None:
                continue
            before, apart = found.objective, set(_fractions(found, self._free))
            found = self._landing(found, apart) or self._landing(found, apart | self._around(apart))
            if found is not None and (best is None or found.objective < best.objective):
                best = found
            if best is not None and (self.wanted.within(best, before, _LANDED) or self._tired(best, root)):
                break
        return best

    def _landing(self, found: Found, apart: set[int]) -> Found | None:
        """Branch and bound on some columns; the other whole numbers as they are rounded."""
        with self._solver.held({i: float(round(found.values[i])) for i in self._free if i not in apart}):
            return self._branched(_DIVE_NODES)

    def _around(self, apart: set[int]) -> set[int]:
        """What the same devices do in the steps around: half a run here and half there are none of the least length.

        In 17 of 250 homes with export above import the fractions of the first dive alone had no answer, and in 10 those of
        all three; with these columns all had, in 0.1 to 0.9 s where the whole program takes 1 to 7 s.
        """
        found = set[int]()
        for columns in (*self._node.running.values(), *self._node.begins.values()):
            steps = [k for k, i in columns.items() if i in apart]
            found |= {i for k, i in columns.items() if any(abs(k - step) <= _AROUND for step in steps)}
        return found.intersection(self._free)

    def _improved(self, best: Found, root: Found, most: int) -> Found:
        """``most`` windows, those first where the answer differs most from the linear program; twice as many far from it."""
        windows = windows_of(self._node, self._solver.program)
        tried: set[int] = set()
        failed = 0
        for count in range(2 * most):
            slack = max(factor for after, factor in _PATIENCE if count >= after)
            order = windows.by_distance(best.values, root.values, self._free)
            at = next((begin for begin in order if begin not in tried), None)
            if at is None or self.wanted.within(best, root.objective, slack) or self._left() < _LITTLE:
                break
            if (failed >= _FAILURES or count >= most) and self.wanted.within(best, root.objective, _LANDED):
                break
            if self._tired(best, root):
                break
            found = self._in_window(windows, at, best)
            tried.add(at)
            failed += 1
            if found is not None:
                failed = 0 if best.objective - found.objective > _WORTH * self.wanted.gap else failed
                best = found
                tried = {begin for begin in tried if begin == at or not windows.overlap(begin, at)}
        return replace(best, bound=root.objective, proved=self.wanted.within(best, root.objective, PROVED))

    def _in_window(self, windows: Windows, at: int, best: Found) -> Found | None:
        """The best with all flows and whole numbers outside a window as they are, then with all flows free again."""
        with self._solver.held(windows.outside(at, best.values, self._free)):
            found = self._branched(_WINDOW_NODES, best.values)
        if found is None or found.objective >= best.objective - _GAIN:
            return None
        with self._solver.held({i: float(round(found.values[i])) for i in self._free}):
            return self._solver.relaxed() or found

    def _branched(self, nodes: int, start: list[float] | None = None) -> Found | None:
        return self._solver.branched(max(self._left(), _LITTLE), self.wanted.gap / 4, 1e-6, start, nodes, cutting=False)
