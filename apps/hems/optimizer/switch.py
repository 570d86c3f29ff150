"""The run rules of a load that goes on and off, step by step."""

from ..domain.horizon import Horizon
from ..domain.loads import InterruptibleLoad
from .meter import INFINITE, NOISE


class Switch:
    """Minimum on and off times, and the number of starts."""

    def __init__(self, load: InterruptibleLoad, horizon: Horizon) -> None:
        self._load, self._horizon = load, horizon
        self._on, self._count = load.on_now, 0
        self._since = load.on_for_minutes if load.on_now else INFINITE

    def step(self, k: int, wanted: bool) -> bool:
        """Whether the load is on in step k; steps are asked for in order."""
        load, on = self._load, self._on
        held = self._since < (load.min_on_minutes if on else load.min_off_minutes) - NOISE
        may_start = load.max_starts is None or self._count < load.max_starts
        now_on = on if held else wanted and (on or may_start)
        self._count += now_on and not on
        self._since = (self._since if now_on == on else 0.0) + self._horizon.step_minutes[k]
        self._on = now_on
        return now_on
