"""One configured series: what its source says, read only when that has changed, and held where it fails."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from ..config.source import Source
from ..domain.faults import Refused
from ..domain.series import Slot
from ..sources.parsed import Parsed
from ..sources.prices import parse_prices
from ..sources.pv import parse_pv
from ..sources.temperature import parse_temperature
from .feed_calls import Answer, Polling, Request, requests
from .feed_documents import Attributes, Events, Responses
from .feed_slots import Known
from .health import Found
from .port import States

_PARSERS: Mapping[str, Callable[..., Parsed]] = {
    "prices": parse_prices,
    "pv": parse_pv,
    "temperature": parse_temperature,
}
# What is read depends on the time too: hours without a date are those of today. So often it is read again all the same.
_READ_AGAIN_S = 15 * 60
_NOTHING = Parsed("", ())
# Units that do not tell whose money it is.
_VAGUE_UNITS = ("?/kWh", "$/kWh", "kr/kWh")
# A day's prices are there when its noon is: in some zones a delivery day ends an hour before or after the local one.
_NOON_TOMORROW = timedelta(days=1, hours=12)


@dataclass(frozen=True)
class _Read:
    """One reading of documents: for which quarter of an hour, and what came of it."""

    documents: list[Any]
    unit: str | None
    quarter: int
    result: Parsed | Refused


class Feed:
    """``name``: its path in apps.yaml. ``known``: prices, which stay; other series are replaced by what is newer."""

    def __init__(self, name: str, source: Source, zone: tzinfo) -> None:
        self.name, self.source = name, source
        self._zone = zone
        self._hold = timedelta(hours=source.max_age_hours)
        self._attributes = Attributes(source.read_from, self._hold, mends=source.kind == "pv")
        self._responses, self._polling = Responses(), Polling()
        self._events = Events(source.events, source.data)
        self._read: _Read | None = None
        self._taken: Parsed | None = None
        self._good = _NOTHING
        self._good_at: datetime | None = None
        self.known = Known()
        self.faults: dict[str, Found] = {}

    def look(self, states: States, now: datetime, unit: str | None = None) -> None:
        """Reads the source as it stands. ``unit``: what a response's values are in, where the source does not say it."""
        documents: list[Any] = (
            self._attributes.look(states, now)
            if self.source.read_from
            else self._responses.documents
            if self.source.call is not None
            else self._events.documents
        )
        result = self._parsed(documents, self.source.unit or unit, now) if documents else None
        if isinstance(result, Parsed) and result.slots:
            self._take(result, now)
        self.faults = {}
        meanwhile = self._meanwhile(now)
        for entity, fault in self._attributes.faults.items():
            self.faults[entity] = replace(fault, meanwhile=meanwhile)
        if self._responses.fault is not None:
            self.faults[self.name] = Found(f"{self.name}: {self._responses.fault}", meanwhile)
        elif isinstance(result, Refused) and not self.faults:
            self.faults[self.name] = Found(f"{self.name}: {result.faults[0]}", meanwhile)
        self._say_gap(bool(documents), now)

    def _parsed(self, documents: list[Any], unit: str | None, now: datetime) -> Parsed | Refused:
        quarter = int(now.timestamp() // _READ_AGAIN_S)
        last = self._read
        if last is not None and last.quarter == quarter and last.unit == unit and last.documents == documents:
            return last.result
        try:
            whole = documents[0] if len(documents) == 1 else documents
            result: Parsed | Refused = _PARSERS[self.source.kind](whole, now=now, zone=self._zone, unit=unit)
        except Refused as refused:
            result = refused
        except Exception as error:  # an integration's odd attribute must not end all planning
            result = Refused([f"cannot be read: {type(error).__name__}: {error}"])
        self._read = _Read(documents, unit, quarter, result)
        return result

    def _take(self, parsed: Parsed, now: datetime) -> None:
        self._good_at = now
        if parsed is self._taken:
            return
        if self.source.kind == "prices":
            if len({parsed.unit, self.unit} - {"", *_VAGUE_UNITS}) > 1:
                self.known = Known()  # another currency: these are other prices
            self.known = self.known.heard(parsed.slots, now, self._hold)
        self._good = self._taken = parsed

    def _meanwhile(self, now: datetime) -> str:
        end = max((slot.end for slot in self.slots(now)), default=now)
        if end <= now:
            return "nothing stands in for it"
        return f"what is known already is used, until {end.astimezone(self._zone):%m-%d %H:%M}"

    def _say_gap(self, is_there: bool, now: datetime) -> None:
        if self.source.call is not None and not self._polling.begun:
            return
        if self.source.kind == "prices":
            if not any(slot.begin <= now < slot.end for slot in self.slots(now)):
                what = f"{self.name}: there is no price for now"
                self.faults[f"{self.name} now"] = Found(what, "nothing can be planned", fatal=True)
        elif is_there and not self.faults and not any(slot.end > now for slot in self.slots(now)):
            self.faults[self.name] = Found(f"{self.name}: says nothing of the time from now on")

    def slots(self, now: datetime) -> tuple[Slot, ...]:
        """What is known: prices until they end, other series for ``max_age_hours``."""
        if self.source.kind == "prices":
            return self.known.slots
        return self._good.slots if self._is_young(now) else ()

    def _is_young(self, now: datetime) -> bool:
        return self._good_at is not None and now - self._good_at <= self._hold

    def bounds(self, now: datetime) -> tuple[tuple[Slot, ...], tuple[Slot, ...]]:
        """10th and 90th percentile, where the source gives them."""
        return (self._good.low, self._good.high) if self._is_young(now) else ((), ())

    @property
    def unit(self) -> str:
        """Of the values as they are read: "EUR/kWh"; empty while nothing was, and where it does not tell whose money it is."""
        return "" if self._good.unit in _VAGUE_UNITS else self._good.unit

    def problems(self, now: datetime) -> tuple[str, ...]:
        """What was passed over, is missing or is doubtful in the source."""
        if not self._is_young(now):
            return ()
        return tuple(f"{self.name}: {problem}" for problem in self._good.problems)

    # Actions and events

    def due(self, now: datetime) -> list[Request]:
        """The calls to be made now."""
        call = self.source.call
        if call is None or not self._polling.due(now, self._zone, self._tomorrow_missing(now)):
            return []
        return requests(self.name, call, now, self._zone)

    def _tomorrow_missing(self, now: datetime) -> bool:
        if self.source.kind != "prices":
            return False
        midnight = now.astimezone(self._zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return not any(slot.end > midnight + _NOON_TOMORROW for slot in self.known.slots)

    def answered(self, answers: Sequence[Answer], now: datetime) -> None:
        """The calls have been answered."""
        self._responses.take(answers, now.astimezone(self._zone).date())
        self._polling.called(now, self._responses.fault is not None)

    def event(self, name: str, data: Mapping[str, Any]) -> bool:
        """Whether an event belongs to this series."""
        return self._events.take(name, data)

    def shift(self, by: timedelta) -> None:
        """The clock was set back."""
        self._attributes.shift(by)
        self._good_at = self._good_at + by if self._good_at is not None else None
        if self.known.said is not None:
            self.known = Known(self.known.slots, self.known.until, self.known.said + by)
