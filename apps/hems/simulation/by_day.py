"""A small memory for series that are drawn once per day."""

from collections.abc import Callable
from datetime import date
from typing import Generic, TypeVar

T = TypeVar("T")


class ByDay(Generic[T]):
    """Calls `make` once per day and keeps the newest few results, so that a long run does not grow."""

    def __init__(self, make: Callable[[date], T], keep: int = 8) -> None:
        self._make = make
        self._keep = keep
        self._made: dict[date, T] = {}

    def __call__(self, day: date) -> T:
        if day not in self._made:
            while len(self._made) >= self._keep:
                del self._made[next(iter(self._made))]
            self._made[day] = self._make(day)
        return self._made[day]
