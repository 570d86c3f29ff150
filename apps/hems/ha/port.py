"""What the suite asks of a home: states in, calls out. AppDaemon fulfils it (``appdaemon_home``); tests use a dictionary."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Outcome:
    """How a service call ended. ``success`` is the home's own word: it does not say that the device obeyed."""

    success: bool
    message: str = ""
    response: Any = None


class States(Protocol):
    """What can be read of a home, or of one moment of it."""

    def state(self, entity: str) -> str | None:
        """The entity's state as text, or None where there is no such entity."""
        ...

    def entity_ids(self) -> frozenset[str]:
        """The ids of all entities; empty while the home cannot be reached."""
        ...

    def attributes(self, entity: str) -> Mapping[str, Any]:
        """The entity's attributes; empty where there is no such entity."""
        ...


class Home(States, Protocol):
    """One Home Assistant, or a simulated one."""

    def call(self, service: str, data: Mapping[str, Any], timeout_s: float | None = None) -> Outcome:
        """Calls ``domain.service`` and waits for its result, at most ``timeout_s`` (None: as long as is usual). Never raises."""
        ...

    def publish(self, entity: str, state: str, attributes: Mapping[str, Any]) -> None:
        """Sets an entity of our own."""
        ...
