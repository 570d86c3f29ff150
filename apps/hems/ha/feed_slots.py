"""What was said earlier and what is said now, as one series."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..domain.series import Slot

# As many weeks as an estimate of the prices to come learns from, and one more.
KEPT = timedelta(days=28)


def overlaid(earlier: Sequence[Slot], later: Sequence[Slot]) -> tuple[Slot, ...]:
    """``later``, and of ``earlier`` what ``later`` says nothing of. Both in order and without overlaps, and so the result."""
    found: list[Slot] = list(later)
    begins = [slot.begin for slot in later]
    for slot in earlier:
        k = max(bisect_left(begins, slot.begin) - 1, 0)
        at = slot.begin
        while k < len(later) and later[k].begin < slot.end:
            if later[k].begin > at:
                found.append(Slot(at, later[k].begin, slot.value))
            at = max(at, later[k].end)
            k += 1
        if at < slot.end:
            found.append(Slot(at, slot.end, slot.value))
    return tuple(sorted(found, key=lambda one: one.begin))


def between(slots: Sequence[Slot], begin: datetime, end: datetime) -> tuple[Slot, ...]:
    """The slots that end after ``begin`` and begin before ``end``, whole."""
    return tuple(slot for slot in slots if slot.end > begin and slot.begin < end)


@dataclass(frozen=True)
class Known:
    """Prices that were published: they are not taken back, so what is not said again stays, for ``hold`` at most.

    ``until`` is the furthest end that was said, ``said`` when (aware UTC).
    """

    slots: tuple[Slot, ...] = ()
    until: datetime | None = None
    said: datetime | None = None

    def heard(self, slots: Sequence[Slot], now: datetime, hold: timedelta) -> "Known":
        """After ``slots`` were said at ``now``."""
        if not slots:
            return self
        end = slots[-1].end
        if self.until is None or self.said is None or end >= self.until:
            return Known(between(overlaid(self.slots, slots), now - KEPT, end), end, now)
        if now - self.said <= hold:
            return Known(between(overlaid(self.slots, slots), now - KEPT, self.until), self.until, self.said)
        kept = tuple(slot for slot in self.slots if slot.begin < end)
        return Known(between(overlaid(kept, slots), now - KEPT, end), end, now)
