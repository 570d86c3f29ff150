"""Calls in their order, with a pause between them that nobody waits for; what timed out is remembered.

While Home Assistant hangs nothing is called, and that is no failure: what differs once it answers is called then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..config.write import Write
from .actuator_tally import Tally
from .hung import ready, silent_s
from .port import Home, Outcome
from .read_back import Command, obeyed

# A call that timed out may still be carried out. For so long nothing is called: then it is read back first. A call
# waits ten seconds for its answer, and the time that is handed in is that before it.
_AFTER_TIMEOUT = timedelta(seconds=15)
# After this a mode whose calls leave no state is told once more, where a call of another mode had timed out before it.
_ECHO = timedelta(seconds=60)
# So long a call that timed out may be carried out late; Home Assistant that hung carries out everything at once.
_LATE = timedelta(hours=1)
# While Home Assistant hangs it is looked so often whether it answers.
_WHILE_SILENT = timedelta(seconds=5)
_TIMED_OUT = ("no answer in time", "timeout", "timed out")


@dataclass(frozen=True)
class Late:
    """What an entity will show should a call that timed out be carried out after all."""

    entity: str
    wanted: str | float
    until: datetime


class Sender:
    """Calls the commands of one device. Never raises; ``refusals`` says what failed the last time."""

    def __init__(self, home: Home, tally: Tally, write: Write) -> None:
        self._home, self._tally = home, tally
        self._delay, self._shows_within = timedelta(seconds=write.delay_s), timedelta(seconds=write.verify_within_s)
        self._rest: list[Command] = []
        self._late: list[Late] = []
        self.due: datetime | None = None
        self.written_at: datetime | None = None
        self.read_first_until: datetime | None = None
        self.refusals: list[str] = []
        self.echo_at: datetime | None = None
        self._blind: Command | None = None
        # What was called, until it is written down; and what was called and leaves no state to read back.
        self.called: list[Command] = []
        self.delivered: list[Command] = []
        # What each entity was told last, while it may not show it yet.
        self._told: dict[str, tuple[str | float, datetime]] = {}

    @property
    def busy(self) -> bool:
        """Whether calls of the list are still to come."""
        return bool(self._rest)

    def send(self, commands: Sequence[Command], now: datetime) -> None:
        """Calls in order, up to the first that fails: no mode is entered with a wrong power. Drops what was to come."""
        self.refusals, self._rest, self.due = [], list(commands), None
        self.delivered = [command for command in self.delivered if command not in commands]
        self.go_on(now)

    def go_on(self, now: datetime) -> None:
        """Calls what is due of the list. Nothing of it is kept where Home Assistant hangs: it is read anew after that."""
        while self._rest and (self.due is None or now >= self.due):
            if not ready(self._home):
                self._wait_for_home(now)
                return
            command = self._rest.pop(0)
            outcome = self._call(command, now)
            if not outcome.success:
                self._failed(command, outcome, now)
                return
            self._remember(command, now + self._shows_within)
            if not command.expect:
                self.delivered.append(command)
            self.due = now + self._delay if self._rest and self._delay else None

    def keep_only(self, wanted: Sequence[Command], now: datetime) -> None:
        """Begins a step. Forgets that other commands than these were delivered; and these too, where a late one may have
        undone them. Known to be silent, a home is not called in this step."""
        if silent_s(self._home):
            self._wait_for_home(now)
        self.delivered = [command for command in self.delivered if command in wanted]
        if self._blind in wanted:
            self._blind, self.echo_at = None, None
        elif self.echo_at is not None and now >= self.echo_at:
            self.delivered, self._blind, self.echo_at = [], None, None

    def told_otherwise(self, command: Command, now: datetime) -> bool:
        """Whether an entity of it was told something else, and may not show that yet: what it shows is what it was before."""
        told = ((wanted, self._told[entity]) for entity, wanted in command.expect.items() if entity in self._told)
        return any(now < until and value != wanted for wanted, (value, until) in told)

    def stop(self) -> None:
        """Calls no more of the list."""
        self._rest, self.due = [], None

    def may_come_late(self, commands: Sequence[Command], now: datetime) -> None:
        """These had no effect in their time, and may have it yet."""
        self._late += [Late(e, wanted, now + _LATE) for command in commands for e, wanted in command.expect.items()]

    def was_late(self, entity: str, now: datetime) -> bool:
        """Whether an entity shows what a call that timed out would have made of it."""
        self._late = [late for late in self._late if now < late.until]
        return any(late.entity == entity and obeyed(self._home, entity, late.wanted) for late in self._late)

    def forget_late(self) -> None:
        """Home Assistant has started anew: what it had not carried out it never will."""
        self._late, self.read_first_until, self._told = [], None, {}
        self._blind, self.echo_at = None, None

    def _wait_for_home(self, now: datetime) -> None:
        self.stop()
        self.refusals = ["Home Assistant does not answer"]
        self.read_first_until = now + _WHILE_SILENT

    def _call(self, command: Command, now: datetime) -> Outcome:
        self.written_at = now
        self.called.append(command)
        self._tally.count(str(command), now)
        try:
            return self._home.call(command.service, command.data)
        except Exception as error:  # a home that breaks is a call that failed
            return Outcome(False, f"{type(error).__name__}: {error}")

    def _remember(self, command: Command, until: datetime) -> None:
        self._told |= {entity: (value, until) for entity, value in command.expect.items()}

    def _failed(self, command: Command, outcome: Outcome, now: datetime) -> None:
        self.stop()
        self.refusals = [f"{command.service} failed: {outcome.message or 'no reason given'}"]
        if any(word in outcome.message.lower() for word in _TIMED_OUT):
            self.read_first_until = now + _AFTER_TIMEOUT
            self._remember(command, now + max(self._shows_within, 2 * _AFTER_TIMEOUT))
            if not command.expect:
                self._blind, self.echo_at = command, now + _ECHO
            self.may_come_late([command], now)
