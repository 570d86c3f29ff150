"""Values that hold from one instant to another, and how they are laid on a horizon. Gaps stay gaps (None)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from .horizon import Horizon

# A step counts as known when at least this share of it is.
_COVERED = 0.999
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Slot:
    """``value`` holds from ``begin`` until ``end`` (aware UTC)."""

    begin: datetime
    end: datetime
    value: float


def merged(slots: Iterable[Slot]) -> tuple[Slot, ...]:
    """Slots in order of time, the later given of two with the same begin; an overlap ends where the next begins."""
    by_begin = {slot.begin: slot for slot in slots if slot.end > slot.begin}
    ordered = [by_begin[begin] for begin in sorted(by_begin)]
    ends = [slot.begin for slot in ordered[1:]] + ([ordered[-1].end] if ordered else [])
    return tuple(Slot(slot.begin, min(slot.end, end), slot.value) for slot, end in zip(ordered, ends, strict=True))


class SlotTable:
    """Slots in order of time as arrays: made once, laid on many horizons. ``others``: slots at the same times."""

    def __init__(self, slots: Sequence[Slot], *others: Sequence[Slot]) -> None:
        self._begin_us, self._end_us = (
            _microseconds([slot.begin for slot in slots]),
            _microseconds([slot.end for slot in slots]),
        )
        self._values = [np.array([slot.value for slot in one], dtype=float) for one in (slots, *others)]

    def on(self, horizon: Horizon) -> list[float | None]:
        """The time-weighted mean of the slots in each step, None where a step is not covered; shape (N,)."""
        return self.each_on(horizon)[0]

    def each_on(self, horizon: Horizon) -> list[list[float | None]]:
        """The same of the slots and of all others, shape (1 + others, N)."""
        posts, start_us = np.array(horizon.posts_minutes), _microseconds([horizon.start])
        low, high = ((at - start_us) / 1e6 / 60 for at in (self._begin_us, self._end_us))
        first = np.searchsorted(posts[1:], low, side="right")
        counts = np.maximum(np.searchsorted(posts[:-1], high, side="left") - first, 0)
        # Each slot once for every step that it touches, slot after slot.
        slots = np.repeat(np.arange(len(counts)), counts)
        steps = np.arange(len(slots)) - np.repeat(np.cumsum(counts) - counts - first, counts)
        share = np.maximum(np.minimum(high[slots], posts[steps + 1]) - np.maximum(low[slots], posts[steps]), 0.0)
        minutes = np.bincount(steps, share, horizon.steps)
        covered = minutes >= _COVERED * np.array(horizon.step_minutes)
        known = covered.tolist()
        found = []
        for values in self._values:
            sums = np.bincount(steps, values[slots] * share, horizon.steps)
            means = np.divide(sums, minutes, out=np.zeros(horizon.steps), where=covered).tolist()
            found.append([mean if is_known else None for mean, is_known in zip(means, known, strict=True)])
        return found


def _microseconds(times: Sequence[datetime]) -> NDArray[np.float64]:
    """Since 1970, whole numbers; shape (N,)."""
    return np.rint(np.array([time.timestamp() for time in times]) * 1e6)


def on_horizon(slots: Sequence[Slot], horizon: Horizon) -> list[float | None]:
    """The time-weighted mean of the slots (in order) in each step, None where a step is not covered; shape (N,)."""
    return SlotTable(slots).on(horizon) if slots else [None] * horizon.steps


def next_boundary(now: datetime, step_minutes: int) -> datetime:
    """The next instant at which a step of ``step_minutes`` begins, after ``now``; aware, in the zone of ``now``.

    Boundaries are those of UTC; every zone in use is offset by a multiple of 15 minutes.
    """
    return (
        now
        + timedelta(minutes=planning_horizon(now, 0, step_minutes).step_minutes[0])
        - timedelta(microseconds=now.microsecond)
    )


def planning_horizon(
    now: datetime, hours: float, step_minutes: int, longer_steps: Mapping[float, int] | None = None
) -> Horizon:
    """From ``now`` over the next boundary of ``step_minutes`` to about ``hours`` later: a partial first step, then whole ones.

    ``longer_steps``: steps of so many minutes from so many hours ahead on, each on its own boundary; a length that is not
    longer than the one before is left out. Boundaries are those of UTC; every zone in use is offset by a multiple of 15
    minutes.
    """
    now = now.replace(microsecond=0)
    into = timedelta(minutes=now.minute % step_minutes, seconds=now.second)
    lengths, length = [timedelta(minutes=step_minutes) - into], timedelta(minutes=step_minutes)
    ahead, tiers = lengths[0], sorted((longer_steps or {}).items())
    end = timedelta(hours=hours) + lengths[0] - length
    while ahead + length / 2 <= end:
        due = [minutes for after, minutes in tiers if ahead >= timedelta(hours=after)]
        wanted = timedelta(minutes=due[-1]) if due else length
        minute = (now + ahead).hour * 60 + (now + ahead).minute
        if wanted > length and minute % (wanted // _MINUTE) == 0:
            length = wanted
        lengths.append(length)
        ahead += length
    return Horizon(now, tuple(one / _MINUTE for one in lengths))
