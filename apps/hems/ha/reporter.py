"""What is said of the plan and of what is wrong: in the log, and as entities of our own."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, tzinfo

from ..planner.latest import Latest
from .health import Found, Health
from .port import Home
from .publisher import health_entity, plan_entities, publish, status_entity

Log = Callable[..., object]


class Reporter:
    """``message``: the state of planning in a sentence; ``faults``: what is wrong, for the page. ``log``: AppDaemon's."""

    def __init__(self, home: Home, zone: tzinfo, log: Log) -> None:
        self.message = "starting"
        self.faults: list[str] = []
        self._home, self._zone, self._log = home, zone, log
        self._health = Health()
        self._unplanned: Mapping[str, Found] = {}

    def refused(self, faults: list[str]) -> None:
        """The configuration cannot be used."""
        self.message = "; ".join(faults)
        for fault in faults:
            self._log("%s", fault, level="ERROR")
        publish(self._home, iter([status_entity("refused", self.message, None), health_entity("failed", faults)]))

    def recalled(self, latest: Latest, now: datetime) -> None:
        """The plan of before the restart is followed until there is a new one."""
        made = latest.created.astimezone(self._zone)
        self.message = f"the plan of {made:%H:%M}, from before the restart"
        self._log("plan %d of %s is taken up again until there is a new one", latest.number, f"{made:%H:%M}")
        self._publish_plan("fallback" if latest.plan.status == "fallback" else "ok", latest, now)

    def planned(self, latest: Latest, seconds: float, now: datetime) -> None:
        """There is a new plan."""
        plan = latest.plan
        state = "fallback" if plan.status == "fallback" else "ok"
        self.message = "plan without the solver, which gave no good one" if state == "fallback" else "planned"
        self._unplanned = {"plan": Found(self.message, said=True)} if state == "fallback" else {}
        words = "plan %d (%s): %s, net %.2f %s, saves %.2f, %.2f s"
        money = plan.costs.net, plan.currency, plan.saving
        self._log(words, latest.number, latest.reason, plan.status, *money, seconds)
        self._publish_plan(state, latest, now)
        self._publish_health()

    def waiting(self, message: str, latest: Latest | None) -> None:
        """There could be no new plan."""
        meanwhile = "the last plan stays in force while it is valid"
        self._unplanned = {"plan": Found(message, meanwhile, fatal=True, said=True)}
        if message != self.message:
            self._log("%s", message, level="WARNING")
            publish(self._home, iter([status_entity("waiting", message, latest)]))
        self.message = message

    def see(self, found: Mapping[str, Found], shifted: timedelta, now: datetime) -> None:
        """What is wrong now. Logged when it comes and when it goes, published when it changes.

        ``shifted``: by how much the clock was set back.
        """
        self._health.shift(shifted)
        if not any(fault.fatal for fault in found.values()):  # else it is said already why there is no plan
            found = {**self._unplanned, **found}
        lines = self._health.see(found, now)
        for line in lines:
            self._log("%s", line, level="WARNING")
        faults = self._health.faults(self._zone)
        if lines or faults != self.faults:
            self.faults = faults
            self._publish_health()

    def _publish_plan(self, state: str, latest: Latest, now: datetime) -> None:
        publish(self._home, iter([status_entity(state, self.message, latest)]))
        publish(self._home, plan_entities(latest, now))

    def _publish_health(self) -> None:
        publish(self._home, iter([health_entity(self._health.state, self.faults)]))


def found_problems(sentences: Iterable[str]) -> dict[str, Found]:
    """Sentences as faults: one in which only a number has changed is the same fault as before."""
    return {re.sub(r"\d+", "", sentence): Found(sentence) for sentence in sentences}
