"""When plants were held back: what they gave then says nothing of the sun."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from ..domain.series import Slot

# An inverter takes a moment to give all again.
_RAMP = timedelta(minutes=2)
# Looks are seconds apart; after a longer silence nobody knows what was in between.
_SILENCE = timedelta(minutes=2)
_HOLDING = frozenset({"limit", "curtail"})
_FEED_IN = frozenset({"limit_export"})


def held_back(doing: Any, plants: Mapping[str, str | None]) -> frozenset[str]:
    """The plants that the dispatcher limits, by its ``doing``; a limit that the plant did not take holds nothing back.

    ``plants``: each with the battery whose inverter curtails it, None for one that is told itself.
    """
    found = doing if isinstance(doing, Mapping) else {}
    told = {name: (name, _HOLDING) if battery is None else (battery, _FEED_IN) for name, battery in plants.items()}
    return frozenset(name for name, (device, words) in told.items() if _does(found.get(device), words))


def _does(told: Any, words: Collection[str]) -> bool:
    return isinstance(told, Mapping) and told.get("action") in words and told.get("ok") is not False


class Curtailment:
    """The spans since this start, from look to look; what was before, the store knows."""

    def __init__(self) -> None:
        self._spans: dict[str, list[tuple[datetime, datetime]]] = {}

    def see(self, limited: Collection[str], now: datetime, kept: timedelta) -> None:
        """These plants are limited now; spans that ended ``kept`` ago are forgotten."""
        for name in limited:
            spans = self._spans.setdefault(name, [])
            if spans and timedelta() <= now - spans[-1][1] <= _SILENCE:
                spans[-1] = spans[-1][0], now
            else:
                spans.append((now, now))
        for name, spans in self._spans.items():
            self._spans[name] = [span for span in spans if now - span[1] <= kept]

    def slots(self, plant: str) -> tuple[Slot, ...]:
        """When a plant was held back."""
        return tuple(Slot(begin, end + _RAMP, 1.0) for begin, end in self._spans.get(plant, ()))
