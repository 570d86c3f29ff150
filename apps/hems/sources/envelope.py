"""Saved states, action responses and events, unwrapped to the places where a series may stand.

Understood: a state object {entity_id, state, attributes}; a list of such, as the REST API gives it; a mapping of entity ids to
such; an action's response, bare or wrapped ({"response"}, {"service_response"}, {"changed_states", "service_response"},
{"result": {"response"}}); the websocket's envelope {"id", "type", "success", "result"}; an event {"event_type", "data"}; and lists
of any of these, such as an action's answers of three days.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..domain.faults import Refused, shown

# How deep a document is looked into, and how many places are looked at: nothing real comes near.
_DEEPEST = 12
_MOST_PLACES = 20_000
_STATE_KEYS = {"entity_id", "state", "attributes"}


@dataclass(frozen=True)
class Place:
    """One mapping in which lists may stand.

    ``where``: its name for a person ("sensor.nordpool", "the response"). ``content``: a state's attributes, a response or
    an event's data; a bare list stands under the key "". ``state``: a state object's own state, else None.
    """

    where: str
    content: Mapping[str, Any]
    entity_id: str | None = None
    state: Any = None

    @property
    def unit(self) -> str | None:
        """The attribute unit_of_measurement, or None."""
        found = self.content.get("unit_of_measurement")
        return found.strip() if isinstance(found, str) and found.strip() else None


@dataclass(frozen=True)
class Listed:
    """A list, or a mapping keyed by times or names, found in a place.

    ``path``: the keys that lead to it, () for a bare list. ``holders``: the mappings around it, the nearest first; the
    last is the place's content. They hold units, currencies and flags that belong to the list.
    """

    place: Place
    path: tuple[str, ...]
    entries: Sequence[Any] | Mapping[str, Any]
    holders: tuple[Mapping[str, Any], ...]

    @property
    def name(self) -> str:
        """The last key of the path: the attribute's name; "" for a bare list."""
        return self.path[-1] if self.path else ""

    @property
    def where(self) -> str:
        """Its name for a person: "raw_today of sensor.nordpool"."""
        return f"{'.'.join(self.path)} of {self.place.where}" if self.path else self.place.where


def places(document: Any) -> list[Place]:
    """Every place of a document, in its order.

    Raises Refused where there is none: the document is no object or list, or it is a call that failed.
    """
    found, faults = unwrapped(document)
    if not found:
        raise Refused(
            faults or [f"found {shown(document)}; a state object, a list of them or a response is understood"]
        )
    return found


def unwrapped(document: Any) -> tuple[list[Place], list[str]]:
    """Every place of a document, and a sentence on each call in it that failed."""
    faults: list[str] = []
    return list(_unwrapped(document, faults, 0)), faults


def _unwrapped(document: Any, faults: list[str], depth: int) -> Iterator[Place]:
    if depth > _DEEPEST:
        return
    if isinstance(document, list | tuple):
        yield from _of_list(document, faults, depth)
    elif isinstance(document, Mapping):
        yield from _of_mapping(document, faults, depth)


def _of_list(document: Sequence[Any], faults: list[str], depth: int) -> Iterator[Place]:
    # An answer that is missing among several leaves a null, an empty object or a message in its place.
    kinds = [_is_container(one) for one in document]
    if any(kinds) and all(kind or _is_missing(one) for kind, one in zip(kinds, document, strict=True)):
        for one in document:
            yield from _unwrapped(one, faults, depth + 1)
    else:
        yield Place("the list", {"": document})


def _is_missing(one: Any) -> bool:
    return not one or (isinstance(one, Mapping) and set(one) <= {"message", "error"})


def _is_container(one: Any) -> bool:
    """Whether a list's entry is a document itself: a state, an envelope, a response; and not an entry of a series."""
    if isinstance(one, list | tuple):
        return bool(one) and isinstance(one[0], Mapping)
    if not isinstance(one, Mapping) or not one:
        return False
    if "attributes" in one or "event_type" in one or {"result", "success"} <= set(one) or one.get("success") is False:
        return True
    return all(isinstance(value, list | tuple | Mapping) for value in one.values())


