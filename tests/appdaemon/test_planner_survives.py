"""The planner app with its surroundings replaced: one failure must not end all planning."""

import contextlib
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

from hems.planner.triggers import DEBOUNCE, Requests
from hems.planner_app import Planner

START = datetime(2026, 6, 1, 12, 0, tzinfo=timezone.utc)


class PlannerAlone(Planner):
    """Without AppDaemon: the clock, the look at the home and the second thread are the test's."""

    def __init__(self) -> None:
        self.now = START
        self.broken = True
        self.submitted: list[Any] = []
        self.latest = None
        self.message = ""
        self._requests = Requests()
        surroundings = ("site", "zone", "_memory", "_optimizer", "_store", "_reason")
        self._inputs = SimpleNamespace(missing=())
        self.__dict__.update(dict.fromkeys(surroundings, SimpleNamespace()))

    def _now(self) -> datetime:
        return self.now

    def _look(self) -> Any:
        if self.broken:
            raise OSError("no space left on device")
        return SimpleNamespace(problems=())

    def run_in(self, *arguments: Any, **kwargs: Any) -> Any:
        """No timers: the test asks itself."""

    def _run_beside(self, *arguments: Any) -> None:
        """What would be run beside AppDaemon's threads."""
        self.submitted.append(arguments)

    def log(self, *arguments: Any, **kwargs: Any) -> None:
        """Nobody reads it here."""

    def _wait(self, message: str) -> None:
        self.message = message


def ask(planner: PlannerAlone) -> None:
    planner.request("asked for")
    planner.now += DEBOUNCE + timedelta(seconds=1)
    with contextlib.suppress(OSError):  # AppDaemon would log it, and go on
        planner.on_due()


def test_look_that_fails_once_is_followed_by_plans_again() -> None:
    planner = PlannerAlone()
    ask(planner)
    assert planner.submitted == []
    planner.broken = False
    ask(planner)
    assert len(planner.submitted) == 1
