"""The write policy of a device: how many, how often, in what order, within what time."""

from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from builders.devices import (
    DISHWASHER,
    MODE,
    POOL,
    POWER,
    READY,
    SOC,
    battery,
    car,
    dishwasher,
    home_of_devices,
    pool,
    roof,
    wish,
)
from builders.obeying_home import ObeyingHome
from hems.config.write import Write
from hems.ha.actuators import Actuator
from hems.ha.port import Outcome

NOON = datetime(2026, 3, 28, 12, 0, tzinfo=timezone.utc)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.fixture
def home() -> ObeyingHome:
    return home_of_devices()


def make(home: ObeyingHome, device: Any, **more: Any) -> tuple[Actuator, list[str]]:
    said: list[str] = []
    return Actuator("battery", device, home, said.append, **more), said


def watch(actuator: Actuator, start: int, end: int) -> None:
    """A look every second."""
    for second in range(start, end):
        actuator.verify(at(second))


def test_at_the_days_limit_only_changes_of_mode_and_what_is_safer_are_written_and_it_is_said_once(
    home: ObeyingHome,
) -> None:
    device = battery(Write(min_interval_s=0, max_writes_per_day=3))
    actuator, said = make(home, device)
    actuator.apply(wish(device, "charge", 3.0), at(0))
    actuator.apply(wish(device, "charge", 2.0), at(60))
    home.taken()

    for minute in range(2, 10):
        actuator.apply(wish(device, "charge", minute / 4), at(60 * minute))
    assert home.taken() == []
    assert said == [
        "battery: its 3 writes a day are used up; until midnight only changes of mode and what is safer are written"
    ]
    actuator.apply(wish(device, "hold"), at(600))
    actuator.apply(wish(device, "self_use", source="fallback"), at(660))
    assert home.taken() == [f"{MODE}=Standby", f"{MODE}=Self-use"]
    assert actuator.doing()["writes_today"] == 5
    assert actuator.doing()["writes_limit"] == 3
    assert len(said) == 1


def test_keep_alive_and_what_was_lost_count_against_the_days_limit(home: ObeyingHome) -> None:
    device = battery(Write(keep_alive_s=60, max_writes_per_day=5))
    actuator, said = make(home, device)
    for minute in range(10):
        actuator.apply(wish(device, "charge", 3.0), at(60 * minute))
    assert len(home.taken()) == 4  # two at first, two a minute later; two more would be six

    actuator.seen(MODE, "unavailable")
    home.put(MODE, "Self-use")
    home.put(POWER, "0")
    actuator.apply(wish(device, "charge", 3.0), at(700))
    assert home.taken() == []
    assert (actuator.ok, actuator.doing()["waiting"]) == (
        False, "The writes of the day are used up; until midnight only the mode is changed.",
    )  # fmt: skip
    assert len(said) == 1


def test_a_mode_that_is_not_obeyed_passes_the_limit_with_its_retries_and_not_after_each_pause(
    home: ObeyingHome,
) -> None:
    device = battery(Write(max_writes_per_day=0, retries=1, verify_within_s=5))
    actuator, _ = make(home, device)
    home.ignores = True
    actuator.apply(wish(device, "hold"), at(0))
    watch(actuator, 1, 2000)
    assert home.taken() == [f"{MODE}=Standby"] * 2
    actuator.apply(wish(device, "hold", source="off"), at(2000))
    assert home.taken() == [f"{MODE}=Standby"]


def test_the_days_limit_is_that_of_the_local_day(home: ObeyingHome) -> None:
    device = battery(Write(min_interval_s=0, max_writes_per_day=2))
    actuator, _ = make(home, device, zone=ZoneInfo("Pacific/Auckland"))  # midnight is at 11:00 UTC in March
    actuator.apply(wish(device, "charge", 3.0), at(-2 * 3600))
    actuator.apply(wish(device, "charge", 2.0), at(-2 * 3600 + 60))
    assert len(home.taken()) == 2

    actuator.apply(wish(device, "charge", 2.0), at(-3600))
    assert home.taken() == [f"{POWER}=2000"]
    assert (actuator.doing()["writes_today"], actuator.doing()["writes_total"]) == (1, 3)


