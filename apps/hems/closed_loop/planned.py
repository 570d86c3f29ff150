"""The suite itself as a controller: the planner's own code makes the plan, the dispatcher's own code follows it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from ..config.loads import Heat, Program
from ..config.site import Site
from ..control.dispatch import setpoints
from ..control.measured import Measured
from ..control.moment import Moment, moment_of
from ..control.overrides import Overrides
from ..control.setpoint import Setpoint
from ..control.stays import Stays
from ..domain.kept import Kept
from ..domain.plan import Plan
from ..domain.problem import Problem
from ..ha.commands import limits_of
from ..optimizer.client import Optimizer
from ..optimizer.plan import make_plan
from ..planner.assemble import Notes, assemble
from ..planner.memory import Memory, observe
from ..planner.readings import Readings
from .left_plan import LeftPlan

# Below this a load's power sensor shows standby.
_RUNNING_KW = 0.02


class Foresight(Protocol):
    """Who knows what will happen."""

    def told(self, readings: Readings, memory: Memory) -> tuple[Readings, Memory]:
        """What was read and is remembered, for a plan that needs no forecast of it."""
        ...

    def __call__(self, problem: Problem) -> Problem:
        """The problem with what will really be."""
        ...


@dataclass
class Planned:
    """Plans anew every ``replan_minutes`` from full quarters on; a plan is followed from the next look on. Picklable.

    ``on_events``: and when a car comes or goes, a program is asked for, prices are published, or the home has left its plan
    (state of charge, load, sun), as the planner app does.

    ``knows`` may know better than the forecasts (perfect foresight). ``seconds`` of every solve; ``fallbacks``: plans
    made without the solver; ``max_plan_age``: an older plan is not followed; ``apart_until``: until then the solver runs in
    a process of its own, as in the planner app.
    """

    site: Site
    zone: ZoneInfo
    replan_minutes: int = 30
    knows: Foresight | None = None
    on_events: bool = True
    max_plan_age: timedelta = timedelta(minutes=60)
    apart_until: datetime | None = None
    seconds: list[float] = field(default_factory=list)
    fallbacks: int = 0
    memory: Memory = field(default_factory=Memory)
    problem: Problem | None = None
    plan: Plan | None = None
    _next: tuple[Problem, Plan] | None = None
    _due: datetime | None = None
    _seen: object = None
    _created: datetime | None = None
    _left_plan: LeftPlan = field(default_factory=LeftPlan)
    _started: set[str] = field(default_factory=set)
    _stays: Stays = field(default_factory=Stays)
    _optimizer: Optimizer | None = None
    _kept: Kept = field(default_factory=Kept)

    def __post_init__(self) -> None:
        limits = limits_of(self.site)
        self._limits = limits if self.knows is None else limits.with_certain_forecasts()

    def setpoints(self, readings: Readings) -> Mapping[str, Setpoint]:
        """What the dispatcher would write now."""
        if self._next is not None:
            self.problem, self.plan = self._next
            self._next = None
        self.memory = observe(self.memory, self.site, readings, self.zone)
        events = _events(readings)
        called = self.on_events and (self._left(readings) or events != self._seen)
        if self._due is None or readings.now >= self._due or called:
            self._replan(readings)
        self._seen = events
        found = setpoints(
            self.plan,
            self.problem,
            readings.now,
            Overrides(True),
            self._measured(readings),
            self._limits,
            created=self._created,
            max_plan_age=self.max_plan_age,
        )
        for name, setpoint in found.items():
            if setpoint.action in ("on", "off"):
                (self._started.add if setpoint.action == "on" else self._started.discard)(name)
        for name, load in self.site.loads.items():
            if isinstance(load, Heat):
                self._stays.told(name, found.get(name), readings.now)
        return found

    def _left(self, readings: Readings) -> bool:
        """Whether the home has left its plan."""

        def moment_at(at: datetime) -> Moment | str:
            return moment_of(self.plan, self.problem, at, self._created, self.max_plan_age)

        return self._left_plan.seen(moment_at, len(self.seconds), readings)

    def _solved(self, problem: Problem, now: datetime) -> Plan:
        if self.apart_until is None or now >= self.apart_until:
            return make_plan(problem, self.site.solve_seconds, self.plan, explained=False)
        if self._optimizer is None:
            self._optimizer = Optimizer()
        return self._optimizer.solve(problem, self.site.solve_seconds, self.plan)

    def close(self) -> None:
        """Ends the solver's process; the next plan begins another."""
        if self._optimizer is not None:
            self._optimizer.close()
            self._optimizer = None

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_optimizer": None, "_kept": Kept()}

    def _replan(self, readings: Readings) -> None:
        told = (readings, self.memory) if self.knows is None else self.knows.told(readings, self.memory)
        problem = assemble(self.site, *told, self.zone, Notes(), self._kept)
        if self.knows is not None:
            problem = self.knows(problem)
        began = time.perf_counter()
        plan = self._solved(problem, readings.now)
        self.seconds.append(round(time.perf_counter() - began, 4))
        self.fallbacks += plan.status == "fallback"
        self._next, self._created = (problem, plan), readings.now
        minutes = readings.now.hour * 60 + readings.now.minute
        begun = readings.now.replace(second=0, microsecond=0) - timedelta(minutes=minutes % self.replan_minutes)
        self._due = begun + timedelta(minutes=self.replan_minutes)

    def _measured(self, readings: Readings) -> Measured:
        return Measured(
            soc={name: one.soc for name, one in readings.batteries.items()},
            connected={name: one.connected for name, one in readings.evs.items()},
            running={name: self._running(name, readings) for name in self.site.loads},
            started=frozenset(self._started),
            switched=self._stays.at(readings.now),
            temperature_c={name: one.temperature_c for name, one in readings.loads.items()},
            surplus_kw=_surplus_kw(readings),
        )

    def _running(self, name: str, readings: Readings) -> bool | None:
        one = readings.loads[name]
        if one.on is False or isinstance(self.site.loads[name], Program):
            return one.on
        return one.power_kw is not None and one.power_kw > _RUNNING_KW


def _surplus_kw(readings: Readings) -> float | None:
    """What would be exported if the batteries rested; below 0: imported."""
    if readings.baseline_kw is None:
        return None
    cars = sum(car.power_kw or 0.0 for car in readings.evs.values())
    loads = sum(load.power_kw or 0.0 for load in readings.loads.values())
    return sum(kw or 0.0 for kw in readings.pv_kw.values()) - cars - loads - readings.baseline_kw


def _events(readings: Readings) -> object:
    """What makes the planner app plan at once."""
    cars = tuple(sorted((name, car.connected) for name, car in readings.evs.items()))
    asked = tuple(sorted((name, load.requested) for name, load in readings.loads.items()))
    return cars, asked, len(readings.spot), readings.spot[-1].end if readings.spot else None
