"""One device's writer: calls only what differs from what is read back, and checks it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ..config.devices import Battery, Program
from ..control.setpoint import Setpoint
from .commands import Command, commands, not_obeyed
from .placeholders import Device
from .port import Home
from .readings import fraction

# When a write is looked at again: first for devices that answer at once; those that are polled show a change
# after ten to sixty seconds. Three retries, then it is a fault.
_LOOKS_S = (3.0, 10.0, 30.0, 60.0)
# A device with a fault is tried again so seldom: it may have come back to its senses.
_AFTER_FAULT = timedelta(minutes=15)
# So long an entity may take to become available once control has been handed over.
_AWAKENING = timedelta(seconds=60)
_HANDOVER = frozenset({"switch.turn_on", "switch.turn_off", "select.select_option", "input_boolean.turn_on"})
_PRESSED = frozenset({"button.press", "input_button.press"})
# A heartbeat that comes a moment early must not cost a whole beat of keep-alive.
_BEAT_JITTER = timedelta(seconds=2)


class Actuator:
    """Writes to one device. Never raises; ``fault`` and ``report`` say what is wrong, for people.

    A setpoint with another mode or another source passes at once; a change of power within a mode is held
    back for ``min_interval_s`` and below ``deadband_kw``. A call that timed out may still be carried out
    later, so nothing is called again before it is read back.
    """

    def __init__(self, name: str, device: Device, home: Home, report: Callable[[str], None]) -> None:
        self.name = name
        self.device = device
        self.home = home
        self.report = report
        self.shown: Setpoint | None = None
        self.target: Setpoint | None = None
        self.ok: bool | None = None
        self.fault: str | None = None
        self.next_check: datetime | None = None
        self.started_at: datetime | None = None
        self._releasing = False
        self._reached = False
        self._attempts = 0
        self._written_at: datetime | None = None
        self._sent: list[Command] = []
        self._refusals: list[str] = []
        # A reserve "as it is now" is that of the moment at which the mode began; else it would creep, a write a percent.
        self._soc_then: float | None = None
        self._unreachable: str | None = None
        self._told_soc = "{soc_percent}" in repr(device) or "{target_soc_percent}" in repr(device)

    def apply(self, setpoint: Setpoint, now: datetime) -> None:
        """Makes the device do this, as far as it does not already. "leave" ends all writing to it."""
        self.shown = setpoint
        if setpoint.action == "leave":
            # A device that is being given back is still owed that, unless the family has taken it over.
            if not self._releasing or setpoint.source == "manual":
                self._forget()
            return
        self._releasing = False
        self._aim(setpoint, now)
        self.verify(now)

    def give_back(self, setpoint: Setpoint, now: datetime) -> None:
        """The last word to a device before HEMS leaves it alone; checked, and then forgotten."""
        self.shown = setpoint
        self._aim(setpoint, now)
        self._releasing = True
        self.verify(now)

    def try_again(self) -> None:
        """Forgets earlier failures: the home was away and is back."""
        self._attempts, self.next_check = 0, None

    def verify(self, now: datetime) -> None:
        """Reads back; calls what differs when it is time to."""
        if self.target is None:
            return
        try:
            self._settle(self.target, now)
        except Exception as error:  # one device's fault must not stop the others
            self._set_fault(f"{self.name}: {error}", now)

    def doing(self) -> dict[str, Any]:
        """What the page shows: the setpoint, whether it was obeyed (None: not known), and the fault."""
        said = {key: getattr(self.shown, key, None) for key in ("action", "power_kw", "source", "text")}
        return {**said, "ok": self.ok, "fault": self.fault}

    def _aim(self, setpoint: Setpoint, now: datetime) -> None:
        wanted = setpoint if self._told_soc else replace(setpoint, target_soc=None)
        before = self.target
        if before is not None and (before.action, before.source) == (wanted.action, wanted.source):
            if (before.power_kw, before.target_soc) == (wanted.power_kw, wanted.target_soc):
                return
            if self._held_back(before, wanted, now):
                return
        if before is None or before.action != wanted.action:
            self._sent, self._reached, self._soc_then = [], False, None
        elif wanted.source == "boost":
            self._reached = False  # a program that has ended may be wanted once more
        self.target, self.ok = wanted, None
        self._attempts, self.next_check = 0, None

    def _held_back(self, before: Setpoint, wanted: Setpoint, now: datetime) -> bool:
        write = self.device.write
        interval = timedelta(seconds=write.min_interval_s)
        if self._written_at is not None and now - self._written_at < interval:
            return True
        small = abs(wanted.power_kw - before.power_kw) < write.deadband_kw
        return small and wanted.target_soc == before.target_soc

    def _settle(self, target: Setpoint, now: datetime) -> None:
        if self._reached and isinstance(self.device, Program) and target.action == "on":
            return  # a program is started once; that it ends by itself is no fault
        if self._soc_then is None and isinstance(self.device, Battery):
            self._soc_then = fraction(self.home, self.device.soc)
        wanted = commands(target, self.device, self.home, self._soc_then)
        self._sent = [command for command in self._sent if command in wanted]
        reach = self._within_reach(wanted)
        differing = self._differing(reach)
        pending = self.next_check is not None and now < self.next_check
        if len(reach) < len(wanted) and not differing:
            self._out_of_reach(wanted, now)
            return
        if len(reach) == len(wanted):
            self._found_again()
        if not differing:
            self._settled(wanted, now)
            if self.target is not None and self._keep_alive_due(now):
                self._send(wanted, now)
        elif not pending and self._attempts >= len(_LOOKS_S):
            self._set_fault(self._in_words(differing), now)
        elif not pending:
            self._send(differing, now)
            self.next_check = now + timedelta(seconds=_LOOKS_S[self._attempts])
            self._attempts += 1

    def _send(self, wanted: Sequence[Command], now: datetime) -> None:
        """Calls in order, up to the first that fails: no mode is entered with a wrong power."""
        self._written_at, self._refusals = now, []
        self._sent = [command for command in self._sent if command not in wanted]
        for command in wanted:
            outcome = self.home.call(command.service, command.data)
            if not outcome.success:
                self._refusals = [f"{command.service} failed: {outcome.message or 'no reason given'}"]
                return
            if not command.expect and command not in self._sent:
                self._sent.append(command)
        self._remember_start(now)

    def _remember_start(self, now: datetime) -> None:
        if self.target is not None and self.target.action == "off":
            self.started_at = None
        elif self.target is not None and self.target.action == "on":
            self.started_at = self.started_at or now

    def _differing(self, wanted: Sequence[Command]) -> list[Command]:
        """What is to be called now. A button commits what was set before it, so it is pressed after every change."""
        found: list[Command] = []
        for command in wanted:
            if self._differs(command) or (found and command.service in _PRESSED):
                found.append(command)
        return found

    def _differs(self, command: Command) -> bool:
        if not command.expect:
            return command not in self._sent
        return bool(not_obeyed(self.home, [command]))

    def _keep_alive_due(self, now: datetime) -> bool:
        keep_alive = timedelta(seconds=self.device.write.keep_alive_s)
        silent = now - self._written_at if self._written_at is not None else keep_alive
        return bool(keep_alive) and silent >= keep_alive - _BEAT_JITTER

    def _within_reach(self, wanted: Sequence[Command]) -> Sequence[Command]:
        """What can be carried out now: all; or, where an entity is not there, the handing over of control before it.

        Some entities become available only once a switch or a mode has handed control over.
        """
        lost = next((index for index, command in enumerate(wanted) if self._lost(command) is not None), len(wanted))
        if lost == len(wanted):
            return wanted
        handed = [i for i in range(lost) if wanted[i].service in _HANDOVER and self._differs(wanted[i])]
        return wanted[: handed[-1] + 1] if handed else ()

    def _lost(self, command: Command) -> str | None:
        """Says which entity of a command cannot be read back."""
        for entity in command.expect:
            state = self.home.state(entity)
            if state is None or state == "unavailable":
                return f"{self.name}: {entity} {'does not exist' if state is None else 'is unavailable'}"
        return None

    def _out_of_reach(self, wanted: Sequence[Command], now: datetime) -> None:
        """An entity is not there: waited for where control has just been handed over, else said once."""
        if self._written_at is not None and self.next_check is not None and now - self._written_at < _AWAKENING:
            self.next_check = now + timedelta(seconds=_LOOKS_S[1])
            return
        lost = next(words for command in wanted if (words := self._lost(command)) is not None)
        if lost != self._unreachable:
            self.report(f"{lost}; nothing is written to it until it is back")
        self._unreachable = self.fault = lost
        self.ok, self.next_check, self._attempts = False, None, 0

    def _found_again(self) -> None:
        """Said once when every entity is back."""
        if self._unreachable is not None:
            self.report(f"{self.name}: can be reached again")
            self._unreachable, self.fault, self.ok = None, None, None

    def _settled(self, wanted: Sequence[Command], now: datetime) -> None:
        if self.fault is not None:
            self.report(f"{self.name}: does as it is told again")
        self.ok = True if any(command.expect for command in wanted) else None
        self.fault, self.next_check, self._attempts, self._reached = None, None, 0, True
        self._remember_start(now)
        if self._releasing:
            self._releasing, self.target = False, None

    def _in_words(self, differing: Sequence[Command]) -> str:
        return f"{self.name}: " + "; ".join(not_obeyed(self.home, differing) + self._refusals)

    def _set_fault(self, fault: str, now: datetime) -> None:
        if fault != self.fault:
            self.report(fault)
        self.fault, self.ok = fault, False
        self._attempts, self.next_check = 0, now + _AFTER_FAULT

    def _forget(self) -> None:
        self.target, self.next_check, self.ok, self.fault = None, None, None, None
        self._releasing, self._unreachable, self._attempts = False, None, 0
