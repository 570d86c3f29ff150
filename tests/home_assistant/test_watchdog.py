"""The generated package in a real Home Assistant: it loads, keeps the helpers' states, and its watchdog acts.

These tests have a Home Assistant of their own: its watchdog is impatient, and its devices are told by nobody else.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import yaml

from hems.config.ha_package import package_text
from hems.config.ha_package_dashboard import dashboard
from hems.config.helpers import helpers
from hems.config.site import Site, parse_site

from .client import Client, wait_for
from .home import CONTROL, FOLLOW_TIMEOUT_S, PLAN_TIMEOUT_S, Home
from .past import seed
from .server import HomeAssistant
from .suite import CONFIGURATION, Suite

pytestmark = pytest.mark.home_assistant

SILENCE_S = 4.0
"""How long the tests' own heartbeat may stand still."""

BEAT_S = 30.0
"""How often the suite sets its heartbeat."""

HEARTBEAT, ALARM = "sensor.hems_heartbeat", "input_boolean.hems_watchdog"
MODE, FORCED = "select.battery_mode", "Forced charge"
SELF_USE = "Self-consumption"
GARAGE, GARAGE_LIMIT, PV_LIMIT = "select.garage_mode", "number.garage_limit", "input_number.sim_pv_limit"
NO_SUCH_ACTION = {"nowhere.do_nothing": {"entity_id": "switch.nowhere"}}
OUT_OF_RANGE = {"number.set_value": {"entity_id": GARAGE_LIMIT, "value": 99999}}


def suites_block() -> dict[str, Any]:
    """The home that the suite is started with."""
    block: dict[str, Any] = yaml.safe_load((CONFIGURATION / "apps/apps.yaml").read_text())["hems"]
    return block


def made_site() -> Site:
    """That home with two more batteries, one of which cannot be told, and a roof that can be limited."""
    block = suites_block()
    battery = block["batteries"]["battery"]
    lost, garage = copy.deepcopy(battery), copy.deepcopy(battery)
    lost["actions"] = {"self_use": [NO_SUCH_ACTION]}
    garage["actions"] = {
        "self_use": [
            OUT_OF_RANGE,
            # 5 kW by apps.yaml, 3 kW by the entity
            {"number.set_value": {"entity_id": GARAGE_LIMIT, "value": "{discharge_limit_w}"}},
            {"select.select_option": {"entity_id": GARAGE, "option": SELF_USE}},
        ]
    }
    block["batteries"] = {"lost": lost, "garage": garage, "battery": battery}
    block["pv"]["roof"] |= {
        "limit_kw": 6,
        "actions": {
            "limit": [{"input_number.set_value": {"entity_id": PV_LIMIT, "value": "{power_w}"}}],
            "release": [{"input_number.set_value": {"entity_id": PV_LIMIT, "value": "{limit_w}"}}],
        },
    }
    return parse_site(block, "apps.yaml: hems")


class PackagedHome(HomeAssistant):
    """A Home Assistant in which the generated package takes the place of the tests' own helpers."""

    def _prepare(self) -> None:
        super()._prepare()
        self.install(SILENCE_S)

    def install(self, silence_s: float) -> None:
        """Write the package with another patience."""
        text = package_text(made_site(), "apps.yaml: hems", timedelta(seconds=silence_s))
        (self.folder / "packages/hems.yaml").write_text(text, "ascii")


@pytest.fixture(scope="module")
def packaged(home_assistant: HomeAssistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PackagedHome]:
    server = PackagedHome(home_assistant.hass, tmp_path_factory.mktemp("packaged") / "assistant")
    try:
        print(f"\nHome Assistant with the package runs after {server.start():.1f} s; log: {server.log}")
        yield server
    finally:
        server.stop()


@pytest.fixture
def client(packaged: PackagedHome) -> Client:
    """HEMS in control and alive, the devices away from what is safe."""
    client = packaged.client
    client.act("input_boolean.turn_on", "input_boolean.sim_garage_online")
    client.act("input_boolean.turn_on", CONTROL)
    client.act("input_boolean.turn_off", "input_boolean.hems_battery_manual")
    beat(client)
    wait_for("the alarm to end", lambda: client.state(ALARM) == "off", 10)
    unsafe(client)
    return client


