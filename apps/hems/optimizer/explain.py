"""What the plan does with a device in one step, why, and what it would cost to do otherwise.

Every alternative is a solve of the whole home with that choice fixed, so its extra cost is what the best plan with it
costs more, all other devices having made way for it.
"""

import time
from collections.abc import Callable

from ..domain.faults import Refused
from ..domain.problem import Problem
from .explain_difference import caused, differences, does
from .explain_solve import Solved, solved_apart
from .explain_time import step_of
from .explanation import Alternative, Explanation
from .model import build_model
from .otherwise import Choice, choices
from .rank import money
from .reasons import reasons
from .solve import MONEY_GAP, MONEY_RELATIVE_GAP

# Whoever waits longer than this is told what is being solved.
_PATIENCE_SECONDS = 2.0


def explain(
    problem: Problem, device: str, at: str | None, seconds: float, say: Callable[[str], None] = lambda words: None
) -> Explanation:
    """Solves the plan and each alternative for ``seconds`` at most; ``say`` is told the progress of what takes long.

    ``at``: a local time (``18:00``, the first one in the horizon) or an ISO time; None: the first step. Raises Refused
    for an unknown device, a time outside the horizon, and where the solver finds no plan.
    """
    k = step_of(problem, device, at)
    progress = _Progress(say)
    base = solved_apart(problem, None, seconds, progress.told("the plan"))
    if isinstance(base, str):
        raise Refused([f"the solver gave no plan ({base})"])
    others = choices(build_model(problem), base.schedule, device, k)
    found = []
    for number, choice in enumerate(others, 1):
        told = progress.told(f"{number} of {len(others)}: {choice.name}")
        found.append(_alternative(problem, base, choice, k, seconds, told))
    horizon, cost = problem.horizon, money(problem, base.schedule)
    return Explanation(
        device=device,
        start=horizon.time(k),
        end=horizon.time(k + 1),
        time_zone=problem.time_zone,
        currency=problem.currency,
        does=does(problem, base.schedule, device, k),
        reason=reasons(problem, base.schedule, base.energy_value)[device][k],
        cost=cost,
        gap=_gap(cost),
        proved=base.proved,
        alternatives=tuple(found),
    )


def _gap(cost: float) -> float:
    """Two costs nearer than this are the same to the solver."""
    return max(MONEY_GAP, MONEY_RELATIVE_GAP * abs(cost))


def _alternative(
    problem: Problem, base: Solved, choice: Choice, k: int, seconds: float, told: Callable[[], None]
) -> Alternative:
    if choice.never is not None:
        return Alternative(choice=choice.name, not_possible=choice.never)
    other = solved_apart(problem, choice, seconds, told)
    if isinstance(other, str):
        return Alternative(choice=choice.name, not_possible=other)
    before = money(problem, base.schedule)
    extra = money(problem, other.schedule) - before
    same = abs(extra) <= _gap(before)
    return Alternative(
        choice=choice.name,
        extra_cost=0.0 if same else extra,
        within_gap=same,
        proved=other.proved,
        because=() if same else differences(problem, base.schedule, other.schedule, k),
        extra_shortfalls=caused(problem, base.schedule, other.schedule),
    )


class _Progress:
    """Says what is being solved, once somebody has waited for long."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say, self._began = say, time.monotonic()

    def told(self, words: str) -> Callable[[], None]:
        """Called while a solve is waited for; says ``words`` once."""
        said: list[str] = []

        def tell() -> None:
            if not said and time.monotonic() - self._began >= _PATIENCE_SECONDS:
                said.append(words)
                self._say(f"solving {words}")

        return tell