def test_counts_survive_a_restart_and_rubbish_does_not_stop_it(home: ObeyingHome) -> None:
    device = battery(Write(min_interval_s=0, max_writes_per_day=2))
    actuator, _ = make(home, device)
    actuator.apply(wish(device, "charge", 3.0), at(0))
    home.taken()

    again, said = make(home, device, memory=actuator.memory())
    again.apply(wish(device, "charge", 3.0), at(60))
    again.apply(wish(device, "charge", 2.0), at(120))
    assert home.taken() == []
    assert len(said) == 1
    assert again.doing()["last_write"] == f"{MODE} = Charge"
    for rubbish in ({"writes": 7, "hand": "x", "phases": [1]}, {"writes": {"today": -1, "total": "x"}}, {"hand": {}}):
        fresh, _ = make(home, device, memory=rubbish)
        assert fresh.doing()["writes_today"] == 0


def test_between_the_calls_of_a_list_it_waits_without_stopping_anybody(home: ObeyingHome) -> None:
    device = battery(Write(delay_s=2))
    actuator, _ = make(home, device)

    actuator.apply(wish(device, "charge", 3.0), at(0))
    assert (home.taken(), actuator.next_check) == ([f"{POWER}=3000"], at(2))
    actuator.apply(wish(device, "charge", 3.0), at(1))
    assert home.taken() == []
    actuator.verify(at(2))
    assert (home.taken(), actuator.next_check) == ([f"{MODE}=Charge"], at(5))
    actuator.verify(at(5))
    assert (home.taken(), actuator.ok) == ([], True)


def test_another_wish_drops_the_calls_that_were_to_come(home: ObeyingHome) -> None:
    device = battery(Write(delay_s=5))
    actuator, _ = make(home, device)
    actuator.apply(wish(device, "charge", 3.0), at(0))
    actuator.apply(wish(device, "hold"), at(1))
    watch(actuator, 2, 30)
    assert home.taken() == [f"{POWER}=3000", f"{MODE}=Standby"]


def test_after_a_refused_power_the_mode_is_not_entered_however_often_it_is_looked_at(home: ObeyingHome) -> None:
    device = battery()
    actuator, _ = make(home, device)
    home.refuses = "out of range"
    actuator.apply(wish(device, "charge", 3.0), at(0))
    watch(actuator, 1, 30)
    assert home.taken() == [f"{POWER}=3000"] * 2


def test_a_slow_device_is_given_its_time_before_it_is_told_again(home: ObeyingHome) -> None:
    device = battery(Write(verify_within_s=60))
    actuator, said = make(home, device)
    home.ignores = True
    actuator.apply(wish(device, "hold"), at(0))
    watch(actuator, 1, 50)
    home.put(MODE, "Standby")  # its next poll
    watch(actuator, 50, 70)
    assert home.taken() == [f"{MODE}=Standby"]
    assert (actuator.ok, said) == (True, [])


def test_retries_are_as_many_as_written_and_each_has_twice_the_time(home: ObeyingHome) -> None:
    device = battery(Write(verify_within_s=5, retries=2))
    actuator, said = make(home, device)
    home.ignores = True
    tries = []
    actuator.apply(wish(device, "hold"), at(0))
    for second in range(1, 100):
        before = len(home.calls)
        actuator.verify(at(second))
        tries += [second] if len(home.calls) > before else []
    assert tries == [5, 15]
    assert said == [f"battery: {MODE} was to be Standby and is Self-use"]


