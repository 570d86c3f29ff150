"""Home Assistant hangs: its websocket stays open and nothing answers. What the suite does meanwhile, and after."""

from __future__ import annotations

import os
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from .client import ActionWatch, fetch, wait_for
from .home import PLAN_TIMEOUT_S, Home
from .past import seed
from .server import HomeAssistant
from .suite import Suite

pytestmark = pytest.mark.home_assistant

WRITES = frozenset({"select", "number", "switch"})
HANGS_S = 45.0
"""Long enough for every device's call to have timed out, one after the other."""

ROUND_S = 5.0
"""How long a round may last while Home Assistant hangs: two seconds of patience, on a busy machine."""

SAID = "Home Assistant does not answer; nothing is called until it does"
AGAIN = "Home Assistant answers again"
GIVEN_BACK = "Self-consumption"
HELD_UP = "Excessive time spent in callback"
"""AppDaemon's own words for an app that was held for more than ten seconds."""

CALL_TIMED_OUT = "waiting for request: {'type': 'call_service'"


@contextmanager
def stopped(server: HomeAssistant) -> Iterator[None]:
    """The process of this Home Assistant stands still."""
    process = server._process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)


def charging(home: Home) -> None:
    """HEMS controls, and battery and car charge."""
    home.cheap_now()
    home.plan_when("a plan that charges now", lambda plan: plan["batteries"]["battery"]["charge_kw"][0] > 3)
    home.control(on=True)
    home.follows("battery and car to charge", lambda now: now.mode == "Forced charge" and now.charger == "on")


def status(home: Home) -> dict[str, Any]:
    found: dict[str, Any] = fetch(f"{home.suite.url}/app/hems_status")
    return found


def sells(home: Home) -> bool:
    """Whether by the suite's own word the battery is to sell, and the car not to charge."""
    devices = status(home)["devices"]
    return bool(devices["battery"]["action"] == "discharge" and devices["car"]["action"] == "stop")


def log_lines(home: Home, words: str) -> list[str]:
    return [line for line in home.suite.log.read_text(errors="replace").splitlines() if words in line]


def test_no_device_waits_for_a_home_that_hangs_and_each_is_told_once_after_it(home: Home) -> None:
    charging(home)
    before = {words: len(log_lines(home, words)) for words in (SAID, AGAIN, HELD_UP, CALL_TIMED_OUT)}

    with ActionWatch(home.client, WRITES) as watch:
        home.dear_now()
        time.sleep(0.1)  # the prices are on their way, the plan is not made yet
        with stopped(home.server):
            begun = time.monotonic()
            home.plan_when("a plan that sells now", lambda plan: plan["batteries"]["battery"]["discharge_kw"][0] > 3)
            planned = time.monotonic()
            wait_for("every device to have had its turn", lambda: sells(home), 60, 0.05)
            round_s = time.monotonic() - planned
            wait_for("it to be said", lambda: any(SAID in one for one in status(home)["faults"]), 60)
            said = time.monotonic() - begun
            time.sleep(max(HANGS_S - (time.monotonic() - begun), 0))
            assert [one["fault"] for one in status(home)["devices"].values() if one["fault"]] == []
        woken = time.monotonic()
        home.follows(
            "the devices to do what the plan wants",
            lambda now: now.mode == "Forced discharge" and now.forced_kw > 3 and now.charger == "off",
        )
        followed_s = time.monotonic() - woken
        wait_for("it to be over", lambda: not any(SAID in one for one in status(home)["faults"]), PLAN_TIMEOUT_S)
        time.sleep(5)

    told = Counter(re.sub(r"'value': [\d.]+", "'value': N", one) for one in watch.seen)
    now = {words: len(log_lines(home, words)) - count for words, count in before.items()}
    print(
        f"\nplan to all devices' turns: {round_s:.1f} s; said after {said:.0f} s; followed {followed_s:.1f} s after it"
    )
    print(f"told: {dict(told)}; log: {now}")
    assert round_s < ROUND_S
    assert [one for one, count in told.items() if count > 1] == []
    assert now == {SAID: 1, AGAIN: 1, HELD_UP: 0, CALL_TIMED_OUT: 0}


def test_the_end_of_appdaemon_gives_the_battery_back_though_the_home_hangs(
    home_assistant: HomeAssistant, suite: Suite, tmp_path: Path
) -> None:
    """What is called then is carried out when Home Assistant goes on, with nobody there to call it."""
    server, ending = (
        HomeAssistant(home_assistant.hass, tmp_path / "assistant"),
        Suite(suite.appdaemon, tmp_path / "suite"),
    )
    try:
        server.start()
        seed(server.client, datetime.now(timezone.utc))
        ending.start(server.client)
        home = Home(server, ending)
        home.put_in_order()
        charging(home)
        with stopped(server):
            time.sleep(1)
            ending.stop()
            assert not ending.process.running()
        wait_for("the battery to be given back", lambda: server.client.state("select.battery_mode") == GIVEN_BACK, 20)
        assert log_lines(home, "stop timed out") == []
        print("\n".join(line for line in log_lines(home, "terminate") + log_lines(home, "Stopped app")))
    finally:
        ending.stop()
        server.stop()
