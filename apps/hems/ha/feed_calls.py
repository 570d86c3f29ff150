"""Actions that answer with a series: when they are called, with which days filled in, and what they answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from ..config.source import Call
from ..config.source_presets import filled
from ..planner.local_days import local_time
from .port import Home

# Many of these actions ask a server on the internet, for which AppDaemon's usual ten seconds may not be enough. After a
# minute AppDaemon stops waiting for anything that an app asks.
TIMEOUT_S = 50.0
_EVERY = timedelta(hours=1)
# Tomorrow's prices come from 13:00 in central Europe, from 16:00 in Britain, at 20:15 in Spain, and later on bad days.
_TOMORROW_FROM = time(12, 45)
_WHILE_MISSING = timedelta(minutes=5)
# After a failure: soon, then ever more seldom.
_AGAIN_FIRST, _AGAIN_LAST = timedelta(minutes=1), timedelta(minutes=10)


@dataclass(frozen=True)
class Request:
    """One call. ``day``: the local day it asks for, None where it asks for none; ``feed``: whose it is."""

    feed: str
    day: date | None
    action: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a request brought: a response, or in words why not."""

    request: Request
    response: Any
    fault: str | None


def requests(feed: str, call: Call, now: datetime, zone: tzinfo) -> list[Request]:
    """The calls of this moment, one for each of the days."""
    today = now.astimezone(zone).date()
    found = []
    for offset in call.days:
        day = today + timedelta(days=offset)
        found.append(Request(feed, day, call.action, _data(call, day, day, zone)))
    return found or [Request(feed, None, call.action, _data(call, today, today + timedelta(days=1), zone))]


def fetch(home: Home, asked: Sequence[Request]) -> list[Answer]:
    """Calls one after the other; blocks, so it runs beside AppDaemon's threads. Never raises."""
    found = []
    for request in asked:
        outcome = home.call(request.action, request.data, timeout_s=TIMEOUT_S)
        fault = None if outcome.success else f"{request.action} failed: {outcome.message or 'no reason given'}"
        if fault is None and outcome.response is None:
            fault = f"{request.action} gave no response"
        found.append(Answer(request, outcome.response, fault))
    return found


def _data(call: Call, first: date, last: date, zone: tzinfo) -> dict[str, Any]:
    begin, end = (local_time(day, time(), zone).astimezone(zone) for day in (first, last + timedelta(days=1)))
    words = {"date": first.isoformat(), "start": begin.isoformat(), "end": end.isoformat()}
    found: dict[str, Any] = filled(call.data, words)
    return found


class Polling:
    """When one action is called again."""

    def __init__(self) -> None:
        self._called: datetime | None = None
        self._failures = 0

    @property
    def begun(self) -> bool:
        """Whether it was ever called."""
        return self._called is not None

    def due(self, now: datetime, zone: tzinfo, tomorrow_missing: bool) -> bool:
        """At the start, with a new local day, hourly; every five minutes while tomorrow's prices are awaited."""
        last = self._called
        if last is None or last > now:  # the clock was set back: waiting for its old time could take days
            return True
        if self._failures:
            pause: timedelta = min(_AGAIN_FIRST * 2 ** (self._failures - 1), _AGAIN_LAST)
            return now - last >= pause
        local = now.astimezone(zone)
        if last.astimezone(zone).date() != local.date():
            return True
        awaited = tomorrow_missing and local.time() >= _TOMORROW_FROM
        return now - last >= (_WHILE_MISSING if awaited else _EVERY)

    def called(self, now: datetime, failed: bool) -> None:
        """It was called."""
        self._called = now
        self._failures = min(self._failures + 1, 10) if failed else 0
