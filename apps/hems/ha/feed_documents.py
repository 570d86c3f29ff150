"""What one source says, as documents for the parsers: attributes of entities, responses of actions, events."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from .feed_calls import Answer
from .health import Found
from .port import States
from .readings import known, why_not

Document = dict[str, Any]


def state_object(states: States, entity: str) -> Document:
    """An entity as the parsers take it; without attributes where it does not exist."""
    return {"entity_id": entity, "state": states.state(entity), "attributes": states.attributes(entity)}


def is_silent(document: Document) -> bool:
    """Whether an entity is unknown or away, and no list is left in its attributes."""
    return known(document["state"]) is None and not any(_is_series(one) for one in document["attributes"].values())


def _is_series(value: Any) -> bool:
    return isinstance(value, list | tuple | Mapping) and bool(value)


class Attributes:
    """The lists of some entities, each held where it is missing: one plane of a roof less is no smaller roof."""

    def __init__(self, entities: Iterable[str], hold: timedelta, mends: bool) -> None:
        self._entities, self._hold, self._mends = tuple(entities), hold, mends
        self._seen: set[str] = set()
        self._lists: dict[str, dict[str, tuple[Any, datetime]]] = {}
        self.faults: dict[str, Found] = {}

    def look(self, states: States, now: datetime) -> list[Document]:
        """State objects as they are, mended with what was held."""
        self.faults = {}
        return [one for one in (self._look(states, entity, now) for entity in self._entities) if one is not None]

    def _look(self, states: States, entity: str, now: datetime) -> Document | None:
        document = state_object(states, entity)
        exists = document["state"] is not None
        if exists:
            self._seen.add(entity)
        elif entity not in self._seen:
            return None
        held = self._held(entity, document, now) if self._mends else {}
        if is_silent(document):
            self.faults[entity] = Found(f"{entity} {why_not(states, entity, '')}")
        elif held:
            self.faults[entity] = Found(f"{entity} has lost its attribute {', '.join(held)}")
        return {**document, "attributes": {**document["attributes"], **held}} if held else document

    def _held(self, entity: str, document: Document, now: datetime) -> dict[str, Any]:
        """Lists that were there before and are not now. An empty one is there: it says that there is nothing."""
        lists, present = self._lists.setdefault(entity, {}), document["attributes"]
        for name, value in present.items():
            if _is_series(value):
                lists[name] = value, now
        for name in [name for name, (_, at) in lists.items() if now - at > self._hold]:
            del lists[name]
        return {name: value for name, (value, _) in lists.items() if name not in present}

    def shift(self, by: timedelta) -> None:
        """The clock was set."""
        for lists in self._lists.values():
            lists.update({name: (value, at + by) for name, (value, at) in lists.items()})


class Responses:
    """What an action answered, by the day that was asked for; a day that fails leaves what it answered before."""

    def __init__(self) -> None:
        self._by_day: dict[date | None, Any] = {}
        self.fault: str | None = None

    def take(self, answers: Iterable[Answer], today: date) -> None:
        """Answers of one round. That tomorrow cannot be had yet is no fault, and yesterday is not missed."""
        self.fault = None
        for answer in answers:
            day = answer.request.day
            if answer.fault is None:
                self._by_day[day] = answer.response
            elif day is None or day == today:
                self.fault = answer.fault
        for day in [day for day in self._by_day if day is not None and day < today - timedelta(days=1)]:
            del self._by_day[day]

    @property
    def documents(self) -> list[Any]:
        """The responses, the oldest day first."""
        return [self._by_day[day] for day in sorted(self._by_day, key=lambda day: day or date.min)]


class Events:
    """The newest event of each name whose data hold what they must."""

    def __init__(self, names: Iterable[str], must_hold: Mapping[str, Any]) -> None:
        self.names, self._must_hold = tuple(names), must_hold
        self._newest: dict[str, Document] = {}

    def take(self, name: str, data: Mapping[str, Any]) -> bool:
        """Whether the event is one of these."""
        if name not in self.names or any(str(data.get(key)) != str(one) for key, one in self._must_hold.items()):
            return False
        self._newest[name] = {"event_type": name, "data": dict(data)}
        return True

    @property
    def documents(self) -> list[Document]:
        """The events, in the order of their names."""
        return [self._newest[name] for name in self.names if name in self._newest]
