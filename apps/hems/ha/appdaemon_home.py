"""The port on AppDaemon: its API object in, states and calls out. AppDaemon itself is not imported here."""

from collections.abc import Mapping
from typing import Any

from .port import Outcome


class AppDaemonHome:
    """A home in one of AppDaemon's namespaces: Home Assistant's, or the simulated one's. ``api``: an ADAPI object."""

    def __init__(self, api: Any, namespace: str) -> None:
        self._api = api
        self._namespace = namespace
        self._closed = False

    def close(self) -> None:
        """From now on nothing is asked of AppDaemon: while it stops, each question would wait a minute for its answer."""
        self._closed = True

    def _whole(self, entity: str) -> Mapping[str, Any]:
        if self._closed:
            return {}
        found = self._api.get_state(entity, attribute="all", namespace=self._namespace)
        return found if isinstance(found, Mapping) else {}

    def entity_ids(self) -> frozenset[str]:
        """As Home.entity_ids."""
        found = {} if self._closed else self._api.get_state(namespace=self._namespace)
        return frozenset(found) if isinstance(found, Mapping) else frozenset()

    def state(self, entity: str) -> str | None:
        """As Home.state."""
        state = self._whole(entity).get("state")
        return None if state is None else str(state)

    def attributes(self, entity: str) -> Mapping[str, Any]:
        """As Home.attributes."""
        found = self._whole(entity).get("attributes")
        return found if isinstance(found, Mapping) else {}

    def call(self, service: str, data: Mapping[str, Any]) -> Outcome:
        """As Home.call. AppDaemon answers None while disconnected, ``success: False`` for refused and timed-out calls,
        and raises for an unknown domain."""
        if self._closed:
            return Outcome(False, "stopping")
        try:
            answer = self._api.call_service(service.replace(".", "/", 1), namespace=self._namespace, **data)
        except Exception as error:  # whatever AppDaemon raises: the call did not succeed, and the caller decides
            return Outcome(False, f"{type(error).__name__}: {error}")
        if not isinstance(answer, Mapping):
            return Outcome(False, "not connected")
        if answer.get("success") is not True:
            return Outcome(False, _why(answer))
        result = answer.get("result")
        return Outcome(True, "", result.get("response") if isinstance(result, Mapping) else None)

    def publish(self, entity: str, state: str, attributes: Mapping[str, Any]) -> None:
        """As Home.publish; the attributes replace those that stood there."""
        self._api.set_state(
            entity,
            state=state,
            namespace=self._namespace,
            attributes=dict(attributes),
            replace=True,
            check_existence=False,
        )


def _why(answer: Mapping[str, Any]) -> str:
    error = answer.get("error")
    if isinstance(error, Mapping):
        return str(error.get("message", error))
    return str(error or answer.get("ad_status") or "refused")
