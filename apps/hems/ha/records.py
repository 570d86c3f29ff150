"""All that the suite keeps on disk: the loads' memory, the plan in force, what was measured, what was said of the future.

Nothing is written in the caller's thread: on a memory card a write that is to last may take a second.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from ..config.site import Site
from ..domain.series import Slot
from ..planner.latest import Latest
from ..planner.memory import Memory, memory_from_dict, memory_to_dict
from .feed_slots import KEPT, between
from .feeds import EXPORT, IMPORT, Feeds, forecast_name
from .measurements import Measurements
from .measurements_sample import plant_name, sample
from .plan_file import Unusable, latest_from_dict, latest_to_dict
from .port import States
from .store import Store
from .worker import Worker

_MEMORY, _PLAN = "memory.json", "plan.json"
_SPOT: Mapping[str, str] = {IMPORT: "spot", EXPORT: "spot.export"}
# Prices that are over are written already.
_STILL_NEW = timedelta(days=2)
# Forecasts are written once an hour at most; whether it is time to, the store knows.
_TRY_EVERY = timedelta(minutes=5)
_END_S = 2.0


class Records:
    """One folder. ``problems`` says by name what cannot be kept."""

    def __init__(self, folder: Path, site: Site, now: datetime) -> None:
        self.store, self._plan_file = Store(folder), folder / _PLAN
        self.measured = Measurements(folder, now)
        self._site = site
        self._worker = Worker("hems records")
        self._written: dict[str, tuple[Slot, ...]] = {}
        self._tried: dict[str, datetime] = {}

    @property
    def problems(self) -> dict[str, str]:
        """What is wrong, in sentences."""
        return {**self._worker.problems, **{line.partition(":")[0]: line for line in self.measured.problems}}

    def close(self, now: datetime) -> None:
        """Ends it; what is not yet written is, if that takes no longer than two seconds."""
        self._worker.do("measurements", self.measured.close, now)
        self._worker.close(_END_S)

    # What is taken up again

    def memory(self) -> Memory:
        """What the loads have done."""
        return memory_from_dict(self.store.read(_MEMORY))

    def plan(self, now: datetime) -> tuple[Latest | None, str]:
        """The last plan where it may still be followed; else None, and a sentence where the file is broken."""
        document = self.store.read(_PLAN)
        if document is None and not self._plan_file.exists():
            return None, ""
        try:
            return latest_from_dict(document, now), ""
        except Unusable as unusable:
            return None, f"{self._plan_file}: {unusable}"

    def recall(self, feeds: Feeds, now: datetime) -> None:
        """Prices and forecasts of the last weeks, as they were said then. Before the first look."""
        for feed, name in _SPOT.items():
            if feed in feeds.names:
                feeds.recall(feed, self.measured.slots(name, now - KEPT, now, feeds.origin(feed)))
        for plant in self._site.pv:
            said = self.measured.forecast_as_it_stood(plant_name(plant), now - KEPT, now)
            feeds.recall(forecast_name(plant), said)

    # What is written

    def keep_memory(self, memory: Memory) -> None:
        """What the loads have done until now."""
        self._worker.do(_MEMORY, self.store.write, _MEMORY, memory_to_dict(memory))

    def keep_plan(self, latest: Latest) -> None:
        """The plan in force."""
        self._worker.do(_PLAN, self._keep_plan, latest)

    def _keep_plan(self, latest: Latest) -> None:
        self.store.write(_PLAN, latest_to_dict(latest))

    def measure(self, home: States, now: datetime, limited: Collection[str]) -> None:
        """One look at all that is measured; ``limited``: the plants that are held back."""
        self._worker.do("measurements", self.measured.add, sample(home, self._site, now, limited))

    def keep_series(self, feeds: Feeds, now: datetime) -> None:
        """Prices and forecasts, where they say something else than the last time."""
        for feed, name in _SPOT.items():
            slots = feeds.series(feed, now)
            if self._is_news(feed, slots):
                new = between(slots, now - _STILL_NEW, now + KEPT)
                self._worker.do("prices", self.measured.keep_prices, name, new, feeds.origin(feed))
        for plant in self._site.pv:
            slots = feeds.series(forecast_name(plant), now)
            last = self._tried.get(plant)
            if slots and (last is None or abs(now - last) >= _TRY_EVERY):
                self._tried[plant] = now
                self._worker.do("forecasts", self.measured.keep_forecast, plant_name(plant), slots, now)

    def _is_news(self, feed: str, slots: tuple[Slot, ...]) -> bool:
        news = bool(slots) and slots is not self._written.get(feed)
        self._written[feed] = slots
        return news
