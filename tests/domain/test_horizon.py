"""Steps, fence-posts, overlaps and averages on steps of different lengths."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hems.domain.horizon import Horizon

START = datetime(2026, 3, 28, 12, 0, tzinfo=timezone.utc)
UNEVEN = Horizon(START, (5.0, 15.0, 30.0, 60.0))


def after(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def test_fence_posts_are_the_running_sum_of_the_steps() -> None:
    assert UNEVEN.posts_minutes == (0, 5, 20, 50, 110)
    assert UNEVEN.hours == pytest.approx((5 / 60, 0.25, 0.5, 1.0))
    assert UNEVEN.time(2) == after(20)
    assert UNEVEN.end == after(110)


@pytest.mark.parametrize(
    ("minutes", "step"), [(-0.1, None), (0, 0), (4.99, 0), (5, 1), (49.99, 2), (50, 3), (109.9, 3), (110, None)]
)
def test_step_holds_its_start_and_not_its_end(minutes: float, step: int | None) -> None:
    assert UNEVEN.step_at(after(minutes)) == step


@pytest.mark.parametrize(("minutes", "post"), [(-60, 0), (0, 0), (0.1, 1), (5, 1), (20.5, 3), (110, 4), (111, 5)])
def test_first_post_from_a_time(minutes: float, post: int) -> None:
    assert UNEVEN.first_post_from(after(minutes)) == post


def test_overlap_is_the_share_of_each_step_inside_the_window() -> None:
    assert UNEVEN.overlap(after(2.5), after(35)) == pytest.approx((0.5, 1, 0.5, 0))
    assert UNEVEN.overlap(after(-100), after(500)) == (1, 1, 1, 1)
    assert UNEVEN.overlap(after(200), after(300)) == (0, 0, 0, 0)
    assert UNEVEN.overlap(after(35), after(2.5)) == (0, 0, 0, 0)


def test_profile_is_averaged_onto_the_steps_it_covers() -> None:
    # 2 kW from minute 0 to 10, 4 kW from 10 to 20: the second step has 5 minutes of 2 kW and 10 of 4 kW
    assert UNEVEN.averaged([2.0, 4.0], 10, 0) == pytest.approx((2.0, (5 * 2 + 10 * 4) / 15, 0, 0))


def test_profile_that_has_begun_already_keeps_only_what_is_left() -> None:
    assert UNEVEN.averaged([2.0, 4.0], 10, -15) == pytest.approx((4.0, 0, 0, 0))


def test_profile_beyond_the_end_is_cut() -> None:
    assert UNEVEN.averaged([1.0], 60, 80) == pytest.approx((0, 0, 0, 0.5))


@given(
    steps=st.lists(st.sampled_from([1.0, 5.0, 7.5, 15.0, 60.0]), min_size=1, max_size=12),
    profile=st.lists(st.floats(0, 10), min_size=1, max_size=8),
    length=st.sampled_from([1.0, 10.0, 15.0, 45.0]),
    begin=st.floats(0, 30),
)
def test_averaging_keeps_the_energy_inside_the_horizon(
    steps: list[float], profile: list[float], length: float, begin: float
) -> None:
    horizon = Horizon(START, tuple(steps))
    energy = sum(h * kw for h, kw in zip(horizon.hours, horizon.averaged(profile, length, begin), strict=True))
    inside = sum(
        level * max(0.0, min(horizon.posts_minutes[-1], begin + (k + 1) * length) - (begin + k * length))
        for k, level in enumerate(profile)
    )
    assert energy == pytest.approx(inside / 60, abs=1e-9)


@pytest.mark.parametrize(("day", "quarters"), [((2026, 3, 29), 92), ((2026, 10, 25), 100), ((2026, 6, 1), 96)])
def test_local_day_has_92_or_100_quarters_when_the_clocks_change(day: tuple[int, int, int], quarters: int) -> None:
    zone = ZoneInfo("Europe/Amsterdam")
    midnight = datetime(*day, tzinfo=zone)
    opens, closes = (time.astimezone(timezone.utc) for time in (midnight, midnight + timedelta(days=1)))
    horizon = Horizon(opens - timedelta(hours=3), (15.0,) * 200)
    assert sum(horizon.overlap(opens, closes)) == quarters