def _of_mapping(document: Mapping[Any, Any], faults: list[str], depth: int) -> Iterator[Place]:
    inner = _inside(document, faults)
    if inner is not None:
        yield from _unwrapped(inner, faults, depth + 1)
    elif isinstance(document.get("attributes"), Mapping):
        yield _state(document)
    elif _STATE_KEYS - {"attributes"} <= set(document):
        yield _state({**document, "attributes": {}})
    elif isinstance(document.get("event_type"), str) and isinstance(document.get("data"), Mapping):
        yield from _of_event(document, faults, depth)
    elif document and all(isinstance(one, Mapping) and "attributes" in one for one in document.values()):
        for name, one in document.items():
            yield from _unwrapped({"entity_id": str(name), **one}, faults, depth + 1)
    elif not _failed(document, faults):
        yield Place("the response", {str(key): value for key, value in document.items()})


def _inside(document: Mapping[Any, Any], faults: list[str]) -> Any:
    """What an envelope holds; None where the document is none."""
    if document.get("success") is False:
        return None
    for key in ("service_response", "response"):
        if isinstance(document.get(key), list | Mapping):
            return document[key]
    result = document.get("result")
    if isinstance(result, list | Mapping) and (
        "success" in document
        or document.get("type") == "result"
        or (isinstance(result, Mapping) and "response" in result)
    ):
        return result
    event = document.get("event")
    return event if document.get("type") == "event" and isinstance(event, Mapping) else None


def _failed(document: Mapping[Any, Any], faults: list[str]) -> bool:
    if document.get("success") is not False:
        return False
    error = document.get("error")
    words = error.get("message") or error.get("code") if isinstance(error, Mapping) else error
    faults.append(f"the call failed: {words if isinstance(words, str) and words else shown(error)}")
    return True


def _state(document: Mapping[Any, Any]) -> Place:
    entity = document.get("entity_id")
    name = entity if isinstance(entity, str) and entity else None
    content = {str(key): value for key, value in document["attributes"].items()}
    return Place(name or "the state", content, name, document.get("state"))


def _of_event(document: Mapping[Any, Any], faults: list[str], depth: int) -> Iterator[Place]:
    data = document["data"]
    if document["event_type"] == "state_changed" and isinstance(data.get("new_state"), Mapping):
        yield from _unwrapped(data["new_state"], faults, depth + 1)
    else:
        yield Place(f"the event {document['event_type']}", {str(key): value for key, value in data.items()})


def lists_of(place: Place) -> list[Listed]:
    """Every list of a place, and every mapping without lists or mappings of names in it, however deep, in its order.

    A list of mappings that themselves hold lists (homes, areas) is looked into as well as given.
    """
    found: list[Listed] = []
    _collect(place, place.content, (), (place.content,), found, 0)
    return found


def _collect(
    place: Place,
    here: Mapping[Any, Any],
    path: tuple[str, ...],
    holders: tuple[Mapping[str, Any], ...],
    found: list[Listed],
    depth: int,
) -> None:
    for key, value in here.items():
        if len(found) >= _MOST_PLACES or depth > _DEEPEST:
            return
        inner = (*path, str(key)) if key != "" else path
        if isinstance(value, Mapping):
            found.append(Listed(place, inner, value, holders))
            _collect(place, value, inner, (value, *holders), found, depth + 1)
        elif isinstance(value, list | tuple):
            found.append(Listed(place, inner, value, holders))
            for index, one in enumerate(value):
                if isinstance(one, Mapping) and _holds_lists(one, 0):
                    name = next(
                        (str(one[k]) for k in ("name", "id", "home") if isinstance(one.get(k), str)), str(index)
                    )
                    _collect(place, one, (*inner, name), (one, *holders), found, depth + 1)


def _holds_lists(one: Mapping[Any, Any], depth: int) -> bool:
    """Whether lists of mappings or of several values stand in a list's entry, as those of a home or an area do."""
    return any(
        (isinstance(value, list | tuple) and (len(value) > 1 or (len(value) == 1 and isinstance(value[0], Mapping))))
        or (isinstance(value, Mapping) and depth < _DEEPEST and _holds_lists(value, depth + 1))
        for value in one.values()
    )
