"""Whatever is wished, shown and answered: the write policy holds, and nothing is ever raised."""

import json
from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from builders.devices import (
    CHARGER,
    CURRENT,
    DISHWASHER,
    MODE,
    PHASES,
    PLUG,
    POWER,
    READY,
    SOC,
    battery,
    dishwasher,
    home_of_devices,
    three_phase_car,
    wish,
)
from builders.obeying_home import ObeyingHome
from hems.config.write import Write
from hems.control.setpoint import Setpoint
from hems.ha.actuators import Actuator
from hems.ha.port import Outcome

START = datetime(2026, 3, 28, 20, 0, tzinfo=timezone.utc)
MODES = ["Self-use", "Charge", "Standby", "unavailable", "unknown", "nonsense"]
STATES = {
    MODE: MODES,
    POWER: ["0", "1500", "3000", "unavailable", "nan"],
    SOC: ["5", "50", "99", "unavailable"],
}
ANSWERS = ["obeys", "refuses", "ignores", "hangs", "catches up"]
_WAITS = st.sampled_from([0, 1, 3, 7, 15, 40, 120, 900, 7200])
_ANSWERED = st.tuples(st.just("answer"), st.sampled_from(ANSWERS))


def shows(states: dict[str, list[str]]) -> st.SearchStrategy[tuple[str, Any]]:
    """An entity that shows something else."""
    pairs = [(entity, state) for entity, values in states.items() for state in values]
    return st.tuples(st.just("shows"), st.sampled_from(pairs))


def answer(home: ObeyingHome, how: str) -> None:
    home.refuses = "busy" if how == "refuses" else None
    home.ignores = how == "ignores"
    home.hangs = how == "hangs"
    if how == "catches up":
        home.catch_up()


def powers(*, zero: bool = False) -> st.SearchStrategy[tuple[str, Any]]:
    return st.tuples(st.just("power"), st.floats(0 if zero else 0.3, 5, allow_nan=False))


STEPS = st.lists(st.tuples(_WAITS, powers() | _ANSWERED | shows(STATES)), max_size=40)


@settings(max_examples=300)
@given(steps=STEPS, limit=st.integers(0, 12), keep_alive_s=st.sampled_from([0, 60]), delay_s=st.sampled_from([0, 2]))
@example(steps=[(0, ("power", 3.0)), (7200, ("shows", (MODE, "Standby")))] * 8, limit=4, keep_alive_s=60, delay_s=0)
@example(
    steps=[(0, ("answer", "refuses")), (15, ("shows", (POWER, "nan"))), (0, ("answer", "obeys")), (7200, ("power", 1.0)), (3, ("power", 1.0))],
    limit=0, keep_alive_s=0, delay_s=2,
)  # fmt: skip
def test_never_more_writes_a_day_than_allowed_but_for_the_mode_and_what_is_safer(
    steps: list[tuple[int, tuple[str, Any]]], limit: int, keep_alive_s: int, delay_s: int
) -> None:
    home, retries = home_of_devices(), 1
    write = Write(
        min_interval_s=0, deadband_kw=0, max_writes_per_day=limit, keep_alive_s=keep_alive_s, delay_s=delay_s,
        retries=retries, respect_hand_minutes=0,
    )  # fmt: skip
    device = battery(write)
    actuator = Actuator("battery", device, home, [].append)
    now, power_kw, calls = START, 3.0, Counter[str]()
    for wait, (kind, value) in steps:
        for part in (now + timedelta(seconds=wait * share) for share in (0.3, 1)):
            actuator.apply(wish(device, "charge", power_kw), part)
        now += timedelta(seconds=wait)
        power_kw = value if kind == "power" else power_kw
        if kind == "answer":
            answer(home, value)
        elif kind == "shows":
            home.put(*value)
        actuator.apply(wish(device, "charge", power_kw), now)
        actuator.verify(now)
        calls[now.date().isoformat()] += sum(call != f"{MODE}=Self-use" for call in home.taken())
    mode = 2 * (retries + 1)
    days = sorted(calls)
    assert all(calls[day] <= limit + mode for day in days)
    assert sum(max(0, calls[day] - limit) for day in days) <= mode  # the mode was changed once


