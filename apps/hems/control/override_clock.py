"""How long an override lasts: since when each is on, and when its time is over. Pure state; a restart keeps it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

# A device and the word of one of its switches.
Key = tuple[str, str]


@dataclass(frozen=True)
class Switched:
    """What is read of one override: its switch, and how many hours it is to last (0: until it is switched off).

    None: not known, as while Home Assistant starts. ``latest_end``: when it ends in any case ("today").
    """

    on: bool | None
    hours: float | None = 0.0
    latest_end: datetime | None = None


@dataclass(frozen=True)
class Running:
    """An override that is on. ``ended``: its time is over, though its switch may still be on."""

    since: datetime
    hours: float
    latest_end: datetime | None = None
    ended: bool = False

    @property
    def until(self) -> datetime | None:
        """When it ends; None: when it is switched off."""
        ends = [self.since + timedelta(hours=self.hours)] if self.hours > 0 else []
        ends += [self.latest_end] if self.latest_end is not None else []
        return min(ends, default=None)


Clock = Mapping[Key, Running]


def step(before: Clock, switches: Mapping[Key, Switched], now: datetime) -> dict[Key, Running]:
    """What runs now, from what ran before and what is read; ``now`` aware UTC.

    An override that has ended stays ended until its switch has been seen off. A switch that is not known is as it was.
    """
    found = {}
    for key, switched in switches.items():
        one = before.get(key)
        if switched.on is False or (switched.on is None and one is None):
            continue
        found[key] = _moved(one, switched, now)
    return found


def _moved(before: Running | None, switched: Switched, now: datetime) -> Running:
    # A clock that is set back must not make an override last longer than its hours.
    since = now if before is None else min(before.since, now)
    hours = switched.hours if switched.hours is not None else before.hours if before is not None else 0.0
    # The day in which it was switched on is the day that it is for.
    latest_end = before.latest_end if before is not None else switched.latest_end
    running = Running(since, max(hours, 0.0), latest_end)
    over = running.until is not None and running.until <= now
    ended = over or (before is not None and before.ended)
    return Running(since, running.hours, latest_end, ended)


def active(clock: Clock, device: str) -> Iterator[str]:
    """The words of the overrides of a device that are on and have not ended."""
    return (kind for (name, kind), one in clock.items() if name == device and not one.ended)


def overdue(clock: Clock) -> list[Key]:
    """Overrides that have ended: their switches are to be turned off."""
    return [key for key, one in clock.items() if one.ended]


def next_end(clock: Clock) -> datetime | None:
    """When the next override ends; None where none does by itself."""
    return min((one.until for one in clock.values() if not one.ended and one.until is not None), default=None)


def clock_to_dict(clock: Clock) -> dict[str, Any]:
    """As JSON: by ``device.kind``."""
    return {
        f"{device}.{kind}": {
            "since": one.since.isoformat(),
            "hours": one.hours,
            "latest_end": one.latest_end.isoformat() if one.latest_end is not None else None,
            "ended": one.ended,
        }
        for (device, kind), one in clock.items()
    }


def clock_from_dict(document: Any) -> dict[Key, Running]:
    """What ``clock_to_dict`` wrote; what cannot be read is left out, so that a damaged file stops nothing."""
    found: dict[Key, Running] = {}
    for name, one in document.items() if isinstance(document, dict) else ():
        device, _, kind = str(name).partition(".")
        try:
            end = one.get("latest_end")
            since = datetime.fromisoformat(one["since"])
            running = Running(
                since, float(one["hours"]), datetime.fromisoformat(end) if end else None, one["ended"] is True
            )
            if since.utcoffset() is not None:
                found[device, kind] = running
        except (AttributeError, KeyError, TypeError, ValueError):
            continue
    return found
