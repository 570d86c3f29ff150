"""A charge point on one phase or on three: stopped, set, paused, started; and seldom."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from builders.devices import CHARGER, CURRENT, PHASES, car, home_of_devices, three_phase_car, wish
from builders.obeying_home import ObeyingHome
from hems.config.write import Write
from hems.ha.actuators import Actuator
from hems.ha.port import Outcome

NOON = datetime(2026, 3, 28, 12, 0, tzinfo=timezone.utc)
QUICK = Write(min_interval_s=0)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.fixture
def home() -> ObeyingHome:
    return home_of_devices()


def make(home: ObeyingHome, device: Any, **more: Any) -> Actuator:
    return Actuator("car", device, home, [].append, **more)


def run(actuator: Actuator, home: ObeyingHome, start: int, end: int) -> list[tuple[int, str]]:
    """Looks every second; every call with its second."""
    found = []
    for second in range(start, end):
        actuator.verify(at(second))
        found += [(second, call) for call in home.taken()]
    return found


def test_from_three_phases_to_one_it_stops_sets_pauses_and_starts(home: ObeyingHome) -> None:
    device = three_phase_car(QUICK)
    actuator = make(home, device)
    actuator.apply(wish(device, "charge", 11.04), at(0))
    assert home.taken() == [f"{CURRENT}=16", f"{CHARGER}=on"]
    run(actuator, home, 1, 60)

    actuator.apply(wish(device, "charge", 2.3), at(60))
    assert home.taken() == [f"{CHARGER}=off"]
    assert actuator.doing()["waiting"] == "Switches to 1 phase: stops first."
    calls = run(actuator, home, 61, 300)
    assert [call for _, call in calls] == [f"{PHASES}=1", f"{CURRENT}=10", f"{CHARGER}=on"]
    seconds = [second for second, _ in calls]
    assert seconds[0] == 61 + 10  # read back after a second here; then the current has ten to fall
    assert seconds[1] - seconds[0] >= 120
    assert seconds[2] == seconds[1]
    assert actuator.ok is True


def test_while_it_pauses_that_is_shown_and_another_power_does_not_start_it(home: ObeyingHome) -> None:
    device = three_phase_car(QUICK)
    actuator = make(home, device)
    actuator.apply(wish(device, "charge", 2.3), at(0))
    run(actuator, home, 1, 30)
    assert actuator.doing()["waiting"] == "Has switched its phases and pauses."
    assert actuator.next_check is not None and actuator.next_check > at(120)
    actuator.apply(wish(device, "charge", 3.0), at(40))
    assert run(actuator, home, 41, 120) == []
    assert f"{CURRENT}=13" in [call for _, call in run(actuator, home, 120, 160)]


def test_stopped_in_the_middle_of_it_the_pause_is_kept(home: ObeyingHome) -> None:
    device = three_phase_car(QUICK)
    actuator = make(home, device)
    actuator.apply(wish(device, "charge", 2.3), at(0))
    run(actuator, home, 1, 30)
    actuator.apply(wish(device, "stop", source="off"), at(30))
    actuator.apply(wish(device, "charge", 2.3, "boost"), at(31))
    calls = run(actuator, home, 32, 200)
    assert calls[0][0] >= 120
    assert calls[-1][1] == f"{CHARGER}=on"


def test_it_switches_once_in_ten_minutes_and_keeps_within_its_currents_meanwhile(home: ObeyingHome) -> None:
    device = three_phase_car(QUICK)
    actuator = make(home, device)
    actuator.apply(wish(device, "charge", 2.3), at(0))
    run(actuator, home, 1, 200)
    actuator.apply(wish(device, "charge", 9.0), at(200))
    assert home.taken() == [f"{CURRENT}=16"]  # on one phase as much as it can
    assert run(actuator, home, 201, 500) == []
    actuator.apply(wish(device, "charge", 9.0), at(640))
    calls = run(actuator, home, 641, 900)
    assert [call for _, call in calls][-3:] == [f"{PHASES}=3", f"{CURRENT}=13", f"{CHARGER}=on"]
    actuator.apply(wish(device, "charge", 2.0), at(900))
    assert home.taken() == [f"{CURRENT}=6"]  # on three phases as little as it can


@pytest.mark.parametrize(
    ("before", "power_kw", "after"),
    [("1", 3.6, "1"), ("1", 3.9, "1"), ("1", 4.2, "3"), ("3", 4.2, "3"), ("3", 4.1, "1"), ("0", 4.2, "3")],
)
def test_it_stays_on_the_phases_that_can_carry_the_power(
    home: ObeyingHome, before: str, power_kw: float, after: str
) -> None:
    device = three_phase_car(QUICK)
    home.put(PHASES, before)
    actuator = make(home, device)
    actuator.apply(wish(device, "charge", power_kw), at(0))
    run(actuator, home, 1, 200)
    assert (home.state(PHASES), home.state(CHARGER)) == (after, "on")


def test_phases_without_a_state_are_remembered_beyond_a_restart(home: ObeyingHome) -> None:
    told = {"set_phases": [{"charger.set_phases": {"phases": "{phases}"}}]}
    device = three_phase_car(QUICK, actions=told)
    actuator = make(home, device)
    actuator.apply(wish(device, "charge", 2.3), at(0))
    calls = [call for _, call in run(actuator, home, 1, 200)]
    assert calls == ["charger.set_phases=", f"{CURRENT}=10", f"{CHARGER}=on"]

    again = make(home, device, memory=actuator.memory())
    again.apply(wish(device, "charge", 2.3), at(260))
    assert run(again, home, 261, 500) == []
    again.apply(wish(device, "charge", 11.0), at(400))  # ten minutes are not over
    assert "charger.set_phases=" not in home.taken()


def test_while_the_phases_do_not_show_yet_another_power_does_not_turn_back(home: ObeyingHome) -> None:
    device = three_phase_car(QUICK)
    actuator = make(home, device)
    actuator.apply(wish(device, "charge", 2.3), at(0))
    home.ignores = True
    assert run(actuator, home, 1, 14) == [(10, f"{PHASES}=1")]
    home.ignores = False
    actuator.apply(wish(device, "charge", 11.0), at(14))
    assert run(actuator, home, 14, 16) == []
    home.put(PHASES, "1")
    calls = run(actuator, home, 16, 300)
    assert calls[0][0] >= 130
    assert [call for _, call in calls] == [f"{CURRENT}=16", f"{CHARGER}=on"]


def test_a_charger_that_does_not_switch_is_not_started_on_the_wrong_phases(home: ObeyingHome) -> None:
    device = three_phase_car(QUICK)
    actuator = make(home, device)
    carry_out = home.answers
    home.answers = lambda s, d: Outcome(True) if d.get("entity_id") == PHASES else carry_out(s, d)
    actuator.apply(wish(device, "charge", 2.3), at(0))
    calls = [call for _, call in run(actuator, home, 1, 900)]
    assert calls == [f"{PHASES}=1"] * 4
    assert actuator.fault == f"car: {PHASES} was to be 1 and is 3"


def test_a_killed_process_does_not_cut_the_pause_short(home: ObeyingHome) -> None:
    device = three_phase_car(QUICK)
    actuator = make(home, device)
    actuator.apply(wish(device, "charge", 2.3), at(0))
    run(actuator, home, 1, 30)
    again = make(home, device, memory=actuator.memory())
    again.apply(wish(device, "charge", 2.3), at(35))
    calls = run(again, home, 36, 200)
    assert calls[0][0] >= 120


def test_a_car_that_does_not_switch_is_told_its_phases_as_before(home: ObeyingHome) -> None:
    home.put(PHASES, "1")
    device = car(QUICK, phases=3, max_kw=11.04, actions={
        "set_phases": [{"select.select_option": {"entity_id": PHASES, "option": "{phases}"}}]
    })  # fmt: skip
    actuator = make(home, device)
    actuator.apply(wish(device, "charge", 6.9), at(0))
    assert home.taken() == [f"{PHASES}=3", f"{CURRENT}=10", f"{CHARGER}=on"]


def test_somebody_who_sets_the_phases_is_another_hand(home: ObeyingHome) -> None:
    device = three_phase_car(QUICK)
    actuator = make(home, device)
    actuator.apply(wish(device, "charge", 11.04), at(0))
    run(actuator, home, 1, 60)
    home.put(PHASES, "1")
    actuator.verify(at(60))
    assert actuator.doing()["source"] == "hand"


@pytest.mark.parametrize("change", [{"phases": 1}, {"actions": {}}])
def test_switching_phases_needs_phases_and_an_action(change: dict[str, Any]) -> None:
    wrong = {"switches_phases": True, "phases": 3, "max_kw": 11.04, "actions": {"set_phases": [{"x.y": {}}]}} | change
    with pytest.raises(ValidationError, match="switches_phases: write phases: 3"):
        car(QUICK, **wrong)