def beat(client: Client, controlling: str = "yes") -> None:
    """A heartbeat as the suite publishes it."""
    client.publish(HEARTBEAT, datetime.now(timezone.utc).isoformat(), {"controlling": controlling})


def unsafe(client: Client) -> None:
    client.act("select.select_option", MODE, option=FORCED)
    client.act("input_select.select_option", "input_select.sim_garage_mode", option=FORCED)
    client.act("input_number.set_value", "input_number.sim_garage_limit", value=0)
    client.act("input_number.set_value", PV_LIMIT, value=1000)
    client.act("switch.turn_on", "switch.charger")


def notices(client: Client) -> list[str]:
    found = client.ask({"type": "persistent_notification/get"})[0]
    return [one["notification_id"] for one in found if one["notification_id"] == "hems_watchdog"]


def safe(client: Client, entity: str, state: str, within_s: float = SILENCE_S + 10) -> None:
    wait_for(f"{entity} to be {state}", lambda: client.state(entity) == state, within_s)


def test_the_package_loads_and_makes_every_helper(packaged: PackagedHome) -> None:
    states = {one["entity_id"]: one["state"] for one in packaged.client.states()}

    assert [one.entity_id for one in helpers(made_site()) if one.entity_id not in states] == []
    assert states["automation.hems_watchdog"] == states["automation.hems_watchdog_recovery"] == "on"
    complaints = [line for line in packaged.log.read_text().splitlines() if " ERROR " in line or " WARNING " in line]
    assert [line for line in complaints if "hems" in line.lower() or "package" in line.lower()] == []


def test_helpers_survive_a_restart_and_the_watchdog_acts_after_one(client: Client, packaged: PackagedHome) -> None:
    set_by_hand: dict[str, tuple[str, dict[str, Any], str]] = {
        "input_boolean.hems_vacation": ("input_boolean.turn_on", {}, "on"),
        "input_number.hems_battery_reserve_soc": ("input_number.set_value", {"value": 35}, "35.0"),
        "input_select.hems_cost_function": ("input_select.select_option", {"option": "cost"}, "cost"),
    }
    for entity, (action, data, _) in set_by_hand.items():
        client.act(action, entity, **data)
    packaged.stop()
    print(f"\nHome Assistant runs again after {packaged.start():.1f} s")

    assert {one: client.state(one) for one in set_by_hand} == {one: row[2] for one, row in set_by_hand.items()}
    assert client.state(CONTROL) == "on"
    # what was set from outside is gone, and nobody is there to set it again
    assert client.entity(HEARTBEAT) is None
    safe(client, MODE, SELF_USE)
    safe(client, PV_LIMIT, "6000.0")
    assert notices(client)
    for entity, (action, _, _) in set_by_hand.items():
        if action == "input_boolean.turn_on":
            client.act("input_boolean.turn_off", entity)


def test_nothing_happens_while_the_heart_beats(client: Client) -> None:
    end = time.monotonic() + 1.5 * SILENCE_S
    while time.monotonic() < end:
        beat(client)
        time.sleep(SILENCE_S / 4)

    assert (client.state(MODE), client.state(PV_LIMIT), client.state(ALARM)) == (FORCED, "1000.0", "off")


def test_silence_puts_every_device_into_its_safe_action_and_a_new_beat_ends_the_alarm(client: Client) -> None:
    beat(client)
    begun = time.monotonic()
    safe(client, MODE, SELF_USE)
    print(f"\nlast heartbeat to self-consumption: {time.monotonic() - begun:.1f} s of {SILENCE_S:g}")
    assert time.monotonic() - begun >= SILENCE_S - 1

    safe(client, PV_LIMIT, "6000.0")
    # an action that is refused keeps neither the next nor the next device from being told
    safe(client, GARAGE, SELF_USE)
    assert client.state(GARAGE_LIMIT) == "3000.0"
    assert client.state("switch.charger") == "on"
    assert (client.state(ALARM), len(notices(client))) == ("on", 1)

    unsafe(client)
    beat(client)
    wait_for("the notification to go", lambda: not notices(client), 10)
    assert (client.state(ALARM), client.state(MODE)) == ("off", FORCED)


