"""Brings a list of commands about on one device: calls what differs, reads it back within a time, tries again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from ..config.write import Write
from .actuator_sender import Sender
from .actuator_tally import Tally
from .port import Home
from .read_back import Command, not_obeyed, number_of

# The first look at what was written, for devices that answer at once.
_FIRST_LOOK = timedelta(seconds=3)
# So long an entity may take to become available once control has been handed over.
_AWAKENING, _AWAKENING_LOOK = timedelta(seconds=60), timedelta(seconds=10)
_HANDOVER = frozenset({"switch.turn_on", "switch.turn_off", "select.select_option", "input_boolean.turn_on"})
# A heartbeat that comes a moment early must not cost a whole beat of keep-alive.
_BEAT_JITTER = timedelta(seconds=2)
_PRESSED = frozenset({"button.press", "input_button.press"})

Progress = Literal["done", "under_way", "lost", "failed", "used_up"]


class Writer:
    """``next_look``: when there is something to be read back or called; ``limited``: what the device takes instead."""

    def __init__(self, home: Home, tally: Tally, write: Write) -> None:
        self._home, self._tally, self._write = home, tally, write
        self.sender = Sender(home, tally, write)
        self.next_look: datetime | None = None
        self.limited: dict[str, str] = {}
        self._retries = 0
        # What was called, and the time within which it is to show.
        self._called: list[tuple[Command, datetime]] = []
        self._before: dict[str, str | None] = {}

    def begin(self) -> None:
        """Something else is wanted: no failure counts."""
        self.turn()
        self._retries, self._called = 0, []

    def turn(self) -> None:
        """Another power of the same mode: what was called of the mode keeps its time, and its failures count."""
        self.sender.stop()
        self.next_look, self.limited, self._before = None, {}, {}

    def within_window(self, now: datetime) -> bool:
        """Whether a device may still be taking up what it was told: what it shows meanwhile is nobody's hand."""
        return any(now < until for _, until in self._called)

    def bring_about(self, wanted: Sequence[Command], now: datetime, passes: float) -> Progress:
        """One step. ``passes``: so many calls pass though the writes of the day are used up. Raises only if the home does."""
        self.sender.keep_only(wanted, now)
        # What has shown within its time is forgotten: should it be lost later, that is no failure to obey.
        self._called = [
            (one, until) for one, until in self._called if now < until or (one in wanted and self._differs(one, now))
        ]
        reach = self._within_reach(wanted, now)
        differing = self._differing(reach, now)
        if len(reach) < len(wanted) and not differing:
            return self._wait_for_entity(now)
        if self.sender.busy:
            self.sender.go_on(now)
            return self._look_later(now, self._write_down(now))
        if not differing:
            self.next_look, self._retries = self.sender.echo_at, 0
            return "done"
        due = self._due(differing, now)
        if not due:
            return self._look_later(now, [until for command, until in self._called if command in differing])
        again = any(command == called for called, _ in self._called for command in due)
        if again and self._retries >= self._write.retries:
            return "done" if self._takes_less(due) else "failed"
        if len(due) > passes and not self._tally.allows(len(due), now):
            self.next_look = None
            return "used_up"
        self._retries += 1 if again else 0
        return self._call(due, now)

    def differs(self, wanted: Sequence[Command], now: datetime) -> bool:
        """Whether anything is otherwise than the commands want it."""
        return any(self._differs(command, now) for command in wanted)

    def say_again(self, wanted: Sequence[Command], now: datetime) -> None:
        """Calls everything, though nothing differs: a command that expires is kept alive."""
        self.sender.send(wanted, now)
        self._look_later(now, self._write_down(now))

    def keep_alive_due(self, now: datetime) -> bool:
        """Whether it is time to say everything again; what was refused is said again as soon as its time is over."""
        keep_alive, written_at = timedelta(seconds=self._write.keep_alive_s), self.sender.written_at
        if not keep_alive or written_at is None:
            return bool(keep_alive)
        failed = bool(self.sender.refusals) and not self.within_window(now)
        return failed or now - written_at >= keep_alive - _BEAT_JITTER

    def why_not(self, wanted: Sequence[Command]) -> str:
        """What is not as it was told to be, and what was refused."""
        return "; ".join(not_obeyed(self._home, wanted) + self.sender.refusals)

    def lost(self, wanted: Sequence[Command]) -> str | None:
        """Says which entity cannot be read back."""
        return next((words for command in wanted if (words := self._lost(command)) is not None), None)

    def _due(self, differing: Sequence[Command], now: datetime) -> list[Command]:
        """What may be called: all that is new, or has not shown within its time. After a refusal nothing, for so long."""
        waits = [command for command, until in self._called if now < until and command in differing]
        read_first = self.sender.read_first_until
        if (read_first is not None and now < read_first) or (waits and self.sender.refusals):
            return []
        found: list[Command] = []
        for command in differing:
            if command not in waits or (found and command.service in _PRESSED):
                found.append(command)
        return found

    def _call(self, due: Sequence[Command], now: datetime) -> Progress:
        for entity in (entity for command in due for entity in command.expect):
            self._before.setdefault(entity, self._home.state(entity))
        self.sender.send(due, now)
        return self._look_later(now, self._write_down(now))

    def _write_down(self, now: datetime) -> list[datetime]:
        """Gives what has just been called its time; with each retry twice as long."""
        patience = timedelta(seconds=min(self._write.verify_within_s * 2 ** min(self._retries, 8), 3600.0))
        called, self.sender.called = self.sender.called, []
        self._called = [(command, until) for command, until in self._called if command not in called]
        self._called += [(command, now + patience) for command in called]
        return [now + min(_FIRST_LOOK, patience)] if called else []

    def _look_later(self, now: datetime, times: Sequence[datetime]) -> Progress:
        """The next look: when a call is due, when one has just been made, or when one is to show."""
        later = [self.sender.due, self.sender.read_first_until] if not times else [self.sender.due]
        if self.next_look is not None and not self.sender.busy:
            later.append(self.next_look)
        self.next_look = min((time for time in (*times, *later) if time is not None and time > now), default=None)
        return "under_way"

    def _takes_less(self, differing: Sequence[Command]) -> bool:
        """Whether the device has followed each number as far as it can: its own limit, and no disobedience."""
        found: dict[str, str] = {}
        for entity, wanted in ((e, w) for command in differing for e, w in command.expect.items()):
            values = (number_of(self._before.get(entity)), number_of(self._home.state(entity)), number_of(wanted))
            before, shown, told = values
            if before is None or shown is None or told is None or not min(before, told) < shown < max(before, told):
                return False
            found[entity] = str(self._home.state(entity))
        self.limited |= found
        self.next_look, self._retries = None, 0
        return bool(found) and all(command.expect for command in differing)

    def _differing(self, wanted: Sequence[Command], now: datetime) -> list[Command]:
        """What is to be called now. A button commits what was set before it, so it is pressed after every change."""
        found: list[Command] = []
        for command in wanted:
            if self._differs(command, now) or (found and command.service in _PRESSED):
                found.append(command)
        return found

    def _differs(self, command: Command, now: datetime) -> bool:
        if not command.expect:
            return command not in self.sender.delivered
        if self.sender.told_otherwise(command, now):
            return True
        if all(self._home.state(entity) == self.limited.get(entity, "") for entity in command.expect):
            return False
        return bool(not_obeyed(self._home, [command]))

    def _within_reach(self, wanted: Sequence[Command], now: datetime) -> Sequence[Command]:
        """What can be carried out now: all; or, where an entity is not there, the handing over of control before it.

        Some entities become available only once a switch or a mode has handed control over.
        """
        lost = next((index for index, command in enumerate(wanted) if self._lost(command) is not None), len(wanted))
        if lost == len(wanted):
            return wanted
        handed = [i for i in range(lost) if wanted[i].service in _HANDOVER and self._differs(wanted[i], now)]
        return wanted[: handed[-1] + 1] if handed else ()

    def _lost(self, command: Command) -> str | None:
        for entity in command.expect:
            state = self._home.state(entity)
            if state is None or state == "unavailable":
                return f"{entity} {'does not exist' if state is None else 'is unavailable'}"
        return None

    def _wait_for_entity(self, now: datetime) -> Progress:
        """An entity is not there: waited for where control has just been handed over."""
        written_at = self.sender.written_at
        if written_at is not None and self.next_look is not None and now - written_at < _AWAKENING:
            self.next_look = now + _AWAKENING_LOOK
            return "under_way"
        self.begin()
        return "lost"
