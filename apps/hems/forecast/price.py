"""Prices beyond those that are known: those of 24 hours before."""

from collections.abc import Sequence
from datetime import timedelta

from ..domain.horizon import Horizon
from ..domain.series import Slot, on_horizon

_DAY = timedelta(hours=24)
# How many days back a price is looked for: a week holds every kind of day.
_DAYS_BACK = 7


def prices_with_tail(slots: Sequence[Slot], horizon: Horizon) -> tuple[list[float] | None, int]:
    """Price of each step, and how many steps from the front are really known; None where not even the first is.

    A step without a price takes that of 24 hours before, or of the newest day before that which has one.
    Known prices stay what they are; the tail is an estimate, and the caller says so.
    """
    found = on_horizon(slots, horizon)
    known = next((k for k, price in enumerate(found) if price is None), len(found))
    if known == 0:
        return None, 0
    for days in range(1, _DAYS_BACK + 1):
        if all(price is not None for price in found):
            break
        shifted = [Slot(s.begin + days * _DAY, s.end + days * _DAY, s.value) for s in slots]
        earlier = on_horizon(shifted, horizon)
        found = [price if price is not None else other for price, other in zip(found, earlier, strict=True)]
    mean = sum(price for price in found if price is not None) / sum(price is not None for price in found)
    return [price if price is not None else mean for price in found], known
