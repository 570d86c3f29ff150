"""A home to which nothing is written: what would be called is said, and read back as if it had been."""

from collections.abc import Callable, Mapping
from typing import Any

from .port import Home, Outcome
from .read_back import make_command


class DryHome:
    """The real home's states, but for what would have been written. Fulfils the port."""

    def __init__(self, name: str, home: Home, report: Callable[[str], None]) -> None:
        self._name, self._home, self._report = name, home, report
        self._written: dict[str, str] = {}

    def entity_ids(self) -> frozenset[str]:
        """As Home.entity_ids."""
        return self._home.entity_ids()

    def state(self, entity: str) -> str | None:
        """As Home.state; what would have been written, where the home has the entity."""
        state = self._home.state(entity)
        return state if state in (None, "unavailable") else self._written.get(entity, state)

    def attributes(self, entity: str) -> Mapping[str, Any]:
        """As Home.attributes."""
        return self._home.attributes(entity)

    def call(self, service: str, data: Mapping[str, Any], timeout_s: float | None = None) -> Outcome:
        """Calls nothing, and says what would be called."""
        command = make_command(service, data)
        self._report(f"{self._name}: would write {command}")
        self._written |= {entity: str(wanted) for entity, wanted in command.expect.items()}
        return Outcome(True)

    def publish(self, entity: str, state: str, attributes: Mapping[str, Any]) -> None:
        """Publishes nothing."""