def test_powers_that_change_all_the_time_neither_hide_a_mode_that_is_not_obeyed_nor_repeat_it(
    home: ObeyingHome,
) -> None:
    device = battery(Write(min_interval_s=0, verify_within_s=30, retries=1))
    actuator, said = make(home, device)
    carry_out = home.answers
    home.answers = lambda s, d: Outcome(True) if d.get("option") == "Charge" else carry_out(s, d)
    modes = []
    for second in range(0, 100, 5):
        actuator.apply(wish(device, "charge", 2.0 + second / 50), at(second))
        modes += [second] if f"{MODE}=Charge" in home.taken() else []
    assert modes == [0, 30]
    assert said == [f"battery: {MODE} was to be Charge and is Self-use"]


def test_a_slow_device_whose_power_changes_all_the_time_is_not_at_fault(home: ObeyingHome) -> None:
    device = battery(Write(min_interval_s=0, verify_within_s=60))
    actuator, said = make(home, device)
    actuator.apply(wish(device, "charge", 2.0), at(0))
    carry_out, late = home.answers, list[Any]()
    home.answers = lambda s, d: late.append((s, d)) or Outcome(True)  # type: ignore[func-returns-value]
    for second in range(20, 3600, 20):
        if second % 60 == 0:
            for service, data in late[:-1]:  # its poll is a little behind
                carry_out(service, data)
            del late[:-1]
        actuator.apply(wish(device, "charge", 2.0 + second / 3600), at(second))
    assert (said, actuator.fault, home.state(MODE)) == ([], None, "Charge")


def test_a_number_that_the_device_takes_as_far_as_it_can_is_no_fault(home: ObeyingHome) -> None:
    device = battery(Write(verify_within_s=5, retries=1))
    actuator, said = make(home, device)
    obey = home.answers

    def limited(service: str, data: Any) -> Outcome:
        outcome = obey(service, data)
        home.put(POWER, str(min(3300.0, float(home.state(POWER) or 0))))
        return outcome

    home.answers = limited
    actuator.apply(wish(device, "charge", 4.0), at(0))
    watch(actuator, 1, 60)
    assert home.taken() == [f"{POWER}=4000", f"{MODE}=Charge", f"{POWER}=4000"]
    assert (actuator.ok, actuator.fault, said) == (True, None, [])
    assert actuator.doing()["waiting"] == f"{POWER} is kept at 3300.0 by the device"


def test_a_battery_that_does_not_obey_goes_into_self_use_and_is_tried_again_after_a_pause(home: ObeyingHome) -> None:
    device = battery()
    actuator, said = make(home, device)
    actuator.apply(wish(device, "charge", 3.0), at(0))
    actuator.verify(at(20))
    home.taken()

    deaf = [True]
    carry_out = home.answers
    home.answers = lambda s, d: Outcome(True) if deaf[0] and d.get("option") == "Standby" else carry_out(s, d)
    actuator.apply(wish(device, "hold"), at(60))
    watch(actuator, 61, 240)
    assert home.taken() == [f"{MODE}=Standby"] * 4 + [f"{MODE}=Self-use"]
    assert actuator.fault == said[0] == f"battery: {MODE} was to be Standby and is Charge"
    assert actuator.doing()["waiting"] == "It does not do as it is told, so it is left to itself."
    assert actuator.ok is False

    deaf[0] = False
    watch(actuator, 240, 60 + 150 + 899)
    assert home.taken() == []
    watch(actuator, 60 + 150 + 899, 60 + 150 + 960)
    assert home.taken() == [f"{MODE}=Standby"]
    assert (actuator.fault, actuator.ok, said[1:]) == (None, True, ["battery: does as it is told again"])


def test_pv_that_does_not_obey_is_released_and_a_load_is_left(home: ObeyingHome) -> None:
    plant, pump = roof(), pool()
    roofs, _ = make(home, plant)
    roofs.apply(wish(plant, "limit", 2.0), at(0))
    watch(roofs, 1, 20)
    home.taken()
    home.answers = lambda s, d: Outcome(d.get("value") == 6000, "out of range")
    roofs.apply(wish(plant, "limit", 1.0), at(60))
    watch(roofs, 61, 215)
    assert home.taken() == ["number.pv_limit=1000"] * 4 + ["number.pv_limit=6000"]

    home.answers = lambda s, d: Outcome(False, "no")
    pumps, said = make(home, pump)
    pumps.apply(wish(pump, "on", 1.1), at(0))
    watch(pumps, 1, 900)
    assert home.taken() == [f"{POOL}=on"] * 4
    assert len(said) == 1


