"""The port on AppDaemon: what its API answers, and above all how it fails."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from hems.ha.appdaemon_home import AppDaemonHome


class Api:
    """AppDaemon's API, with the answer that a test wants."""

    def __init__(self, answer: Any = None, state: Any = None) -> None:
        self.answer, self.full_state = answer, state
        self.called: list[tuple[str, str, dict[str, Any]]] = []

    def get_state(
        self, entity_id: str | None = None, attribute: str | None = None, namespace: str = "", copy: bool = True
    ) -> Any:
        assert (namespace, copy) == ("home", False)
        if entity_id is None:
            return self.full_state
        assert attribute == "all"
        return self.full_state

    def call_service(self, service: str, namespace: str, **data: Any) -> Any:
        self.called.append((service, namespace, data))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def set_state(
        self, entity_id: str, state: str, namespace: str, attributes: Any, replace: bool, check_existence: bool
    ) -> Any:
        self.called.append((entity_id, namespace, {"state": state, "attributes": attributes, "replace": replace}))


def test_call_goes_to_the_namespace_of_the_home() -> None:
    api = Api({"success": True})
    assert AppDaemonHome(api, "home").call("switch.turn_on", {"entity_id": "switch.x"}).success is True
    assert api.called == [("switch/turn_on", "home", {"entity_id": "switch.x"})]


def test_answer_of_a_service_is_passed_on() -> None:
    api = Api({"success": True, "result": {"response": {"statistics": {}}}})
    assert AppDaemonHome(api, "home").call("recorder.get_statistics", {}).response == {"statistics": {}}


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "not connected"),
        ({"success": False, "ad_status": "TIMEOUT"}, "no answer in time"),
        ({"success": False, "ad_status": "TERMINATING"}, "TERMINATING"),
        ({"success": False, "error": {"code": "x", "message": "not a valid option"}}, "not a valid option"),
        ({}, "refused"),
        (RuntimeError("no such domain"), "RuntimeError: no such domain"),
    ],
)
def test_call_that_fails_says_why_and_never_raises(answer: Any, message: str) -> None:
    outcome = AppDaemonHome(Api(answer), "home").call("switch.turn_on", {})
    assert (outcome.success, outcome.message) == (False, message)


@pytest.mark.parametrize("state", [None, "on", {}])
def test_entity_that_does_not_exist_has_neither_state_nor_attributes(state: Any) -> None:
    home = AppDaemonHome(Api(state=state), "home")
    assert home.state("sensor.x") is None
    assert home.attributes("sensor.x") == {}


def test_state_and_attributes() -> None:
    home = AppDaemonHome(Api(state={"state": 5, "attributes": {"unit_of_measurement": "W"}}), "home")
    assert home.state("sensor.x") == "5"
    assert home.attributes("sensor.x") == {"unit_of_measurement": "W"}


def test_published_attributes_replace_the_old_ones() -> None:
    api = Api()
    AppDaemonHome(api, "home").publish("sensor.hems_x", "1", {"a": 1})
    assert api.called == [("sensor.hems_x", "home", {"state": "1", "attributes": {"a": 1}, "replace": True})]


def test_call_that_may_take_long_is_given_its_time() -> None:
    api = Api({"success": True})
    AppDaemonHome(api, "home").call("nordpool.get_prices_for_date", {"date": "2026-06-01"}, timeout_s=50)
    (_, _, data) = api.called[0]
    assert data == {"date": "2026-06-01", "hass_timeout": 50, "suppress_log_messages": True}


def test_moment_holds_every_state_as_it_was() -> None:
    states = {"sensor.x": {"state": "5", "attributes": {"unit_of_measurement": "W"}}, "sensor.gone": None}
    home = AppDaemonHome(Api(state=states), "home")
    moment = home.moment()
    states["sensor.x"] = {"state": "6", "attributes": {}}
    assert (moment.state("sensor.x"), moment.attributes("sensor.x")) == ("5", {"unit_of_measurement": "W"})
    assert (moment.state("sensor.gone"), moment.attributes("sensor.y")) == (None, {})
    assert moment.entity_ids() == {"sensor.x", "sensor.gone"}


