"""The planner as an AppDaemon app: listens, asks for plans, passes them on. All thinking is elsewhere."""

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from appdaemon.adapi import ADAPI

from .config.site import Site, parse_site
from .domain.faults import Refused
from .domain.kept import Kept
from .domain.series import next_boundary
from .ha.appdaemon_advice import advice
from .ha.appdaemon_home import AppDaemonHome
from .ha.beside import run_beside
from .ha.feed_calls import Answer, fetch
from .ha.feeds import FORECAST, PRICES
from .ha.history_past import Past
from .ha.known_past import KnownPast, next_reading, read_past
from .ha.missed import read_missed
from .ha.observer import Observer
from .ha.planning import Planned, plan_now
from .ha.records import Records
from .ha.reporter import Reporter
from .ha.watched import matters, watched
from .optimizer.client import Optimizer
from .planner.latest import Latest
from .planner.memory import Memory
from .planner.triggers import Due, Requests

NAMESPACE = "hems"
# What it does to PV plants is asked of it, and what the family wishes; it need not run.
_DISPATCHER = "hems_dispatcher"
_PAST_AGAIN_S = 60
# The first plan waits for the past at most so long: Home Assistant may hang, or be busy with its own start.
_PATIENCE_S = 20
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
        self._ended, self._calling = False, False
        self.site: Site | None = None
        self.latest: Latest | None = None
        self.home = AppDaemonHome(self, str(self.args.get("home_namespace", "default")))
        self._reporter = Reporter(self.home, self.AD.tz, self.log)
        try:
            site = parse_site(dict(self.args), f"apps.yaml: {self.name}")
        except Refused as refused:
            return self._reporter.refused(refused.faults)
        self.site = site = site.placed(self.AD.config.latitude, self.AD.config.longitude)
        for line in advice(self.AD.config.production_mode, self.AD.config.exclude_dirs):
            self.log(line, level="WARNING")
        self._requests, self._optimizer, self._kept = Requests(), Optimizer(), Kept()
        self._past = Past(self.home, self.home)
        self._number, self._reason, self._problems = 0, "", tuple[str, ...]()
        self._take_up(site)
        self._listen(site)
        self._read_past()
        self.run_in(self.on_patience_over, _PATIENCE_S)
        self.run_every(self.on_measure, "now", _MEASURE_EVERY_S)
        self.run_in(self.on_poll, 0)
        self.run_every(self.on_poll, "now", _POLL_EVERY_S)

    def terminate(self) -> None:
        """Ends the solver's process, and writes what is not yet written."""
        self._ended = True
        if self.site is not None:
            self._observer.begun = False  # a home that is closed has no states, which is no fault
            self._optimizer.close()
            self.home.close()
            self._records.close(self._now())

    @property
    def message(self) -> str:
        """The state of planning, in a sentence."""
        return self._reporter.message

    @property
    def faults(self) -> list[str]:
        """What is wrong, with the time at which it began."""
        return self._reporter.faults

    @property
    def now_readings(self) -> dict[str, Any]:
        """What is measured at this moment, for the page."""
        return self._observer.now_readings if self.site is not None else {}

    def _take_up(self, site: Site) -> None:
        """What was kept before the last restart, the plan too."""
        now = self._now()
        self._records = Records(Path(site.data_dir or Path(self.config_dir) / "hems_data"), site, now)
        self._observer = Observer(site, self.AD.tz, self._records, self._reporter, now)
        self.latest, fault = self._records.plan(now)
        if fault:
            self.log("%s", fault, level="WARNING")
        if self.latest is not None:
            self._number = self.latest.number
            self._reporter.recalled(self.latest, now)

    def _listen(self, site: Site) -> None:
        for entity, reason in watched(site):
            self.listen_state(self.on_change, entity, namespace=site.home_namespace, attribute="all", reason=reason)
        for load in site.loads.values():
            if load.switch:
                self.listen_state(self.on_switched, load.switch, namespace=site.home_namespace)
        listen: Any = self.listen_event
        for event in self._observer.inputs.feeds.events:
            listen(self.on_source_event, event, namespace=site.home_namespace)
        for namespace in {NAMESPACE, site.home_namespace}:
            listen(self.on_replan, "hems_replan", namespace=namespace)
        for event in ("plugin_started", "homeassistant_started"):
            listen(self.on_home_back, event, namespace=site.home_namespace)
        boundary = next_boundary(self.datetime(aware=True), site.replan_minutes)
        self.run_every(self.on_time, boundary, site.replan_minutes * 60, reason="the time")

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
        self._observer.look(self.home.moment(), self._now(), self._dispatcher())

    def on_replan(self, event_name: str, data: dict[str, Any], **kwargs: Any) -> None:
        """Somebody asks for a plan."""
        self.request(str(data.get("reason") or "asked for"))

    def on_home_back(self, event_name: str, data: dict[str, Any], **kwargs: Any) -> None:
        """Home Assistant is back: our sensors are gone there, and much may have changed."""
        self.request("Home Assistant is back")

    def on_source_event(self, event_name: str, data: dict[str, Any], **kwargs: Any) -> None:
        """A source sends its prices as an event."""
        if self._observer.inputs.feeds.event(event_name, data):
            self._see_news()

    def on_time(self, **kwargs: Any) -> None:
        """A step begins, or something was missing: perhaps it is there now."""
        self.request(str(kwargs["reason"]))

    def request(self, reason: str) -> None:
        """Asks for a plan."""
        self.run_in(self.on_due, self._requests.request(reason, self._now()).wait_s)

    def on_due(self, **kwargs: Any) -> None:
        """A request may have come due."""
        due = self._requests.due(self._now()) if self._observer.begun else None
        if isinstance(due, Due):
            self.run_in(self.on_due, due.wait_s)
        elif due is not None:
            self._start(due)

    # The past, what actions answer, and what is measured

    def _read_past(self, **kwargs: Any) -> None:
        self._run_beside(self.on_past, read_past, self._past, self.site, self._records.measured, self._now())

    def on_past(self, result: KnownPast | None, **kwargs: Any) -> None:
        """The past has been read, or could not be."""
        news = bool(result) and not self._observer.known
        self._observer.known = result if result else self._observer.known
        self.run_in(self._read_past, next_reading(self._now()).total_seconds() if result else _PAST_AGAIN_S)
        self._begin(news)
        missed = self._observer.missed(self._now())
        if missed is not None:
            self._run_beside(self.on_missed, read_missed, self.home, self._records.measured, self.site, missed)

    def on_missed(self, result: Memory | None, **kwargs: Any) -> None:
        """Hot water and trips of before the start have been read."""
        for line in self._observer.learn(result):
            self.log("%s", line)
            self.request("the past is known")

    def on_patience_over(self, **kwargs: Any) -> None:
        """The past takes long: a plan without it is better than none."""
        self._begin()

    def _begin(self, again: bool = False) -> None:
        first, self._observer.begun = not self._observer.begun, True
        if first or again:
            self.request("start")

    def on_poll(self, **kwargs: Any) -> None:
        """Actions that bring prices or forecasts are called when it is time to; their answers come in their own time."""
        due = [] if self._calling else self._observer.inputs.feeds.due(self._now())
        if due:
            self._calling = True
            self._run_beside(self.on_answers, fetch, self.home, due)

    def on_answers(self, result: list[Answer] | None, **kwargs: Any) -> None:
        """The actions have answered."""
        self._calling = False
        self._observer.inputs.feeds.answered(result or [], self._now())
        self._see_news()

    def on_measure(self, **kwargs: Any) -> None:
        """What is measured at this moment, and what is wrong."""
        self._see_news()
        self._observer.measure(self.home.moment(), self._now())

    def _see_news(self) -> None:
        """One look; new prices and forecasts ask for a plan."""
        self._observer.see(self.home.moment(), self._now(), self._dispatcher())
        for reason in self._observer.news():
            self.request(reason)

    def _dispatcher(self) -> Any:
        return self.get_app(_DISPATCHER)

    # Plans

    def _start(self, reason: str) -> None:
        self._reason = reason
        try:
            readings = self._observer.look(self.home.moment(), self._now(), self._dispatcher())
            self._observer.news()  # whatever is new is in this plan
        except Exception as error:  # an integration's odd attribute: this plan is lost, the next may not be
            return self.on_planned(Planned(waiting_for=f"the home cannot be read: {type(error).__name__}: {error}"))
        self._problems = (*readings.problems, *self._observer.told())
        last = self.latest.plan if self.latest is not None else None
        seen = self.site, readings, self._observer.memory, self.AD.tz
        more = self._records.store, self._observer.inputs.missing, last, self._kept
        self._run_beside(self.on_planned, plan_now, *seen, self._optimizer, *more)

    def on_planned(self, result: Planned, **kwargs: Any) -> None:
        """A planning run has ended."""
        now = self._now()
        latest = result.latest(now, self._reason, self._number + 1, self._problems)
        if self._requests.finished(self.latest is not None and not self.latest.recalled):
            if latest is not None:
                self._number, self.latest = latest.number, latest
                self._records.keep_plan(latest)
                self._reporter.planned(latest, result.seconds, now)
                self.fire_event("hems_plan", namespace=NAMESPACE, number=self._number)
            else:
                self._reporter.waiting(result.waiting_for, self.latest)
                self.run_in(self.on_time, _LOOK_AGAIN_S, reason="what was missing")
        self.on_due()

    def _run_beside(self, callback: Any, function: Any, *arguments: Any) -> None:
        """Runs ``function`` in a thread of its own; ``callback(result=...)`` follows in this app's, with None after a failure."""

        def done(result: Any) -> None:
            if not self._ended:
                self.run_in(callback, 0, result=result)

        run_beside(function, arguments, done, self.log)

    def _now(self) -> datetime:
        now: datetime = self.datetime(aware=True)
        return now.astimezone(timezone.utc)
