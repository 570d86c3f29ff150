"""When to plan again: bursts of changes are joined, one solve runs at a time, and the newest request wins.

Pure state: the app calls it with the time and does what it returns.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

# A burst (a price integration that writes two sensors, a restart) is over within a second.
DEBOUNCE = timedelta(seconds=1)
# Changes that never pause are planned for all the same, this long after the first.
LONGEST_WAIT = timedelta(seconds=5)
# A solve that has been overtaken is thrown away, but not forever: every third answer is used.
_OVERTAKEN_AT_MOST = 2


@dataclass(frozen=True)
class Due:
    """Ask ``due`` again after ``wait_s``."""

    wait_s: float


class Requests:
    """Requests for a plan: ``request`` when something changed, ``due`` when its time may have come, ``finished`` after a solve."""

    def __init__(self) -> None:
        self._reasons: list[str] = []
        self._first: datetime | None = None
        self._last: datetime | None = None
        self._solving = False
        self._overtaken = 0

    def request(self, reason: str, now: datetime) -> Due:
        """Something changed."""
        if reason not in self._reasons:
            self._reasons.append(reason)
        self._first = self._first or now
        self._last = now
        return Due(DEBOUNCE.total_seconds())

    def due(self, now: datetime) -> str | Due | None:
        """The reasons of the solve to start now; when to ask again; or None while one runs or nothing was asked."""
        if self._first is None or self._last is None or self._solving:
            return None
        at = min(self._last + DEBOUNCE, self._first + LONGEST_WAIT)
        if self._first <= now < at:  # before the first request: the clock was set back, and waiting could take hours
            return Due((at - now).total_seconds())
        reason = ", ".join(self._reasons)
        self._reasons, self._first, self._last = [], None, None
        self._solving = True
        return reason

    def finished(self, have_plan: bool) -> bool:
        """A solve has ended: whether its answer is to be used. Ask ``due`` afterwards.

        An answer that a newer request has overtaken is not used, unless there is no plan at all, or the last ones were
        overtaken too.
        """
        self._solving = False
        if self._first is not None and have_plan and self._overtaken < _OVERTAKEN_AT_MOST:
            self._overtaken += 1
            return False
        self._overtaken = 0
        return True
