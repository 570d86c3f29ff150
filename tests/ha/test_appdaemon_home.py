"""The port on AppDaemon: what its API answers, and above all how it fails."""

from typing import Any

import pytest

from hems.ha.appdaemon_home import AppDaemonHome


class Api:
    """AppDaemon's API, with the answer that a test wants."""

    def __init__(self, answer: Any = None, state: Any = None) -> None:
        self.answer, self.full_state = answer, state
        self.called: list[tuple[str, str, dict[str, Any]]] = []

    def get_state(self, entity_id: str, attribute: str, namespace: str) -> Any:
        assert (attribute, namespace) == ("all", "home")
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
        ({"success": False, "ad_status": "TIMEOUT"}, "TIMEOUT"),
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
