"""The planner as an AppDaemon app: listens, asks for plans, passes them on. All thinking is elsewhere."""

from datetime import datetime, timezone
from pathlib import Path
from threading import Thread
from typing import Any

from appdaemon.adapi import ADAPI

from .config.site import Site, parse_site
from .domain.faults import Refused
from .domain.series import next_boundary
from .ha.appdaemon_home import AppDaemonHome
from .ha.feed_calls import Answer, fetch
from .ha.feeds import FORECAST, PRICES
from .ha.health import Found, Health
from .ha.history import Hours, baseline_terms, hourly_kw
from .ha.inputs import Inputs
from .ha.look import look, measured_now
from .ha.planning import Planned, plan_now
from .ha.publisher import health_entity, plan_entities, publish, status_entity
from .ha.store import Store
from .ha.watched import matters, watched
from .optimizer.client import Optimizer
from .planner.latest import Latest
from .planner.memory import memory_from_dict, memory_to_dict, observe
from .planner.readings import Readings
from .planner.triggers import Due, Requests

NAMESPACE = "hems"
_HISTORY_EVERY_S = 3600
_HISTORY_AGAIN_S = 60
# An entity that appears after AppDaemon connected announces itself to nobody, so what is missing is looked for again.
_LOOK_AGAIN_S = 10
_MEASURE_EVERY_S = 10
# Whether an action is due for a call is a small question; the calls themselves are minutes or hours apart.
_POLL_EVERY_S = 20


