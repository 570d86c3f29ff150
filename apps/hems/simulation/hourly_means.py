"""Statistics as Home Assistant keeps them: one mean per sensor and hour, and for some days one per five minutes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

HOUR_S, FINE_S = 3600, 300


@dataclass
class _Slot:
    seconds: float = 0.0
    sums: dict[str, float] = field(default_factory=dict)


class _Means:
    """Slots of one length; keeps the newest `keep`."""

    def __init__(self, length_s: int, keep: int) -> None:
        self._length_s, self._keep = length_s, keep
        self._slots: dict[int, _Slot] = {}

    def add(self, begin_s: float, seconds: float, values: Mapping[str, float]) -> None:
        """Count a time of constant values, which lies within one slot."""
        number = int(begin_s // self._length_s)
        if number not in self._slots:
            while len(self._slots) >= self._keep:
                del self._slots[next(iter(self._slots))]
            self._slots[number] = _Slot()
        slot = self._slots[number]
        slot.seconds += seconds
        for name, value in values.items():
            slot.sums[name] = slot.sums.get(name, 0.0) + value * seconds

    def rows(self, first: float, last: float, name: str) -> list[dict[str, Any]]:
        """The complete slots that begin within [first, last), oldest first."""
        return [
            _row(number * self._length_s, self._length_s, slot.sums[name] / slot.seconds)
            for number, slot in self._slots.items()
            # A hundredth of a second forgives rounding; a slot in progress has no statistics yet.
            if first <= number * self._length_s < last and slot.seconds >= self._length_s - 0.01 and name in slot.sums
        ]


class HourlyMeans:
    """Adds up steps; answers whole slots: hours of two months, five minutes of ten days."""

    def __init__(self, keep_hours: int = 60 * 24, keep_fine: int = 10 * 288) -> None:
        self._means = {HOUR_S: _Means(HOUR_S, keep_hours), FINE_S: _Means(FINE_S, keep_fine)}

    def add(self, start: datetime, end: datetime, values: Mapping[str, float]) -> None:
        """Count one step, which lies within one hour."""
        begin_s, end_s = start.timestamp(), end.timestamp()
        self._means[HOUR_S].add(begin_s, end_s - begin_s, values)
        while begin_s < end_s:
            until_s = min(end_s, (begin_s // FINE_S + 1) * FINE_S)
            self._means[FINE_S].add(begin_s, until_s - begin_s, values)
            begin_s = until_s

    def rows(
        self, start: datetime, end: datetime | None, names: Iterable[str], length_s: int = HOUR_S
    ) -> dict[str, list[dict[str, Any]]]:
        """Complete slots that begin within [start, end), oldest first: {sensor: [{"start", "end", "mean"}]}.

        A sensor without statistics is absent, as in Home Assistant.
        """
        last = end.timestamp() if end is not None else float("inf")
        found = {name: self._means[length_s].rows(start.timestamp(), last, name) for name in names}
        return {name: rows for name, rows in found.items() if rows}


def _row(begin_s: int, length_s: int, mean: float) -> dict[str, Any]:
    begin = datetime.fromtimestamp(begin_s, timezone.utc)
    return {"start": begin.isoformat(), "end": (begin + timedelta(seconds=length_s)).isoformat(), "mean": mean}
