"""Another hand on a device: noticed, respected for its time, reported, and not fought. What a device does itself is none."""

from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from builders.devices import (
    CAR_SOC,
    CHARGER,
    CURRENT,
    LIMIT,
    MODE,
    PLUG,
    POOL,
    POWER,
    PV_POWER,
    SOC,
    TANK,
    battery,
    car,
    home_of_devices,
    pool,
    roof,
    tank,
    wish,
)
from builders.obeying_home import ObeyingHome
from hems.config.write import Write
from hems.control.setpoint import Action, Source
from hems.ha.actuators import Actuator

NOON = datetime(2026, 3, 28, 12, 0, tzinfo=timezone.utc)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@pytest.fixture
def home() -> ObeyingHome:
    return home_of_devices()


def begun(
    home: ObeyingHome, device: Any, action: Action, power_kw: float = 0.0, **more: Any
) -> tuple[Actuator, list[str]]:
    """An actuator whose device has done as it was told a while ago."""
    said: list[str] = []
    actuator = Actuator("battery", device, home, said.append, zone=ZoneInfo("Europe/Amsterdam"), **more)
    actuator.apply(wish(device, action, power_kw), at(0))
    actuator.verify(at(0.1))
    actuator.verify(at(0.5))
    home.taken()
    assert actuator.ok is True
    return actuator, said


def test_another_hand_is_noticed_respected_reported_and_shown(home: ObeyingHome) -> None:
    device = battery()
    actuator, said = begun(home, device, "charge", 3.0)
    home.put(MODE, "Standby")
    for minute in (5, 6, 30, 64):
        actuator.apply(wish(device, "charge", 3.0 + minute / 100), at(minute))
        actuator.verify(at(minute + 0.1))
    assert home.taken() == []
    words = f"{MODE} was set to Standby by another hand at 13:05; HEMS leaves battery alone until 14:05"
    assert said == [words]
    shown = actuator.doing()
    assert (shown["source"], shown["action"], shown["text"]) == ("hand", "leave", words)
    assert shown["until"] == "2026-03-28T13:05:00+00:00"
    assert actuator.next_check == at(65)


def test_when_its_time_is_over_hems_takes_the_device_again(home: ObeyingHome) -> None:
    device = battery()
    actuator, said = begun(home, device, "charge", 3.0)
    home.put(MODE, "Standby")
    actuator.verify(at(5))
    actuator.apply(wish(device, "discharge", 2.0), at(20))
    actuator.verify(at(65))
    assert home.taken() == [f"{POWER}=2000", f"{MODE}=Discharge"]
    assert said[1:] == ["battery: HEMS writes to it again"]
    assert actuator.doing()["source"] == "plan"


def test_with_no_respect_it_is_taken_back_at_once_and_said(home: ObeyingHome) -> None:
    device = battery(Write(respect_hand_minutes=0))
    actuator, said = begun(home, device, "charge", 3.0)
    home.put(MODE, "Standby")
    actuator.apply(wish(device, "charge", 3.0), at(5))
    assert home.taken() == [f"{MODE}=Charge"]
    assert said == [f"battery: {MODE} was set to Standby by another hand; HEMS sets it again"]


@pytest.mark.parametrize(("action", "source"), [("hold", "off"), ("charge", "boost"), ("discharge", "discharge")])
def test_an_override_ends_it_at_once(home: ObeyingHome, action: Action, source: Source) -> None:
    device = battery()
    actuator, _ = begun(home, device, "charge", 3.0)
    home.put(MODE, "Self-use")
    actuator.verify(at(5))
    actuator.apply(wish(device, action, 5.0, source), at(6))
    assert home.taken() != []
    assert actuator.doing()["source"] == source


def test_an_override_that_was_there_before_does_not_fight_it(home: ObeyingHome) -> None:
    device = pool()
    actuator, _ = begun(home, device, "off")
    actuator.apply(wish(device, "on", 1.1, "boost"), at(1))
    actuator.verify(at(2))
    home.taken()
    home.put(POOL, "off")
    for minute in (5, 6, 7):
        actuator.apply(wish(device, "on", 1.1, "boost"), at(minute))
    assert home.taken() == []
    assert actuator.started_at is None
    actuator.apply(wish(device, "off", 0.0, "off"), at(8))
    assert actuator.doing()["source"] == "off"


def test_to_resume_ends_it_at_once(home: ObeyingHome) -> None:
    device = battery()
    actuator, _ = begun(home, device, "charge", 3.0)
    actuator.resume(at(1))  # nobody's hand is on it
    assert home.taken() == []
    home.put(MODE, "Self-use")
    actuator.verify(at(5))
    actuator.resume(at(6))
    assert home.taken() == [f"{MODE}=Charge"]