@settings(max_examples=300)
@given(steps=STEPS, interval_s=st.sampled_from([5, 20, 300]), delay_s=st.sampled_from([0, 2]))
@example(steps=[(0, ("power", 3.0)), (3, ("power", 1.0)), (1, ("power", 4.0))], interval_s=20, delay_s=0)
def test_never_two_contrary_writes_within_the_interval_in_one_mode(
    steps: list[tuple[int, tuple[str, Any]]], interval_s: int, delay_s: int
) -> None:
    home = home_of_devices()
    device = battery(Write(min_interval_s=interval_s, deadband_kw=0, delay_s=delay_s, respect_hand_minutes=60))
    actuator = Actuator("battery", device, home, [].append)
    now, power_kw = START, 3.0
    last: tuple[datetime, str] | None = None
    for wait, (kind, value) in steps:
        now += timedelta(seconds=wait)
        if kind == "answer":
            answer(home, value)
        elif kind == "shows":
            home.put(*value)
        power_kw = value if kind == "power" else power_kw
        actuator.apply(wish(device, "charge", power_kw), now)
        actuator.verify(now)
        for call in home.taken():
            if not call.startswith(POWER):
                continue
            held = last is not None and now - last[0] < timedelta(seconds=interval_s)
            assert not held or last is None or call == last[1], (last, call)
            last = (now, call)


def _wishes(device: Any) -> st.SearchStrategy[Setpoint]:
    kinds = {
        "battery": ["self_use", "charge", "discharge", "hold", "leave"],
        "ev": ["charge", "stop", "leave"],
        "load": ["on", "off", "leave"],
    }
    sources = ["plan", "off", "manual", "boost", "guard", "fallback"]
    kind = wish(device, "leave").kind
    return st.builds(
        lambda action, power_kw, source: wish(device, action, power_kw, source),
        st.sampled_from(kinds[kind]), st.floats(0, 12, allow_nan=False), st.sampled_from(sources),
    )  # fmt: skip


POLICY = {"max_writes_per_day": 9, "keep_alive_s": 100, "delay_s": 1, "verify_within_s": 7, "retries": 1}
DEVICES = [
    (battery(Write(**POLICY)), STATES),
    (three_phase_car(Write(**POLICY)), {
        CHARGER: ["on", "off", "unavailable"], CURRENT: ["6", "10", "32", "unknown"], PHASES: ["0", "1", "3", "unavailable"],
        PLUG: ["on", "off", "unavailable"],
    }),
    (dishwasher(Write(**POLICY), startable={"entity": READY}), {
        DISHWASHER: ["on", "off", "unavailable"], READY: ["on", "off", "unknown"],
    }),
]  # fmt: skip


@pytest.mark.parametrize(("device", "states"), DEVICES, ids=["battery", "car", "dishwasher"])
@pytest.mark.parametrize("dry", [False, True], ids=["real", "dry"])
@settings(max_examples=120)
@given(data=st.data())
def test_nothing_is_ever_raised_and_everything_is_counted_and_shown(
    device: Any, states: dict[str, list[str]], dry: bool, data: st.DataObject
) -> None:
    home, now, said = home_of_devices(), START, list[str]()
    actuator = Actuator("device", device, home, said.append, dry=dry)
    other = st.sampled_from([("again", None), ("resume", None), ("restart", None), ("raises", None), ("away", None)])
    wishes = st.tuples(st.just("wish") | st.just("give back"), _wishes(device))
    steps = st.lists(st.tuples(_WAITS, wishes | _ANSWERED | shows(states) | other), max_size=25)
    for wait, (kind, value) in data.draw(steps):
        now += timedelta(seconds=wait)
        if kind == "wish":
            actuator.apply(value, now)
        elif kind == "give back":
            actuator.give_back(value, now)
        elif kind == "answer":
            answer(home, value)
        elif kind == "shows":
            home.put(*value)
        elif kind == "again":
            actuator.try_again()
        elif kind == "resume":
            actuator.resume(now)
        elif kind == "raises":
            home.answers = _breaks
        elif kind == "away":
            home.entities.pop(next(iter(states)), None)
        else:
            kept = json.loads(json.dumps(actuator.memory()))
            actuator = Actuator("device", device, home, said.append, dry=dry, memory=kept)
        actuator.verify(now)
        assert actuator.next_check is None or actuator.next_check > now
        shown = json.loads(json.dumps(actuator.doing()))
        assert shown["fault"] is None or shown["ok"] is not True
        assert dry or shown["writes_total"] == len(home.calls)
    assert not (dry and home.calls)
    assert all(isinstance(words, str) for words in said)


def _breaks(service: str, data: Any) -> Outcome:
    raise RuntimeError("loop is closed")
