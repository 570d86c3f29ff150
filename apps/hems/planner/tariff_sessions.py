"""Saving and free sessions: those that an entity's attributes list, and those that apps.yaml names.

Octopus' saving session events carry ``joined_events`` and ``available_events`` with ``start``, ``end`` and
``octopoints_per_kwh``; free electricity stands in the same lists with 0 points and needs no joining. Its free electricity
events carry ``events``. A calendar's own state has ``start_time`` and ``end_time`` of the event that is on or comes next.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone, tzinfo
from typing import Any

from ..config.tariff_modes import FreeSessions, SavingSessions
from ..domain.quantity import parse_time
from .local_days import local_time

_BEGIN, _END = ("start", "start_time", "begin"), ("end", "end_time")
_LISTS = ("joined_events", "available_events", "events", "sessions")


@dataclass(frozen=True)
class FoundSession:
    """A session as it was read (aware UTC). ``joined``: None where nothing is said of joining."""

    begin: datetime
    end: datetime
    points_per_kwh: float | None = None
    joined: bool | None = None


@dataclass(frozen=True)
class Reward:
    """Between two instants each kWh less imported, or exported, earns so much."""

    begin: datetime
    end: datetime
    per_kwh: float


def sessions_in(attributes: Mapping[str, Any], zone: tzinfo) -> tuple[FoundSession, ...]:
    """The sessions that an entity's attributes list; what has no begin and end is passed over."""
    lists = [(key, attributes[key]) for key in _LISTS if isinstance(attributes.get(key), list | tuple)]
    if not lists:
        lists = [("", [attributes])]
    found = [_session(entry, key, zone) for key, entries in lists for entry in entries]
    return tuple(sorted({one for one in found if one is not None}, key=lambda one: (one.begin, one.end)))


def _session(entry: Any, key: str, zone: tzinfo) -> FoundSession | None:
    if not isinstance(entry, Mapping):
        return None
    begin, end = (_time(entry, names, zone) for names in (_BEGIN, _END))
    if begin is None or end is None or end <= begin:
        return None
    points = entry.get("octopoints_per_kwh")
    number = isinstance(points, int | float) and not isinstance(points, bool)
    joined = {"joined_events": True, "available_events": False}.get(key)
    return FoundSession(begin, end, float(points) if number and points is not None else None, joined)


def _time(entry: Mapping[str, Any], names: tuple[str, ...], zone: tzinfo) -> datetime | None:
    value = next((entry[name] for name in names if entry.get(name) is not None), None)
    try:
        return parse_time(value)
    except ValueError:
        pass
    try:  # a calendar's own times are local and bear no offset
        naive = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return local_time(naive.date(), naive.time(), zone) if naive.tzinfo is None else naive.astimezone(timezone.utc)


def rewards(config: SavingSessions | None, found: Sequence[FoundSession]) -> tuple[Reward, ...]:
    """The saving sessions that one takes part in, those of apps.yaml first; one that overlaps another before it is left out.

    What is only available is not joined, and earns nothing. A session without points earns ``reward_per_kwh``.
    """
    if config is None:
        return ()
    wanted = [Reward(*s.window, _known(s.reward_per_kwh, config)) for s in config.sessions]
    for one in found:
        points = one.points_per_kwh
        per_kwh = config.reward_per_kwh if points is None else points / config.points_per_unit
        if one.joined is not False and per_kwh:
            wanted.append(Reward(one.begin, one.end, per_kwh))
    return tuple(_apart(wanted))


def unpaid(config: SavingSessions | None, found: Sequence[FoundSession]) -> list[FoundSession]:
    """Joined sessions of which nobody says what they earn."""
    if config is None or config.reward_per_kwh is not None:
        return []
    return [one for one in found if one.joined is not False and one.points_per_kwh is None]


def free_windows(config: FreeSessions | None, found: Sequence[FoundSession]) -> tuple[tuple[datetime, datetime], ...]:
    """When import is free. An entry with points is a saving session, and one that asks for less."""
    if config is None:
        return ()
    read = ((one.begin, one.end) for one in found if not one.points_per_kwh and _free(one))
    return tuple(dict.fromkeys([*(one.window for one in config.sessions), *read]))


def _free(one: FoundSession) -> bool:
    """In lists that one joins, only 0 points say that a session is free."""
    return one.joined is None or one.points_per_kwh == 0


def _known(reward: float | None, config: SavingSessions) -> float:
    return reward if reward is not None else config.reward_per_kwh or 0.0


def _apart(sessions: Iterable[Reward]) -> Iterator[Reward]:
    taken: list[Reward] = []
    for one in sessions:
        if not any(one.begin < other.end and other.begin < one.end for other in taken):
            taken.append(one)
            yield one
