"""All looks at the home: what is held between them, what is remembered and kept of them, and what is said to be wrong."""

from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any

from ..config.site import Site
from ..planner.memory import Memory, observe
from ..planner.readings import Overrides, Readings
from .curtailment import held_back
from .inputs import Inputs
from .known_past import KnownPast
from .look import look, measured_now
from .missed import CatchingUp, Missed
from .port import States
from .records import Records
from .reporter import Reporter, found_problems


class Observer:
    """``begun``: the past has been read, or nobody waits for it any more; before that nothing is a fault or news.

    ``known``: what was read of the past. ``memory``: what the loads have done. ``now_readings``: for the page.
    """

    def __init__(self, site: Site, zone: tzinfo, records: Records, reporter: Reporter, now: datetime) -> None:
        self.begun = False
        self.known = KnownPast()
        self.inputs = Inputs(site, zone)
        self.memory = records.memory()
        self.now_readings: dict[str, Any] = {}
        self._site, self._zone, self._records, self._reporter = site, zone, records, reporter
        self._curtailed_by = {name: plant.curtailed_by for name, plant in site.pv.items()}
        self._catching_up, self._learned = CatchingUp(self.memory, site, zone, now), list[str]()
        records.recall(self.inputs.feeds, now)

    def see(self, states: States, now: datetime, dispatcher: Any) -> Readings:
        """One look; what is wrong is said.

        ``dispatcher``: the app, which knows what it does to plants and what the family wishes; None: it does not run.
        """
        now = now.replace(microsecond=0)  # a plan starts on a whole second; nothing that is seen may lie after it
        self.inputs.limited = held_back(getattr(dispatcher, "doing", None), self._curtailed_by)
        readings = look(states, self._site, self.known, now, self.inputs)
        self._records.keep_series(self.inputs.feeds, now)
        if self.begun:
            kept = found_problems((*self.known.baseline.problems, *self._records.problems.values()))
            self._reporter.see({**kept, **self.inputs.faults}, self.inputs.shift(), now)
        wishes = getattr(dispatcher, "wishes", None)
        return replace(readings, overrides=wishes) if isinstance(wishes, Overrides) else readings

    def look(self, states: States, now: datetime, dispatcher: Any) -> Readings:
        """A look after which what the loads have done is remembered. News stay news: a load that is switched makes no plan."""
        readings = self.see(states, now, dispatcher)
        self.memory = observe(self.memory, self._site, readings, self._zone)
        self._catching_up.saw(readings)
        self._records.keep_memory(self.memory)
        return readings

    def missed(self, now: datetime) -> Missed | None:
        """What of the past is not remembered and is to be read, by ``read_missed``."""
        return self._catching_up.ask(self.memory, now)

    def learn(self, past: Memory | None) -> list[str]:
        """What ``read_missed`` has read is remembered from now on; the sentences that say it."""
        found = self._catching_up.answered(past)
        if found is None:
            return []
        self.memory, self._learned = found
        self._records.keep_memory(self.memory)
        return self._learned

    def told(self) -> list[str]:
        """What was learned, once: for the notes of a plan."""
        learned, self._learned = self._learned, []
        return learned

    def measure(self, states: States, now: datetime) -> None:
        """What is measured at this moment, for the store and for the page."""
        self.now_readings = measured_now(states, self._site)
        self._records.measure(states, now, self.inputs.limited)

    def news(self) -> list[str]:
        """What the looks have found to be new: reasons for a plan."""
        return sorted(self.inputs.news() if self.begun else ())
