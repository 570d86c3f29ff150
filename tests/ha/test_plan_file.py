"""The plan in force on disk: taken up again where it may still be followed, and never believed where it is broken."""

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from builders.plans import make_latest
from hems.ha.plan_file import Unusable, latest_from_dict, latest_to_dict
from hems.planner.latest import Latest
from hems.planner.tariff_prices import StepPrices
from hems.planner.tariff_sessions import Reward

START = datetime(2026, 6, 1, 12, 0, tzinfo=timezone.utc)
SOON = START + timedelta(minutes=16)


def latest(steps: int = 8) -> Latest:
    """With prices of which the last are estimates, and a saving session."""
    made = make_latest(START, steps=steps, notes=("prices are known for 1 h",))
    series = tuple(0.1 * k for k in range(steps))
    hour = START + timedelta(hours=1)
    prices = StepPrices(*(series,) * 6, estimated_from=hour, from_history=True, rewards=(Reward(START, hour, 0.5),))
    return replace(made, prices=prices)


def kept(one: Latest) -> Any:
    return json.loads(json.dumps(latest_to_dict(one)))


@pytest.mark.parametrize("one", [latest(), make_latest(START)])
def test_plan_is_taken_up_as_it_was_and_marked(one: Latest) -> None:
    assert latest_from_dict(kept(one), SOON) == replace(one, recalled=True)


@pytest.mark.parametrize(("minutes", "followed"), [(0, True), (59, True), (61, False), (-4, True), (-10, False)])
def test_plan_is_taken_up_for_as_long_as_the_dispatcher_follows_it(minutes: float, followed: bool) -> None:
    one = replace(latest(), created=START + timedelta(minutes=5))
    found = latest_from_dict(kept(one), one.created + timedelta(minutes=minutes))
    assert (found is not None) is followed


def test_plan_that_has_ended_is_not_taken_up() -> None:
    assert latest_from_dict(kept(make_latest(START, steps=1)), SOON) is None


def broken(**changes: Any) -> Any:
    return {**kept(latest()), **changes}


@pytest.mark.parametrize(
    "document",
    [
        None, [], "text", 7, {},
        broken(created="soon"),
        broken(created=None),
        broken(plan={}),
        broken(problem={"schema": "hems.problem/1"}),
        broken(prices={"import_price": [1.0]}),
        broken(prices={**kept(latest())["prices"], "import_low": [0.1]}),
        broken(number="one"),
        broken(notes=3),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused_in_words(document: Any) -> None:
    with pytest.raises(Unusable, match="cannot be read, so no plan is taken up: "):
        latest_from_dict(document, SOON)
