"""Where the linear program of a long period begins: a basis put together from windows of a few days.

The simplex method takes as many steps as there are rows, and each is the longer the more rows there are. A window is short,
and only its last days would be another with what comes after them known: from the basis of all the long program is soon at
its optimum, which is the same from wherever it begins.
"""

from collections.abc import Callable, Iterable, Iterator

from ..optimizer.cbc import Solver
from ..optimizer.matrix import AT_LOWER, FREE, Basis
from ..optimizer.model import Model
from ..optimizer.program import Program, Terms, Tier
from ..optimizer.windows import windows_of

# What is kept of a window, and what it looks ahead. 60 days of summer (309,000 columns): windows 25 s and the rest 1 s; of
# three days 23 and 2.5 s, of two that look one ahead 19 and 9 s, of one 22 and 22 s. From nothing it was 36 s.
_KEPT_HOURS, _AHEAD_HOURS = 144.0, 48.0
# A window takes a second or two; this only bounds what should never happen.
_WINDOW_SECONDS = 60
# What is given up of limits and wishes, so that every window has an answer, costs so much for what its own tier counts as 1.
_DEAR = 1e3


def windowed_basis(model: Model, tell: Callable[[float], None]) -> Basis | None:
    """A basis near that of the least money with nothing whole; None where the windows find none.

    Each window begins where the one before ends to be kept, with all earlier columns as they were found. What a whole month
    shares, as a peak that is paid for, is seen late: then it is the basis of something worse. ``tell`` hears the share that
    is done.
    """
    course, hours = _Course(model), model.problem.horizon.hours
    for begin, end in _windows(hours):
        if not course.solve(begin, end):
            return None
        tell(end / len(hours))
    return course.basis


def _windows(hours: tuple[float, ...]) -> Iterator[tuple[int, int]]:
    """The first step of each window, and the one after its last."""
    kept, ahead = (max(1, round(span / hours[0])) for span in (_KEPT_HOURS, _AHEAD_HOURS))
    begin = 0
    while begin + kept + ahead < len(hours):
        yield begin, begin + kept + ahead
        begin += kept
    yield begin, len(hours)


class _Course:
    """What is known of a program's solution so far: the columns' values, and the basis."""

    def __init__(self, model: Model) -> None:
        self._program, self._cost = model.program, dict(model.program.costs[Tier.MONEY])
        self._upper = list(model.program.upper)
        for tier, slacks in model.program.slacks.items():
            for index, upper in slacks.items():
                self._upper[index] = upper
                self._cost[index] = _DEAR * model.program.costs[tier].get(index, 0.0)
        steps, numbers = model.node.steps, range(len(model.program.lower))
        step_of = windows_of(model.node, model.program).last
        self._columns = _by_step(((index, step_of.get(index, 0)) for index in numbers), steps)
        self._rows = _by_step(
            (
                (row, max(step_of.get(index, 0) for index, _ in terms))
                for row, (terms, _, _) in enumerate(model.program.rows)
            ),
            steps,
        )
        self._values = [0.0] * len(numbers)
        self.basis = Basis([AT_LOWER] * len(numbers), [FREE] * len(model.program.rows))

    def solve(self, begin: int, end: int) -> bool:
        """The least of the steps from ``begin`` to before ``end``, earlier columns as they are; whether there is any."""
        columns = [index for k in range(begin, end) for index in self._columns[k]]
        rows = [row for k in range(begin, end) for row in self._rows[k]]
        part = self._part(columns, rows)
        with Solver(part) as solver:
            solver.aim({k: self._cost[index] for k, index in enumerate(columns) if index in self._cost})
            found = solver.relaxed(_WINDOW_SECONDS)
            basis = solver.basis() if found is not None else None
        if found is None or basis is None:
            return False
        for k, index in enumerate(columns):
            self._values[index], self.basis.columns[index] = found.values[k], basis.columns[k]
        for k, row in enumerate(rows):
            self.basis.rows[row] = basis.rows[k]
        return True

    def _part(self, columns: list[int], rows: list[int]) -> Program:
        """These columns and rows as a program of their own, without its cost; other columns of the rows as they are."""
        whole, place = self._program, {index: k for k, index in enumerate(columns)}
        part = Program([whole.lower[i] for i in columns], [self._upper[i] for i in columns], [False] * len(columns))
        for terms, sense, right in (whole.rows[row] for row in rows):
            inside: Terms = [(place[i], factor) for i, factor in terms if i in place]
            if len(inside) < len(terms):
                right -= sum(factor * self._values[i] for i, factor in terms if i not in place)
            part.rows.append((inside, sense, right))
        return part


def _by_step(numbered: Iterable[tuple[int, int]], steps: int) -> list[list[int]]:
    """Numbers by the step that each has."""
    found: list[list[int]] = [[] for _ in range(steps)]
    for number, step in numbered:
        found[step].append(number)
    return found
