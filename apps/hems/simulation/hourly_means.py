"""Long-term statistics as Home Assistant keeps them: one mean per sensor and hour."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

_HOUR = 3600


@dataclass
class _Hour:
    seconds: float = 0.0
    sums: dict[str, float] = field(default_factory=dict)


class HourlyMeans:
    """Adds up steps; answers whole hours. Keeps the newest `keep_hours`."""

    def __init__(self, keep_hours: int = 60 * 24) -> None:
        self._keep_hours = keep_hours
        self._hours: dict[int, _Hour] = {}

    def add(self, start: datetime, end: datetime, values: Mapping[str, float]) -> None:
        """Count one step, which lies within one hour."""
        number = int(start.timestamp()) // _HOUR
        if number not in self._hours:
            while len(self._hours) >= self._keep_hours:
                del self._hours[next(iter(self._hours))]
            self._hours[number] = _Hour()
        hour = self._hours[number]
        seconds = (end - start).total_seconds()
        hour.seconds += seconds
        for name, value in values.items():
            hour.sums[name] = hour.sums.get(name, 0.0) + value * seconds

    def rows(self, start: datetime, end: datetime | None, names: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
        """Complete hours that begin within [start, end), oldest first: {sensor: [{"start", "end", "mean"}]}.

        A sensor without statistics is absent, as in Home Assistant.
        """
        first = start.timestamp()
        last = end.timestamp() if end is not None else float("inf")
        hours = [
            (_moment(number), hour)
            for number, hour in self._hours.items()
            # A hundredth of a second forgives rounding; an hour in progress has no statistics yet.
            if first <= number * _HOUR < last and hour.seconds >= _HOUR - 0.01
        ]
        found = {name: [_row(begin, hour, name) for begin, hour in hours if name in hour.sums] for name in names}
        return {name: rows for name, rows in found.items() if rows}


def _moment(number: int) -> datetime:
    return datetime.fromtimestamp(number * _HOUR, timezone.utc)


def _row(begin: datetime, hour: _Hour, name: str) -> dict[str, Any]:
    end = begin + timedelta(hours=1)
    return {"start": begin.isoformat(), "end": end.isoformat(), "mean": hour.sums[name] / hour.seconds}
