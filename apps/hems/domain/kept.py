"""What was worked out, for as long as what it was made of stays the same."""

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def _always(value: Any) -> bool:
    return True


class Kept:
    """One value a name: the last one. Whoever asks again and again holds one of these; forgetting it costs time only."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[tuple[object, ...], Any]] = {}

    def get(
        self, name: str, made_of: tuple[object, ...], make: Callable[[], T], fits: Callable[[T], bool] = _always
    ) -> T:
        """What ``make`` answers, or answered when it was last asked with ``made_of`` equal and what it gave still ``fits``.

        Things that are the same object are equal without being compared, so long histories cost nothing.
        """
        known = self._made.get(name)
        if known is not None and known[0] == made_of and fits(known[1]):
            value: T = known[1]
            return value
        value = make()
        self._made[name] = made_of, value
        return value
