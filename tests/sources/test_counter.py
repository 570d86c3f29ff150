"""Energy counters: rises, resets, dips, misreadings and silences."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hems.domain.series import Slot
from hems.sources.counter import Reading, used_kw

START = datetime(2026, 6, 1, 22, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)


def readings(*counts: float | None) -> list[Reading]:
    return [(START + k * HOUR, count) for k, count in enumerate(counts)]


def used(*counts: float | None) -> list[float]:
    return [pytest.approx(slot.value) for slot in used_kw(readings(*counts))[0]]


def test_a_rise_is_spread_between_its_readings() -> None:
    slots, problems = used_kw([(START, 100.0), (START + HOUR / 2, 101.0)])
    assert slots == [Slot(START, START + HOUR / 2, 2.0)]
    assert problems == []


def test_after_a_reset_at_midnight_the_reading_is_what_was_used() -> None:
    slots, problems = used_kw(readings(8.0, 9.0, 0.2, 0.6))
    assert [slot.value for slot in slots] == pytest.approx([1.0, 0.2, 0.4])
    assert problems[0].startswith("the counter began anew once, first at 2026-06-02T00:00:00+00:00")


def test_a_small_dip_uses_nothing_and_is_not_counted_twice() -> None:
    assert used(100.0, 99.9, 100.1) == [0.0, 0.1]


def test_a_dip_that_lasts_is_the_meters_new_count() -> None:
    assert used(100.0, 95.0, 95.5, 96.0, 101.0) == [0.0, 0.5, 0.5, 5.0]


def test_a_single_reading_of_zero_is_a_misreading() -> None:
    assert used(5000.0, 0.0, 5001.0) == [0.5]


def test_what_was_used_while_it_was_not_available_stays_a_hole() -> None:
    slots, _ = used_kw(readings(10.0, 11.0, None, 13.0, 14.0))
    assert [(slot.begin, slot.value) for slot in slots] == [(START, 1.0), (START + 3 * HOUR, 1.0)]


def test_a_long_silence_is_a_hole_and_said() -> None:
    slots, problems = used_kw([(START, 10.0), (START + 7 * HOUR, 20.0), (START + 8 * HOUR, 21.0)])
    assert [slot.value for slot in slots] == [1.0]
    assert "silent for more than 6 hours once" in problems[0]


@given(st.lists(st.one_of(st.none(), st.floats(0, 1e6)), max_size=40))
def test_nothing_is_ever_used_below_zero(counts: list[float | None]) -> None:
    slots, _ = used_kw(readings(*counts))
    assert all(slot.value >= 0 for slot in slots)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=40))
def test_without_resets_all_that_was_used_is_found(rises: list[float]) -> None:
    counts = [100.0]
    for rise in rises:
        counts.append(counts[-1] + rise)
    assert sum(slot.value for slot in used_kw(readings(*counts))[0]) == pytest.approx(sum(rises), abs=1e-9)
