"""What becomes of a wish: waited for, carried out, at rest, kept alive, or a fault and the safe mode."""

from collections.abc import Callable
from datetime import datetime
from math import inf

from ..config.devices import Battery, Ev
from ..config.loads import Program
from ..control.setpoint import RUNNING, Setpoint
from .actuator_hand import Agreed, Change
from .actuator_phases import PhaseSwitch, Stage
from .actuator_rest import ended_by_itself, has_expired, not_startable, plugged_in
from .actuator_tally import Tally
from .actuator_trouble import Trouble
from .actuator_writer import Progress, Writer
from .commands import commands
from .placeholders import Device
from .port import Home
from .readings import fraction


class Course:
    """Brings one device's wishes about, a step at a time. ``settle`` never raises."""

    def __init__(self, name: str, device: Device, home: Home, report: Callable[[str], None], tally: Tally) -> None:
        self._name, self._device, self._home, self._tally = name, device, home, tally
        self.writer = Writer(home, tally, device.write)
        self.phases = PhaseSwitch(device) if isinstance(device, Ev) and device.switches_phases else None
        self.agreed = Agreed()
        self.ok: bool | None = None
        self._trouble = Trouble(name, device, report)
        self.waiting: str | None = None
        self.started_at: datetime | None = None
        self.next_check: datetime | None = None
        self.reached, self.settled = False, False
        self._at_rest, self._passed = False, 0
        # A reserve "as it is now" is that of the moment at which the mode began; else it would creep, a write a percent.
        self._soc_then: float | None = None
        self._plug: bool | None = None

    @property
    def fault(self) -> str | None:
        """What is wrong, for people."""
        return self._trouble.fault

    def begin(self, new_mode: bool, at_once: bool, program_again: bool = False) -> None:
        """Another wish: a new mode, or one that passes at once. Another power of a mode that a device does not obey waits
        as long as that mode does. ``program_again``: one that has ended may be wanted once more."""
        self.agreed.forget()
        if new_mode:
            self.reached, self._at_rest, self._soc_then = False, False, None
            self.writer.sender.delivered = []
        elif program_again:
            self.reached = False
        if at_once:
            self.ok, self._passed, self._at_rest = None, 0, False
            self._another_try()
        elif self._trouble.retry_at is None:
            self.ok = None
            self.writer.turn()

    def home_back(self) -> None:
        """Home Assistant was away: failures count no more, and nothing that has changed is anybody's hand."""
        self._another_try()
        self.writer.sender.forget_late()
        self.agreed.forget()

    def forget(self) -> None:
        """The device is left alone."""
        self._another_try()
        self.agreed.forget()
        self._trouble.forget()
        self.ok, self.waiting, self.next_check = None, None, None

    def explains(self, change: Change, target: Setpoint, now: datetime) -> bool:
        """Whether a change is the device's own or a late call's: nobody's hand. The device is then looked at anew."""
        sender = self.writer.sender
        if isinstance(self._device, Ev) and change.is_less:
            self.writer.limited[change.entity] = change.state  # the charger's limit, or the car's
        elif ended_by_itself(self._device, target, self._home) is not None:
            self._at_rest = True
        elif not (
            self.writer.within_window(now)
            or sender.was_late(change.entity, now)
            or has_expired(self._device, sender.written_at, now)
            or plugged_in(self._device, self._home) != self._plug
        ):
            return False
        self.agreed.forget()
        return True

    def settle(self, target: Setpoint, now: datetime, urgent: bool) -> None:
        """One step. ``settled``: whether the device does as it is told; ``next_check``: when there is more to be done."""
        self.settled, self.waiting, self.next_check = False, None, None
        retry_at = self._trouble.retry_at
        if retry_at is not None and (now >= retry_at or self._obeys_after_all(target, now)):
            self._another_try()
        if not self._trouble.given_up:
            self._try(target, now, urgent)
        times = [time for time in (self.next_check, self._trouble.retry_at) if time is not None]
        self.next_check = min(times, default=None)

    def _obeys_after_all(self, target: Setpoint, now: datetime) -> bool:
        try:
            wanted = self._stage(target, now).commands
            return any(command.expect for command in wanted) and not self.writer.differs(wanted, now)
        except Exception:  # what cannot be read is not obeyed
            return False

    def _try(self, target: Setpoint, now: datetime, urgent: bool) -> None:
        try:
            self._step(self._trouble.instead or target, now, urgent)
        except Exception as error:  # one device's fault must not stop the others
            self._failed(f"{self._name}: {error}", target, now)

    def _step(self, wish: Setpoint, now: datetime, urgent: bool) -> None:
        if self.reached and isinstance(self._device, Program) and wish.action == "on":
            self.settled = True
            return  # a program is started once; that it ends by itself is no fault
        self.waiting = not_startable(self._device, wish, self._home) if self.started_at is None else None
        if self.waiting is not None:
            return
        stage = self._stage(wish, now)
        if stage.not_before is not None and now < stage.not_before:
            self.waiting, self.next_check = stage.words, stage.not_before
            return
        if self._at_rest and self._rests(wish, stage, now):
            return
        progress = self._bring_about(stage, now, urgent)
        self.next_check = self.writer.next_look
        lost = self.writer.lost(stage.commands)
        if progress == "lost" and lost is not None:
            self._trouble.lost(lost)
            self.ok = False
            self.agreed.forget()
            return
        if lost is None and self._trouble.found():
            self.ok = None
        if progress == "done":
            self._done(wish, stage, now, urgent)
        elif progress == "failed":
            self.writer.sender.may_come_late(stage.commands, now)
            self._failed(f"{self._name}: {self.writer.why_not(stage.commands)}", wish, now)
        elif progress == "used_up":
            self.ok, self.waiting = False, "The writes of the day are used up; until midnight only the mode is changed."
        else:
            self.waiting = stage.words if stage.step != "all" else None
            if not self.writer.sender.busy and not self.writer.sender.refusals:
                self._remember_start(wish, now)

    def _bring_about(self, stage: Stage, now: datetime, urgent: bool) -> Progress:
        """A change of mode passes the day's limit with all its retries, and no oftener; the safe mode always."""
        calls, before = (self._device.write.retries + 1) * len(stage.commands), self._tally.total
        passes = inf if self._trouble.instead is not None else calls - self._passed if urgent else 0
        progress = self.writer.bring_about(stage.commands, now, passes)
        made = self._tally.total - before
        self._passed += made if self._trouble.instead is None else 0
        if made and self.phases is not None:
            self.phases.told(stage, now)
        return progress

    def _rests(self, wish: Setpoint, stage: Stage, now: datetime) -> bool:
        """Whether what had ended by itself still has a reason to; else it is written to again."""
        otherwise = self.writer.differs(stage.commands, now)
        self.waiting = ended_by_itself(self._device, wish, self._home) if otherwise else None
        self._at_rest = self.waiting is not None
        return self._at_rest

    def _stage(self, wish: Setpoint, now: datetime) -> Stage:
        if self.phases is not None:
            return self.phases.stage(wish, self._home, now)
        if self._soc_then is None and isinstance(self._device, Battery):
            self._soc_then = fraction(self._home, self._device.soc)
        return Stage(commands(wish, self._device, self._home, self._soc_then))

    def _done(self, wish: Setpoint, stage: Stage, now: datetime, urgent: bool) -> None:
        if stage.step != "all" and self.phases is not None:
            self.phases.reached(stage, now)
            self._step(wish, now, urgent)
            return
        self.agreed.note(self._home, stage.commands)
        self._plug = plugged_in(self._device, self._home)
        if self._trouble.instead is not None:
            self.waiting = wish.text
            return
        self._trouble.obeyed()
        self.ok = True if any(command.expect for command in stage.commands) else None
        self.reached, self.settled = True, True
        limited = self.writer.limited.items()
        self.waiting = "; ".join(f"{entity} is kept at {state} by the device" for entity, state in limited) or None
        self._remember_start(wish, now)
        if self.writer.keep_alive_due(now) and self._tally.allows(len(stage.commands), now):
            self.writer.say_again(stage.commands, now)
            self.next_check = self.writer.next_look

    def _remember_start(self, wish: Setpoint, now: datetime) -> None:
        if wish.action in ("off", "block"):
            self.started_at = None
        elif wish.action in RUNNING:
            self.started_at = self.started_at or now

    def _failed(self, fault: str, wish: Setpoint, now: datetime) -> None:
        first = self._trouble.instead is None
        self._trouble.failed(fault, wish, now)
        self.ok, self.next_check = False, None
        if not first:
            return
        self.waiting = None
        self.writer.begin()
        self.agreed.forget()
        if self._trouble.instead is not None:
            self._try(wish, now, urgent=True)

    def _another_try(self) -> None:
        self._trouble.another_try()
        self.writer.begin()
