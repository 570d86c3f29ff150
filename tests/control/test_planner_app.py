"""The planner app on a bench: AppDaemon's methods are replaced."""

from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from builders.site_block import site_block
from hems.config.site import parse_site
from hems.planner_app import Planner

SEVEN_PAST_NOON = datetime(2026, 3, 28, 12, 7, tzinfo=timezone.utc)


@pytest.mark.parametrize(("minutes", "first"), [(30, (12, 30)), (20, (12, 20)), (10, (12, 10))])
def test_plans_are_made_every_replan_minutes_on_the_clock(minutes: int, first: tuple[int, int]) -> None:
    asked: list[tuple[Any, datetime, float]] = []
    planner: Any = Planner.__new__(Planner)
    planner.listen_state = planner.listen_event = lambda *_, **__: None
    planner.datetime = lambda **_: SEVEN_PAST_NOON
    planner.run_every = lambda callback, begin, seconds, **_: asked.append((callback, begin, seconds))
    planner._observer = SimpleNamespace(inputs=SimpleNamespace(feeds=SimpleNamespace(events=())))
    planner._listen(parse_site(site_block(replan_minutes=minutes), "test"))
    ((callback, begin, seconds),) = asked
    assert callback == planner.on_time
    assert ((begin.hour, begin.minute), seconds) == (first, 60 * minutes)
