"""The dispatcher as an AppDaemon app: the only writer to devices. What to write is thought elsewhere."""

from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any, cast

from appdaemon.adapi import ADAPI

from .config.devices import Ev, Program
from .config.site import Site
from .control.dispatch import given_back, setpoints
from .control.measured import Measured
from .control.overrides import Override, Overrides, override_of
from .control.setpoint import Setpoint
from .domain.series import next_boundary
from .ha.actuators import Actuator
from .ha.commands import devices_of, limits_of
from .ha.look import CONTROL_ENTITY, OVERRIDE_KINDS, controllable, override_entity
from .ha.look import overrides as overrides_by_hand
from .ha.port import Home
from .ha.readings import fraction, is_on, known, power_kw
from .planner.latest import Latest

NAMESPACE = "hems"
_BEAT_S = 60.0
_SHORTEST_BEAT_S = 10.0
# For so long after a start devices stay as they are, unless overridden: the first plan comes within seconds, and a
# battery that is sent to self-use and back for it would be restless.
_PATIENCE = timedelta(seconds=60)
# Below this a load's power sensor shows standby.
_RUNNING_KW = 0.02


class Dispatcher(ADAPI):
    """Follows the newest plan and the overrides; ``doing`` says by device what is done. Key: ``planner``."""

    def initialize(self) -> None:
        """Listens, then brings the devices into line with the plan if control is on."""
        self.set_namespace(NAMESPACE)  # an own namespace outlives Home Assistant's restarts
        self.doing: dict[str, dict[str, Any]] = {}
        self._actuators: dict[str, Actuator] = {}
        self._controlled, self._ended = False, False
        self._check_at: datetime | None = None
        self._patient_until = self._now() + _PATIENCE
        planner = self._planner()
        site = getattr(planner, "site", None)
        if site is None:
            self._ended = True
            return self.log("Nothing is dispatched: the planner has no configuration yet", level="WARNING")
        self._site: Site = site
        self._home: Home = planner.home
        self._limits = limits_of(site)
        warn = partial(self.log, level="WARNING")
        for name, device in devices_of(site).items():
            self._actuators[name] = Actuator(name, device, self._home, warn)
        self._listen()
        self._round()

    def terminate(self) -> None:
        """Gives the devices back, if control is on. Never raises."""
        try:
            controlled, self._ended = self._controlled and not self._ended, True
            if controlled and is_on(self._home, CONTROL_ENTITY) is not False:
                self._give_back(self._overrides(True), self._now())
        except Exception as error:  # AppDaemon ends the app in any case
            self.log("The devices could not be given back: %s", error, level="WARNING")

    def on_change(self, entity: str, attribute: str, old: Any, new: Any, **kwargs: Any) -> None:
        """An override, the master switch or a reading that decides has changed."""
        if old != new:
            self._round()

    def on_plan(self, event_name: str, data: dict[str, Any], **kwargs: Any) -> None:
        """There is a new plan."""
        self._round()

    def on_time(self, **kwargs: Any) -> None:
        """A step has begun, or a minute has passed: what was set by another hand or expires is set again."""
        self._round()

    def on_home_back(self, event_name: str, data: dict[str, Any], **kwargs: Any) -> None:
        """Home Assistant is back: what failed meanwhile is done now."""
        for actuator in self._actuators.values():
            actuator.try_again()
        self._round()

    def on_check(self, **kwargs: Any) -> None:
        """Reads back what was written some seconds ago."""
        if self._ended:
            return
        self._check_at = None
        now = self._now()
        for actuator in self._actuators.values():
            actuator.verify(now)
        self._show()
        self._check_later(now)

    def _listen(self) -> None:
        site, home = self._site, self._site.home_namespace
        entities = {CONTROL_ENTITY}
        entities.update(override_entity(d, kind) for d in controllable(site) for kind in OVERRIDE_KINDS)
        entities.update(battery.soc for battery in site.batteries.values())
        entities.update(ev.connected for ev in site.evs.values())
        for entity in sorted(entities):
            self.listen_state(self.on_change, entity, namespace=home)
        self.listen_event(cast(Any, self.on_plan), "hems_plan", namespace=NAMESPACE)
        self.listen_event(cast(Any, self.on_home_back), "plugin_started", namespace=home)
        self.listen_event(cast(Any, self.on_home_back), "homeassistant_started", namespace=home)
        boundary = next_boundary(self.datetime(aware=True), site.step_minutes) + timedelta(seconds=1)
        self.run_every(self.on_time, boundary, site.step_minutes * 60)
        keep_alives = (actuator.device.write.keep_alive_s for actuator in self._actuators.values())
        shortest = min((seconds for seconds in keep_alives if seconds > 0), default=_BEAT_S)
        self.run_every(self.on_time, "now", max(_SHORTEST_BEAT_S, min(_BEAT_S, shortest)))

    def _round(self) -> None:
        """One look at plan, overrides and readings; every device is told what it is to do now."""
        if self._ended:
            return
        now, control = self._now(), is_on(self._home, CONTROL_ENTITY)
        overrides = self._overrides(control is True)
        latest: Latest | None = getattr(self._planner(), "latest", None)
        by_hand = any(override is not Override.NONE for override in overrides.devices.values())
        if latest is None and now < self._patient_until and not by_hand:
            return
        wanted = setpoints(
            latest.plan if latest else None,
            latest.problem if latest else None,
            now,
            overrides,
            self._measured(now),
            self._limits,
            created=latest.created if latest else None,
        )
        # Unknown is not off: while Home Assistant starts, nothing is written and nothing is given back.
        if control is False and self._controlled:
            self._give_back(overrides, now)
        if control is not None:
            self._controlled = control
        for name, setpoint in wanted.items():
            self._say_change(name, setpoint)
            self._actuators[name].apply(setpoint, now)
        self._show()
        self._check_later(now)

    def _give_back(self, overrides: Overrides, now: datetime) -> None:
        for name, setpoint in given_back(overrides, self._limits).items():
            self._actuators[name].give_back(setpoint, now)

    def _overrides(self, control: bool) -> Overrides:
        by_hand = overrides_by_hand(self._home, self._site)
        devices = {
            name: override_of(name in by_hand.off, name in by_hand.manual, name in by_hand.boost)
            for name in controllable(self._site)
        }
        return Overrides(control, devices)

    def _measured(self, now: datetime) -> Measured:
        site, home = self._site, self._home
        return Measured(
            soc={name: fraction(home, battery.soc) for name, battery in site.batteries.items()},
            connected={name: self._connected(ev) for name, ev in site.evs.items()},
            running={name: self._running(name, load, now) for name, load in site.loads.items()},
            started=frozenset(name for name in site.loads if self._actuators[name].started_at is not None),
        )

    def _connected(self, ev: Ev) -> bool | None:
        plug = known(self._home.state(ev.connected))
        return None if plug is None else plug in ev.connected_states

    def _running(self, name: str, load: Any, now: datetime) -> bool | None:
        """Whether a load runs: by its switch, its power, and for programs by when HEMS started it."""
        begun = self._actuators[name].started_at
        on = is_on(self._home, load.switch) if load.switch else None
        if on is False:
            return False
        if isinstance(load, Program) and begun is not None:
            length = timedelta(minutes=len(load.program_kw) * load.program_step_minutes)
            if now - begun < length:
                return True
            on = False if load.switch else None
        drawn_kw = power_kw(self._home, load.power) if load.power else None
        return on if drawn_kw is None else drawn_kw > _RUNNING_KW

    def _say_change(self, name: str, setpoint: Setpoint) -> None:
        before = self._actuators[name].shown
        if before is None or (before.action, before.source) != (setpoint.action, setpoint.source):
            self.log("%s: %s", name, setpoint.text)

    def _show(self) -> None:
        doing = {name: actuator.doing() for name, actuator in self._actuators.items()}
        if doing != self.doing:
            self.doing = doing
            self.fire_event("hems_doing", namespace=NAMESPACE)

    def _check_later(self, now: datetime) -> None:
        due = min((one.next_check for one in self._actuators.values() if one.next_check), default=None)
        if due is not None and (self._check_at is None or due < self._check_at):
            self._check_at = due
            self.run_in(self.on_check, max(1.0, (due - now).total_seconds()))

    def _planner(self) -> Any:
        return cast(Any, self.get_app(str(self.args.get("planner", NAMESPACE))))

    def _now(self) -> datetime:
        now: datetime = self.datetime(aware=True)
        return now.astimezone(timezone.utc)
