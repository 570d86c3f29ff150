"""A Home Assistant that hangs: who waits how long, what is called, and what only once it answers."""

import asyncio
from concurrent.futures import Future
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from builders.devices import CHARGER, CURRENT, MODE, POOL, POWER, battery, car, home_of_devices, pool, wish
from builders.obeying_home import ObeyingHome
from builders.site_block import make_site
from hems.config.helpers import CONTROL_ENTITY
from hems.config.write import Write
from hems.ha.actuators import Actuator
from hems.ha.appdaemon_home import AppDaemonHome
from hems.ha.hung import PATIENCE_S, Pulse, last_word
from hems.ha.port import Outcome
from hems.ha.rounds import Means, Rounds

NOON = datetime(2026, 3, 28, 12, 0, tzinfo=timezone.utc)


class Assistant:
    """What is asked of Home Assistant. ``silent``: it leaves every question open; ``now``: the clock; ``waited``: for it."""

    def __init__(self) -> None:
        self.silent = False
        self.questions: list[Future[Any]] = []
        self.now, self.waited = 1000.0, 0.0
        self.pulse = Pulse(self.ask, lambda: self.now, self.pause)

    def ask(self) -> Future[Any]:
        question: Future[Any] = Future()
        self.questions.append(question)
        if not self.silent:
            question.set_result({"success": True})
        return question

    def pause(self, question: Future[Any], seconds: float) -> None:
        if not question.done():
            self.now, self.waited = self.now + seconds, self.waited + seconds

    def go_on(self) -> None:
        self.silent = False
        self.questions[-1].set_result({"success": True})


