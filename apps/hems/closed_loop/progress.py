"""How far a simulation is, on standard error: one line that is rewritten, or one every half minute in a log."""

import shutil
import time
from collections.abc import Callable, Mapping
from typing import TextIO

from .results import ControllerName

# A run that plans takes this many times as long as one by rules.
_PLANNING = 50.0
_LINE_EVERY_S, _REWRITTEN_EVERY_S = 30.0, 0.5
_BAR = 24
# Below this share of new work the remaining time is a guess.
_ENOUGH = 0.01


def work_done(shares: Mapping[ControllerName, float]) -> float:
    """The share of all work, 0..1, each run weighted by what it costs."""
    weights = {name: _PLANNING if name.startswith("hems") else 1.0 for name in shares}
    whole = sum(weights.values())
    return sum(weights[name] * share for name, share in shares.items()) / whole if whole else 1.0


def duration_words(seconds: float) -> str:
    """45 s, 12 min, 3 h 05 min."""
    if seconds < 90:
        return f"{max(0, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


class Progress:
    """Called with the share of each run as often as it is known; ``close`` ends the line."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock = stream, clock
        self._rewrites = stream.isatty()
        self._written_at = clock()
        self._width = 0
        # When the first share was known, and the last change of it with what was left then.
        self._first: tuple[float, float] | None = None
        self._last: tuple[float, float, float | None] = (0.0, -1.0, None)

    def __call__(self, shares: Mapping[ControllerName, float]) -> None:
        """The bar, where it is time for one."""
        now, done = self._clock(), work_done(shares)
        if self._first is None:
            self._first = (now, done)
        if done != self._last[1]:
            self._last = (now, done, self._left_s(now, done))
        if now - self._written_at >= (_REWRITTEN_EVERY_S if self._rewrites else _LINE_EVERY_S):
            self._written_at = now
            self._write(self._line(now, shares))

    def close(self) -> None:
        """Takes the bar away."""
        if self._rewrites and self._width:
            self._stream.write("\r" + " " * self._width + "\r")
            self._stream.flush()
        self._width = 0

    def _left_s(self, now: float, done: float) -> float | None:
        """What was kept of an earlier call took no time, so it is not counted."""
        assert self._first is not None
        begun, had = self._first
        return (now - begun) * (1 - done) / (done - had) if done - had >= _ENOUGH else None

    def _line(self, now: float, shares: Mapping[ControllerName, float]) -> str:
        at, done, left = self._last
        words = "" if left is None else f", about {duration_words(max(0.0, left - (now - at)))} left"
        runs = ", ".join(f"{name} {100 * share:.0f} %" for name, share in shares.items() if 0 < share < 1)
        filled = int(done * _BAR)
        return f"[{'#' * filled}{'.' * (_BAR - filled)}] {100 * done:3.0f} %{words}" + (f" ({runs})" if runs else "")

    def _write(self, line: str) -> None:
        if self._rewrites:
            line = line[: shutil.get_terminal_size().columns - 1]
            self._stream.write("\r" + line.ljust(self._width))
            self._width = len(line)
        else:
            self._stream.write(line + "\n")
        self._stream.flush()