def test_closed_home_asks_nothing() -> None:
    api = Api(state={"sensor.x": {"state": "5"}})
    home = AppDaemonHome(api, "home")
    home.close()
    home.publish("sensor.hems_x", "1", {})
    assert api.called == []
    assert home.moment().entity_ids() == frozenset() and home.state("sensor.x") is None
    assert home.call("switch.turn_on", {}).message == "stopping"


class Plugin:
    """AppDaemon's plugin for Home Assistant, as far as a command goes through it."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []

    async def websocket_send_json(self, timeout: float, *, silent: bool, **request: Any) -> Any:
        if request["type"] == "auth/current_user":  # whether it answers
            return None
        self.asked.append(request)
        return self.answer


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop in a thread of its own, as AppDaemon's."""
    running = asyncio.new_event_loop()
    thread = Thread(target=running.run_forever, daemon=True)
    thread.start()
    yield running
    running.call_soon_threadsafe(running.stop)
    thread.join(5)
    running.close()


def with_plugin(plugin: Any, loop: Any) -> AppDaemonHome:
    api = Api()
    api.AD = SimpleNamespace(loop=loop, plugins=SimpleNamespace(get_plugin_object=lambda namespace: plugin))  # type: ignore[attr-defined]
    return AppDaemonHome(api, "home")


def test_solar_forecast_of_the_energy_dashboard_is_a_command_of_the_websocket(loop: Any) -> None:
    plugin = Plugin({"success": True, "result": {"entry": {"wh_hours": {}}}})
    outcome = with_plugin(plugin, loop).call("energy.solar_forecast", {}, timeout_s=5)
    assert (outcome.success, outcome.response) == (True, {"entry": {"wh_hours": {}}})
    assert plugin.asked == [{"type": "energy/solar_forecast"}]


@pytest.mark.parametrize(
    ("plugin", "message"),
    [
        (None, "LookupError: namespace home is not Home Assistant's"),
        (Plugin(None), "not connected"),
        (Plugin({"success": False, "error": {"code": "x", "message": "unknown command"}}), "unknown command"),
    ],
)
def test_command_that_fails_says_why(plugin: Any, message: str, loop: Any) -> None:
    outcome = with_plugin(plugin, loop).call("energy.solar_forecast", {})
    assert (outcome.success, outcome.message) == (False, message)


BEGIN = datetime(2026, 6, 1, tzinfo=timezone.utc)
DAY = timedelta(days=1)
ROWS = [{"state": "1", "last_changed": BEGIN, "attributes": {}}, {"state": "2", "last_changed": BEGIN + DAY}]


class Remembers(Api):
    """AppDaemon's API in front of Home Assistant's recorder."""

    def __init__(self, answer: Any, plugin: Any = None) -> None:
        super().__init__(answer)
        found = SimpleNamespace(get_history=None) if plugin is None else plugin
        self.AD = SimpleNamespace(plugins=SimpleNamespace(get_plugin_object=lambda namespace: found))

    def get_history(self, **asked: Any) -> Any:
        self.called.append(("get_history", asked.pop("namespace"), asked))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_states_of_the_past_are_asked_of_the_recorder() -> None:
    api = Remembers([ROWS])
    assert AppDaemonHome(api, "home").history("sensor.x", BEGIN, BEGIN + DAY) == ROWS
    asked = {"entity_id": "sensor.x", "start_time": BEGIN, "end_time": BEGIN + DAY, "minimal_response": True}
    assert api.called == [("get_history", "home", asked)]


@pytest.mark.parametrize("answer", [None, [], [[]], {}, "text", [None], RuntimeError("hangs"), TimeoutError()])
def test_home_that_does_not_answer_has_no_states_of_the_past(answer: Any) -> None:
    assert list(AppDaemonHome(Remembers(answer), "home").history("sensor.x", BEGIN, BEGIN + DAY)) == []


def test_home_that_is_not_home_assistants_or_is_closed_is_not_asked() -> None:
    simulated = Remembers([ROWS], plugin=SimpleNamespace())
    assert list(AppDaemonHome(simulated, "home").history("sensor.x", BEGIN, BEGIN + DAY)) == []
    closing = Remembers([ROWS])
    home = AppDaemonHome(closing, "home")
    home.close()
    assert list(home.history("sensor.x", BEGIN, BEGIN + DAY)) == []
    assert simulated.called == closing.called == []
