"""Prices that are known stay what they are; beyond, an estimate from the last weeks, or those of the day before."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from builders.past import UTC, slots_from
from hems.domain.horizon import Horizon
from hems.domain.series import Slot, on_horizon
from hems.forecast.price import Outlook, outlook
from hems.forecast.price_days import kind_of, price_days

ZONE = ZoneInfo("Europe/Amsterdam")
HOUR = timedelta(hours=1)
MONDAY = date(2026, 6, 1)


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


def days_of_prices(
    first: date, count: int, value: Callable[[datetime], float], minutes: float = 60
) -> tuple[Slot, ...]:
    return slots_from(midnight(first), midnight(first + timedelta(days=count)), minutes, value, ZONE)


def day_of_prices(day: date, base: float = 0.0) -> tuple[Slot, ...]:
    """Quarter-hourly prices of a local day: the local hour in cents."""
    return days_of_prices(day, 1, lambda t: base + t.hour / 100, 15)


def hourly(found: Outlook | None, begin: datetime, hours: int) -> list[float | None]:
    assert found is not None
    return on_horizon(found.slots, Horizon(begin, (60.0,) * hours))


def test_known_prices_are_taken_as_they_are() -> None:
    begin = midnight(MONDAY)
    found = outlook(day_of_prices(MONDAY), (), begin, begin + 24 * HOUR, ZONE)
    assert found is not None and found.estimated_from is None
    assert hourly(found, begin, 24) == pytest.approx([hour / 100 for hour in range(24)])
    assert found.low == found.high == found.slots


def test_tomorrow_that_is_missing_repeats_today_and_is_marked_as_an_estimate() -> None:
    noon = midnight(MONDAY) + 12 * HOUR
    found = outlook(day_of_prices(MONDAY), (), noon, noon + 48 * HOUR, ZONE)
    assert found is not None and found.estimated_from == midnight(MONDAY + timedelta(days=1))
    assert not found.from_history
    assert hourly(found, noon, 48) == pytest.approx([hour % 24 / 100 for hour in range(12, 60)])


def test_a_hole_in_the_middle_is_filled_and_later_prices_stay() -> None:
    today, tomorrow = day_of_prices(MONDAY), day_of_prices(date(2026, 6, 2), 1.0)
    begin = midnight(date(2026, 6, 2)) - HOUR
    found = outlook(today + tomorrow[8:], (), begin, begin + 4 * HOUR, ZONE)
    assert found is not None and found.estimated_from == begin + HOUR
    assert hourly(found, begin, 4) == pytest.approx([0.23, 0.0, 0.01, 1.02])
    spread = [high.value - low.value for low, high in zip(found.low, found.high, strict=True)]
    assert [width > 0 for width in spread] == [False] * 4 + [True] * 8 + [False] * (len(spread) - 12)


def test_hours_that_no_day_knows_take_the_mean() -> None:
    begin = midnight(MONDAY)
    found = outlook([Slot(begin, begin + 2 * HOUR, 0.3)], (), begin, begin + 4 * HOUR, ZONE)
    assert hourly(found, begin, 4) == pytest.approx([0.3] * 4)


@pytest.mark.parametrize(
    "slots", [(), day_of_prices(date(2026, 5, 31)), day_of_prices(date(2026, 6, 2)), day_of_prices(MONDAY)[2:]]
)
def test_without_a_price_for_now_there_is_none_at_all(slots: tuple[Slot, ...]) -> None:
    begin = midnight(MONDAY)
    history = days_of_prices(date(2026, 5, 10), 21, lambda t: 0.2)
    assert outlook(slots, history, begin, begin + HOUR, ZONE) is None


def of_kinds(t: datetime) -> float:
    """Working days have a peak at 18, Saturdays half of it, Sundays none."""
    return 0.2 + (0.2 if t.weekday() < 5 else 0.1 if t.weekday() == 5 else 0.0) * (t.hour == 18)


@pytest.mark.parametrize(
    ("today", "peak"),
    [(date(2026, 6, 3), 0.4), (date(2026, 6, 5), 0.3), (date(2026, 6, 6), 0.2), (date(2026, 6, 7), 0.4)],
)
def test_tomorrow_has_the_shape_of_its_own_kind_of_day(today: date, peak: float) -> None:
    history = days_of_prices(today - timedelta(days=21), 21, of_kinds)
    noon, tomorrow = midnight(today) + 12 * HOUR, midnight(today + timedelta(days=1))
    found = outlook(days_of_prices(today, 1, of_kinds), history, noon, tomorrow + 24 * HOUR, ZONE)
    assert found is not None and found.from_history and found.estimated_from == tomorrow
    assert hourly(found, tomorrow + 17 * HOUR, 3) == pytest.approx([0.2, peak, 0.2])


def test_a_holiday_is_like_a_sunday() -> None:
    today = date(2026, 6, 3)
    history = days_of_prices(today - timedelta(days=21), 21, of_kinds)
    tomorrow = midnight(today + timedelta(days=1))
    known = days_of_prices(today, 1, of_kinds)
    begin = tomorrow - HOUR
    found = outlook(known, history, begin, tomorrow + 24 * HOUR, ZONE, lambda day: day == date(2026, 6, 4))
    assert hourly(found, tomorrow + 18 * HOUR, 1) == pytest.approx([0.2])
    assert kind_of(date(2026, 6, 4), lambda day: True) == "sunday"


def test_dear_last_days_make_a_dear_tomorrow() -> None:
    today = date(2026, 6, 4)
    dear = lambda t: 0.2 + 0.1 * (t.date() >= date(2026, 6, 2))  # noqa: E731
    history = days_of_prices(today - timedelta(days=21), 21, dear)
    tomorrow = midnight(today + timedelta(days=1))
    found = outlook(days_of_prices(today, 1, dear), history, tomorrow - HOUR, tomorrow + 2 * HOUR, ZONE)
    (price,) = hourly(found, tomorrow, 1)
    assert price is not None and 0.23 < price < 0.3


def test_uncertainty_is_as_wide_as_days_of_a_kind_are_apart() -> None:
    today = date(2026, 6, 4)
    swinging = lambda t: 0.2 + 0.05 * (t.toordinal() % 2) * (t.hour >= 12)  # noqa: E731
    history = days_of_prices(today - timedelta(days=21), 21, swinging)
    tomorrow = midnight(today + timedelta(days=1))
    found = outlook(days_of_prices(today, 1, swinging), history, tomorrow - HOUR, tomorrow + 24 * HOUR, ZONE)
    assert found is not None
    axis = Horizon(tomorrow, (60.0,) * 24)
    low, mid, high = (on_horizon(one, axis) for one in (found.low, found.slots, found.high))
    spans = [b - a for a, b in zip(low, high, strict=True) if a is not None and b is not None]
    assert max(spans[3:9]) < 0.01 < 0.04 < min(spans[14:22])
    assert all(a <= m <= b for a, m, b in zip(low, mid, high, strict=True) if None not in (a, m, b))  # type: ignore[operator]


@pytest.mark.parametrize("zone", [ZONE, pytz.timezone("Europe/Amsterdam")], ids=["zoneinfo", "pytz"])
@pytest.mark.parametrize(("day", "quarters"), [(date(2026, 3, 29), 92), (date(2026, 10, 25), 100)])
def test_day_of_the_clock_change_is_estimated_in_local_time(day: date, quarters: int, zone: ZoneInfo) -> None:
    at_local_hour = lambda t: t.hour / 100  # noqa: E731
    history = days_of_prices(day - timedelta(days=20), 19, at_local_hour, 15)
    known = days_of_prices(day - timedelta(days=1), 1, at_local_hour, 15)
    begin, end = midnight(day), midnight(day + timedelta(days=1))
    found = outlook(known, history, begin - HOUR, end, zone)
    assert found is not None
    mine = [slot for slot in found.slots if slot.begin >= begin]
    assert len(mine) == quarters
    assert [slot.value for slot in mine] == pytest.approx([s.begin.astimezone(ZONE).hour / 100 for s in mine])


@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 10, 24)])
def test_tail_over_the_clock_change_covers_the_whole_horizon_without_history(day: date) -> None:
    noon = midnight(day) + 12 * HOUR
    found = outlook(day_of_prices(day), (), noon, noon + 48 * HOUR, ZONE)
    values = on_horizon(found.slots, Horizon(noon, (15.0,) * 192)) if found is not None else []
    assert None not in values
    assert values == pytest.approx([(noon + k * HOUR / 4).astimezone(ZONE).hour / 100 for k in range(192)])


def test_day_with_many_holes_is_no_day_to_learn_from() -> None:
    whole = days_of_prices(MONDAY, 3, lambda t: 0.2)
    holed = [slot for slot in whole if slot.begin.astimezone(ZONE).date() != date(2026, 6, 2) or slot.begin.hour > 6]
    assert price_days(holed, ZONE, 21).days == (MONDAY, date(2026, 6, 3))
    assert price_days((), ZONE, 21).prices.shape == (0, 96)


def test_mixed_five_and_thirty_minute_slots_are_learnt_from() -> None:
    fine = slots_from(midnight(MONDAY), midnight(MONDAY) + 12 * HOUR, 5, lambda t: 0.2)
    coarse = slots_from(midnight(MONDAY) + 12 * HOUR, midnight(MONDAY) + 24 * HOUR, 30, lambda t: 0.4)
    (day,) = price_days(fine + coarse, ZONE, 21).prices
    assert day == pytest.approx([0.2] * 48 + [0.4] * 48)


@given(
    st.integers(0, 72),
    st.lists(st.tuples(st.integers(0, 71), st.integers(1, 8)), max_size=4),
    st.sampled_from([date(2026, 3, 28), date(2026, 6, 1), date(2026, 10, 24)]),
)
def test_outlook_has_one_price_for_every_instant_and_none_without_one_for_now(
    missing_from: int, holes: list[tuple[int, int]], day: date
) -> None:
    begin = midnight(day)
    gone = {hour for first, count in holes for hour in range(first, first + count)} | set(range(missing_from, 72))
    known = [Slot(begin + k * HOUR, begin + (k + 1) * HOUR, 0.2 + k / 100) for k in range(72) if k not in gone]
    found = outlook(known, (), begin, begin + 48 * HOUR, ZONE)
    if 0 in gone:
        assert found is None
        return
    assert found is not None
    for series in (found.slots, found.low, found.high):
        assert series[0].begin <= begin and series[-1].end >= begin + 48 * HOUR
        assert all(a.end == b.begin for a, b in pairwise(series))
    for slot in known:
        if slot.begin < begin + 48 * HOUR:
            assert slot in found.slots
    first = min((hour for hour in gone if hour < 48), default=None)
    assert found.estimated_from == (None if first is None else begin + first * HOUR)
