"""What is kept from one look at the home to the next: values that are held, series that are known, what is wrong."""

from datetime import datetime, timedelta, timezone, tzinfo

from ..config.site import Site
from ..domain.series import Slot
from ..forecast.pv_past import MOST_DAYS
from .curtailment import Curtailment
from .existing import Missing
from .feeds import Feeds
from .health import Found
from .held import ClockWatch, Held, Senses
from .port import States

_CLOCK = "clock"
_CURTAILED_KEPT = timedelta(days=MOST_DAYS + 1)


class Inputs:
    """``begin`` and ``end`` enclose every look. ``faults``: what was wrong with the last one, by entity or by feed.

    ``limited``: the plants that are held back now, set before a look by whoever knows.
    """

    def __init__(self, site: Site, zone: tzinfo = timezone.utc) -> None:
        self.feeds = Feeds(site, zone)
        self.faults: dict[str, Found] = {}
        self.missing: tuple[str, ...] = ()
        self.limited: frozenset[str] = frozenset()
        self._zone, self._shifted = zone, timedelta()
        self._held, self._clock, self._missing = Held(), ClockWatch(), Missing(site)
        self._news: frozenset[str] = frozenset()
        self._curtailment = Curtailment()

    def begin(self, states: States, now: datetime) -> Senses:
        """A look begins: ages are put right, and the series are read."""
        back = self._clock.step(now)
        if back:
            self._held.shift(back)
            self.feeds.shift(back)
            self._shifted += back
        self._news |= self.feeds.look(states, now)
        self._curtailment.see(self.limited, now, _CURTAILED_KEPT)
        return Senses(states, self._held, now, self._zone)

    def end(self, senses: Senses, now: datetime) -> tuple[str, ...]:
        """A look has ended: what was wrong with what was read, in sentences. Missing entities are ``missing``'s."""
        missing = self._missing.look(senses.states)
        self.missing = tuple(missing.values())
        found = self.feeds.faults() | senses.faults
        clock = self._clock.fault(now)
        if clock is not None:
            found[_CLOCK] = clock
        self.faults = {entity: Found(sentence) for entity, sentence in missing.items()} | found
        return (*(fault.words for fault in found.values()), *self.feeds.problems(now))

    def curtailed(self, plant: str) -> tuple[Slot, ...]:
        """When a plant was held back since this start."""
        return self._curtailment.slots(plant)

    def news(self) -> frozenset[str]:
        """What the looks since the last question have found to be new: reasons for a plan."""
        news, self._news = self._news, frozenset()
        return news

    def shift(self) -> timedelta:
        """By how much the clock was set back since the last question."""
        shifted, self._shifted = self._shifted, timedelta()
        return shifted
