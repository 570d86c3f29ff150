"""The dispatcher's round: look at plan, family and meters, fit the plan to them, and tell every device what it is to do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from ..config.helpers import CONTROL_ENTITY
from ..config.site import Site
from ..control.deviation import Deviation, deviation
from ..control.dispatch import given_back, setpoints
from ..control.guard import GuardState, guard
from ..control.measured import Measured
from ..control.moment import MAX_PLAN_AGE, Moment, moment_of
from ..control.overrides import Override, Overrides
from ..control.setpoint import Setpoint
from ..planner.latest import Latest
from .actuators import Actuator
from .commands import devices_of, limits_of
from .history import baseline_terms
from .hung import silent_s
from .load_states import LoadStates
from .look import baseline_now
from .metering import Metering
from .overrides import Family
from .port import Home, States
from .readings import is_on

# For so long after a start devices stay as they are, unless overridden: the first plan comes within seconds, and a
# battery that is sent to self-use and back for it would be restless.
_PATIENCE = timedelta(seconds=60)
# Home Assistant that does not answer for so long hangs; before that it may only be busy.
_HUNG_S = 10.0
# While it hangs, so often is it looked whether it goes on.
_WHILE_HUNG = timedelta(seconds=5)


@dataclass(frozen=True)
class Means:
    """What a round works with. ``states``: all states of this moment; ``warn`` and ``say``: for the log; ``announce``: told
    before anything is written, for whoever must know that HEMS controls."""

    home: Home
    states: Callable[[], States]
    zone: tzinfo
    warn: Callable[[str], None]
    say: Callable[[str], None]
    announce: Callable[[], None] = lambda: None


class Rounds:
    """``look`` is one round; ``doing`` says by device what is done; ``replan``: why a new plan is wanted, until it is taken.

    ``hung``: Home Assistant does not answer. ``may_write``: control was on when it was read last, and this is no dry run.
    ``kept``: what ``memory`` gave before a restart; ``dry``: nothing is written.
    """

    def __init__(self, site: Site, means: Means, now: datetime, *, dry: bool = False, kept: Any = None) -> None:
        kept = kept if isinstance(kept, dict) else {}
        self.site, self.dry, self.controlled, self.may_write = site, dry, False, False
        self.hung = False
        self.family = Family(site, means.zone, kept.get("overrides"))
        self.metering = Metering(site, means.zone)
        self._means, self._limits = means, limits_of(site)
        self._guard, self._deviation = GuardState(), Deviation()
        self._patient_until = now + _PATIENCE
        self._replan: list[str] = []
        devices = kept.get("devices")
        remembered = devices if isinstance(devices, dict) else {}
        self._states = LoadStates(self._limits, remembered)
        self.actuators = {
            name: Actuator(name, device, means.home, means.warn, zone=means.zone, dry=dry, memory=remembered.get(name))
            for name, device in devices_of(site).items()
        }

    def look(self, latest: Latest | None, now: datetime) -> None:
        """One look at plan, overrides and readings; every device is told what it is to do now."""
        self._see_silence()
        states = self._means.states()
        control = is_on(states, CONTROL_ENTITY)
        self.may_write = not self.dry and (self.may_write if control is None else control)
        if self.may_write:
            self._means.announce()
        self._see_family(states, now)
        overrides = self.family.overrides(control is True)
        by_hand = any(override is not Override.NONE for override in overrides.devices.values())
        if latest is None and now < self._patient_until and not by_hand:
            return
        wanted = self._wanted(latest, overrides, states, now)
        # Unknown is not off: while Home Assistant starts, nothing is written and nothing is given back.
        if control is False and self.controlled:
            self._give_back(overrides, now)
        if control is not None:
            self.controlled = control
        if control is False:
            self._states.let_go(now)
        for name, setpoint in wanted.items():
            self._say_change(name, setpoint)
            self.actuators[name].apply(setpoint, now)
        # Last, for a home that hangs lets a call wait: devices come first.
        self.family.switch_off_ended(self._means.home, now)

    def give_back(self, now: datetime) -> None:
        """The last round, where HEMS controls: batteries run themselves, PV is not curtailed."""
        states = self._means.states()
        if self.controlled and is_on(states, CONTROL_ENTITY) is not False:
            self.family.look(states, now)
            self._give_back(self.family.overrides(True), now)

    def verify(self, now: datetime) -> None:
        """Reads back what was written some seconds ago."""
        for actuator in self.actuators.values():
            actuator.verify(now)

    def try_again(self) -> None:
        """The home was away and is back."""
        for actuator in self.actuators.values():
            actuator.try_again()

    def resume(self, device: Any, now: datetime) -> None:
        """Ends the respect for another hand on a device; None: on all."""
        for name, actuator in self.actuators.items():
            if device is None or name == device:
                actuator.resume(now)

    def seen(self, entity: str, state: Any) -> None:
        """A state that passed by."""
        for actuator in self.actuators.values():
            actuator.seen(entity, None if state is None else str(state))

    def doing(self) -> dict[str, dict[str, Any]]:
        """By device, fit for JSON."""
        return {name: actuator.doing() for name, actuator in self.actuators.items()}

    def next_look(self, now: datetime) -> datetime | None:
        """When something is to be looked at: a write, the end of an override, a home that hangs."""
        times = [one.next_check for one in self.actuators.values()] + [self.family.next_end()]
        if silent_s(self._means.home):
            times.append(now + _WHILE_HUNG)
        return min((at for at in times if at is not None), default=None)

    def take_replan(self) -> str:
        """Why a new plan is wanted, once; empty: it is not."""
        reasons, self._replan = self._replan, []
        return ", ".join(reasons)

    def faults(self) -> dict[str, str]:
        """What is wrong with devices and with the meter, in sentences by key."""
        found = {name: one.fault for name, one in self.actuators.items() if one.fault is not None}
        if self.hung:
            found["home"] = "Home Assistant does not answer; nothing is called until it does"
        if self.metering.dead is not None:
            found["meter"] = f"{self.metering.dead}; nothing follows it until it moves"
        return found

    def memory(self) -> dict[str, Any]:
        """What is to be kept beyond a restart, fit for JSON."""
        devices = {name: actuator.memory() for name, actuator in self.actuators.items()}
        return {"overrides": self.family.memory(), "devices": devices if self.dry else self._states.memory(devices)}

    def _see_family(self, states: States, now: datetime) -> None:
        before = self.family.wishes
        self.family.look(states, now)
        if self.family.wishes != before:
            self._replan.append("another wish of the family")

    def _wanted(
        self, latest: Latest | None, overrides: Overrides, states: States, now: datetime
    ) -> Mapping[str, Setpoint]:
        """The plan's and the family's setpoints, fitted to the meter."""
        plan, problem, created = (latest.plan, latest.problem, latest.created) if latest else (None, None, None)
        metered = self.metering.metered(states, now)
        measured = self.metering.with_surplus(self.metering.measured(states, self.actuators, now), metered, now)
        wanted = setpoints(plan, problem, now, overrides, measured, self._limits, created=created)
        moment = moment_of(plan, problem, now, created, MAX_PLAN_AGE)
        if self.site.guard.enabled:
            rules = self.metering.rules(states, now)
            wanted, self._guard = guard(self._guard, wanted, moment, metered, measured, self._limits, rules, now)
        if overrides.control:
            wanted = self._states.fit(wanted, moment, measured, now)
        self._see_deviation(latest, moment, wanted, measured, metered.pv_kw, states, now)
        return wanted

    def _see_deviation(
        self,
        latest: Latest | None,
        moment: Moment | str,
        wanted: Mapping[str, Setpoint],
        measured: Measured,
        pv_kw: Mapping[str, float | None],
        states: States,
        now: datetime,
    ) -> None:
        # What does not follow the plan cannot leave it.
        def follows(name: str) -> bool:
            return wanted[name].action != "leave" and wanted[name].source == "plan" and not self.dry

        follow = {name: soc for name, soc in measured.soc.items() if follows(name)}
        powers = {"load": baseline_now(states, baseline_terms(self.site)), **pv_kw}
        number = latest.number if latest else None
        warmth = {name: celsius for name, celsius in measured.temperature_c.items() if follows(name)}
        reason, self._deviation = deviation(self._deviation, moment, number, follow, powers, now, warmth)
        if reason is not None:
            self._replan.append(reason)

    def _give_back(self, overrides: Overrides, now: datetime) -> None:
        for name, setpoint in given_back(overrides, self._limits, self._states.held).items():
            self.actuators[name].give_back(setpoint, now)
        self._states.let_go(now)

    def _see_silence(self) -> None:
        silent = silent_s(self._means.home)
        if not self.hung and silent >= _HUNG_S:
            self.hung = True
            self._means.warn("Home Assistant does not answer; nothing is called until it does")
        elif self.hung and not silent:
            self.hung = False
            self._means.say("Home Assistant answers again: what is wanted now is called")

    def _say_change(self, name: str, setpoint: Setpoint) -> None:
        before = self.actuators[name].shown
        if before is None or (before.action, before.source) != (setpoint.action, setpoint.source):
            self._means.say(f"{name}: {setpoint.text}")
