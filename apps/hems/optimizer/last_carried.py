"""Series of an old plan read on the steps of a new problem, by time."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from ..domain.horizon import Horizon

# A step is known where the last plan covers at least this share of it, and a load is on where it was for as much.
HALF = 0.5
# Less power than this in a plan is none, kW.
NONE_KW = 1e-3


class Carried:
    """From the steps of one horizon to those of another, by time. ``known``: the steps that the old one covers."""

    def __init__(self, new: Horizon, old: Horizon) -> None:
        offset = old.minutes_at(new.start)
        self._old = old
        self._places = list(_places(old.posts_minutes, [offset + minutes for minutes in new.posts_minutes]))
        self._covered = self._differences(self._integral([1.0] * old.steps))
        parts = zip(self._covered, new.step_minutes, strict=True)
        self.known = [covered >= HALF * minutes for covered, minutes in parts]

    def unknown(self, knew_device: bool) -> list[bool]:
        """The steps that are left to the rules, shape (N,): all, for a device that the old plan did not know."""
        return [not (known and knew_device) for known in self.known]

    def mean(self, series: Sequence[float]) -> list[float]:
        """The mean of a series of powers over the part of each step that is covered, shape (N,); 0 where it is not known."""
        sums = self._differences(self._integral(series))
        steps = zip(sums, self._covered, self.known, strict=True)
        return [max(0.0, kw / minutes) if known else 0.0 for kw, minutes, known in steps]

    def at_end(self, states: Sequence[float]) -> list[float]:
        """A state at fence-posts, read at the end of each new step, shape (N,); the last one beyond the end."""
        return self._read(states)[1:]

    def _integral(self, series: Sequence[float]) -> list[float]:
        return [0.0, *accumulate(x * minutes for x, minutes in zip(series, self._old.step_minutes, strict=True))]

    def _read(self, at_posts: Sequence[float]) -> list[float]:
        """A quantity at the old fence-posts, interpolated at the new ones."""
        return [at_posts[k] + share * (at_posts[k + 1] - at_posts[k]) for k, share in self._places]

    def _differences(self, at_posts: Sequence[float]) -> list[float]:
        values = self._read(at_posts)
        return [after - before for before, after in pairwise(values)]


def _places(posts: Sequence[float], edges: Sequence[float]) -> Iterator[tuple[int, float]]:
    """The step between two posts that each edge lies in, and how far in it, 0..1."""
    k = 0
    for edge in edges:
        while k < len(posts) - 2 and posts[k + 1] <= edge:
            k += 1
        yield k, min(1.0, max(0.0, (edge - posts[k]) / (posts[k + 1] - posts[k])))
