"""What the store of measurements holds, in words: series, means over a while, values of an instant, a car that was seen."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

QUARTER = timedelta(minutes=15)


class Series(NamedTuple):
    """A series by its name (``import``, ``pv.roof``) and what it was read from; another source is another series."""

    name: str
    source: str = ""


class Mean(NamedTuple):
    """The mean of a series from ``begin`` on for ``length``; ``share`` 0..1 of it is known."""

    series: Series
    begin: datetime
    length: timedelta
    value: float
    share: float = 1.0


class Instant(NamedTuple):
    """A value at an instant: a state of charge, 0..1."""

    series: Series
    at: datetime
    value: float


class CarSeen(NamedTuple):
    """A car as it was seen: whether it was connected, and its state of charge 0..1; None: not known."""

    car: str
    at: datetime
    connected: bool | None
    soc: float | None


@dataclass(frozen=True)
class Sample:
    """One look at all that is measured: ``values`` of which means are kept (powers in kW), states of charge, cars by name.

    None: not known.
    """

    at: datetime
    values: dict[Series, float | None] = field(default_factory=dict)
    socs: dict[Series, float | None] = field(default_factory=dict)
    cars: dict[str, tuple[bool | None, float | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class Batch:
    """What is written in one transaction."""

    means: tuple[Mean, ...] = ()
    instants: tuple[Instant, ...] = ()
    cars: tuple[CarSeen, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.means or self.instants or self.cars)
