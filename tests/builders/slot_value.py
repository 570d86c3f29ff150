"""The value that holds at an instant, for tests that read slots."""

from collections.abc import Sequence
from datetime import datetime

from hems.domain.series import Slot


def value_at(slots: Sequence[Slot], time: datetime) -> float | None:
    """The value of the slot that contains ``time``, or None."""
    return next((slot.value for slot in slots if slot.begin <= time < slot.end), None)
