"""Faults that are present: what, since when, and what is done meanwhile. Each is said when it comes and when it goes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

STATES = ("ok", "degraded", "failed")


@dataclass(frozen=True)
class Found:
    """One thing that is wrong now, in words. ``meanwhile``: what is done; ``fatal``: there is nothing to plan with.

    ``said``: whoever found it has logged it already.
    """

    what: str
    meanwhile: str = ""
    fatal: bool = False
    said: bool = False

    @property
    def words(self) -> str:
        """Both, as one sentence."""
        return f"{self.what}; {self.meanwhile}" if self.meanwhile else self.what


@dataclass(frozen=True)
class Fault:
    """One fault and the time of its first sight (aware UTC)."""

    found: Found
    since: datetime


class Health:
    """What is wrong, kept from one look to the next."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}

    def see(self, found: Mapping[str, Found], now: datetime) -> list[str]:
        """Takes what is wrong now, by an own key each; sentences for the log about what has come and what has gone."""
        lines = []
        for key in [key for key in self._faults if key not in found]:
            gone = self._faults.pop(key)
            lines.append(f"{gone.found.what}: over, after {lasted(now - gone.since)}")
        for key, one in found.items():
            before = self._faults.get(key)
            self._faults[key] = Fault(one, now) if before is None else replace(before, found=one)
            if before is None and not one.said:
                lines.append(one.words)
        return lines

    def shift(self, by: timedelta) -> None:
        """The clock was set: what has lasted an hour has still lasted an hour."""
        self._faults = {key: replace(fault, since=fault.since + by) for key, fault in self._faults.items()}

    @property
    def state(self) -> str:
        """``ok``, ``degraded`` (something stands in for what is missing) or ``failed`` (there is nothing to plan with)."""
        if not self._faults:
            return "ok"
        return "failed" if any(fault.found.fatal for fault in self._faults.values()) else "degraded"

    def faults(self, zone: tzinfo) -> list[str]:
        """``since 2026-06-01 12:03: sensor.x is unavailable; ...``, what is fatal first, then the oldest first."""
        ordered = sorted(self._faults.values(), key=lambda fault: (not fault.found.fatal, fault.since))
        return [f"since {fault.since.astimezone(zone):%Y-%m-%d %H:%M}: {fault.found.words}" for fault in ordered]


def lasted(span: timedelta) -> str:
    """A length of time in words: ``40 s``, ``12 min``, ``3 h 5 min``, ``2 days 4 h``."""
    seconds = max(int(span.total_seconds()), 0)
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h" + (f" {minutes} min" if minutes else "")
    days, hours = divmod(hours, 24)
    return f"{days} day{'s' if days > 1 else ''}" + (f" {hours} h" if hours else "")