def test_a_battery_out_of_reach_is_told_when_it_is_back(client: Client) -> None:
    client.act("input_boolean.turn_off", "input_boolean.sim_garage_online")
    beat(client)
    safe(client, MODE, SELF_USE)
    assert client.state("input_select.sim_garage_mode") == FORCED

    client.act("input_boolean.turn_on", "input_boolean.sim_garage_online")
    safe(client, GARAGE, SELF_USE, 10)


@pytest.mark.parametrize("reason", ["control is off", "HEMS does not control", "the battery is on manual"])
def test_what_hems_does_not_drive_is_left_alone(client: Client, reason: str) -> None:
    if reason == "control is off":
        client.act("input_boolean.turn_off", CONTROL)
    if reason == "the battery is on manual":
        client.act("input_boolean.turn_on", "input_boolean.hems_battery_manual")
    beat(client, "no" if reason == "HEMS does not control" else "yes")
    if reason == "the battery is on manual":
        safe(client, GARAGE, SELF_USE)
    else:
        time.sleep(SILENCE_S + 1)
        assert (client.state(ALARM), client.state(GARAGE), notices(client)) == ("off", FORCED, [])

    assert client.state(MODE) == FORCED


def test_control_switched_off_when_hems_was_dead_already_ends_the_forced_charge(client: Client) -> None:
    beat(client)
    time.sleep(1)
    client.act("input_boolean.turn_off", CONTROL)
    assert client.state(MODE) == FORCED
    safe(client, MODE, SELF_USE)


def test_a_heartbeat_that_becomes_unavailable_is_none(client: Client) -> None:
    beat(client)
    client.publish(HEARTBEAT, "unavailable", {})
    safe(client, MODE, SELF_USE)
    client.publish(HEARTBEAT, "unknown", {})
    time.sleep(1)
    assert client.state(ALARM) == "on"


def test_the_watchdog_ends_the_forced_charge_of_a_killed_appdaemon(
    packaged: PackagedHome, suite: Suite, tmp_path_factory: pytest.TempPathFactory
) -> None:
    client, silence_s = packaged.client, BEAT_S + 10
    beat(client, "no")
    packaged.install(silence_s)
    client.ask({"type": "call_service", "domain": "automation", "service": "reload"})
    seed(client, datetime.now(timezone.utc))
    first, second = (Suite(suite.appdaemon, tmp_path_factory.mktemp("killed") / "config") for _ in range(2))
    try:
        first.start(client)
        home = Home(packaged, first)
        home.put_in_order()
        home.cheap_now()
        home.plan_when("a plan that charges now", lambda plan: plan["batteries"]["battery"]["charge_kw"][0] > 3)
        home.control(on=True)
        home.follows("the battery to charge", lambda now: now.mode == FORCED and now.forced_kw > 3)
        wait_for("a heartbeat that says so", lambda: _controlling(client), FOLLOW_TIMEOUT_S)
        shown = {one["entity_id"] for one in client.states()}
        assert [one for one in _on_the_dashboard(parse_site(suites_block(), "apps.yaml")) if one not in shown] == []

        first.process.kill()
        begun = time.monotonic()
        assert client.state(MODE) == FORCED
        safe(client, MODE, SELF_USE, silence_s + 10)
        print(f"\nAppDaemon killed to self-consumption: {time.monotonic() - begun:.1f} s of {silence_s:g}")
        assert notices(client)

        second.start(client)
        wait_for("the notification to go", lambda: not notices(client), PLAN_TIMEOUT_S)
    finally:
        first.stop()
        second.stop()


def _controlling(client: Client) -> bool:
    entity = client.entity(HEARTBEAT)
    return entity is not None and entity["attributes"].get("controlling") == "yes"


def _on_the_dashboard(site: Site) -> list[str]:
    cards: list[dict[str, Any]] = dashboard(site)["views"][0]["cards"]
    return [one for card in cards for one in card["entities"] if isinstance(one, str)]
