"""Another hand on a device: a person's or another system's. It is noticed, respected for a while, and reported."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from ..control.setpoint import Setpoint
from .port import Home
from .read_back import Command, number_of, obeyed
from .readings import known

# Who asks so expressly that another hand does not count any more; the guard keeps the fuse.
_EXPRESS = frozenset({"off", "hold", "discharge", "charge", "boost", "skip", "guard"})


@dataclass(frozen=True)
class Hand:
    """``words``: what was changed, when, and until when it stands. ``action``, ``source``: what HEMS did at that time."""

    until: datetime
    words: str
    action: str
    source: str

    def ended_by(self, setpoint: Setpoint, now: datetime) -> bool:
        """Whether its time is over, or the family has asked for something else since."""
        asked = setpoint.source in _EXPRESS and (setpoint.action, setpoint.source) != (self.action, self.source)
        return now >= self.until or asked

    def memory(self) -> dict[str, Any]:
        """What is to be kept beyond a restart."""
        return {"until": self.until.isoformat(), "words": self.words, "action": self.action, "source": self.source}


@dataclass(frozen=True)
class Change:
    """An entity that shows something else than it did when the device had done as it was told ``wanted``."""

    entity: str
    state: str
    wanted: str | float

    @property
    def is_less(self) -> bool:
        """Whether a number is below what was wanted, and above zero."""
        state = number_of(self.state)
        return state is not None and not isinstance(self.wanted, str) and 0 < state < self.wanted


class Agreed:
    """What the entities showed when the device had done as it was told."""

    def __init__(self) -> None:
        self._states: dict[str, str] = {}
        self._wanted: dict[str, str | float] = {}

    def note(self, home: Home, carried_out: Sequence[Command]) -> None:
        """Takes down what the entities show now."""
        self._wanted = {entity: wanted for command in carried_out for entity, wanted in command.expect.items()}
        shown = {entity: known(home.state(entity)) for entity in self._wanted}
        self._states = {entity: state for entity, state in shown.items() if state is not None}

    def forget(self) -> None:
        """What is shown next is nobody's change: Home Assistant or the device was away, or something else is wanted."""
        self._states = {}

    def change(self, home: Home) -> Change | None:
        """The first entity that shows something else now. An entity that is away ends the agreement."""
        for entity, before in self._states.items():
            state = known(home.state(entity))
            if state is None:
                self.forget()
                return None
            number = number_of(before)
            if not obeyed(home, entity, before if number is None else number) and state != before:
                return Change(entity, state, self._wanted[entity])
        return None


class Respect:
    """Leaves a device to another hand for a while. ``minutes``: 0 takes it back at once; either is said."""

    def __init__(self, name: str, minutes: float, zone: tzinfo, report: Callable[[str], None]) -> None:
        self._name, self._minutes, self._zone, self._report = name, minutes, zone, report
        self.hand: Hand | None = None

    def begin(self, change: Change, target: Setpoint, now: datetime) -> None:
        """Another hand has changed something while HEMS was about ``target``."""
        set_to = f"{change.entity} was set to {change.state} by another hand"
        if self._minutes <= 0:
            self._report(f"{self._name}: {set_to}; HEMS sets it again")
            return
        until = now + timedelta(minutes=self._minutes)
        began, ends = now.astimezone(self._zone), until.astimezone(self._zone)
        end = f"{ends:%H:%M}" if began.date() == ends.date() else f"{ends:%Y-%m-%d %H:%M}"
        words = f"{set_to} at {began:%H:%M}; HEMS leaves {self._name} alone until {end}"
        self.hand = Hand(until, words, target.action, target.source)
        self._report(words)

    def end(self, wanted: Setpoint | None, now: datetime) -> bool:
        """Whether there is no hand any more: its time is over, or the family has asked for something else since."""
        if self.hand is None or wanted is None or not self.hand.ended_by(wanted, now):
            return self.hand is None
        self.hand = None
        if wanted.action != "leave":
            self._report(f"{self._name}: HEMS writes to it again")
        return True

    def end_now(self, now: datetime) -> None:
        """From now on it counts no more."""
        self.hand = replace(self.hand, until=now) if self.hand is not None else None

    def shown(self) -> dict[str, Any]:
        """What the page shows in place of the setpoint."""
        if self.hand is None:
            return {}
        text, until = self.hand.words, self.hand.until
        return {"action": "leave", "power_kw": 0.0, "source": "hand", "text": text, "until": until}


def hand_from(memory: Any) -> Hand | None:
    """A hand that was kept, or None for whatever else that may be."""
    if not isinstance(memory, Mapping):
        return None
    try:
        until = datetime.fromisoformat(str(memory.get("until")))
    except ValueError:
        return None
    if until.tzinfo is None:
        return None
    return Hand(until, str(memory.get("words", "")), str(memory.get("action", "")), str(memory.get("source", "")))
