"""How often a device has been written to, today and in total; a device may have only so many writes a day."""

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Any


class Tally:
    """Counts the calls of one device, those that failed too. ``limit``: so many on a local day; None: any number."""

    def __init__(self, name: str, limit: float | None, zone: tzinfo, report: Callable[[str], None]) -> None:
        self._name, self._limit, self._zone, self._report = name, limit, zone, report
        self._day, self._today, self._said = "", 0, False
        self.total = 0
        self.last_at: str | None = None
        self.last: str | None = None

    def count(self, words: str, now: datetime) -> None:
        """One call, in words."""
        self._turn(now)
        self._today += 1
        self.total += 1
        self.last_at, self.last = now.isoformat(timespec="seconds"), words

    def today(self, now: datetime) -> int:
        """The calls of the local day."""
        self._turn(now)
        return self._today

    def shown(self) -> dict[str, Any]:
        """What the page shows of it."""
        limit = None if self._limit is None else int(self._limit)
        return {
            "writes_today": self._today,
            "writes_limit": limit,
            "writes_total": self.total,
            "last_write_at": self.last_at,
            "last_write": self.last,
        }

    def allows(self, calls: int, now: datetime) -> bool:
        """Whether so many calls more are within the day's number. Says once a day that they are not."""
        if self._limit is None or self.today(now) + calls <= self._limit:
            return True
        if not self._said:
            self._said = True
            self._report(
                f"{self._name}: its {self._limit:g} writes a day are used up; until midnight only changes of mode and what "
                "is safer are written"
            )
        return False

    def memory(self) -> dict[str, Any]:
        """What is to be kept beyond a restart."""
        return {
            "day": self._day,
            "today": self._today,
            "said": self._said,
            "total": self.total,
            "last_at": self.last_at,
            "last": self.last,
        }

    def restore(self, memory: Any) -> None:
        """Takes up what was kept; whatever else that may be is passed over."""
        found = memory if isinstance(memory, Mapping) else {}
        self._day, self._said = str(found.get("day", "")), found.get("said") is True
        self._today, self.total = _count(found.get("today")), _count(found.get("total"))
        self.last_at, self.last = _text(found.get("last_at")), _text(found.get("last"))

    def _turn(self, now: datetime) -> None:
        day = now.astimezone(self._zone).date().isoformat()
        if day != self._day:
            self._day, self._today, self._said = day, 0, False


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