def test_another_power_does_not_cut_short_the_pause_of_a_device_with_a_fault(home: ObeyingHome) -> None:
    device = car(Write(min_interval_s=0, retries=0))
    actuator, _ = make(home, device)
    home.refuses = "out of order"
    actuator.apply(wish(device, "charge", 3.0), at(0))
    watch(actuator, 1, 20)
    home.taken()
    for second in range(20, 600, 20):
        actuator.apply(wish(device, "charge", 1.4 + second / 300), at(second))
    assert home.taken() == []
    actuator.apply(wish(device, "stop", source="off"), at(610))  # what the family asks for is tried at once
    assert actuator.target is not None and actuator.target.action == "stop"


@pytest.mark.parametrize(
    ("message", "at_seconds"), [("not connected", 10), ("no answer in time", 15), ("TimeoutError: ", 15)]
)
def test_after_a_timeout_it_is_read_back_before_anything_else_is_called(
    home: ObeyingHome, message: str, at_seconds: int
) -> None:
    device = battery()
    actuator, _ = make(home, device)
    home.refuses = message
    actuator.apply(wish(device, "hold"), at(0))
    home.taken()
    home.refuses = None
    for second in range(1, at_seconds):
        actuator.verify(at(second))
        assert home.taken() == []
    actuator.verify(at(at_seconds))
    assert home.taken() == [f"{MODE}=Standby"]


def test_a_contrary_command_waits_until_a_timed_out_one_is_read_back(home: ObeyingHome) -> None:
    device = battery()
    actuator, said = make(home, device)
    actuator.apply(wish(device, "hold"), at(-60))
    actuator.verify(at(-30))
    home.taken()
    home.hangs = True
    actuator.apply(wish(device, "charge", 3.0), at(0))
    home.catch_up()  # the power is set late
    actuator.apply(wish(device, "self_use"), at(1))
    assert home.taken() == [f"{POWER}=3000"]
    watch(actuator, 2, 30)
    assert home.taken() == [f"{MODE}=Self-use"]
    assert said == []


def test_what_is_carried_out_late_is_set_right_and_is_no_hand(home: ObeyingHome) -> None:
    device = battery()
    actuator, said = make(home, device)
    home.hangs = True
    actuator.apply(wish(device, "hold"), at(0))
    home.hangs = False
    actuator.apply(wish(device, "self_use"), at(1))
    watch(actuator, 2, 60)
    assert home.taken() == [f"{MODE}=Standby", f"{MODE}=Self-use"]
    home.catch_up()
    actuator.verify(at(60))
    assert home.taken() == [f"{MODE}=Self-use"]
    assert (actuator.doing()["source"], said) == ("plan", [])


def test_a_mode_without_a_state_is_told_once_more_after_a_call_of_another_mode_that_timed_out(
    home: ObeyingHome,
) -> None:
    force, stop = [{"inverter.force": {"value": "{power_w}"}}], [{"inverter.stop": {}}]
    device = battery(charge=force, self_use=stop)
    actuator, _ = make(home, device)
    home.hangs = True
    actuator.apply(wish(device, "charge", 3.0), at(0))
    home.hangs = False
    actuator.apply(wish(device, "self_use"), at(20))
    watch(actuator, 21, 200)
    assert [service for service, _ in home.calls] == ["inverter.force", "inverter.stop", "inverter.stop"]


