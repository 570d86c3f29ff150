"""Values that hold for a time, laid on a horizon: what is not known stays unknown."""

from datetime import datetime, timedelta, timezone

import pytest

from hems.domain.horizon import Horizon
from hems.domain.series import Slot, merged, on_horizon, planning_horizon

START = datetime(2026, 3, 28, 12, 0, tzinfo=timezone.utc)


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


def test_planning_horizon_begins_with_what_is_left_of_this_step() -> None:
    horizon = planning_horizon(START + timedelta(minutes=7, seconds=30, microseconds=999), 2, 15)
    assert horizon.start == START + timedelta(minutes=7, seconds=30)
    assert horizon.step_minutes == (7.5, 15, 15, 15, 15, 15, 15, 15)
    assert horizon.end == START + timedelta(hours=2)


@pytest.mark.parametrize(("step_minutes", "steps"), [(5, 576), (15, 192), (60, 48)])
def test_planning_horizon_on_the_boundary_has_whole_steps_only(step_minutes: int, steps: int) -> None:
    horizon = planning_horizon(START, 48, step_minutes)
    assert horizon.step_minutes == (float(step_minutes),) * steps
