"""How long overrides last."""

import json
from datetime import datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from hems.control.override_clock import (
    Key,
    Running,
    Switched,
    active,
    clock_from_dict,
    clock_to_dict,
    next_end,
    overdue,
    step,
)

BEGIN = datetime(2026, 3, 28, 12, 0, tzinfo=timezone.utc)
KEY: Key = ("pool", "boost")


def after(clock: dict[Key, Running], minutes: float, on: bool | None, hours: float | None = 2.0) -> dict[Key, Running]:
    return step(clock, {KEY: Switched(on, hours)}, BEGIN + timedelta(minutes=minutes))


def test_it_ends_after_its_hours_and_not_before() -> None:
    clock = after({}, 0, True)
    assert next_end(clock) == BEGIN + timedelta(hours=2)
    clock = after(clock, 119.9, True)
    assert list(active(clock, "pool")) == ["boost"] and overdue(clock) == []
    clock = after(clock, 120, True)
    assert list(active(clock, "pool")) == [] and overdue(clock) == [KEY]


def test_without_hours_it_lasts_until_it_is_switched_off() -> None:
    clock = after({}, 0, True, hours=0.0)
    clock = after(clock, 60 * 24 * 30, True, hours=0.0)
    assert list(active(clock, "pool")) == ["boost"] and next_end(clock) is None
    assert after(clock, 60 * 24 * 30 + 1, False, hours=0.0) == {}


def test_it_stays_ended_until_its_switch_has_been_off() -> None:
    clock = after({}, 0, True)
    clock = after(clock, 121, True)
    clock = after(clock, 122, None)  # Home Assistant restarts
    clock = after(clock, 123, True, hours=5.0)  # and more hours revive nothing
    assert list(active(clock, "pool")) == []
    clock = after(clock, 124, False)
    clock = after(clock, 125, True)
    assert list(active(clock, "pool")) == ["boost"]
    assert next_end(clock) == BEGIN + timedelta(minutes=245)


def test_what_cannot_be_read_is_as_it_was_and_its_time_runs_on() -> None:
    clock = after({}, 0, True)
    clock = after(clock, 60, None, hours=None)
    assert list(active(clock, "pool")) == ["boost"]
    assert next_end(clock) == BEGIN + timedelta(hours=2)
    clock = after(clock, 121, None, hours=None)
    assert list(active(clock, "pool")) == []
    assert after({}, 0, None) == {}


def test_hours_that_are_set_afterwards_count_from_the_beginning() -> None:
    clock = after({}, 0, True, hours=0.0)
    clock = after(clock, 30, True, hours=1.0)
    assert next_end(clock) == BEGIN + timedelta(hours=1)


def test_a_day_ends_when_the_day_ends_that_it_was_set_for() -> None:
    midnight = BEGIN + timedelta(hours=11)
    clock = step({}, {KEY: Switched(True, 0.0, midnight)}, BEGIN)
    clock = step(clock, {KEY: Switched(True, 0.0, midnight + timedelta(days=1))}, BEGIN + timedelta(hours=10))
    assert next_end(clock) == midnight
    clock = step(clock, {KEY: Switched(True, 0.0, midnight + timedelta(days=1))}, midnight)
    assert overdue(clock) == [KEY]


def test_a_clock_that_is_set_back_makes_nothing_longer() -> None:
    clock = after({}, 60, True)
    clock = after(clock, 0, True)
    assert next_end(clock) == BEGIN + timedelta(hours=2)


def test_what_was_kept_is_the_same_after_a_restart() -> None:
    clock = after({}, 0, True)
    clock |= step({}, {("car", "off"): Switched(True, 0.0, BEGIN + timedelta(hours=5))}, BEGIN)
    clock = clock | {("tank", "boost"): Running(BEGIN, 1.0, None, ended=True)}
    assert clock_from_dict(json.loads(json.dumps(clock_to_dict(clock)))) == clock


def test_a_damaged_file_costs_only_what_is_damaged() -> None:
    good = clock_to_dict(after({}, 0, True))
    bad = {"a.b": None, "c.d": {"since": "noon", "hours": 1, "ended": False}, "e.f": {"since": "2026-03-28T12:00:00"}}
    assert clock_from_dict(good | bad) == after({}, 0, True)
    assert clock_from_dict(None) == clock_from_dict([1]) == {}


LOOKS = st.lists(
    st.tuples(st.floats(0.0, 40.0), st.sampled_from([True, True, True, False, None]), st.sampled_from([0.5, 1.0, 2.0])),
    max_size=60,
)


@settings(max_examples=200)
@given(LOOKS)
def test_no_override_is_ever_active_beyond_its_hours(looks: list[tuple[float, bool | None, float]]) -> None:
    clock: dict[Key, Running] = {}
    minutes, since = 0.0, None
    for gone, on, hours in looks:
        minutes += gone
        clock = after(clock, minutes, on, hours)
        if on is False:
            since = None
        elif on and since is None:
            since = minutes
        if list(active(clock, "pool")):
            assert since is not None and minutes - since < 60 * 2.0
            assert on is None or minutes - since < 60 * hours
        clock = clock_from_dict(clock_to_dict(clock))
