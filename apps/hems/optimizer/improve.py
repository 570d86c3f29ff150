"""An answer improved window of time by window of time."""

from dataclasses import replace

from .cbc import Found
from .task import LITTLE, PROVED, Task
from .windows import Windows, windows_of

# Branch and bound's nodes for a window.
_WINDOW_NODES = 10
# What is good enough after so many windows, in multiples of the gap that is wished for: half a cent of money, and a cent. Of
# 18 windows that were tried within half a cent of the bound one gained anything: 0.02 cents.
_SLACK = ((0, PROVED), (2, 5.0))
# That is for so many devices with whole numbers; of more each brings its own part of the gap. Eight homes of ten devices
# ended with the same cost to a hundredth of a cent as with a cent, in 0.41 s in place of 0.59 (median).
_DEVICES = 4
# The most of them: an answer within it leaves nothing to improve that is worth a window.
GOOD = _SLACK[-1][1]
# Farther from the bound than so many gaps an answer gets twice as many windows.
FAR = 10.0
# So many windows in a row that gain less than this share of the gap end the search, unless the answer is far away.
_FAILURES, _WORTH = 6, 0.2
# A gain below this, in the objective's unit, is none.
GAIN = 1e-5


def improved(task: Task, best: Found, root: Found, most: int) -> Found:
    """``most`` windows, those first where the answer differs most from the linear program; twice as many far from it."""
    windows = windows_of(task.node, task.solver.program)
    tried: set[int] = set()
    failed = 0
    for count in range(2 * most):
        order = windows.by_distance(best.values, root.values, task.free)
        at = next((begin for begin in order if begin not in tried), None)
        if at is None or enough(task, best, root, count) or task.left() < LITTLE:
            break
        if (failed >= _FAILURES or count >= most) and task.wanted.within(best, root.objective, FAR):
            break
        found = _in_window(task, windows, at, best)
        tried.add(at)
        failed += 1
        if found is not None:
            failed = 0 if best.objective - found.objective > _WORTH * task.wanted.gap else failed
            best = found
            tried = {begin for begin in tried if begin == at or not windows.overlap(begin, at)}
    return replace(best, bound=root.objective, proved=task.wanted.within(best, root.objective, PROVED))


def enough(task: Task, best: Found, root: Found, count: int) -> bool:
    """Whether an answer is good enough after so many windows."""
    devices = len(task.node.running) + len(task.node.begins)
    slack = max(factor for after, factor in _SLACK if count >= after) * max(1.0, devices / _DEVICES)
    return task.wanted.enough(best, root.objective, slack) or task.tired(best, root.objective)


def _in_window(task: Task, windows: Windows, at: int, best: Found) -> Found | None:
    """The best with all flows and whole numbers outside a window as they are, then with all flows free again."""
    with task.solver.held(windows.outside(at, best.values, task.free)):
        found = task.branched(_WINDOW_NODES, best.values)
    if found is None or found.objective >= best.objective - GAIN:
        return None
    with task.solver.held({i: float(round(found.values[i])) for i in task.free}):
        return task.solver.relaxed() or found