def test_a_home_that_raises_is_a_call_that_failed(home: ObeyingHome) -> None:
    def broken(service: str, data: Any) -> Outcome:
        raise RuntimeError("loop is closed")

    home.answers = broken
    device = battery(Write(retries=0))
    actuator, said = make(home, device)
    actuator.apply(wish(device, "hold"), at(0))
    actuator.verify(at(10))
    assert said == [
        f"battery: {MODE} was to be Standby and is Self-use; select.select_option failed: RuntimeError: loop is closed"
    ]


def test_a_load_that_may_not_be_started_is_not_and_the_reason_is_shown(home: ObeyingHome) -> None:
    device = dishwasher(startable={"entity": READY, "states": ["on"]})
    actuator, said = make(home, device)
    actuator.apply(wish(device, "on", 2.0), at(0))
    assert home.taken() == []
    assert actuator.doing()["waiting"] == f"Is not started: {READY} is off, and must be on."
    assert (actuator.ok, actuator.fault, actuator.started_at, said) == (None, None, None, [])
    assert {READY, DISHWASHER} == actuator.entities

    home.put(READY, "on")
    actuator.verify(at(60))
    assert home.taken() == [f"{DISHWASHER}=on"]
    assert actuator.started_at == at(60)
    home.put(READY, "off")  # it is running now
    actuator.verify(at(70))
    assert (actuator.ok, actuator.doing()["waiting"]) == (True, None)


def test_dry_run_works_everything_out_and_calls_nothing(home: ObeyingHome) -> None:
    device = battery(Write(max_writes_per_day=100))
    kept = {"writes": {"day": "2026-03-28", "today": 7, "total": 70}}
    actuator, said = make(home, device, dry=True, memory=kept)
    actuator.apply(wish(device, "charge", 3.0), at(0))
    watch(actuator, 1, 300)
    assert home.calls == []
    assert said == [f"battery: would write {POWER} = 3000", f"battery: would write {MODE} = Charge"]
    shown = actuator.doing()
    assert (shown["dry_run"], shown["ok"], shown["fault"], shown["writes_today"]) == (True, True, None, 2)
    assert shown["last_write"] == f"{MODE} = Charge"

    home.put(MODE, "Sell")  # whoever really controls it is no other hand
    actuator.apply(wish(device, "hold"), at(300))
    assert said[2:] == [f"battery: would write {MODE} = Standby"]
    assert actuator.memory() == kept


def test_guard_lowers_a_power_within_the_interval_and_the_plan_raises_it_after_it(home: ObeyingHome) -> None:
    device = battery(Write(min_interval_s=60))
    actuator, _ = make(home, device)
    actuator.apply(wish(device, "charge", 4.0), at(0))
    home.taken()
    actuator.apply(wish(device, "charge", 3.0, "guard"), at(5))
    actuator.apply(wish(device, "charge", 2.0, "guard"), at(10))
    assert home.taken() == [f"{POWER}=3000", f"{POWER}=2000"]
    actuator.apply(wish(device, "charge", 4.0, "guard"), at(15))
    actuator.apply(wish(device, "charge", 4.0), at(20))
    assert home.taken() == []
    actuator.apply(wish(device, "charge", 4.0), at(71))
    assert home.taken() == [f"{POWER}=4000"]


def test_a_refused_beat_of_keep_alive_does_not_wait_for_the_next(home: ObeyingHome) -> None:
    device = battery(Write(keep_alive_s=600))
    actuator, _ = make(home, device)
    actuator.apply(wish(device, "charge", 3.0), at(0))
    actuator.verify(at(20))
    home.taken()
    home.refuses = "busy"
    actuator.verify(at(600))
    home.refuses = None
    actuator.verify(at(615))
    assert home.taken() == [f"{POWER}=3000", f"{POWER}=3000", f"{MODE}=Charge"]


def test_soc_sensor_is_not_among_what_is_listened_to(home: ObeyingHome) -> None:
    actuator, _ = make(home, battery())
    assert actuator.entities == {MODE, POWER}
    assert SOC not in actuator.entities