def test_it_survives_a_restart(home: ObeyingHome) -> None:
    device = battery()
    actuator, _ = begun(home, device, "charge", 3.0)
    home.put(MODE, "Standby")
    actuator.verify(at(5))
    again = Actuator("battery", device, home, [].append, memory=actuator.memory())
    again.apply(wish(device, "charge", 3.0), at(10))
    assert (home.taken(), again.doing()["source"]) == ([], "hand")
    again.apply(wish(device, "charge", 3.0), at(65))
    assert home.taken() == [f"{MODE}=Charge"]


def test_what_another_hand_has_set_is_not_given_back(home: ObeyingHome) -> None:
    device = battery()
    actuator, _ = begun(home, device, "charge", 3.0)
    home.put(MODE, "Standby")
    actuator.give_back(wish(device, "self_use", source="fallback"), at(5))
    assert home.taken() == []
    actuator.apply(wish(device, "leave"), at(5))  # control is off
    actuator.verify(at(66))
    assert home.taken() == []


def test_a_number_within_its_tolerance_is_no_hand(home: ObeyingHome) -> None:
    device = battery()
    actuator, said = begun(home, device, "charge", 3.0)
    home.put(POWER, "3020")
    actuator.apply(wish(device, "charge", 3.0), at(5))
    assert (home.taken(), said) == ([], [])
    home.put(POWER, "1500")
    actuator.apply(wish(device, "charge", 3.0), at(6))
    assert said[0].startswith(f"{POWER} was set to 1500 by another hand at 13:06")


def test_within_the_time_for_reading_back_it_is_no_hand_and_written_again(home: ObeyingHome) -> None:
    device = battery(Write(verify_within_s=60))
    actuator, said = begun(home, device, "charge", 3.0)
    home.put(MODE, "Self-use")  # a poll that is older than the command
    actuator.verify(at(0.6))
    assert home.taken() == []
    actuator.verify(at(1.1))
    assert (home.taken(), said) == ([f"{MODE}=Charge"], [])


@pytest.mark.parametrize("away", ["unavailable", "unknown"])
def test_what_comes_back_from_being_away_is_no_hand(home: ObeyingHome, away: str) -> None:
    device = battery()
    actuator, said = begun(home, device, "charge", 3.0)
    home.put(MODE, away)
    actuator.verify(at(5))
    home.put(MODE, "Self-use")
    home.taken()
    actuator.verify(at(6))
    assert home.taken() == [f"{MODE}=Charge"]
    assert not any("hand" in words for words in said)


def test_an_entity_that_was_away_between_two_looks_is_no_hand(home: ObeyingHome) -> None:
    device = battery()
    actuator, said = begun(home, device, "charge", 3.0)
    actuator.seen(MODE, "unavailable")
    home.put(MODE, "Self-use")
    actuator.verify(at(5))
    assert (home.taken(), said) == ([f"{MODE}=Charge"], [])


def test_what_differs_after_home_assistant_was_away_is_no_hand(home: ObeyingHome) -> None:
    device = battery()
    actuator, said = begun(home, device, "charge", 3.0)
    home.put(MODE, "Self-use")
    actuator.try_again()
    actuator.apply(wish(device, "charge", 3.0), at(5))
    assert (home.taken(), said) == ([f"{MODE}=Charge"], [])


def test_a_command_that_has_expired_is_no_hand(home: ObeyingHome) -> None:
    device = battery(Write(keep_alive_s=240, duration_s=600))
    actuator, said = begun(home, device, "charge", 3.0)
    home.put(MODE, "Self-use")  # AppDaemon slept, and the inverter fell back
    actuator.verify(at(11))
    assert (home.taken(), said) == ([f"{MODE}=Charge"], [])


@pytest.mark.parametrize(("action", "soc"), [("charge", "99"), ("discharge", "11")])
def test_a_battery_that_falls_back_at_its_bound_is_no_hand_and_not_fought(
    home: ObeyingHome, action: Action, soc: str
) -> None:
    device = battery()
    actuator, said = begun(home, device, action, 3.0)
    home.put(SOC, soc)
    home.put(MODE, "Self-use")
    for minute in (5, 6, 20):
        actuator.apply(wish(device, action, 3.0), at(minute))
    assert (home.taken(), said, actuator.fault) == ([], [], None)
    assert "by itself" in str(actuator.doing()["waiting"])
    home.put(SOC, "60")
    actuator.apply(wish(device, action, 3.0), at(30))
    assert len(home.taken()) == 1


