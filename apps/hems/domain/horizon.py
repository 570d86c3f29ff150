"""The horizon: steps k = 0..N-1 carry powers, fence-posts k = 0..N carry states."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import accumulate

# Two times nearer than this are the same fence-post: a microsecond is what a datetime resolves.
_SAME_HOURS = 1e-9


@dataclass(frozen=True)
class Horizon:
    """``start`` (aware UTC) and the lengths of N steps in minutes; steps may differ in length."""

    start: datetime
    step_minutes: tuple[float, ...]

    @cached_property
    def hours(self) -> tuple[float, ...]:
        """h[k], the length of step k in hours, shape (N,)."""
        return tuple(minutes / 60 for minutes in self.step_minutes)

    @cached_property
    def posts_minutes(self) -> tuple[float, ...]:
        """Minutes from the start to each fence-post, shape (N+1,)."""
        return tuple(accumulate(self.step_minutes, initial=0.0))

    @property
    def steps(self) -> int:
        """N."""
        return len(self.step_minutes)

    def time(self, post: int) -> datetime:
        """The instant of a fence-post."""
        return self.start + timedelta(minutes=self.posts_minutes[post])

    @property
    def end(self) -> datetime:
        """The instant of the last fence-post."""
        return self.time(self.steps)

    def minutes_at(self, time: datetime) -> float:
        """Minutes from the start to ``time``; negative before the start."""
        return (time - self.start).total_seconds() / 60

    def step_at(self, time: datetime) -> int | None:
        """The step that contains ``time`` (its start included, its end not), or None outside the horizon."""
        minutes = self.minutes_at(time)
        if minutes < 0 or minutes >= self.posts_minutes[-1]:
            return None
        return bisect_right(self.posts_minutes, minutes) - 1

    def first_post_from(self, time: datetime) -> int:
        """The first fence-post at or after ``time``: 0 for the past, N+1 for what lies beyond the end."""
        return bisect_left(self.posts_minutes, self.minutes_at(time) - _SAME_HOURS)

    def overlap(self, begin: datetime, end: datetime) -> tuple[float, ...]:
        """Share of each step that lies within ``begin..end``, 0..1, shape (N,)."""
        low, high = self.minutes_at(begin), self.minutes_at(end)
        posts = self.posts_minutes
        return tuple(
            max(0.0, min(high, posts[k + 1]) - max(low, posts[k])) / self.step_minutes[k] for k in range(self.steps)
        )

    def averaged(self, profile: Sequence[float], profile_minutes: float, begin_minutes: float) -> tuple[float, ...]:
        """A power profile laid on the steps: the mean power of each step in kW, shape (N,).

        ``profile``: mean powers in kW of periods of ``profile_minutes``, the first beginning ``begin_minutes`` after the
        start of the horizon (negative: it has begun already). Energy inside the horizon is kept.
        """
        power = [0.0] * self.steps
        posts = self.posts_minutes
        for index, level in enumerate(profile):
            low = begin_minutes + index * profile_minutes
            high = low + profile_minutes
            k = max(0, bisect_right(posts, low) - 1)
            while k < self.steps and posts[k] < high:
                share = min(high, posts[k + 1]) - max(low, posts[k])
                if share > 0:
                    power[k] += level * share / self.step_minutes[k]
                k += 1
        return tuple(power)
