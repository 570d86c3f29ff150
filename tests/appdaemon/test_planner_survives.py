"""The planner app with its surroundings replaced: one failure must not end all planning, nor a past that nobody tells."""

import contextlib
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

from hems.ha.missed import read_missed
from hems.planner.triggers import DEBOUNCE, Requests
from hems.planner_app import Planner

START = datetime(2026, 6, 1, 12, 0, tzinfo=timezone.utc)


class Looks:
    """Stands for the observer: a look that fails while ``broken``."""

    def __init__(self) -> None:
        self.begun, self.broken = True, True
        self.memory, self.inputs, self.known = None, SimpleNamespace(missing=()), None
        self.question: Any = None
        self.news_of_the_past: list[str] = []

    def look(self, *arguments: Any) -> Any:
        if self.broken:
            raise OSError("no space left on device")
        return SimpleNamespace(problems=())

    def missed(self, now: datetime) -> Any:
        """What is to be read of the past."""
        return self.question

    def learn(self, past: Any) -> list[str]:
        """What was read."""
        return self.news_of_the_past

    def told(self) -> list[str]:
        """What was learned."""
        return self.news_of_the_past

    def news(self) -> tuple[str, ...]:
        """Nothing is new but what is asked for."""
        return ()


class PlannerAlone(Planner):
    """Without AppDaemon: the clock, the look at the home and the second thread are the test's."""

    def __init__(self) -> None:
        self.now = START
        self.submitted: list[Any] = []
        self.latest = None
        self.looks = Looks()
        self._observer: Any = self.looks
        self._number, self._problems = 0, ()
        self._requests = Requests()
        self._records: Any = SimpleNamespace(store=None, measured=None)
        self._reporter: Any = SimpleNamespace(waiting=lambda message, latest: None)
        self.home: Any = SimpleNamespace(moment=lambda: None)
        self.AD = SimpleNamespace(tz=timezone.utc)
        self.__dict__.update(dict.fromkeys(("site", "_optimizer", "_reason", "_kept"), None))

    def _now(self) -> datetime:
        return self.now

    def _dispatcher(self) -> Any:
        """There is no dispatcher here."""

    def run_in(self, *arguments: Any, **kwargs: Any) -> Any:
        """No timers: the test asks itself."""

    def _run_beside(self, *arguments: Any) -> None:
        """What would be run beside AppDaemon's threads."""
        self.submitted.append(arguments)

    def log(self, *arguments: Any, **kwargs: Any) -> None:
        """Nobody reads it here."""


def ask(planner: PlannerAlone) -> None:
    planner.request("asked for")
    planner.now += DEBOUNCE + timedelta(seconds=1)
    with contextlib.suppress(OSError):  # AppDaemon would log it, and go on
        planner.on_due()


def test_look_that_fails_once_is_followed_by_plans_again() -> None:
    planner = PlannerAlone()
    ask(planner)
    assert planner.submitted == []
    planner.looks.broken = False
    ask(planner)
    assert len(planner.submitted) == 1


def test_first_plan_waits_for_the_past_and_not_for_ever() -> None:
    planner = PlannerAlone()
    planner.looks.broken, planner.looks.begun = False, False
    ask(planner)
    assert planner.submitted == []
    planner.on_patience_over()
    planner.now += DEBOUNCE + timedelta(seconds=1)
    planner.on_due()
    assert len(planner.submitted) == 1


def test_hot_water_and_trips_are_read_once_the_past_is_there_and_lead_to_a_plan() -> None:
    planner = PlannerAlone()
    planner.looks.broken, planner.looks.question = False, object()
    planner.on_past(None)
    assert [job[1] for job in planner.submitted] == [read_missed] and planner.submitted[0][-1] is planner.looks.question
    planner.submitted.clear()
    planner.looks.news_of_the_past = ["tank: hot water of 9 days read from Home Assistant"]
    planner.on_missed(None)
    planner.now += DEBOUNCE + timedelta(seconds=1)
    planner.on_due()
    assert planner._problems == ("tank: hot water of 9 days read from Home Assistant",)
    assert len(planner.submitted) == 1


def test_nothing_is_read_where_nothing_is_missing() -> None:
    planner = PlannerAlone()
    planner.on_past(None)
    assert planner.submitted == []
