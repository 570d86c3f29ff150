"""Which step a person means: a time of day, or an instant."""

import contextlib
from datetime import date, datetime, timedelta
from typing import Any

import pytz

from ..domain.faults import Refused, hint
from ..domain.problem import Problem
from ..domain.quantity import parse_time


def step_of(problem: Problem, device: str, at: str | None) -> int:
    """The step that holds ``at``. Raises Refused, for an unknown device too."""
    names = [one.name for _, one in problem.devices()]
    if device not in names:
        known = ", ".join(names) or "none"
        raise Refused([f"--device {device}: no such device{hint(device, names)} (there are: {known})"])
    if at is None:
        return 0
    instant = _instant(problem, at)
    k = problem.horizon.step_at(instant) if instant is not None else None
    if k is None:
        first, last = (_local(problem, problem.horizon.time(post)) for post in (0, problem.steps))
        raise Refused([f"--at {at}: lies outside the horizon, {first} to {last} ({problem.time_zone})"])
    return k


def _local(problem: Problem, instant: datetime) -> str:
    return instant.astimezone(pytz.timezone(problem.time_zone)).strftime("%Y-%m-%d %H:%M")


def _instant(problem: Problem, at: str) -> datetime | None:
    """``18:00`` as the first such local time in the horizon (None: there is none), or an ISO time. Raises Refused."""
    zone = pytz.timezone(problem.time_zone)
    hour, colon, minute = at.partition(":")
    if colon and hour.isdecimal() and minute.isdecimal() and len(hour) <= 2 and len(minute) == 2:
        if int(hour) > 23 or int(minute) > 59:
            raise Refused([f"--at {at}: is not a time of day; write it like 18:00"])
        return _first_clock(problem, zone, int(hour), int(minute))
    try:
        with contextlib.suppress(ValueError):
            return parse_time(at)
        bare = datetime.fromisoformat(at)  # without an offset it is the site's own time
        return zone.localize(bare).astimezone(pytz.utc) if bare.tzinfo is None else None
    except (ValueError, OverflowError):
        raise Refused([f"--at {at}: is not a time; write 18:00 or 2026-03-28T18:00:00+01:00"]) from None


def _first_clock(problem: Problem, zone: Any, hour: int, minute: int) -> datetime | None:
    """A clock time may come twice in a day or not at all, where the clocks change."""
    start, end = problem.start, problem.horizon.end
    day: date = start.astimezone(zone).date()
    while day <= end.astimezone(zone).date():
        wall = datetime(day.year, day.month, day.day, hour, minute)
        for summer in (True, False):
            instant: datetime = zone.localize(wall, is_dst=summer).astimezone(pytz.utc)
            if instant.astimezone(zone).replace(tzinfo=None) == wall and start <= instant < end:
                return instant
        day += timedelta(days=1)
    return None