class HangingHome(ObeyingHome):
    """The devices behind such a Home Assistant: it does nothing before it goes on, and then what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.assistant = Assistant()
        self.entities = home_of_devices().entities

    def ready(self) -> bool:
        return self.assistant.pulse.ready()

    def silent_s(self) -> float:
        return self.assistant.pulse.silent_s()

    def at(self, seconds: float) -> datetime:
        """This moment, and the clock set to it; what hung to wait for it has passed."""
        self.assistant.now = max(self.assistant.now, 1000.0 + seconds)
        return NOON + timedelta(seconds=self.assistant.now - 1000.0)


@pytest.fixture
def assistant() -> Assistant:
    return Assistant()


@pytest.fixture
def home() -> HangingHome:
    return HangingHome()


def test_who_is_asked_and_answers_is_not_asked_again_in_the_same_breath(assistant: Assistant) -> None:
    assert [assistant.pulse.ready() for _ in range(20)] == [True] * 20
    assert len(assistant.questions) == 1
    assistant.now += 1
    assert assistant.pulse.ready()
    assert (len(assistant.questions), assistant.waited) == (2, 0.0)


def test_a_silence_is_waited_for_once_and_asked_about_once(assistant: Assistant) -> None:
    assistant.silent = True
    assert [assistant.pulse.answers() for _ in range(20)] == [False] * 20
    assert (assistant.waited, len(assistant.questions)) == (PATIENCE_S, 1)
    assistant.now += 3600
    assert not assistant.pulse.ready()
    assert (assistant.waited, len(assistant.questions)) == (PATIENCE_S, 1)
    assert assistant.pulse.silent_s() == PATIENCE_S + 3600


def test_who_comes_while_a_question_is_young_waits_for_what_is_left_of_the_patience(assistant: Assistant) -> None:
    waits: list[float] = []
    pulse = Pulse(assistant.ask, lambda: assistant.now, lambda question, seconds: waits.append(seconds))
    assistant.silent = True
    pulse.answers()
    assistant.now += 0.5  # meanwhile another thread waits
    assert pulse.silent_s() == 0.0
    pulse.answers()
    assert waits == [PATIENCE_S, PATIENCE_S - 0.5]


def test_after_its_first_answer_it_is_told_nothing_for_a_moment(assistant: Assistant) -> None:
    assistant.silent = True
    assistant.pulse.answers()
    assistant.now += 100
    assistant.go_on()
    assert assistant.pulse.answers()
    assert not assistant.pulse.ready()
    assert assistant.pulse.silent_s() == pytest.approx(102, abs=1)
    assistant.now += 5
    assert assistant.pulse.ready()
    assert assistant.pulse.silent_s() == 0.0


def test_an_answer_within_the_patience_is_no_silence(assistant: Assistant) -> None:
    assistant.silent = True
    pulse = Pulse(assistant.ask, lambda: assistant.now, lambda question, seconds: assistant.go_on())
    assert pulse.ready()


def devices(home: HangingHome) -> list[tuple[Actuator, Any]]:
    """Devices, and for each another wish than what it does."""
    write = Write(min_interval_s=0)
    said: list[str] = []
    store, vehicle, load = battery(write), car(write), pool(write)
    return [
        (Actuator("battery", store, home, said.append), wish(store, "charge", 3.0)),
        (Actuator("car", vehicle, home, said.append), wish(vehicle, "charge", 3.7)),
        (Actuator("pool", load, home, said.append), wish(load, "on", 1.1)),
    ]


def test_nothing_is_called_or_counted_while_it_hangs_and_everything_once_after_it(home: HangingHome) -> None:
    told = devices(home)
    home.assistant.silent = True
    for second in range(0, 1800, 5):
        for actuator, wanted in told:
            actuator.apply(wanted, home.at(second))
    assert home.assistant.waited == PATIENCE_S
    assert home.taken() == []
    assert [actuator.fault for actuator, _ in told] == [None] * 3
    assert [actuator.doing()["writes_today"] for actuator, _ in told] == [0] * 3
    assert told[2][0].started_at is None

    home.at(1800)
    home.assistant.go_on()
    for second in range(1800, 1830):
        for actuator, wanted in told:
            actuator.apply(wanted, home.at(second))
        assert second >= 1805 or not home.calls
    assert sorted(home.taken()) == sorted(
        [f"{POWER}=3000", f"{MODE}=Charge", f"{CURRENT}=16", f"{CHARGER}=on", f"{POOL}=on"]
    )
    assert [actuator.ok for actuator, _ in told] == [True] * 3


def test_a_call_on_its_way_when_it_hangs_is_read_back_before_anything_is_called(home: HangingHome) -> None:
    device = battery(Write(min_interval_s=0))
    said: list[str] = []
    actuator = Actuator("battery", device, home, said.append)

    def hangs(service: str, data: Any) -> Outcome:
        home.assistant.silent = True
        home.assistant.now += 10
        home.late.append((service, data))
        return Outcome(False, "no answer in time")

    home.answers = hangs
    actuator.apply(wish(device, "hold"), home.at(0))
    home.answers = home._answer
    assert home.taken() == [f"{MODE}=Standby"]
    for second in range(10, 900, 5):
        actuator.verify(home.at(second))
    assert (home.taken(), said, actuator.fault) == ([], [], None)

    home.at(900)
    home.assistant.go_on()
    actuator.verify(home.at(901))
    home.catch_up()  # its state comes a little after its first answer
    for second in range(902, 930):
        actuator.verify(home.at(second))
    assert home.taken() == []
    assert actuator.ok


def rounds(home: HangingHome) -> tuple[Rounds, list[str]]:
    said: list[str] = []
    home.set(CONTROL_ENTITY, "on")
    means = Means(home, lambda: home, timezone.utc, said.append, said.append)
    return Rounds(make_site(), means, NOON), said


def test_a_hang_is_said_once_shown_while_it_lasts_and_its_end_is_said(home: HangingHome) -> None:
    one, said = rounds(home)
    home.assistant.silent = True
    home.ready()
    one.look(None, home.at(3))
    assert not one.hung and "home" not in one.faults()  # it may only be busy
    for second in range(12, 600, 5):
        now = home.at(second)
        one.look(None, now)
        assert one.faults()["home"] == "Home Assistant does not answer; nothing is called until it does"
        due = one.next_look(now)
        assert due is not None and due <= now + timedelta(seconds=5)

    home.assistant.go_on()
    for second in range(600, 660, 5):
        one.look(None, home.at(second))
    assert "home" not in one.faults() and not one.hung
    assert [line for line in said if line.startswith("Home Assistant")] == [
        "Home Assistant does not answer; nothing is called until it does",
        "Home Assistant answers again: what is wanted now is called",
    ]


class Api:
    """AppDaemon in front of a Home Assistant that answers when a test says so."""

    def __init__(self, loop: Any = None) -> None:
        self.made: list[Any] = []
        self.answer: dict[str, Any] = {"success": True}
        self.timeouts: list[float | None] = []
        self.AD = SimpleNamespace(loop=loop, plugins=SimpleNamespace(get_plugin_object=lambda namespace: None))

    def call_service(self, service: str, namespace: str, **data: Any) -> Any:
        self.made.append(service)
        self.timeouts.append(data.get("hass_timeout"))
        return self.answer

    def set_state(self, entity_id: str, state: str, **more: Any) -> None:
        self.made.append((entity_id, state, more["attributes"]))

    def get_history(self, **asked: Any) -> Any:
        raise AssertionError("it was asked")


def behind(api: Api, assistant: Assistant) -> AppDaemonHome:
    home = AppDaemonHome(api, "home")
    home._pulse = assistant.pulse
    return home


def test_no_call_leaves_for_a_home_that_hangs(assistant: Assistant) -> None:
    api = Api()
    home = behind(api, assistant)
    assistant.silent = True
    outcome = home.call("switch.turn_on", {"entity_id": "switch.x"})
    assert (outcome.success, outcome.message) == (False, "not called: Home Assistant does not answer")
    assert list(home.history("sensor.x", NOON, NOON)) == []
    assert not home.ready() and home.silent_s() > 0
    assert api.made == []

    home.close()
    assert home.silent_s() == 0.0


def test_only_the_last_word_on_an_entity_is_published_once_it_answers(assistant: Assistant) -> None:
    api = Api()
    home = behind(api, assistant)
    home.publish("sensor.hems_a", "1", {})
    assistant.now, assistant.silent = assistant.now + 1, True
    for state in ("2", "3"):
        home.publish("sensor.hems_a", state, {"of": state})
    home.publish("sensor.hems_b", "4", {})
    assert api.made == [("sensor.hems_a", "1", {})]

    assistant.go_on()
    home.publish("sensor.hems_c", "5", {})
    assert sorted(api.made[1:]) == [
        ("sensor.hems_a", "3", {"of": "3"}),
        ("sensor.hems_b", "4", {}),
        ("sensor.hems_c", "5", {}),
    ]


@pytest.mark.parametrize(
    ("answer", "done"),
    [({"success": False, "ad_status": "TIMEOUT"}, True), ({"success": False, "error": "refused"}, False)],
)
def test_the_last_word_is_sent_to_a_home_that_hangs_and_counts_as_done(
    assistant: Assistant, answer: dict[str, Any], done: bool
) -> None:
    api = Api()
    api.answer = answer
    home = behind(api, assistant)
    assistant.silent = True
    with last_word(home):
        assert (home.ready(), home.silent_s()) == (True, 0.0)
        assert home.call("switch.turn_off", {"entity_id": "switch.x"}).success is done
        home.publish("sensor.hems_a", "1", {})
    assert (api.made, api.timeouts) == (["switch/turn_off"], [0.1])
    assert assistant.waited == pytest.approx(0.1)
    assert home.call("switch.turn_on", {}).message == "not called: Home Assistant does not answer"


def test_a_home_that_cannot_hang_has_no_last_word() -> None:
    with last_word(home_of_devices()) as word:
        assert word is None


def test_the_question_is_one_that_appdaemon_forgets_and_a_lost_connection_ends_it() -> None:
    asked: list[tuple[float, dict[str, Any]]] = []

    class Plugin:
        async def websocket_send_json(self, timeout: float, *, silent: bool, **request: Any) -> Any:
            asked.append((timeout, request))
            await asyncio.sleep(0)
            return {"success": False, "ad_status": "TERMINATING"}

    async def ask() -> bool:
        api = Api(asyncio.get_running_loop())
        api.AD.plugins.get_plugin_object = lambda namespace: Plugin()
        return await asyncio.to_thread(AppDaemonHome(api, "home").ready)

    assert asyncio.run(ask())
    assert asked == [(86_400.0, {"type": "auth/current_user"})]


def test_a_home_that_cannot_hang_is_always_ready() -> None:
    assert AppDaemonHome(Api(), "home").ready()
