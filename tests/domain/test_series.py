"""Values that hold for a time, laid on a horizon: what is not known stays unknown."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hems.domain.horizon import Horizon
from hems.domain.series import Slot, SlotTable, merged, on_horizon, planning_horizon

START = datetime(2026, 3, 28, 12, 0, tzinfo=timezone.utc)
_MINUTE = timedelta(minutes=1)


def slot(begin: float, end: float, value: float) -> Slot:
    """A slot by minutes after START."""
    return Slot(START + timedelta(minutes=begin), START + timedelta(minutes=end), value)


def test_merged_slots_are_in_order_of_time() -> None:
    assert merged([slot(60, 120, 2), slot(0, 60, 1)]) == (slot(0, 60, 1), slot(60, 120, 2))


def test_later_given_slot_replaces_the_one_with_the_same_begin() -> None:
    assert merged([slot(0, 60, 1), slot(0, 60, 7)]) == (slot(0, 60, 7),)


def test_overlap_ends_where_the_next_slot_begins() -> None:
    assert merged([slot(0, 60, 1), slot(45, 90, 2)]) == (slot(0, 45, 1), slot(45, 90, 2))


def test_slots_without_length_are_dropped_and_gaps_stay() -> None:
    assert merged([slot(0, 0, 1), slot(30, 15, 2), slot(60, 75, 3), slot(90, 105, 4)]) == (
        slot(60, 75, 3), slot(90, 105, 4),
    )  # fmt: skip
    assert merged([]) == ()


def test_step_takes_the_mean_over_time_of_its_slots() -> None:
    horizon = Horizon(START, (15.0, 60.0))
    assert on_horizon([slot(0, 30, 1), slot(30, 90, 4)], horizon) == pytest.approx([1, (15 * 1 + 45 * 4) / 60])


def test_step_that_is_not_covered_is_none_and_not_zero() -> None:
    horizon = Horizon(START, (15.0, 15.0, 15.0))
    assert on_horizon([slot(0, 20, 1), slot(30, 45, 2)], horizon) == [1, None, 2]
    assert on_horizon([], horizon) == [None, None, None]


def test_slots_before_the_start_count_for_the_part_inside() -> None:
    assert on_horizon([slot(-120, -60, 9), slot(-60, 60, 3)], Horizon(START, (30.0, 30.0))) == [3, 3]


def test_slots_beyond_the_end_count_for_the_part_inside() -> None:
    found = on_horizon([slot(0, 20, 3), slot(20, 500, 6), slot(500, 600, 9)], Horizon(START, (30.0, 30.0)))
    assert found == pytest.approx([4, 6])


def test_one_table_serves_many_horizons() -> None:
    table = SlotTable([slot(k * 60, k * 60 + 60, float(k)) for k in range(6)])
    found = [table.on(Horizon(START + timedelta(minutes=90 * k), (30.0, 45.0))) for k in range(4)]
    assert found == [[0, pytest.approx(1 / 3)], [1, 2], [3, pytest.approx(10 / 3)], [4, 5]]


@given(
    st.lists(st.tuples(st.integers(-90, 300), st.integers(1, 120), st.floats(-5, 5)), max_size=8),
    st.lists(st.integers(1, 90), min_size=1, max_size=8),
    st.integers(-30, 60),
)
def test_means_are_those_of_single_minutes(drawn: list[tuple[int, int, float]], steps: list[int], shift: int) -> None:
    slots = merged(slot(begin, begin + length, value) for begin, length, value in drawn)
    horizon = Horizon(START + timedelta(minutes=shift), tuple(map(float, steps)))
    by_minute = {
        at: one.value
        for one in slots
        for at in range(round((one.begin - START) / _MINUTE), round((one.end - START) / _MINUTE))
    }
    found, at = on_horizon(slots, horizon), shift
    for length, mean in zip(steps, found, strict=True):
        values = [by_minute.get(minute) for minute in range(at, at + length)]
        known = [value for value in values if value is not None]
        assert mean == (pytest.approx(sum(known) / length, abs=1e-9) if len(known) == length else None)
        at += length


def test_planning_horizon_begins_with_what_is_left_of_this_step() -> None:
    horizon = planning_horizon(START + timedelta(minutes=7, seconds=30, microseconds=999), 2, 15)
    assert horizon.start == START + timedelta(minutes=7, seconds=30)
    assert horizon.step_minutes == (7.5, 15, 15, 15, 15, 15, 15, 15)
    assert horizon.end == START + timedelta(hours=2)


@pytest.mark.parametrize(("step_minutes", "steps"), [(5, 576), (15, 192), (60, 48)])
def test_planning_horizon_on_the_boundary_has_whole_steps_only(step_minutes: int, steps: int) -> None:
    horizon = planning_horizon(START, 48, step_minutes)
    assert horizon.step_minutes == (float(step_minutes),) * steps
