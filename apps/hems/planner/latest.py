"""The newest plan with its problem, as the apps pass it on."""

from dataclasses import dataclass
from datetime import datetime

from ..domain.plan import Plan
from ..domain.problem import Problem


@dataclass(frozen=True)
class Latest:
    """``created`` (aware UTC); ``reason``: why it was planned; ``number`` rises by one; ``notes``: what had to be assumed."""

    problem: Problem
    plan: Plan
    created: datetime
    reason: str
    number: int
    notes: tuple[str, ...] = ()
