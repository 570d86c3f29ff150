"""Saving and free sessions, as entities list them and as apps.yaml names them."""

from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from builders.site_block import make_site
from hems.config.tariff import Prices
from hems.planner.tariff_sessions import FoundSession, Reward, free_windows, rewards, sessions_in, unpaid

ZONE = ZoneInfo("Europe/London")
SIX = datetime(2026, 11, 3, 18, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)


def entry(begin: datetime, **more: Any) -> dict[str, Any]:
    return {"id": 7, "start": begin.isoformat(), "end": (begin + HOUR).isoformat(), **more}


def prices(**modes: Any) -> Prices:
    return make_site(prices={"import": {"fixed_per_kwh": 0.3}, **modes}).prices


JOINED = {
    "joined_events": [entry(SIX, octopoints_per_kwh=1600), entry(SIX + 24 * HOUR, octopoints_per_kwh=0)],
    "available_events": [entry(SIX + 48 * HOUR, octopoints_per_kwh=800), entry(SIX + 72 * HOUR, octopoints_per_kwh=0)],
}


def test_joined_sessions_earn_their_points_and_available_ones_nothing() -> None:
    config = prices(saving_sessions={"entity": "event.saving"}).saving_sessions
    assert rewards(config, sessions_in(JOINED, ZONE)) == (Reward(SIX, SIX + HOUR, 2.0),)


def test_sessions_without_points_are_free_electricity_joined_or_not() -> None:
    config = prices(free_sessions={"entity": "event.saving"}).free_sessions
    wanted = ((SIX + 24 * HOUR, SIX + 25 * HOUR), (SIX + 72 * HOUR, SIX + 73 * HOUR))
    assert free_windows(config, sessions_in(JOINED, ZONE)) == wanted


def test_list_of_free_sessions_says_nothing_of_points() -> None:
    config = prices(free_sessions={"entity": "event.free"}).free_sessions
    found = sessions_in({"events": [{"code": "x", "start": SIX, "end": SIX + HOUR, "is_test": False}]}, ZONE)
    assert free_windows(config, found) == ((SIX, SIX + HOUR),)


def test_calendar_shows_one_event_in_local_time() -> None:
    attributes = {"message": "Saving", "start_time": "2026-07-01 18:00:00", "end_time": "2026-07-01 19:00:00"}
    begin = datetime(2026, 7, 1, 17, tzinfo=timezone.utc)
    assert sessions_in(attributes, ZONE) == (FoundSession(begin, begin + HOUR),)


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"joined_events": None},
        {"joined_events": ["x", None, {}, {"start": "soon", "end": "later"}, {"start": SIX.isoformat()}]},
        {"joined_events": [{"start": (SIX + HOUR).isoformat(), "end": SIX.isoformat()}]},
        {"friendly_name": "Saving sessions", "state": "unavailable"},
    ],
)
def test_what_is_no_session_is_passed_over(attributes: dict[str, Any]) -> None:
    assert sessions_in(attributes, ZONE) == ()


def test_reward_of_apps_yaml_stands_in_for_points_that_are_not_said() -> None:
    found = sessions_in({"joined_events": [entry(SIX)]}, ZONE)
    known = prices(saving_sessions={"entity": "event.saving", "reward_per_kwh": 1.5}).saving_sessions
    unknown = prices(saving_sessions={"entity": "event.saving"}).saving_sessions
    assert rewards(known, found) == (Reward(SIX, SIX + HOUR, 1.5),) and unpaid(known, found) == []
    assert rewards(unknown, found) == () and unpaid(unknown, found) == list(found)


def test_session_that_is_written_and_read_counts_once() -> None:
    written = {"start": SIX.isoformat(), "end": (SIX + HOUR).isoformat(), "reward_per_kwh": 3}
    config = prices(saving_sessions={"entity": "event.saving", "sessions": [written]}).saving_sessions
    assert rewards(config, sessions_in(JOINED, ZONE)) == (Reward(SIX, SIX + HOUR, 3.0),)


def test_without_a_word_in_apps_yaml_there_are_no_sessions() -> None:
    found = sessions_in(JOINED, ZONE)
    assert rewards(None, found) == () and free_windows(None, found) == ()
