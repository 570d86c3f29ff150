"""Setpoints as Home Assistant actions: placeholders, ranges, and what is read back."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from builders.site_block import make_site
from hems.config.actions import BatteryActions, EvActions, PvActions
from hems.config.devices import Battery, Ev, Pv, PvForecast
from hems.config.loads import Program, Quota
from hems.config.site import parse_site
from hems.control.limits import BatteryLimits, EvLimits, LoadLimits, PvLimits
from hems.control.setpoint import Action, Kind, Setpoint
from hems.ha.commands import commands, devices_of, entities_of_actions, limits_of
from hems.ha.port import Outcome
from hems.ha.read_back import Command, not_obeyed, obeyed


class States:
    """A home that is only looked at."""

    def __init__(self, states: Mapping[str, str], attributes: Mapping[str, Mapping[str, Any]]) -> None:
        self._states, self._attributes = states, attributes

    def state(self, entity: str) -> str | None:
        return self._states.get(entity)

    def attributes(self, entity: str) -> Mapping[str, Any]:
        return self._attributes.get(entity, {})

    def call(self, service: str, data: Mapping[str, Any]) -> Outcome:
        raise AssertionError("making commands calls nothing")

    def publish(self, entity: str, state: str, attributes: Mapping[str, Any]) -> None:
        raise AssertionError("making commands publishes nothing")


NOWHERE = States({}, {})
FORCED = {"entity_id": "number.forced", "value": "{power_w}"}


def battery(charge: list[dict[str, Any]]) -> Battery:
    return Battery(
        soc="sensor.soc",
        capacity_kwh=10.0,
        charge_limit_kw=5.0,
        discharge_limit_kw=4.0,
        actions=BatteryActions.model_validate(
            {
                "self_use": [{"select.select_option": {"entity_id": "select.mode", "option": "Auto"}}],
                "charge": charge,
            }
        ),
    )


def car(value: Any, phases: int = 1, voltage: float = 230.0) -> Ev:
    charge = [
        {"number.set_value": {"entity_id": "number.current", "value": value}},
        {"switch.turn_on": {"entity_id": "switch.charger"}},
    ]
    stop = [{"switch.turn_off": {"entity_id": "switch.charger"}}]
    return Ev.model_validate(
        {
            "connected": "binary_sensor.plug",
            "soc": "sensor.car_soc",
            "battery_kwh": 60.0,
            "phases": phases,
            "voltage": voltage,
            "actions": EvActions.model_validate({"charge": charge, "stop": stop}),
        }
    )


def wish(action: Action, power_kw: float = 0.0, kind: Kind = "battery", soc: float | None = None) -> Setpoint:
    return Setpoint("device", kind, action, power_kw, "plan", "", soc)


def test_commands_keep_their_order_and_say_what_is_read_back() -> None:
    mode = {"entity_id": "select.mode", "option": "Forced charge"}
    device = battery([{"number.set_value": FORCED}, {"select.select_option": mode}])

    assert commands(wish("charge", 4.2004), device, NOWHERE) == (
        Command("number.set_value", {"entity_id": "number.forced", "value": 4200}, {"number.forced": 4200.0}),
        Command("select.select_option", mode, {"select.mode": "Forced charge"}),
    )


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{power_w}", 4200),
        (" {power_w} ", 4200),
        ("{power_kw}", 4.2),
        ("{soc_percent}", 61),
        ("{power_w} W", "4200 W"),
        ("up to {soc_percent} % at {power_kw} kW", "up to 61 % at 4.2 kW"),
        (1500, 1500),
        ({"inner": ["{power_w}"]}, {"inner": [4200]}),
    ],
)
def test_placeholders_alone_become_numbers_and_inside_a_text_are_written_out(template: Any, value: Any) -> None:
    found = commands(wish("charge", 4.2, soc=0.612), battery([{"inverter.force": {"power": template}}]), NOWHERE)

    assert found == (Command("inverter.force", {"power": value}, {}),)


@pytest.mark.parametrize(
    ("power_kw", "phases", "voltage", "amperes"),
    [
        (7.36, 1, 230.0, 32),
        (1.38, 1, 230.0, 6),
        (3.678, 1, 230.0, 16),  # two watts short of 16 A: noise
        (3.6, 1, 230.0, 15),  # whole amperes, never above the power
        (11.04, 3, 230.0, 16),
        (4.8, 1, 240.0, 20),
    ],
)
def test_amperes_are_whole_and_by_phase(power_kw: float, phases: int, voltage: float, amperes: int) -> None:
    found = commands(wish("charge", power_kw, "ev"), car("{current_a}", phases, voltage), NOWHERE)

    assert found[0].data["value"] == amperes
    assert found[1].expect == {"switch.charger": "on"}


@pytest.mark.parametrize(
    ("attributes", "power_kw", "value"),
    [
        ({"min": 0, "max": 3000, "step": 1}, 4.2, 3000),
        ({"min": 500, "max": 3000, "step": 100}, 0.2, 500),
        ({"min": 0, "max": 5000, "step": 100}, 4.26, 4300),
        ({"min": 0, "max": 5000, "step": 0.5}, 4.2, 4200),
        ({"max": "unknown"}, 4.2, 4200),
        ({}, 4.2, 4200),
    ],
)
def test_a_power_is_rounded_and_clamped_to_what_its_number_takes(
    attributes: Mapping[str, Any], power_kw: float, value: float
) -> None:
    home = States({}, {"number.forced": attributes})

    (found,) = commands(wish("charge", power_kw), battery([{"number.set_value": FORCED}]), home)

    assert found.data["value"] == value
    assert found.expect == {"number.forced": value}


def test_a_value_that_the_user_wrote_is_not_changed() -> None:
    device = battery([{"number.set_value": {"entity_id": "number.forced", "value": 9000}}])
    home = States({}, {"number.forced": {"max": 5000}})

    assert commands(wish("charge", 1.0), device, home)[0].data["value"] == 9000


def test_targets_and_lists_of_entities_are_read_back_too() -> None:
    device = battery(
        [
            {"switch.turn_off": {"target": {"entity_id": ["switch.a", "switch.b"]}}},
            {"input_boolean.turn_on": {"entity_id": "input_boolean.c, input_boolean.d"}},
            {"script.turn_on": {"entity_id": "script.force"}},  # a script's state is on only while it runs
        ]
    )

    assert [command.expect for command in commands(wish("charge", 1.0), device, NOWHERE)] == [
        {"switch.a": "off", "switch.b": "off"},
        {"input_boolean.c": "on", "input_boolean.d": "on"},
        {},
    ]


def test_a_load_is_told_by_its_switch_and_pv_by_its_actions() -> None:
    pool = Quota(type="quota", switch="switch.pool", power_kw=1.1, hours_per_day=4.0)
    limit = [{"number.set_value": {"entity_id": "number.limit", "value": "{power_w}"}}]
    release = [{"number.set_value": {"entity_id": "number.limit", "value": 6000}}]
    roof = Pv(
        forecast=PvForecast(source="solcast", entities=("sensor.forecast",)),
        limit_kw=6.0,
        actions=PvActions.model_validate({"limit": limit, "release": release}),
    )

    assert commands(wish("on", 1.1, "load"), pool, NOWHERE)[0].service == "switch.turn_on"
    assert commands(wish("off", 0.0, "load"), pool, NOWHERE)[0].service == "switch.turn_off"
    assert commands(wish("limit", 2.5, "pv"), roof, NOWHERE)[0].data["value"] == 2500
    assert commands(wish("release", 0.0, "pv"), roof, NOWHERE)[0].data["value"] == 6000


def test_leave_is_no_command_and_what_cannot_be_said_is_an_error_in_words() -> None:
    device = battery([{"inverter.force": {"soc": "{soc_percent}"}}])

    assert commands(wish("leave"), device, NOWHERE) == ()
    with pytest.raises(ValueError, match="has no actions for hold"):
        commands(wish("hold"), device, NOWHERE)
    with pytest.raises(ValueError, match=r"\{soc_percent\} has no value"):
        commands(wish("charge", 1.0), device, NOWHERE)


@pytest.mark.parametrize(
    ("state", "step", "wanted", "is_obeyed"),
    [
        ("4200", 1, 4200.0, True),
        ("4200.4", 1, 4200.0, True),
        ("4240", 1, 4200.0, True),  # within 1 %
        ("4250", 1, 4200.0, False),
        ("4250", 100, 4200.0, True),  # within half a step
        ("0.4", 1, 0.0, True),
        ("0.6", 1, 0.0, False),
        ("15", 1, 16.0, False),
        ("on", None, "on", True),
        ("off", None, "on", False),
        ("unavailable", None, "on", False),
        ("unknown", 1, 0.0, False),
        (None, None, "off", False),
    ],
)
def test_numbers_are_obeyed_within_half_a_step_or_one_percent(
    state: str | None, step: float | None, wanted: str | float, is_obeyed: bool
) -> None:
    states = {} if state is None else {"number.x": state}

    assert obeyed(States(states, {"number.x": {"step": step}}), "number.x", wanted) is is_obeyed


def test_what_is_not_obeyed_is_said_with_entity_wanted_and_found() -> None:
    home = States({"select.mode": "Auto", "switch.a": "on"}, {})
    given = [Command("x.y", {}, {"select.mode": "Forced"}), Command("x.y", {}, {"switch.a": "on"})]

    assert not_obeyed(home, given) == ["select.mode was to be Forced and is Auto"]


def test_limits_come_from_the_configuration() -> None:
    auto = [{"select.select_option": {"entity_id": "select.mode", "option": "Auto"}}]
    forecast = {"source": "solcast", "entities": ["sensor.forecast"]}
    release = [{"number.set_value": {"entity_id": "number.limit", "value": 6000}}]
    block = {
        "prices": {"import": {"source": "nordpool", "entity": "sensor.nordpool"}},
        "grid": {"power": "sensor.grid"},
        "pv": {
            "roof": {
                "forecast": forecast,
                "limit_kw": 6.0,
                "actions": {"limit": release, "release": release},
            },
            "shed": {"forecast": forecast},
        },
        "batteries": {
            "battery": {
                "soc": "sensor.soc",
                "capacity_kwh": 10,
                "charge_limit_kw": 5,
                "discharge_limit_kw": 4,
                "soc_min": 0.2,
                "actions": {"self_use": auto, "hold": auto},
            }
        },
        "evs": {
            "car": {
                "connected": "binary_sensor.plug",
                "soc": "sensor.car_soc",
                "battery_kwh": 60,
                "soc_max": 0.9,
                "actions": {"charge": auto, "stop": auto},
            }
        },
        "loads": {
            "pool": {"type": "quota", "switch": "switch.pool", "power_kw": 1.1, "hours_per_day": 4},
            "dishwasher": {
                "type": "program",
                "switch": "switch.dishwasher",
                "program_kw": [2.0, 0.1],
                "window": "20:00-06:30",
            },
        },
    }

    site = parse_site(block, "apps.yaml: hems")
    limits = limits_of(site)

    assert limits.batteries == {"battery": BatteryLimits(5.0, 4.0, 0.2, 1.0, frozenset({"self_use", "hold"}))}
    assert limits.evs == {"car": EvLimits(1.38, 7.36, 0.9)}
    assert limits.loads == {"pool": LoadLimits(1.1), "dishwasher": LoadLimits(2.0, program=True)}
    assert limits.pv == {"roof": PvLimits(6.0)}
    assert set(devices_of(site)) == {"battery", "car", "pool", "dishwasher", "roof"}
    assert isinstance(devices_of(site)["dishwasher"], Program)


TANK = {"type": "heat", "power_kw": 2, "temperature": "sensor.t", "min_c": 45, "max_c": 65, "volume_l": 200}


@pytest.mark.parametrize(
    ("given", "on", "off"),
    [({}, 5, 5), ({"cop": 3}, 10, 10), ({"cop": 3, "min_on_minutes": 20}, 20, 10), ({"min_off_minutes": 2}, 5, 5)],
)
def test_a_heat_store_is_left_as_it_is_for_its_least_times(given: dict[str, float], on: int, off: int) -> None:
    limits = limits_of(make_site(**{"loads.tank": {**TANK, "switch": "switch.tank", **given}})).loads["tank"]
    assert (limits.stays_on, limits.stays_off) == (timedelta(minutes=on), timedelta(minutes=off))


def heat_pump(*states: str) -> dict[str, Any]:
    """An SG-Ready tank with these states beside normal, each the option of a select."""
    return {**TANK, "actions": {one: [_option(one)] for one in ("normal", *states)}}


def _option(option: str) -> dict[str, Any]:
    return {"select.select_option": {"entity_id": "select.pump", "option": option}}


@pytest.mark.parametrize(
    ("states", "able"),
    [
        (("boost",), set()),
        (("force",), set()),  # on is force already
        (("boost", "force"), {"force"}),
        (("block", "force"), {"block"}),
        (("block", "boost", "force"), {"block", "force"}),
    ],
)
def test_an_sg_ready_load_can_be_told_the_states_that_it_has(states: tuple[str, ...], able: set[Action]) -> None:
    site = make_site(**{"loads.tank": heat_pump(*states)})
    assert limits_of(site).loads["tank"] == LoadLimits(2.0, sg_ready=frozenset(able), min_c=45.0)
    words: dict[Action, str] = {"off": "normal", "on": "boost" if "boost" in states else "force"}
    words |= {one: one for one in able}
    for action, option in words.items():
        found = commands(wish(action, kind="load"), devices_of(site)["tank"], NOWHERE)
        assert [one.expect for one in found] == [{"select.pump": option}]
    for action in {"block", "force"} - {*words, *words.values()}:
        with pytest.raises(ValueError, match=f"has no actions for {action}"):
            commands(wish(action, kind="load"), devices_of(site)["tank"], NOWHERE)  # type: ignore[arg-type]


def test_the_contacts_of_every_state_are_listened_to() -> None:
    switches = {"normal": "off", "block": "a", "boost": "b"}
    actions = {one: [{"switch.turn_on": {"entity_id": f"switch.{name}"}}] for one, name in switches.items()}
    load = make_site(**{"loads.tank": {**TANK, "actions": actions}}).loads["tank"]
    assert entities_of_actions(load) == {"switch.off", "switch.a", "switch.b"}


def test_a_battery_that_limits_what_is_fed_in_knows_its_plants() -> None:
    number = {"entity_id": "number.feed_in", "value": "{power_w}"}
    actions = {
        "self_use": [{"number.set_value": {**number, "value": 9000}}],
        "limit_export": [{"number.set_value": number}],
    }
    actions["export_pv"] = actions["self_use"]
    site = make_site(**{"batteries.battery.actions": actions, "pv.roof.curtailed_by": "battery"})
    limits = limits_of(site)
    assert limits.batteries["battery"].actions == {"self_use", "export_pv", "limit_export"}
    assert limits.batteries["battery"].curtails == {"roof"} and limits.pv == {}
    assert "roof" not in devices_of(site)
    device = devices_of(site)["battery"]
    home = States({}, {"number.feed_in": {"min": 0, "max": 9000, "step": 100}})
    for kw, expected in ((1.26, 1300), (0.0, 0), (12.0, 9000)):
        [found] = commands(wish("limit_export", kw), device, home)
        assert found.data["value"] == expected
