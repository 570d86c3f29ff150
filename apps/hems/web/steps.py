"""The plan's time axis: when each step begins, how long it is, which step is now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Steps:
    """N steps between N+1 bounds in UTC; `zone` is only for showing them."""

    bounds: tuple[datetime, ...]
    hours: tuple[float, ...]
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        """Start of step 0, UTC."""
        return self.bounds[0]

    @property
    def end(self) -> datetime:
        """End of the last step, UTC."""
        return self.bounds[-1]

    def index_at(self, now: datetime) -> int | None:
        """The step that `now` lies in; None before the first and after the last."""
        for k in range(len(self.hours)):
            if self.bounds[k] <= now < self.bounds[k + 1]:
                return k
        return None


def read_instant(text: str) -> datetime:
    """An ISO 8601 time with an offset. Python 3.10 does not read the `Z` that others write for UTC."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def read_steps(plan: Mapping[str, Any]) -> Steps:
    """Read `start`, `step_minutes` and `time_zone` of a plan or problem document."""
    start = read_instant(plan["start"]).astimezone(timezone.utc)
    bounds = [start]
    for minutes in plan["step_minutes"]:
        bounds.append(bounds[-1] + timedelta(minutes=minutes))
    hours = tuple(minutes / 60 for minutes in plan["step_minutes"])
    return Steps(tuple(bounds), hours, ZoneInfo(plan["time_zone"]))