class Planner(ADAPI):
    """Plans on the step's boundary and when the home changes; the newest plan is ``latest``."""

    def initialize(self) -> None:
        """Reads the configuration, then the past, then plans. A refused configuration is said and nothing else is done."""
        self.set_namespace(NAMESPACE)  # an own namespace outlives Home Assistant's restarts
        self._ended = False
        self.site: Site | None = None
        self.latest: Latest | None = None
        self.message = "starting"
        try:
            self.site = site = parse_site(dict(self.args), f"apps.yaml: {self.name}")
        except Refused as refused:
            self._refuse(refused)
            return
        self.home = AppDaemonHome(self, site.home_namespace)
        self.zone = self.AD.tz
        self._store = Store(Path(site.data_dir or Path(self.config_dir) / "hems_data"))
        self._memory = memory_from_dict(self._store.read("memory.json"))
        self._past: dict[str, Hours] = {}
        self._requests, self._optimizer = Requests(), Optimizer()
        self._number, self._reason = 0, ""
        self._inputs, self._health = Inputs(site, self.zone), Health()
        self._unplanned: dict[str, Found] = {}
        self._problems: tuple[str, ...] = ()
        self._started, self._calling = False, False
        self.now_readings: dict[str, Any] = {}
        self.faults: list[str] = []
        self._listen(site)
        self._read_history()
        self.run_every(self.on_measure, "now", _MEASURE_EVERY_S)
        self.run_in(self.on_poll, 0)
        self.run_every(self.on_poll, "now", _POLL_EVERY_S)

    def terminate(self) -> None:
        """Ends the solver's process."""
        self._ended = True
        if self.site is not None:
            self._optimizer.close()
            self.home.close()

    def _refuse(self, refused: Refused) -> None:
        self.message = "; ".join(refused.faults)
        for fault in refused.faults:
            self.log(fault, level="ERROR")
        namespace = self.args.get("home_namespace", "default")
        entities = [status_entity("refused", self.message, None), health_entity("failed", refused.faults)]
        publish(AppDaemonHome(self, str(namespace)), iter(entities))

    def _listen(self, site: Site) -> None:
        for entity, reason in watched(site):
            self.listen_state(self.on_change, entity, namespace=site.home_namespace, attribute="all", reason=reason)
        for load in site.loads.values():
            if load.switch:
                self.listen_state(self.on_switched, load.switch, namespace=site.home_namespace)
        replan: Any = self.on_replan
        back: Any = self.on_home_back
        told: Any = self.on_source_event
        for event in self._inputs.feeds.events:
            self.listen_event(told, event, namespace=site.home_namespace)
        for namespace in {NAMESPACE, site.home_namespace}:
            self.listen_event(replan, "hems_replan", namespace=namespace)
        for event in ("plugin_started", "homeassistant_started"):
            self.listen_event(back, event, namespace=site.home_namespace)
        boundary = next_boundary(self.datetime(aware=True), site.step_minutes)
        self.run_every(self.on_boundary, boundary, site.step_minutes * 60)

    # Requests

    def on_change(self, entity: str, attribute: str, old: Any, new: Any, **kwargs: Any) -> None:
        """A watched entity has changed."""
        reason = str(kwargs["reason"])
        if reason in (PRICES, FORECAST):
            self._see_news()
        elif matters(old, new):
            self.request(reason)

    def on_switched(self, entity: str, attribute: str, old: Any, new: Any, **kwargs: Any) -> None:
        """A load went on or off: what it has done until now is remembered."""
        self._look()

    def on_replan(self, event_name: str, data: dict[str, Any], **kwargs: Any) -> None:
        """Somebody asks for a plan."""
        self.request("asked for")

    def on_home_back(self, event_name: str, data: dict[str, Any], **kwargs: Any) -> None:
        """Home Assistant is back: our sensors are gone there, and much may have changed."""
        self.request("Home Assistant is back")

    def on_source_event(self, event_name: str, data: dict[str, Any], **kwargs: Any) -> None:
        """A source sends its prices as an event."""
        if self._inputs.feeds.event(event_name, data):
            self._see_news()

    def on_boundary(self, **kwargs: Any) -> None:
        """A step begins."""
        self.request("a new step")

    def request(self, reason: str) -> None:
        """Asks for a plan."""
        self._ask_again(self._requests.request(reason, self._now()))

    def _ask_again(self, due: Due) -> None:
        self.run_in(self.on_due, due.wait_s)

    def on_due(self, **kwargs: Any) -> None:
        """A request may have come due."""
        due = self._requests.due(self._now())
        if isinstance(due, Due):
            self._ask_again(due)
        elif due is not None:
            self._start(due)

    # History and plans, both beside this thread

    def _read_history(self, **kwargs: Any) -> None:
        assert self.site is not None
        terms = baseline_terms(self.site) or []
        plants = [plant.power for plant in self.site.pv.values() if plant.power]
        entities = [entity for entity, _ in terms] + plants
        self._run_beside(self.on_history, hourly_kw, self.home, entities, self._now())

    def on_history(self, result: dict[str, Hours] | None, **kwargs: Any) -> None:
        """The past has been read, or could not be."""
        first, self._started = not self._past, True
        found = result is not None and any(result.values())
        self._past = result if found and result is not None else self._past
        self.run_in(self._read_history, _HISTORY_EVERY_S if found else _HISTORY_AGAIN_S)
        if first and (found or self.latest is None):
            self.request("start")

    def on_poll(self, **kwargs: Any) -> None:
        """Actions that bring prices or forecasts are called when it is time to; their answers come in their own time."""
        due = [] if self._calling else self._inputs.feeds.due(self._now())
        if due:
            self._calling = True
            self._run_beside(self.on_answers, fetch, self.home, due)

    def on_answers(self, result: list[Answer] | None, **kwargs: Any) -> None:
        """The actions have answered."""
        self._calling = False
        self._inputs.feeds.answered(result or [], self._now())
        self._see_news()

    # Looks at the home

    def on_measure(self, **kwargs: Any) -> None:
        """What the page shows of this moment, and what is wrong."""
        assert self.site is not None
        self._see_news()
        self.now_readings = measured_now(self.home.moment(), self.site)

    def _see(self) -> Readings:
        """One look; what is wrong is said. What a source says at the start is no fault before the past has been read."""
        assert self.site is not None
        now = self._now().replace(
            microsecond=0
        )  # a plan starts on a whole second; nothing that is seen may lie after it
        readings = look(self.home.moment(), self.site, self._past, now, self._inputs)
        if self._started and not self._ended:  # a home that is closed has no states, which is no fault
            self._say_health(now)
        return readings

    def _see_news(self) -> None:
        """One look; new prices and forecasts ask for a plan. The first plan waits for the past."""
        self._see()
        for reason in sorted(self._inputs.news() if self._started else ()):
            self.request(reason)

    def _say_health(self, now: datetime) -> None:
        """Faults are logged when they come and when they go, and published when they change."""
        self._health.shift(self._inputs.shift())
        found = self._inputs.faults
        if not any(fault.fatal for fault in found.values()):  # else it is said already why there is no plan
            found = self._unplanned | found
        lines = self._health.see(found, now)
        for line in lines:
            self.log("%s", line, level="WARNING")
        faults = self._health.faults(self.zone)
        if lines or faults != self.faults:
            self.faults = faults
            self._publish_health()

    def _publish_health(self) -> None:
        publish(self.home, iter([health_entity(self._health.state, self.faults)]))

    def _look(self) -> Readings:
        """A look for a plan, after which what the loads have done is remembered."""
        assert self.site is not None
        readings = self._see()
        self._inputs.news()  # whatever is new is in the plan that follows
        self._memory = observe(self._memory, self.site, readings, self.zone)
        self._store.write("memory.json", memory_to_dict(self._memory))
        return readings

    def _start(self, reason: str) -> None:
        self._reason = reason
        try:
            readings = self._look()
        except (
            Exception
        ) as error:  # a full disk, an integration's odd attribute: this plan is lost, the next may not be
            self.on_planned(Planned(waiting_for=f"the home cannot be read: {type(error).__name__}: {error}"))
            return
        self._problems = readings.problems
        last = self.latest.plan if self.latest is not None else None
        job = (self.site, readings, self._memory, self.zone, self._optimizer, self._store, self._inputs.missing, last)
        self._run_beside(self.on_planned, plan_now, *job)

    def _run_beside(self, callback: Any, function: Any, *arguments: Any) -> None:
        """Runs ``function`` in a thread of its own; ``callback(result=...)`` follows in this app's, with None after a failure.

        Not AppDaemon's executor: at its end AppDaemon waits for the executor while the executor's callback waits for
        AppDaemon, a minute long (4.5.13).
        """

        def job() -> None:
            try:
                result = function(*arguments)
            except Exception as error:  # said here, or nobody would ever hear of it
                result = None
                self.log("%s: %s: %s", function.__name__, type(error).__name__, error, level="ERROR")
            if not self._ended:
                self.run_in(callback, 0, result=result)

        Thread(target=job, name=f"{self.name} {function.__name__}", daemon=True).start()

    def on_planned(self, result: Planned, **kwargs: Any) -> None:
        """A planning run has ended."""
        use = self._requests.finished(self.latest is not None)
        if use and result.plan is not None and result.problem is not None:
            self._number += 1
            notes = (*result.notes, *self._problems)
            self.latest = Latest(result.problem, result.plan, self._now(), self._reason, self._number, notes)
            self._say(self.latest, result.seconds)
            self.fire_event("hems_plan", namespace=NAMESPACE, number=self._number)
        elif use:
            self._wait(result.waiting_for)
        self.on_due()

    def _say(self, latest: Latest, seconds: float) -> None:
        plan = latest.plan
        state = "fallback" if plan.status == "fallback" else "ok"
        self.message = "plan without the solver, which gave no good one" if state == "fallback" else "planned"
        self._unplanned = {"plan": Found(self.message, said=True)} if state == "fallback" else {}
        self.log(
            "plan %d (%s): %s, net %.2f %s, saves %.2f, %.2f s",
            latest.number,
            latest.reason,
            plan.status,
            plan.costs.net,
            plan.currency,
            plan.saving,
            seconds,
        )
        publish(self.home, iter([status_entity(state, self.message, latest)]))
        publish(self.home, plan_entities(latest, self._now()))
        self._publish_health()

    def _wait(self, message: str) -> None:
        meanwhile = "the last plan stays in force while it is valid"
        self._unplanned = {"plan": Found(message, meanwhile, fatal=True, said=True)}
        if message != self.message:
            self.log(message, level="WARNING")
            publish(self.home, iter([status_entity("waiting", message, self.latest)]))
        self.message = message
        self.run_in(self.on_look_again, _LOOK_AGAIN_S)

    def on_look_again(self, **kwargs: Any) -> None:
        """Something was missing: perhaps it is there now."""
        self.request("what was missing")

    def _now(self) -> datetime:
        now: datetime = self.datetime(aware=True)
        return now.astimezone(timezone.utc)
