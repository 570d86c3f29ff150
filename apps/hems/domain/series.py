"""Values that hold from one instant to another, and how they are laid on a horizon. Gaps stay gaps (None)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .horizon import Horizon

# A step counts as known when at least this share of it is.
_COVERED = 0.999


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


def on_horizon(slots: Sequence[Slot], horizon: Horizon) -> list[float | None]:
    """The time-weighted mean of the slots in each step, None where a step is not covered; shape (N,)."""
    sums = [0.0] * horizon.steps
    minutes = [0.0] * horizon.steps
    posts = horizon.posts_minutes
    k = 0
    for slot in slots:
        low, high = horizon.minutes_at(slot.begin), horizon.minutes_at(slot.end)
        while k < horizon.steps and posts[k + 1] <= low:
            k += 1
        j = k
        while j < horizon.steps and posts[j] < high:
            share = min(high, posts[j + 1]) - max(low, posts[j])
            if share > 0:
                sums[j] += slot.value * share
                minutes[j] += share
            j += 1
    return [
        sums[j] / minutes[j] if minutes[j] >= _COVERED * horizon.step_minutes[j] else None for j in range(horizon.steps)
    ]


def next_boundary(now: datetime, step_minutes: int) -> datetime:
    """The next instant at which a step of ``step_minutes`` begins, after ``now``; aware, in the zone of ``now``.

    Boundaries are those of UTC; every zone in use is offset by a multiple of 15 minutes.
    """
    return (
        now
        + timedelta(minutes=planning_horizon(now, 0, step_minutes).step_minutes[0])
        - timedelta(microseconds=now.microsecond)
    )


def planning_horizon(now: datetime, hours: float, step_minutes: int) -> Horizon:
    """From ``now`` over the next boundary of ``step_minutes`` to about ``hours`` later: a partial first step, then whole ones.

    Boundaries are those of UTC; every zone in use is offset by a multiple of 15 minutes.
    """
    now = now.replace(microsecond=0)
    into = timedelta(minutes=now.minute % step_minutes, seconds=now.second)
    first = timedelta(minutes=step_minutes) - into
    whole = round(hours * 60 / step_minutes) - 1
    return Horizon(now, (first.total_seconds() / 60, *([float(step_minutes)] * max(whole, 0))))
