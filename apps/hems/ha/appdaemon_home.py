"""The port on AppDaemon: its API object in, states and calls out. AppDaemon itself is not imported here."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from .hung import PATIENCE_S, Pulse
from .port import Outcome

# What Home Assistant answers over its websocket only, named like an action.
_COMMANDS = {"energy.solar_forecast": "energy/solar_forecast"}
_USUAL_TIMEOUT_S = 10.0
# What is asked to see whether Home Assistant answers. Not ``ping``: AppDaemon never forgets one (4.5.13).
_QUESTION = {"type": "auth/current_user"}
_QUESTION_OPEN_S = 86_400.0
# So long a call of the last word may take: AppDaemon leaves its apps a second and a half to end.
_LAST_WORD_S = 0.1


class Moment:
    """Every state of a home at one moment: a look that is taken from it is of one piece, and costs no waiting."""

    def __init__(self, states: Mapping[str, Any]) -> None:
        self._states = states

    def _whole(self, entity: str) -> Mapping[str, Any]:
        found = self._states.get(entity)
        return found if isinstance(found, Mapping) else {}

    def entity_ids(self) -> frozenset[str]:
        """As Home.entity_ids."""
        return frozenset(self._states)

    def state(self, entity: str) -> str | None:
        """As Home.state."""
        state = self._whole(entity).get("state")
        return None if state is None else str(state)

    def attributes(self, entity: str) -> Mapping[str, Any]:
        """As Home.attributes."""
        found = self._whole(entity).get("attributes")
        return found if isinstance(found, Mapping) else {}


class AppDaemonHome:
    """A home in one of AppDaemon's namespaces: Home Assistant's, or the simulated one's. ``api``: an ADAPI object."""

    def __init__(self, api: Any, namespace: str) -> None:
        self._api = api
        self._namespace = namespace
        self._closed = False
        self._last_word = False
        self._pulse = Pulse(self._ask)
        # By entity, what is still to be published.
        self._unpublished: dict[str, tuple[str, Mapping[str, Any]]] = {}

    def close(self) -> None:
        """From now on nothing is asked of AppDaemon: while it stops, each question would wait a minute for its answer."""
        self._closed = True

    def moment(self) -> Moment:
        """All states as they are now. Not copied: AppDaemon puts a new state in an old one's place and changes none."""
        found = {} if self._closed else self._api.get_state(namespace=self._namespace, copy=False)
        return Moment(dict(found) if isinstance(found, Mapping) else {})

    def _whole(self, entity: str) -> Moment:
        if self._closed:
            return Moment({})
        found = self._api.get_state(entity, attribute="all", namespace=self._namespace, copy=False)
        return Moment({entity: found})

    def entity_ids(self) -> frozenset[str]:
        """As Home.entity_ids."""
        return self.moment().entity_ids()

    def state(self, entity: str) -> str | None:
        """As Home.state."""
        return self._whole(entity).state(entity)

    def attributes(self, entity: str) -> Mapping[str, Any]:
        """As Home.attributes."""
        return self._whole(entity).attributes(entity)

    def ready(self) -> bool:
        """Whether a call would be made: not while Home Assistant hangs. Waits two seconds for its answer, once."""
        return self._closed or self._last_word or self._pulse.ready()

    def silent_s(self) -> float:
        """For how many seconds Home Assistant has not answered; 0.0: it answers, as far as is known."""
        return 0.0 if self._closed or self._last_word else self._pulse.silent_s()

    @contextmanager
    def last_word(self) -> Iterator[None]:
        """Within it calls are made though Home Assistant may hang, and count as done without an answer: it carries them out
        when it goes on, and nobody will be there to make them then."""
        self._last_word = True
        try:
            yield
        finally:
            self._last_word = False

    def call(self, service: str, data: Mapping[str, Any], timeout_s: float | None = None) -> Outcome:
        """As Home.call. AppDaemon answers None while disconnected, ``success: False`` for refused and timed-out calls,
        and raises for an unknown domain."""
        if self._closed:
            return Outcome(False, "stopping")
        if not self.ready():
            return Outcome(False, "not called: Home Assistant does not answer")
        timeout_s = _LAST_WORD_S if self._last_word else timeout_s
        try:
            answer = (
                self._command(service, timeout_s) if service in _COMMANDS else self._action(service, data, timeout_s)
            )
        except Exception as error:  # whatever AppDaemon raises: the call did not succeed, and the caller decides
            return Outcome(False, f"{type(error).__name__}: {error}")
        if not isinstance(answer, Mapping):
            return Outcome(False, "not connected")
        if answer.get("success") is not True:
            return Outcome(self._last_word and answer.get("ad_status") == "TIMEOUT", _why(answer))
        result = answer.get("result")
        if service in _COMMANDS:
            return Outcome(True, "", result)
        return Outcome(True, "", result.get("response") if isinstance(result, Mapping) else None)

    def _action(self, service: str, data: Mapping[str, Any], timeout_s: float | None) -> Any:
        # Whoever gives it a time looks at the outcome too. ``timeout`` would be AppDaemon's own, which it sends on as data
        # of the action (4.5.13).
        more = {} if timeout_s is None else {"hass_timeout": timeout_s, "suppress_log_messages": True}
        return self._api.call_service(service.replace(".", "/", 1), namespace=self._namespace, **more, **data)

    def _command(self, service: str, timeout_s: float | None) -> Any:
        """A command of the websocket, through AppDaemon's plugin. Not from AppDaemon's own loop, which it waits for."""
        seconds = _USUAL_TIMEOUT_S if timeout_s is None else timeout_s
        return self._send(seconds, type=_COMMANDS[service]).result(seconds + _USUAL_TIMEOUT_S)

    def _send(self, timeout_s: float, **request: Any) -> Future[Any]:
        plugin = self._api.AD.plugins.get_plugin_object(self._namespace)
        if not hasattr(plugin, "websocket_send_json"):
            raise LookupError(f"namespace {self._namespace} is not Home Assistant's")
        asked = plugin.websocket_send_json(timeout=timeout_s, silent=True, **request)
        return asyncio.run_coroutine_threadsafe(asked, self._api.AD.loop)

    def _ask(self) -> Future[Any]:
        """Any end of the question is an answer: a lost connection too, for then a call fails at once and says so."""
        try:
            return self._send(_QUESTION_OPEN_S, **_QUESTION)
        except Exception:  # no home that could hang, or AppDaemon is not up yet
            none: Future[Any] = Future()
            none.set_result(None)
            return none

    def history(self, entity: str, begin: datetime, end: datetime) -> Sequence[Mapping[str, Any]]:
        """As Recorder.history, from Home Assistant's recorder; nothing where the home is not Home Assistant, is away or
        hangs. Not from AppDaemon's own loop."""
        if self._closed or not self._pulse.answers():
            return ()
        try:
            plugin = self._api.AD.plugins.get_plugin_object(self._namespace)
            if not hasattr(plugin, "get_history"):  # AppDaemon would write a warning for each question
                return ()
            found = self._api.get_history(
                entity_id=entity, start_time=begin, end_time=end, minimal_response=True, namespace=self._namespace
            )
        except Exception:  # whatever AppDaemon raises: nothing is known of that time
            return ()
        rows = found[0] if isinstance(found, list) and found and isinstance(found[0], list) else ()
        return [row for row in rows if isinstance(row, Mapping)]

    def publish(self, entity: str, state: str, attributes: Mapping[str, Any]) -> None:
        """As Home.publish; the attributes replace those that stood there. While Home Assistant hangs it is put off, and
        only the last word on each entity is kept."""
        self._unpublished[entity] = (state, attributes)
        patience_s = _LAST_WORD_S if self._last_word else PATIENCE_S
        with suppress(KeyError):  # another thread has published it
            while self._unpublished and not self._closed and self._pulse.answers(patience_s):
                self._set(*self._unpublished.popitem())

    def _set(self, entity: str, said: tuple[str, Mapping[str, Any]]) -> None:
        self._api.set_state(
            entity,
            state=said[0],
            namespace=self._namespace,
            attributes=dict(said[1]),
            replace=True,
            check_existence=False,
        )


def _why(answer: Mapping[str, Any]) -> str:
    error = answer.get("error")
    if isinstance(error, Mapping):
        return str(error.get("message", error))
    status = answer.get("ad_status")
    return str(error or ("no answer in time" if status == "TIMEOUT" else status) or "refused")
