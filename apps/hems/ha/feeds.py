"""Every series that apps.yaml names: prices, PV forecasts and the outdoor temperature, from wherever they come."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import groupby
from typing import Any

from ..config.site import Site
from ..domain.series import Slot
from .feed_calls import Answer, Request
from .feed_series import Feed
from .feed_slots import KEPT, between, overlaid
from .health import Found
from .port import States

IMPORT, EXPORT, OUTDOOR = "prices.import", "prices.export", "outdoor.weather"
PRICES, FORECAST = "new prices", "new PV forecast"
# Of prices that are over, the page and the estimate of tomorrow's want a day at once.
_PAST_PRICES = timedelta(days=1)


def forecast_name(plant: str) -> str:
    """The name of a plant's forecast among the feeds: its path in apps.yaml."""
    return f"pv.{plant}.forecast"


class Feeds:
    """Looked at with every look at the home; calls to actions are made elsewhere (``due``, ``answered``)."""

    def __init__(self, site: Site, zone: tzinfo) -> None:
        self._site, self._zone = site, zone
        self._feeds = {feed.name: feed for feed in _feeds(site, zone)}
        self._said: dict[str, tuple[Slot, ...]] = {}
        self._past: dict[str, tuple[Slot, ...]] = {}
        self._past_until: dict[str, datetime] = {}

    def look(self, states: States, now: datetime) -> frozenset[str]:
        """Reads every source as it stands; what is new of the time to come: ``PRICES``, ``FORECAST`` or both."""
        news = set()
        for name, feed in self._feeds.items():
            feed.look(states, now, self._unit(name, states))
            slots, said = feed.slots(now), self._said.get(name, ())
            if slots is not said and _coming(slots, now) != _coming(said, now):
                news.add(PRICES if feed.source.kind == "prices" else FORECAST)
            self._said[name] = slots
            self._remember(name, slots, now)
        return frozenset(news)

    def _unit(self, name: str, states: States) -> str | None:
        """A weather forecast's temperatures are in the unit that its entity names."""
        weather = self._site.outdoor.weather if name == OUTDOOR and self._site.outdoor is not None else None
        unit = states.attributes(weather).get("temperature_unit") if weather is not None else None
        return unit if isinstance(unit, str) else None

    def _remember(self, name: str, slots: Sequence[Slot], now: datetime) -> None:
        """What is over stays as it was said when it began."""
        if self._past_until.get(name, now) > now:
            return
        past = self._past.get(name, ())
        begun = [slot for slot in slots if slot.begin <= now]
        self._past[name] = between(overlaid(begun, past), now - KEPT, now + KEPT)
        self._past_until[name] = min((slot.begin for slot in slots if slot.begin > now), default=now)

    def spot(self, name: str, now: datetime) -> tuple[Slot, ...]:
        """Spot prices from a day ago on; none where there is no such feed."""
        feed = self._feeds.get(name)
        return between(feed.slots(now), now - _PAST_PRICES, now + KEPT) if feed is not None else ()

    def series(self, name: str, now: datetime) -> tuple[Slot, ...]:
        """What is known of a series."""
        feed = self._feeds.get(name)
        return feed.slots(now) if feed is not None else ()

    def bounds(self, name: str, now: datetime) -> tuple[tuple[Slot, ...], tuple[Slot, ...]]:
        """10th and 90th percentile of a forecast."""
        feed = self._feeds.get(name)
        return feed.bounds(now) if feed is not None else ((), ())

    def past(self, name: str, now: datetime) -> tuple[Slot, ...]:
        """What was said of the last four weeks, slots that are over."""
        return tuple(slot for slot in self._past.get(name, ()) if slot.end <= now)

    @property
    def names(self) -> tuple[str, ...]:
        """The feeds that there are."""
        return tuple(self._feeds)

    def origin(self, name: str) -> str:
        """What a feed is read from, and in which money: what was kept of another is another series."""
        source = self._feeds[name].source
        call = source.call
        read_from = ", ".join(source.read_from or source.events) or (call.action if call is not None else "")
        return f"{read_from} {source.unit or self._site.currency}"

    def recall(self, name: str, slots: Sequence[Slot]) -> None:
        """What was said before this start, from wherever it was kept. Before the first look."""
        if name in self._feeds:
            self._past[name] = overlaid(slots, self._past.get(name, ()))

    def faults(self) -> dict[str, Found]:
        """What is wrong with them."""
        found: dict[str, Found] = {}
        for feed in self._feeds.values():
            found |= feed.faults
        return found

    def problems(self, now: datetime) -> tuple[str, ...]:
        """What the sources' contents lack or leave in doubt, and a currency that is not the home's."""
        found = [problem for feed in self._feeds.values() for problem in feed.problems(now)]
        for name, feed in self._feeds.items():
            money = feed.unit.partition("/")[0]
            if feed.source.kind == "prices" and money not in ("", self._site.currency):
                found.append(f"{name}: is in {money}, and currency is {self._site.currency}")
        return tuple(found)

    @property
    def events(self) -> frozenset[str]:
        """The bus events to be listened to."""
        return frozenset(event for feed in self._feeds.values() for event in feed.source.events)

    def event(self, name: str, data: Mapping[str, Any]) -> bool:
        """Whether an event belongs to a series; it is read with the next look."""
        return any([feed.event(name, data) for feed in self._feeds.values()])

    def due(self, now: datetime) -> list[Request]:
        """The calls to be made now."""
        return [request for feed in self._feeds.values() for request in feed.due(now)]

    def answered(self, answers: Sequence[Answer], now: datetime) -> None:
        """Calls have been answered; they are read with the next look."""
        for name, group in groupby(answers, key=lambda answer: answer.request.feed):
            self._feeds[name].answered(list(group), now)

    def shift(self, by: timedelta) -> None:
        """The clock was set back."""
        self._past_until = {}
        for feed in self._feeds.values():
            feed.shift(by)


def _feeds(site: Site, zone: tzinfo) -> Iterator[Feed]:
    if site.prices.import_.given:
        yield Feed(IMPORT, site.prices.import_, zone)
    if site.prices.export.given:
        yield Feed(EXPORT, site.prices.export, zone)
    for name, plant in site.pv.items():
        if plant.forecast is not None and plant.forecast.given:
            yield Feed(forecast_name(name), plant.forecast, zone)
    weather = site.outdoor.forecast if site.outdoor is not None else None
    if weather is not None:
        yield Feed(OUTDOOR, weather, zone)


def _coming(slots: Sequence[Slot], now: datetime) -> list[Slot]:
    return [slot for slot in slots if slot.end > now]
