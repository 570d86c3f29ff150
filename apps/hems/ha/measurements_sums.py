"""Values that held for a while, added up to means of equal slots. Energy in is energy out, however the spans are cut."""

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

from .measurements_rows import Mean, Series

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class SlotSums:
    """Sums by series and slot. ``length`` of the slots, which begin at its multiples since 1970 (UTC)."""

    def __init__(self, length: timedelta) -> None:
        self._length = length
        # Value x seconds, and seconds that are known.
        self._sums: dict[tuple[Series, int], tuple[float, float]] = {}
        self._touched: set[tuple[Series, int]] = set()

    def add(self, series: Series, begin: datetime, end: datetime, value: float) -> None:
        """``value`` held from ``begin`` until ``end`` (aware)."""
        while begin < end:
            number = (begin - _EPOCH) // self._length
            until = min(end, _EPOCH + (number + 1) * self._length)
            self._put((series, number), value, (until - begin).total_seconds())
            begin = until

    def seed(self, means: Iterable[Mean]) -> None:
        """Goes on from means that were made before: those of the slot in progress when the suite was restarted."""
        for mean in means:
            if mean.length == self._length:
                number = (mean.begin - _EPOCH) // self._length
                self._put((mean.series, number), mean.value, mean.share * self._length.total_seconds())
        self._touched.clear()

    def rows(self) -> list[Mean]:
        """The mean of every slot that anything is known of, in order of time."""
        return [self._mean(key) for key in sorted(self._sums, key=lambda key: (key[1], key[0]))]

    def take(self, now: datetime) -> list[Mean]:
        """The means that have changed since the last time. What lies before the slot of ``now`` is forgotten here."""
        changed = [self._mean(key) for key in sorted(self._touched, key=lambda key: (key[1], key[0]))]
        current = (now - _EPOCH) // self._length
        self._sums = {key: sums for key, sums in self._sums.items() if key[1] >= current}
        self._touched.clear()
        return changed

    def _put(self, key: tuple[Series, int], value: float, seconds: float) -> None:
        before = self._sums.get(key, (0.0, 0.0))
        self._sums[key] = (before[0] + value * seconds, before[1] + seconds)
        self._touched.add(key)

    def _mean(self, key: tuple[Series, int]) -> Mean:
        total, seconds = self._sums[key]
        # A clock that was set back runs through a slot twice.
        share = min(seconds / self._length.total_seconds(), 1.0)
        mean = total / seconds if seconds > 0 else 0.0
        return Mean(key[0], _EPOCH + key[1] * self._length, self._length, mean, share)
