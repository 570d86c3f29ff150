"""The run rules of a load that goes on and off, step by step."""

from collections.abc import Sequence

from ..domain.horizon import Horizon
from ..domain.loads import InterruptibleLoad, SwitchedLoad
from .meter import INFINITE, NOISE


class Switch:
    """Minimum on and off times, and the number of starts."""

    def __init__(self, load: SwitchedLoad, horizon: Horizon) -> None:
        self._load, self._horizon = load, horizon
        self._on, self._count = load.on_now, 0
        self._since = load.on_for_minutes if load.on_now else INFINITE
        self._most = load.max_starts if isinstance(load, InterruptibleLoad) else None

    def fits(self, k: int, room: Sequence[bool]) -> bool:
        """Whether there is ``room``, shape (N,), in all steps that being on in step k takes: a new run has its least time."""
        posts = self._horizon.posts_minutes
        end = posts[k] + (0.0 if self._on else self._load.min_on_minutes)
        return all(room[j] for j in range(k, len(room)) if j == k or posts[j] < end)

    def step(self, k: int, wanted: bool) -> bool:
        """Whether the load is on in step k; steps are asked for in order."""
        load, on = self._load, self._on
        held = self._since < (load.min_on_minutes if on else load.min_off_minutes) - NOISE
        may_start = self._most is None or self._count < self._most
        now_on = on if held else wanted and (on or may_start)
        self._count += now_on and not on
        self._since = (self._since if now_on == on else 0.0) + self._horizon.step_minutes[k]
        self._on = now_on
        return now_on


def forced_on(load: SwitchedLoad, horizon: Horizon) -> list[bool]:
    """On only while a run that has begun must go on, shape (N,)."""
    switch = Switch(load, horizon)
    return [switch.step(k, False) for k in range(horizon.steps)]
