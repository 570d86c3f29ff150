"""Values that hold from one instant to another, and how they are laid on a horizon. Gaps stay gaps (None)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

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