def test_near_its_bound_a_battery_is_written_to_as_anywhere(home: ObeyingHome) -> None:
    device = battery()
    home.put(SOC, "99")
    actuator, _ = begun(home, device, "charge", 3.0)
    actuator.apply(wish(device, "charge", 1.0), at(5))
    assert home.taken() == [f"{POWER}=1000"]


def test_a_car_that_is_full_or_gone_ends_by_itself(home: ObeyingHome) -> None:
    for entity, state in ((CAR_SOC, "79"), (PLUG, "off"), (CAR_SOC, "unavailable")):
        home = home_of_devices()
        device = car(target_soc=0.8)
        actuator, said = begun(home, device, "charge", 3.0)
        home.put(entity, state)
        home.put(CHARGER, "off")
        for minute in (5, 6, 20):
            actuator.apply(wish(device, "charge", 3.0), at(minute))
        assert (home.taken(), said, actuator.fault) == ([], [], None), entity


def test_a_car_that_somebody_stops_before_is_another_hand(home: ObeyingHome) -> None:
    device = car(target_soc=0.8)
    actuator, said = begun(home, device, "charge", 3.0)
    home.put(CHARGER, "off")
    actuator.apply(wish(device, "charge", 3.0), at(5))
    assert home.taken() == []
    assert said[0].startswith(f"{CHARGER} was set to off by another hand")


def test_a_charger_that_starts_when_a_car_comes_is_no_hand(home: ObeyingHome) -> None:
    home.put(PLUG, "off")
    device = car()
    actuator, said = begun(home, device, "stop")
    home.put(PLUG, "on")
    home.put(CHARGER, "on")
    actuator.apply(wish(device, "stop"), at(5))
    assert (home.taken(), said) == ([f"{CHARGER}=off"], [])
    actuator.verify(at(6))
    home.put(CHARGER, "on")  # now it is somebody
    actuator.apply(wish(device, "stop"), at(7))
    assert (home.taken(), len(said)) == ([], 1)


def test_a_current_that_the_charger_lowers_is_its_own_limit(home: ObeyingHome) -> None:
    device = car()
    actuator, said = begun(home, device, "charge", 3.68)
    home.put(CURRENT, "10")
    for minute in (5, 6):
        actuator.apply(wish(device, "charge", 3.68), at(minute))
    assert (home.taken(), said, actuator.ok) == ([], [], True)
    assert actuator.doing()["waiting"] == f"{CURRENT} is kept at 10 by the device"
    home.put(CURRENT, "13")
    actuator.apply(wish(device, "charge", 3.68), at(7))
    assert (home.taken(), said) == ([], [])
    actuator.apply(wish(device, "charge", 2.76), at(8))
    assert home.taken() == [f"{CURRENT}=12"]


def test_a_pump_that_somebody_switches_is_another_hand(home: ObeyingHome) -> None:
    device = pool()
    actuator, said = begun(home, device, "on", 1.1)
    home.put(POOL, "off")
    actuator.apply(wish(device, "on", 1.1), at(5))
    assert (home.taken(), len(said)) == ([], 1)


def test_a_tank_that_is_warm_switches_off_by_itself(home: ObeyingHome) -> None:
    device = tank()
    actuator, said = begun(home, device, "on", 2.0)
    home.put("sensor.tank", "64.5")
    home.put(TANK, "off")
    actuator.apply(wish(device, "on", 2.0), at(5))
    assert (home.taken(), said) == ([], [])
    home.put("sensor.tank", "60")
    actuator.apply(wish(device, "on", 2.0), at(50))
    assert home.taken() == [f"{TANK}=on"]


def test_an_inverter_forgets_its_limit_at_night(home: ObeyingHome) -> None:
    device = roof()
    actuator, said = begun(home, device, "limit", 2.0)
    home.put(PV_POWER, "0")
    home.put(LIMIT, "6000")
    actuator.apply(wish(device, "limit", 2.0), at(5))
    assert (home.taken(), said) == ([], [])
    home.put(PV_POWER, "0.4")
    actuator.apply(wish(device, "limit", 2.0), at(400))
    assert home.taken() == [f"{LIMIT}=2000"]


def test_manual_ends_it_and_so_does_control_off(home: ObeyingHome) -> None:
    for source in ("manual", "plan"):
        home = home_of_devices()
        device = battery()
        actuator, _ = begun(home, device, "charge", 3.0)
        home.put(MODE, "Standby")
        actuator.verify(at(5))
        actuator.apply(wish(device, "leave", 0.0, source), at(6))  # type: ignore[arg-type]
        actuator.apply(wish(device, "charge", 3.0), at(7))
        assert home.taken() == [f"{MODE}=Charge"]
