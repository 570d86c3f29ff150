"""The newest plan with its problem, as the apps pass it on."""

from dataclasses import dataclass
from datetime import datetime

from ..domain.plan import Plan
from ..domain.problem import Problem
from .tariff_planning import at_true_prices
from .tariff_prices import StepPrices


@dataclass(frozen=True)
class Latest:
    """``created`` (aware UTC); ``reason``: why it was planned; ``number`` rises by one; ``notes``: what had to be assumed.

    ``problem`` is what was planned and is dispatched by; ``plan`` has its money at true prices. ``prices``: the true prices
    by step, their uncertainty, and from when on they are estimates. ``recalled``: it was made before the last restart.
    """

    problem: Problem
    plan: Plan
    created: datetime
    reason: str
    number: int
    notes: tuple[str, ...] = ()
    prices: StepPrices | None = None
    recalled: bool = False

    @property
    def paid(self) -> Problem:
        """The problem at true prices: what is to be shown."""
        return at_true_prices(self.problem, self.prices) if self.prices is not None else self.problem
