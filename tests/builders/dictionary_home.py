"""A home that is a dictionary: states and attributes in, calls and publications written down."""

from collections.abc import Callable, Mapping
from typing import Any

from hems.ha.port import Outcome


class DictionaryHome:
    """Fulfils the port. ``entities``: state and attributes by entity id."""

    def __init__(self, **entities: tuple[str, dict[str, Any]]) -> None:
        self.entities: dict[str, tuple[str, dict[str, Any]]] = {
            name.replace("__", "."): value for name, value in entities.items()
        }
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.published: dict[str, tuple[str, dict[str, Any]]] = {}
        self.answers: Callable[[str, Mapping[str, Any]], Outcome] = lambda service, data: Outcome(True)

    def set(self, entity: str, state: str, unit: str | None = None, **attributes: Any) -> None:
        """An entity as Home Assistant shows it."""
        self.entities[entity] = (state, ({"unit_of_measurement": unit} if unit else {}) | attributes)

    def state(self, entity: str) -> str | None:
        """As Home.state."""
        return self.entities[entity][0] if entity in self.entities else None

    def entity_ids(self) -> frozenset[str]:
        """As Home.entity_ids."""
        return frozenset(self.entities)

    def attributes(self, entity: str) -> Mapping[str, Any]:
        """As Home.attributes."""
        return self.entities[entity][1] if entity in self.entities else {}

    def call(self, service: str, data: Mapping[str, Any], timeout_s: float | None = None) -> Outcome:
        """As Home.call."""
        self.calls.append((service, dict(data)))
        return self.answers(service, data)

    def publish(self, entity: str, state: str, attributes: Mapping[str, Any]) -> None:
        """As Home.publish."""
        self.published[entity] = (state, dict(attributes))
