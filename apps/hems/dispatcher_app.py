"""The dispatcher as an AppDaemon app: the only writer to devices. What to write is thought elsewhere."""

from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any, cast

from appdaemon.adapi import ADAPI

from .config.helpers import REPLAN_ENTITY
from .config.site import Site
from .control.notices import faults_by_key
from .domain.series import next_boundary
from .ha.hung import last_word
from .ha.notifier import Notifier, services_of, tell
from .ha.overrides import override_entities
from .ha.port import Home
from .ha.rounds import Means, Rounds
from .ha.store import Store
from .ha.worker import Worker
from .planner.latest import Latest
from .planner.readings import Overrides

NAMESPACE = "hems"
HEARTBEAT_ENTITY = "sensor.hems_heartbeat"
_BEAT_S = 60.0
_SHORTEST_BEAT_S = 2.0
_HEARTBEAT_S = 30.0
# A meter that speaks every second is listened to as often as this.
_METER_PAUSE = timedelta(seconds=2)
# Whole domains are listened to: a helper may be made while the dispatcher runs.
_HELPER_DOMAINS = ("input_boolean", "input_number", "input_datetime", "input_select")
_OVERRIDES, _DEVICES = "overrides.json", "devices.json"
_END_S = 2.0


class Dispatcher(ADAPI):
    """Follows the newest plan and the family. Keys: ``planner``, ``dry_run``, ``notify``.

    ``doing`` says by device what is done; ``wishes`` is what the family has set, as the planner takes it; ``faults``: what
    is wrong beside the devices, in sentences.
    """

    def initialize(self) -> None:
        """Listens, then brings the devices into line with the plan if control is on."""
        self.set_namespace(NAMESPACE)  # an own namespace outlives Home Assistant's restarts
        self.doing: dict[str, dict[str, Any]] = {}
        self.wishes: Overrides | None = None
        self.faults: list[str] = []
        self._ended, self._controlling, self._rounds = False, False, cast(Rounds | None, None)
        self._check_at: datetime | None = None
        self._looked: datetime | None = None
        planner = self._planner()
        site = getattr(planner, "site", None)
        if site is None:
            self._ended = True
            return self.log("Nothing is dispatched: the planner has no configuration yet", level="WARNING")
        self._take_up(site, planner.home)
        self._listen(site)
        self._round()
        self._beat()

    def terminate(self) -> None:
        """Gives the devices back, if control is on. Never raises."""
        try:
            rounds, ended, self._ended = self._rounds, self._ended, True
            if rounds is not None and not ended:
                with last_word(self._home):
                    rounds.give_back(self._now())
                    self._keep()
                    self._beat(alive=False)
                self._worker.close(_END_S)
        except Exception as error:  # AppDaemon ends the app in any case
            self.log("The devices could not be given back: %s", error, level="WARNING")

    def _take_up(self, site: Site, home: Home) -> None:
        """What was kept before the last restart."""
        self._home, self._notifier = home, Notifier(self._services())
        self._store = Store(Path(site.data_dir or Path(self.config_dir) / "hems_data"))
        self._worker = Worker(f"{self.name} files")
        kept = {"overrides": self._store.read(_OVERRIDES), "devices": self._store.read(_DEVICES)}
        self._kept: dict[str, Any] = dict(kept)
        warn = partial(self.log, level="WARNING")
        states = cast(Any, getattr(home, "moment", lambda: home))
        means = Means(home, states, self.AD.tz, warn, self.log, self._announce)
        dry = self.args.get("dry_run") is True
        self._rounds = Rounds(site, means, self._now(), dry=dry, kept=kept)
        if dry:
            self.log("dry_run: nothing is written; what would be is said")

    def _services(self) -> tuple[str, ...]:
        try:
            return services_of(self.args.get("notify"))
        except ValueError as error:
            self.log("%s: nobody is notified", error, level="ERROR")
            return ()

    def _listen(self, site: Site) -> None:
        assert self._rounds is not None
        home, self._helpers = site.home_namespace, frozenset((*override_entities(site), REPLAN_ENTITY))
        for domain in (*_HELPER_DOMAINS, REPLAN_ENTITY.partition(".")[0]):
            self.listen_state(self.on_helper, domain, namespace=home)
        deciding = {battery.soc for battery in site.batteries.values()} | {ev.connected for ev in site.evs.values()}
        written = {entity for one in self._rounds.actuators.values() for entity in one.entities}
        for entity in sorted(deciding | written):
            self.listen_state(self.on_change, entity, namespace=home)
        for meter in sorted({site.grid.power.entity, *(site.grid.phase_currents or ())}):
            self.listen_state(self.on_meter, meter, namespace=home)
        self.listen_event(cast(Any, self.on_plan), "hems_plan", namespace=NAMESPACE)
        for namespace in {NAMESPACE, home}:
            self.listen_event(cast(Any, self.on_resume), "hems_resume", namespace=namespace)
        self.listen_event(cast(Any, self.on_home_back), "plugin_started", namespace=home)
        self.listen_event(cast(Any, self.on_home_back), "homeassistant_started", namespace=home)
        boundary = next_boundary(self.datetime(aware=True), site.step_minutes) + timedelta(seconds=1)
        self.run_every(self.on_time, boundary, site.step_minutes * 60)
        keep_alives = (actuator.device.write.keep_alive_s for actuator in self._rounds.actuators.values())
        beats = [_BEAT_S, *(seconds for seconds in keep_alives if seconds > 0)]
        beats += [site.guard.follow_seconds] if site.guard.enabled else []
        self.run_every(self.on_time, "now", max(_SHORTEST_BEAT_S, min(beats)))
        self.run_every(self.on_heartbeat, "now", _HEARTBEAT_S)

    # What happens

    def on_helper(self, entity: str, attribute: str, old: Any, new: Any, **kwargs: Any) -> None:
        """The family has set something."""
        if entity == REPLAN_ENTITY and old != new:
            self.fire_event("hems_replan", namespace=NAMESPACE, reason="asked for")
        elif entity in self._helpers and old != new:
            self._round()

    def on_change(self, entity: str, attribute: str, old: Any, new: Any, **kwargs: Any) -> None:
        """A reading that decides has changed, or what a device does."""
        if old != new and not self._ended and self._rounds is not None:
            self._rounds.seen(entity, new)
            self._round()

    def on_meter(self, entity: str, attribute: str, old: Any, new: Any, **kwargs: Any) -> None:
        """The meter speaks: what follows it is fitted at once."""
        if self._looked is None or not timedelta() <= self._now() - self._looked < _METER_PAUSE:
            self._round()

    def on_plan(self, event_name: str, data: dict[str, Any], **kwargs: Any) -> None:
        """There is a new plan."""
        self._round()

    def on_resume(self, event_name: str, data: dict[str, Any], **kwargs: Any) -> None:
        """Devices that another hand has set are HEMS's again: ``device``, or all."""
        if self._rounds is not None and not self._ended:
            self._rounds.resume(data.get("device"), self._now())
            self._round()

    def on_time(self, **kwargs: Any) -> None:
        """A step has begun, or some seconds have passed: the meter is followed, what expires is set again."""
        self._round()

    def on_home_back(self, event_name: str, data: dict[str, Any], **kwargs: Any) -> None:
        """Home Assistant is back: what failed meanwhile is done now."""
        if self._rounds is not None:
            self._rounds.try_again()
        self._round()

    def on_check(self, **kwargs: Any) -> None:
        """Reads back what was written some seconds ago; an override ends."""
        self._check_at = None
        if self._ended or self._rounds is None:
            return
        self._rounds.verify(self._now())
        self._round()

    def on_heartbeat(self, **kwargs: Any) -> None:
        """A sign of life, and what a person must know."""
        if self._ended or self._rounds is None:
            return
        self._beat()
        self.faults = [sentence for key, sentence in self._rounds.faults().items() if key not in self.doing]
        faults = self._rounds.faults() | faults_by_key(getattr(self._planner(), "faults", ()))
        calls = self._notifier.calls(faults, self._now())
        if calls:  # beside this thread: a telephone's service may take its time
            self._worker.do("notifications", tell, self._home, calls)

    # What is done

    def _round(self) -> None:
        """One look at plan, family and meters; every device is told what it is to do now."""
        if self._ended or self._rounds is None:
            return
        now, latest = self._now(), cast(Latest | None, getattr(self._planner(), "latest", None))
        self._looked, hung = now, self._rounds.hung
        self._rounds.look(latest, now)
        self.wishes = self._rounds.family.wishes
        self._show()
        self._keep()
        self._announce()
        if hung and not self._rounds.hung:
            self._beat()
        reason = self._rounds.take_replan()
        if reason:
            self.fire_event("hems_replan", namespace=NAMESPACE, reason=reason)
        self._check_later(now)

    def _show(self) -> None:
        assert self._rounds is not None
        doing = self._rounds.doing()
        if doing != self.doing:
            self.doing = doing
            self.fire_event("hems_doing", namespace=NAMESPACE)

    def _keep(self) -> None:
        """What must survive a restart is written where it has changed."""
        assert self._rounds is not None
        memory = self._rounds.memory()
        for key, file in (("overrides", _OVERRIDES), ("devices", _DEVICES)):
            if memory[key] != self._kept.get(key):
                self._kept[key] = memory[key]
                self._worker.do(file, self._store.write, file, memory[key])

    def _announce(self) -> None:
        """Says that HEMS controls before it writes anything: should it be killed then, the watchdog knows."""
        if self._rounds is not None and self._rounds.may_write != self._controlling:
            self._beat()

    def _beat(self, alive: bool = True) -> None:
        """Publishes the heartbeat. ``controlling`` is no once nothing is written any more, so that nobody need act."""
        assert self._rounds is not None
        self._controlling = alive and self._rounds.may_write
        attributes = {
            "controlling": "yes" if self._controlling else "no",
            "friendly_name": "HEMS heartbeat",
            "device_class": "timestamp",
            "icon": "mdi:heart-pulse",
        }
        self._home.publish(HEARTBEAT_ENTITY, self._now().isoformat(timespec="seconds"), attributes)

    def _check_later(self, now: datetime) -> None:
        assert self._rounds is not None
        due = self._rounds.next_look(now)
        if due is not None and (self._check_at is None or due < self._check_at):
            self._check_at = due
            self.run_in(self.on_check, max(1.0, (due - now).total_seconds()))

    def _planner(self) -> Any:
        return cast(Any, self.get_app(str(self.args.get("planner", NAMESPACE))))

    def _now(self) -> datetime:
        now: datetime = self.datetime(aware=True)
        return now.astimezone(timezone.utc)
