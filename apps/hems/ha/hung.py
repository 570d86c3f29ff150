"""A Home Assistant that hangs: it is asked whether it answers before it is told anything, and told nothing while it does not.

Its websocket stays open, so nobody is told of it. A call would hold its caller for ten seconds, each device's anew, and be
carried out once Home Assistant goes on, however late. A question that changes nothing does neither: one stays open until
it is answered, and whoever comes meanwhile need not wait.
"""

from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager, nullcontext
from math import inf
from threading import Lock
from time import monotonic
from typing import Any

# So long a question may be open before Home Assistant counts as hung. What it has answered just now it is not asked again.
PATIENCE_S = 2.0
_FRESH_S = 0.25
# Home Assistant that goes on first does what it was told before: its states tell of it only after a moment.
_SETTLE_S = 5.0


def _pause(question: Future[Any], seconds: float) -> None:
    wait([question], seconds)


class Pulse:
    """Whether Home Assistant answers. ``ask``: asks it something; what it returns is done with the answer, or when there can
    be none any more. ``clock``: seconds that only grow; ``pause``: waits for an answer, at most so many seconds."""

    def __init__(
        self,
        ask: Callable[[], Future[Any]],
        clock: Callable[[], float] = monotonic,
        pause: Callable[[Future[Any], float], None] = _pause,
    ) -> None:
        self._ask, self._clock, self._pause = ask, clock, pause
        self._lock = Lock()
        self._question: Future[Any] | None = None
        self._asked_at = self._answered_at = -inf
        self._silent_since = self._woke_at = -inf

    def answers(self, patience_s: float = PATIENCE_S) -> bool:
        """Asks, and waits for the answer as long as patience lasts: while a question stays open, not at all."""
        with self._lock:
            if self._question is None and self._clock() - self._answered_at >= _FRESH_S:
                self._asked_at = self._clock()
                self._question = self._ask()
                self._question.add_done_callback(self._answered)
            question, left_s = self._question, self._asked_at + patience_s - self._clock()
        if question is None:
            return True
        self._pause(question, max(left_s, 0.0))
        return question.done()

    def ready(self) -> bool:
        """Whether a device may be called: it answers, and has done so long enough to show what it had been told before."""
        return self.answers() and self.silent_s() == 0.0

    def silent_s(self) -> float:
        """For how long it has not answered, and the moment after; 0.0: it answers, as far as is known. Asks nothing."""
        now = self._clock()
        if self._question is not None and now - self._asked_at >= PATIENCE_S:
            return now - self._asked_at
        return now - self._silent_since if now - self._woke_at < _SETTLE_S else 0.0

    def _answered(self, question: Future[Any]) -> None:
        now = self._answered_at = self._clock()
        if now - self._asked_at >= PATIENCE_S:
            self._silent_since, self._woke_at = self._asked_at, now
        self._question = None


def ready(home: object) -> bool:
    """Whether a home takes calls; one that cannot hang always does."""
    ask = getattr(home, "ready", None)
    return ask is None or bool(ask())


def silent_s(home: object) -> float:
    """For how many seconds a home has not answered; 0.0 for one that cannot hang."""
    ask = getattr(home, "silent_s", None)
    return 0.0 if ask is None else float(ask())


def last_word(home: object) -> AbstractContextManager[object]:
    """Within it a home is told what it is told though it hangs: whoever tells it will not be there when it goes on."""
    begin = getattr(home, "last_word", None)
    return nullcontext() if begin is None else begin()
