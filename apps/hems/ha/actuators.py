"""One device's writer: what is wanted of it now and by whom; another hand on it is noticed and respected."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timezone, tzinfo
from typing import Any

from ..config.devices import Battery, Ev, Pv
from ..control.setpoint import Setpoint
from .actuator_course import Course
from .actuator_dry import DryHome
from .actuator_hand import Respect, hand_from
from .actuator_safe import held_back, is_other_mode, is_urgent
from .actuator_tally import Tally
from .commands import entities_of_actions
from .placeholders import Device
from .port import Home
from .readings import known


class Actuator:
    """Writes to one device. Never raises; ``fault`` and ``report`` say what is wrong, for people.

    A setpoint with another mode or another source passes at once; a change of power within a mode is held back for
    ``min_interval_s``, below ``deadband_kw``, and when the writes of the day are used up. What another hand changes is left
    for ``respect_hand_minutes``. A device that does not obey is sent into its safe mode, and tried again after a pause.
    A call that timed out may still be carried out later, so nothing is called again before it is read back.

    ``zone``: the home's, for the day of the writes and for words. ``dry``: nothing is called; it is said and shown what
    would be. ``memory``: what ``memory()`` gave before a restart.
    """

    def __init__(
        self,
        name: str,
        device: Device,
        home: Home,
        report: Callable[[str], None],
        *,
        zone: tzinfo = timezone.utc,
        dry: bool = False,
        memory: Mapping[str, Any] | None = None,
    ) -> None:
        self.name, self.device, self.report, self.dry = name, device, report, dry
        self.home: Home = DryHome(name, home, report) if dry else home
        self.shown: Setpoint | None = None
        self.target: Setpoint | None = None
        self.next_check: datetime | None = None
        self._tally = Tally(name, device.write.max_writes_per_day, zone, report)
        self._course = Course(name, device, self.home, report, self._tally)
        self._respect = Respect(name, device.write.respect_hand_minutes, zone, report)
        self._releasing, self._urgent = False, False
        condition = None if isinstance(device, Battery | Ev | Pv) else device.startable
        # What is worth listening to: the entities that are written to, and the one that allows a start.
        self.entities = entities_of_actions(device) | ({condition.entity} if condition else set())
        self._told_soc = "{soc_percent}" in repr(device) or "{target_soc_percent}" in repr(device)
        self._kept = dict(memory or {})
        self._restore()

    @property
    def ok(self) -> bool | None:
        """Whether the device does as it is told; None: not known yet, or it leaves no state to read back."""
        return self._course.ok

    @property
    def fault(self) -> str | None:
        """What is wrong with the device, for people."""
        return self._course.fault

    @property
    def started_at(self) -> datetime | None:
        """When HEMS switched a load on; None once HEMS or another hand has switched it off."""
        return self._course.started_at

    def apply(self, setpoint: Setpoint, now: datetime) -> None:
        """Makes the device do this, as far as it does not already. "leave" ends all writing to it."""
        self.shown = setpoint
        if setpoint.action == "leave":
            # A device that is being given back is still owed that, unless the family has taken it over.
            if setpoint.source != "fallback":
                self._respect.hand = None
            if not self._releasing or setpoint.source == "manual":
                self._forget()
            return
        self._releasing = False
        self._notice(now)
        if self._respect.end(setpoint, now):
            self._aim(setpoint, now)
        self._settle(now)

    def give_back(self, setpoint: Setpoint, now: datetime) -> None:
        """The last word to a device before HEMS leaves it alone; checked, and then forgotten.

        What another hand has set stands: that is no longer HEMS's to give back.
        """
        self.shown = setpoint
        self._notice(now)
        if self._respect.hand is not None:
            return
        self._aim(setpoint, now)
        self._releasing = self._urgent = True
        self._settle(now)

    def verify(self, now: datetime) -> None:
        """Reads back; calls what differs when it is time to; ends the respect for a hand when its time is over."""
        self._notice(now)
        held = self._respect.hand is not None
        if held and self._respect.end(self.shown, now) and self.shown is not None and self.shown.action != "leave":
            self._aim(self.shown, now)
        self._settle(now)

    def try_again(self) -> None:
        """Forgets earlier failures, and what the entities showed: the home was away and is back."""
        self._course.home_back()
        self.next_check = None

    def resume(self, now: datetime) -> None:
        """Ends the respect for another hand at once."""
        self._respect.end_now(now)
        self.verify(now)

    def seen(self, entity: str, state: str | None) -> None:
        """A state that passed by: an entity that was away comes back with what nobody chose."""
        if entity in self.entities and known(state) is None:
            self._course.agreed.forget()

    def doing(self) -> dict[str, Any]:
        """What the page shows: the setpoint or the hand on the device, whether it was obeyed, the fault, and the writes."""
        said: dict[str, Any] = {
            key: getattr(self.shown, key, None) for key in ("action", "power_kw", "source", "text", "until")
        }
        if said["action"] != "leave":
            said |= self._respect.shown()
        until: datetime | None = said["until"]
        return {
            **said,
            "until": until.isoformat(timespec="seconds") if until is not None else None,
            "ok": self.ok,
            "fault": self.fault,
            "waiting": self._course.waiting,
            **self._tally.shown(),
            "dry_run": self.dry,
        }

    def memory(self) -> dict[str, Any]:
        """What is to be kept beyond a restart, fit for JSON. A dry run leaves it as it was."""
        if self.dry:
            return self._kept
        phases = self._course.phases
        return {
            "writes": self._tally.memory(),
            "hand": self._respect.hand.memory() if self._respect.hand else None,
            "phases": phases.memory() if phases else None,
        }

    def _restore(self) -> None:
        if self.dry:
            return
        self._tally.restore(self._kept.get("writes"))
        self._respect.hand = hand_from(self._kept.get("hand"))
        if self._course.phases is not None:
            self._course.phases.restore(self._kept.get("phases"))

    def _aim(self, setpoint: Setpoint, now: datetime) -> None:
        wanted = setpoint if self._told_soc else replace(setpoint, target_soc=None)
        before, other = self.target, is_other_mode(self.target, wanted)
        if before is not None and not other:
            if (before.power_kw, before.target_soc) == (wanted.power_kw, wanted.target_soc):
                self.target = wanted
                return
            written_at = self._course.writer.sender.written_at
            if held_back(before, wanted, self.device.write, written_at, now):
                return
            if not is_urgent(before, wanted) and not self._tally.allows(1, now):
                return
        self._urgent = is_urgent(before, wanted)
        self.target = wanted
        new_mode = before is None or before.action != wanted.action
        self._course.begin(new_mode, other, wanted.source == "boost")

    def _notice(self, now: datetime) -> None:
        """Another hand on what the device had been told, if there is one."""
        target, course = self.target, self._course
        if target is None or self.dry:
            return
        try:
            change = course.agreed.change(self.home)
            if change is None or course.explains(change, target, now):
                return
        except Exception:  # what cannot be read nobody has changed; why not is said where it is written
            return
        course.agreed.forget()
        self._respect.begin(change, target, now)
        if self._respect.hand is not None:
            course.started_at = None
            self._forget()

    def _settle(self, now: datetime) -> None:
        self._tally.today(now)
        if self.target is not None:
            self._course.settle(self.target, now, self._urgent)
            if self._course.settled:
                self._urgent = False
                if self._releasing:
                    self._forget()
        self.next_check = self._respect.hand.until if self._respect.hand is not None else self._course.next_check

    def _forget(self) -> None:
        self.target, self._releasing = None, False
        self._course.forget()
        self.next_check = None if self._respect.hand is None else self._respect.hand.until
