"""What the suite could not see itself, read once it runs: tanks and cars in the recorder's days, and in the suite's own store.

A memory that begins, or was away for more than a day, knows neither showers nor trips; Home Assistant does.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import chain

from ..config.site import Site
from ..planner.car_memory import CarMemory
from ..planner.draws import Draws
from ..planner.memory import Memory, observe
from ..planner.readings import EvReading, Readings
from ..planner.relived import PAST_DAYS, Since, relived, taken_over, unknown_since
from .history_raw import Recorder
from .history_states import changes
from .measurements import Measurements
from .past_looks import Past, entities_of, looks

# The store knows cars for longer than the recorder; habits count so many days.
_CAR_DAYS = 42
# A recorder that knows nothing of a device is not asked for ever.
_ASKED_FOR = timedelta(days=1)


@dataclass(frozen=True)
class Missed:
    """A question: what is missing. ``memory``: what the planner knew when it was asked; ``begun``: what it started with."""

    since: Since
    begun: Memory
    memory: Memory
    now: datetime
    zone: tzinfo

    @property
    def until(self) -> datetime:
        """From here on the planner has seen all itself, or else will see it."""
        seen = self.memory.seen
        return seen if seen is not None and seen != self.begun.seen else self.now


class CatchingUp:
    """Asks, and puts what is answered before what was seen meanwhile. ``memory``: what the planner starts with."""

    def __init__(self, memory: Memory, site: Site, zone: tzinfo, now: datetime) -> None:
        self._begun, self._site, self._zone, self._start = memory, site, zone, now
        self._since = unknown_since(memory, site, now)
        self._asked: Missed | None = None
        self._seen: list[Readings] = []

    def ask(self, memory: Memory, now: datetime) -> Missed | None:
        """What is to be read, by ``read_missed``; None: nothing, or not any more, or it is being read."""
        if self._asked is not None or not self._since or abs(now - self._start) > _ASKED_FOR:
            return None
        self._asked, self._seen = Missed(self._since, self._begun, memory, now, self._zone), []
        return self._asked

    def saw(self, readings: Readings) -> None:
        """A look while the past is read."""
        if self._asked is not None:
            self._seen.append(readings)

    def answered(self, past: Memory | None) -> tuple[Memory, list[str]] | None:
        """The memory as it would be, had the planner seen what ``read_missed`` has read; and in sentences what was learned.
        None: nothing."""
        asked, seen = self._asked, self._seen
        self._asked, self._seen = None, []
        if asked is None or past is None:
            return None
        memory, gained = taken_over(asked.memory, past, asked.since, self._zone, asked.now)
        self._since = {name: since for name, since in self._since.items() if name not in gained}
        for readings in seen:
            memory = observe(memory, self._site, readings, self._zone)
        said = [self._said(name, days) for name, days in sorted(gained.items()) if days > 0]
        return (memory, said) if gained else None

    def _said(self, name: str, days: int) -> str:
        what = "trips" if name in self._site.evs else "hot water"
        return f"{name}: {what} of {days} day{'' if days == 1 else 's'} read from Home Assistant"


def read_missed(recorder: Recorder, store: Measurements, site: Site, missed: Missed) -> Memory:
    """What the past says of the devices that are missed. Asks Home Assistant for much: beside AppDaemon's threads."""
    draws, cars = dict[str, Draws](), dict[str, CarMemory]()
    for name, known in missed.since.items():
        first = missed.until - timedelta(days=PAST_DAYS)
        begin = first if known is None else max(known, first)
        past = {entity: changes(recorder, entity, begin, missed.until) for entity in entities_of(site, name)}
        seen = chain(_kept(store, site, name, missed, past), looks(site, name, past, begin, missed.until))
        memory = relived(missed.begun, {name: known}, site, seen, missed.zone)
        if name in site.evs:
            cars[name] = memory.cars.get(name, CarMemory())
        else:
            draws[name] = memory.draws[name]
    return Memory(draws=draws, cars=cars)


def _kept(store: Measurements, site: Site, name: str, missed: Missed, past: Past) -> Iterator[Readings]:
    """How a car was seen by the suite itself, before Home Assistant knows anything of it."""
    if name not in site.evs:
        return
    known, begin = missed.since[name], missed.until - timedelta(days=_CAR_DAYS)
    end = next((one.at for one in past[site.evs[name].connected] if one.state is not None), missed.until)
    for one in store.observations(name, begin, end):
        if known is None or one.at > known:
            yield Readings(one.at, evs={name: EvReading(one.connected, one.soc, None, None, None)})
