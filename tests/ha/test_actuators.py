"""An actuator against a home that refuses, hangs, forgets and goes away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from hems.config.actions import BatteryActions, Write
from hems.config.devices import Battery
from hems.config.loads import Program, Quota
from hems.control.setpoint import Action, Kind, Setpoint, Source
from hems.ha.actuators import Actuator
from hems.ha.port import Outcome

NOON = datetime(2026, 3, 28, 12, 0, tzinfo=timezone.utc)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@dataclass
class FakeHome:
    """Carries out calls at once, unless told to refuse, to ignore, or to hang until later."""

    states: dict[str, str] = field(default_factory=dict)
    known_attributes: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    refuses: str | None = None
    ignores: bool = False
    hangs: bool = False
    late: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def state(self, entity: str) -> str | None:
        return self.states.get(entity)

    def attributes(self, entity: str) -> Mapping[str, Any]:
        return self.known_attributes.get(entity, {})

    def publish(self, entity: str, state: str, attributes: Mapping[str, Any]) -> None:
        raise AssertionError("an actuator publishes nothing")

    def call(self, service: str, data: Mapping[str, Any]) -> Outcome:
        self.calls.append((service, data.get("value", data.get("option", data.get("entity_id")))))
        if self.refuses:
            return Outcome(False, self.refuses)
        if self.hangs:
            self.late.append((service, data))
            return Outcome(False, "TIMEOUT")
        if not self.ignores:
            self.carry_out(service, data)
        return Outcome(True)

    def carry_out(self, service: str, data: Mapping[str, Any]) -> None:
        on_off = {"turn_on": "on", "turn_off": "off"}.get(service.split(".")[1])
        self.states[str(data.get("entity_id"))] = on_off or str(data.get("value", data.get("option")))

    def catch_up(self) -> None:
        """What timed out is carried out after all."""
        for service, data in self.late:
            self.carry_out(service, data)
        self.late, self.hangs = [], False

    def taken(self) -> list[tuple[str, Any]]:
        """The calls since the last look."""
        calls, self.calls = self.calls, []
        return calls


@pytest.fixture
def home() -> FakeHome:
    return FakeHome({"select.mode": "Auto", "number.forced": "0"}, {"number.forced": {"step": 1}})


def battery(write: Write | None = None, **more: list[dict[str, Any]]) -> Battery:
    def mode(option: str) -> dict[str, Any]:
        return {"select.select_option": {"entity_id": "select.mode", "option": option}}

    power = {"number.set_value": {"entity_id": "number.forced", "value": "{power_w}"}}
    actions = {"self_use": [mode("Auto")], "charge": [power, mode("Charge")], "hold": [mode("Standby")]}
    return Battery(
        soc="sensor.soc",
        capacity_kwh=10.0,
        charge_limit_kw=5.0,
        discharge_limit_kw=5.0,
        actions=BatteryActions.model_validate(actions | more),
        write=write or Write(),
    )


def wish(
    action: Action,
    power_kw: float = 0.0,
    source: Source = "plan",
    soc: float | None = None,
    kind: Kind = "battery",
) -> Setpoint:
    return Setpoint("battery", kind, action, power_kw, source, f"{action} it is", soc)


def make(home: FakeHome, device: Battery | Program | Quota | None = None) -> tuple[Actuator, list[str]]:
    said: list[str] = []
    return Actuator("battery", device or battery(), home, said.append), said


SET_3_KW = ("number.set_value", 3000)
CHARGE = ("select.select_option", "Charge")


def test_power_comes_before_the_mode_and_nothing_is_called_twice(home: FakeHome) -> None:
    actuator, _ = make(home)

    actuator.apply(wish("charge", 3.0), at(0))
    assert home.taken() == [SET_3_KW, CHARGE]
    for seconds in (3, 60, 120, 600):
        actuator.apply(wish("charge", 3.0), at(seconds))
        actuator.verify(at(seconds + 3))

    assert home.taken() == []
    assert actuator.ok is True
    assert actuator.next_check is None


def test_only_what_differs_is_called(home: FakeHome) -> None:
    home.states["number.forced"] = "3000"
    actuator, _ = make(home)

    actuator.apply(wish("charge", 3.0), at(0))

    assert home.taken() == [CHARGE]


def test_what_is_so_already_is_not_written_after_a_restart(home: FakeHome) -> None:
    home.states |= {"number.forced": "3000.0", "select.mode": "Charge"}
    actuator, _ = make(home)

    actuator.apply(wish("charge", 3.0), at(0))

    assert home.taken() == []
    assert actuator.ok is True


def test_a_change_of_power_waits_for_the_interval(home: FakeHome) -> None:
    actuator, _ = make(home, battery(Write(min_interval_s=60.0)))
    actuator.apply(wish("charge", 3.0), at(0))
    actuator.verify(at(3))
    home.taken()

    actuator.apply(wish("charge", 4.0), at(59))
    assert home.taken() == []
    actuator.apply(wish("charge", 4.0), at(61))
    assert home.taken() == [("number.set_value", 4000)]


def test_a_change_of_power_below_the_deadband_is_not_written_however_often(home: FakeHome) -> None:
    actuator, _ = make(home, battery(Write(deadband_kw=0.2)))
    actuator.apply(wish("charge", 3.0), at(0))
    home.taken()

    actuator.apply(wish("charge", 3.15), at(100))
    assert home.taken() == []
    actuator.apply(wish("charge", 3.25), at(200))  # reckoned from what was written
    assert home.taken() == [("number.set_value", 3250)]


@pytest.mark.parametrize(
    "urgent", [wish("hold", 0.0, "off"), wish("charge", 5.0, "boost"), wish("self_use"), wish("hold")]
)
def test_an_override_or_another_mode_passes_the_rate_limit(home: FakeHome, urgent: Setpoint) -> None:
    actuator, _ = make(home, battery(Write(min_interval_s=3600.0, deadband_kw=10.0)))
    actuator.apply(wish("charge", 3.0), at(0))
    home.taken()

    actuator.apply(urgent, at(1))

    assert len(home.taken()) == 1
    actuator.verify(at(4))
    assert actuator.ok is True


def test_keep_alive_says_everything_again(home: FakeHome) -> None:
    actuator, _ = make(home, battery(Write(keep_alive_s=240.0)))
    actuator.apply(wish("charge", 3.0), at(0))
    home.taken()

    for seconds in (60, 120, 180):
        actuator.apply(wish("charge", 3.0), at(seconds))
    assert home.taken() == []
    actuator.apply(wish("charge", 3.0), at(239.5))
    assert home.taken() == [SET_3_KW, CHARGE]
    actuator.apply(wish("charge", 3.0), at(300))
    assert home.taken() == []


def test_a_device_that_ignores_is_tried_three_times_more_and_then_reported(home: FakeHome) -> None:
    home.ignores = True
    actuator, said = make(home)
    tries: list[int] = []

    actuator.apply(wish("hold"), at(0))
    for second in range(1, 300):
        before = len(home.calls)
        actuator.verify(at(second))
        tries += [second] if len(home.calls) > before else []
        assert (actuator.fault is not None) is (second >= 150)  # the last try has its time too

    assert tries == [10, 30, 70]  # each time it is given twice as long
    assert len(home.calls) == 4
    assert said == ["battery: select.mode was to be Standby and is Auto"]
    assert actuator.ok is False
    assert actuator.fault == said[0]
    assert actuator.doing()["fault"] == said[0]


def test_a_fault_ends_when_the_device_obeys(home: FakeHome) -> None:
    home.ignores = True
    actuator, said = make(home)
    actuator.apply(wish("hold"), at(0))
    for seconds in (10, 30, 70, 150):
        actuator.verify(at(seconds))
    assert actuator.fault is not None

    home.states["select.mode"] = "Standby"
    actuator.verify(at(160))

    assert actuator.doing()["fault"] is None
    assert actuator.doing()["ok"] is True
    assert said[1:] == ["battery: does as it is told again"]


def test_a_device_with_a_fault_is_tried_again_after_a_while(home: FakeHome) -> None:
    home.ignores = True
    actuator, _ = make(home)
    actuator.apply(wish("hold"), at(0))
    for seconds in (10, 30, 70, 150):
        actuator.verify(at(seconds))
    home.taken()
    home.ignores = False

    actuator.apply(wish("hold"), at(150 + 890))
    assert home.taken() == []
    actuator.apply(wish("hold"), at(150 + 901))
    assert home.taken() == [("select.select_option", "Standby")]
    actuator.verify(at(150 + 904))
    assert actuator.ok is True


def test_when_the_home_is_back_a_fault_does_not_wait(home: FakeHome) -> None:
    home.refuses = "not connected"
    actuator, _ = make(home)
    actuator.apply(wish("hold"), at(0))
    for seconds in (10, 30, 70, 150):
        actuator.verify(at(seconds))
    home.taken()
    home.refuses = None

    actuator.try_again()
    actuator.apply(wish("hold"), at(160))

    assert home.taken() == [("select.select_option", "Standby")]


def test_a_refused_power_keeps_the_mode_from_being_entered(home: FakeHome) -> None:
    home.refuses = "value 3000 is not within 0..2500"
    actuator, said = make(home)

    actuator.apply(wish("charge", 3.0), at(0))
    for seconds in (10, 30, 70, 150):
        actuator.verify(at(seconds))

    assert home.taken() == [SET_3_KW] * 4
    assert home.states["select.mode"] == "Auto"
    assert len(said) == 1
    assert "number.forced was to be 3000.0 and is 0" in said[0]
    assert "number.set_value failed: value 3000 is not within 0..2500" in said[0]


def test_a_call_that_timed_out_and_is_carried_out_late_is_not_called_again(home: FakeHome) -> None:
    home.hangs = True
    actuator, said = make(home)

    actuator.apply(wish("hold"), at(0))
    actuator.apply(wish("hold"), at(1))  # another round before the first look
    assert home.taken() == [("select.select_option", "Standby")]
    home.catch_up()
    actuator.verify(at(3))

    assert home.taken() == []
    assert actuator.ok is True
    assert said == []


def test_a_call_carried_out_after_something_else_was_wanted_is_undone(home: FakeHome) -> None:
    home.hangs = True
    actuator, _ = make(home)
    actuator.apply(wish("hold"), at(0))
    home.hangs = False
    actuator.apply(wish("self_use"), at(1))
    actuator.apply(wish("self_use"), at(20))
    actuator.verify(at(23))
    assert actuator.ok is True
    assert home.taken() == [("select.select_option", "Standby"), ("select.select_option", "Auto")]

    home.catch_up()
    assert home.states["select.mode"] == "Standby"
    actuator.apply(wish("self_use"), at(60))

    assert home.taken() == [("select.select_option", "Auto")]


@pytest.mark.parametrize(
    ("state", "words"), [("unavailable", "select.mode is unavailable"), (None, "select.mode does not exist")]
)
def test_what_cannot_be_reached_is_not_called_and_reported_once_and_once_when_back(
    home: FakeHome, state: str | None, words: str
) -> None:
    if state is None:
        del home.states["select.mode"]
    else:
        home.states["select.mode"] = state
    actuator, said = make(home)

    for seconds in (0, 3, 60, 120):
        actuator.apply(wish("charge", 3.0), at(seconds))
        actuator.verify(at(seconds + 3))
    assert home.taken() == []
    assert len(said) == 1
    assert words in said[0]
    assert actuator.ok is False

    home.states["select.mode"] = "Auto"
    actuator.apply(wish("charge", 3.0), at(180))
    assert home.taken() == [SET_3_KW, CHARGE]
    assert said[1:] == ["battery: can be reached again"]
    actuator.verify(at(183))
    assert (actuator.ok, actuator.fault) == (True, None)
    assert len(said) == 2


def test_a_state_that_is_unknown_until_the_first_command_is_written(home: FakeHome) -> None:
    home.states["select.mode"] = "unknown"
    actuator, _ = make(home)

    actuator.apply(wish("hold"), at(0))

    assert home.taken() == [("select.select_option", "Standby")]


def test_a_service_that_leaves_no_state_is_called_once_a_setpoint(home: FakeHome) -> None:
    force = [{"inverter.force": {"value": "{power_w}"}}]
    actuator, _ = make(home, battery(charge=force))

    actuator.apply(wish("charge", 3.0), at(0))
    actuator.apply(wish("charge", 3.0), at(60))
    assert home.taken() == [("inverter.force", 3000)]
    actuator.apply(wish("charge", 4.0), at(120))
    assert home.taken() == [("inverter.force", 4000)]
    actuator.apply(wish("charge", 3.0), at(150))
    assert home.taken() == [("inverter.force", 3000)]
    actuator.apply(wish("charge", 4.0), at(175))
    assert home.taken() == [("inverter.force", 4000)]
    actuator.apply(wish("hold"), at(180))
    actuator.apply(wish("charge", 4.0), at(240))
    assert home.taken() == [("select.select_option", "Standby"), ("inverter.force", 4000)]
    assert actuator.ok is None  # the home took the call; whether the device obeyed is not known


def test_a_service_that_leaves_no_state_is_tried_again_when_it_failed(home: FakeHome) -> None:
    actuator, said = make(home, battery(charge=[{"inverter.force": {"value": "{power_w}"}}]))
    home.refuses = "busy"

    actuator.apply(wish("charge", 3.0), at(0))
    for seconds in (10, 30, 70, 150):
        actuator.verify(at(seconds))

    assert home.taken() == [("inverter.force", 3000)] * 4
    assert said == ["battery: inverter.force failed: busy"]


def test_a_target_soc_counts_only_where_the_device_is_told_one(home: FakeHome) -> None:
    deaf, _ = make(home, battery(Write(min_interval_s=0.0)))
    told, _ = make(home, battery(Write(min_interval_s=0.0), charge=[{"inverter.force": {"value": "{soc_percent}"}}]))
    for actuator in (deaf, told):
        actuator.apply(wish("charge", 3.0, soc=0.5), at(0))
    home.taken()

    deaf.apply(wish("charge", 3.05, soc=0.6), at(60))
    assert home.taken() == []
    told.apply(wish("charge", 3.0, soc=0.6), at(60))
    assert home.taken() == [("inverter.force", 60)]


def test_leave_ends_all_writing(home: FakeHome) -> None:
    home.ignores = True
    actuator, _ = make(home)
    actuator.apply(wish("hold"), at(0))
    home.taken()

    actuator.apply(wish("leave", source="manual"), at(1))
    for seconds in (10, 30, 70, 150):
        actuator.verify(at(seconds))

    assert home.taken() == []
    assert (actuator.ok, actuator.fault) == (None, None)


def test_what_is_given_back_is_checked_though_everything_else_is_left_alone(home: FakeHome) -> None:
    actuator, _ = make(home)
    actuator.apply(wish("charge", 3.0), at(0))
    actuator.verify(at(3))
    home.taken()
    home.ignores = True

    actuator.give_back(wish("self_use", source="fallback"), at(10))
    actuator.apply(wish("leave"), at(10))
    home.ignores = False
    actuator.verify(at(20))
    assert home.taken() == [("select.select_option", "Auto")] * 2
    actuator.verify(at(23))
    home.states["select.mode"] = "Charge"  # the family's own choice, once it has been given back
    actuator.verify(at(60))
    actuator.apply(wish("leave"), at(60))

    assert home.taken() == []


@dataclass
class SlowHome(FakeHome):
    """Shows what it was told only when ``shows`` is called, as a device that is asked every ten seconds."""

    told: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def call(self, service: str, data: Mapping[str, Any]) -> Outcome:
        self.calls.append((service, data.get("value", data.get("option", data.get("entity_id")))))
        self.told.append((service, data))
        return Outcome(True)

    def shows(self) -> None:
        self.carry_out(*self.told.pop(0))


@pytest.fixture
def slow() -> SlowHome:
    return SlowHome({"select.mode": "Auto", "number.forced": "0"}, {"number.forced": {"step": 1}})


def test_what_is_given_back_before_a_slow_device_shows_its_mode_is_told_so(slow: SlowHome) -> None:
    actuator, said = make(slow)
    actuator.apply(wish("hold"), at(0))

    actuator.give_back(wish("self_use", source="fallback"), at(2))
    actuator.apply(wish("leave", source="fallback"), at(2))

    assert slow.taken() == [("select.select_option", "Standby"), ("select.select_option", "Auto")]
    slow.shows()
    slow.shows()
    actuator.verify(at(12))
    assert (slow.states["select.mode"], slow.taken(), said) == ("Auto", [], [])


def test_a_slow_device_that_shows_what_it_was_told_before_is_no_hand(slow: SlowHome) -> None:
    actuator, said = make(slow)
    actuator.apply(wish("hold"), at(0))
    actuator.apply(wish("self_use"), at(2))
    actuator.verify(at(5))
    slow.shows()

    actuator.apply(wish("self_use"), at(8))
    slow.shows()
    actuator.verify(at(12))

    assert slow.taken() == [("select.select_option", "Standby"), ("select.select_option", "Auto")]
    assert (actuator.ok, said) == (True, [])


def test_what_is_given_back_after_a_call_that_timed_out_is_told_so_too(home: FakeHome) -> None:
    home.hangs = True
    actuator, _ = make(home)
    actuator.apply(wish("hold"), at(0))
    home.hangs = False

    actuator.give_back(wish("self_use", source="fallback"), at(1))
    actuator.apply(wish("leave", source="fallback"), at(1))
    home.catch_up()
    actuator.verify(at(15))

    assert home.states["select.mode"] == "Auto"


def test_manual_ends_giving_back(home: FakeHome) -> None:
    home.states["select.mode"] = "Charge"
    home.ignores = True
    actuator, _ = make(home)
    actuator.give_back(wish("self_use", source="fallback"), at(0))
    home.taken()

    actuator.apply(wish("leave", source="manual"), at(1))
    actuator.verify(at(3))

    assert home.taken() == []


PROGRAM = Program(
    type="program",
    switch="switch.dishwasher",
    program_kw=(2.0, 0.1, 1.8),
    window="20:00-06:30",  # type: ignore[arg-type]
)


def test_a_program_that_has_ended_by_itself_is_not_started_again(home: FakeHome) -> None:
    home.states["switch.dishwasher"] = "off"
    actuator, _ = make(home, PROGRAM)
    actuator.apply(wish("on", 2.0, kind="load"), at(0))
    actuator.verify(at(3))
    assert home.taken() == [("switch.turn_on", "switch.dishwasher")]
    assert actuator.started_at == at(0)

    home.states["switch.dishwasher"] = "off"
    actuator.apply(wish("on", 1.8, kind="load"), at(5400))
    assert home.taken() == []
    actuator.apply(wish("on", 2.0, "boost", kind="load"), at(5460))
    assert home.taken() == [("switch.turn_on", "switch.dishwasher")]


def test_what_hems_switched_on_is_remembered_until_it_switches_it_off(home: FakeHome) -> None:
    home.states["switch.pool"] = "off"
    actuator, _ = make(home, Quota(type="quota", switch="switch.pool", power_kw=1.1, hours_per_day=4.0))

    actuator.apply(wish("on", 1.1, kind="load"), at(0))
    actuator.apply(wish("leave", kind="load"), at(60))
    assert actuator.started_at == at(0)
    actuator.apply(wish("off", kind="load"), at(120))
    assert actuator.started_at is None


def test_a_device_without_the_action_and_a_home_that_breaks_are_faults_in_words(home: FakeHome) -> None:
    actuator, said = make(home)

    actuator.apply(wish("discharge", 3.0), at(0))
    actuator.apply(wish("discharge", 3.0), at(60))

    assert said == ["battery: battery: has no actions for discharge"]
    assert actuator.ok is False


def test_what_is_shown_is_what_is_wanted_now(home: FakeHome) -> None:
    actuator, _ = make(home)
    actuator.apply(wish("charge", 3.0), at(0))
    actuator.verify(at(3))

    assert actuator.doing() == {
        "action": "charge",
        "power_kw": 3.0,
        "source": "plan",
        "text": "charge it is",
        "until": None,
        "ok": True,
        "fault": None,
        "waiting": None,
        "writes_today": 2,
        "writes_limit": None,
        "writes_total": 2,
        "last_write_at": "2026-03-28T12:00:00+00:00",
        "last_write": "select.mode = Charge",
        "dry_run": False,
    }
