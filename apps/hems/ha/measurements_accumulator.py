"""Looks every few seconds, made into means of quarter-hours, states of charge at their boundaries, and what cars did.

Pure: time comes with each look. A clock that jumps, back or ahead, leaves a gap and never a row that nobody measured.
"""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from .measurements_rows import QUARTER, Batch, CarSeen, Instant, Mean, Sample
from .measurements_sums import SlotSums

# A look holds until the next; after so long a silence nobody knows what was in between.
LONGEST_HOLD = timedelta(minutes=2)
# Written so often, the quarter in progress too: no more is lost when the power goes.
WRITE_EVERY = timedelta(minutes=5)
# A car that does nothing is seen so often.
_CAR_EVERY = timedelta(hours=1)
# A computer without a clock of its own begins in 1970 or at its software's date until it has asked for the time.
_EARLIEST_YEAR = 2020
_FAR = 1e6

_Key = TypeVar("_Key")


class Accumulator:
    """Takes looks in, gives batches out. ``resumed``: the quarter in progress as the store has it after a restart."""

    def __init__(self, resumed: tuple[Mean, ...] = ()) -> None:
        self._sums = SlotSums(QUARTER)
        self._sums.seed(resumed)
        self._last: Sample | None = None
        self._instants: list[Instant] = []
        self._cars: list[CarSeen] = []
        self._seen: dict[str, CarSeen] = {}
        self._written: datetime | None = None

    def add(self, sample: Sample) -> None:
        """One more look. One whose time cannot be is left out, and so is the time until the next."""
        last, self._last = self._last, None
        if sample.at.year < _EARLIEST_YEAR:
            return
        self._last = sample = _finite(sample)
        silence = sample.at - last.at if last is not None else None
        if last is not None and silence is not None and timedelta() < silence <= LONGEST_HOLD:
            for series, value in last.values.items():
                if value is not None:
                    self._sums.add(series, last.at, sample.at, value)
            self._boundary(last, sample)
        self._observe_cars(sample)

    def due(self, now: datetime) -> bool:
        """Whether a batch is to be written: at most every five minutes, by whatever the clock says."""
        return self._written is None or abs(now - self._written) >= WRITE_EVERY

    def take(self, now: datetime) -> Batch:
        """What is new since the last batch."""
        batch = Batch(tuple(self._sums.take(now)), tuple(self._instants), tuple(self._cars))
        self._instants, self._cars, self._written = [], [], now
        return batch

    def _boundary(self, last: Sample, sample: Sample) -> None:
        """The states of charge at the begin of the quarter that has just begun."""
        begin = _quarter(sample.at)
        if begin > last.at:
            found = [(series, soc) for series, soc in sample.socs.items() if soc is not None]
            self._instants += [Instant(series, begin, soc) for series, soc in found]

    def _observe_cars(self, sample: Sample) -> None:
        """A car is written down when it is plugged in or out, and else once an hour."""
        for car, (connected, soc) in sample.cars.items():
            seen, before = CarSeen(car, sample.at, connected, soc), self._seen.get(car)
            if before is None or before.connected != connected or abs(sample.at - before.at) >= _CAR_EVERY:
                self._cars.append(seen)
                self._seen[car] = seen


def _quarter(at: datetime) -> datetime:
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


def _finite(sample: Sample) -> Sample:
    cars = {car: (connected, _known(soc)) for car, (connected, soc) in sample.cars.items()}
    return Sample(sample.at, _all(sample.values), _all(sample.socs), cars)


def _all(values: Mapping[_Key, float | None]) -> dict[_Key, float | None]:
    return {key: _known(value) for key, value in values.items()}


def _known(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) and abs(value) <= _FAR else None
