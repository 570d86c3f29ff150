"""Prices that are known stay what they are; beyond, those of the same time a day before are assumed."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from builders.past import UTC, slots_from
from hems.domain.horizon import Horizon
from hems.domain.series import Slot
from hems.forecast.price import prices_with_tail

ZONE = ZoneInfo("Europe/Amsterdam")


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


def day_of_prices(day: date, base: float = 0.0) -> tuple[Slot, ...]:
    """Quarter-hourly prices of a local day: the local hour in cents."""
    return slots_from(midnight(day), midnight(day + timedelta(days=1)), 15, lambda t: base + t.hour / 100, ZONE)


def test_known_prices_are_taken_as_they_are() -> None:
    prices, known = prices_with_tail(day_of_prices(date(2026, 6, 1)), Horizon(midnight(date(2026, 6, 1)), (60.0,) * 24))
    assert known == 24
    assert prices == pytest.approx([hour / 100 for hour in range(24)])


def test_tomorrow_that_is_missing_repeats_today_and_is_counted_as_unknown() -> None:
    noon = midnight(date(2026, 6, 1)) + timedelta(hours=12)
    prices, known = prices_with_tail(day_of_prices(date(2026, 6, 1)), Horizon(noon, (60.0,) * 48))
    assert known == 12
    assert prices == pytest.approx([hour % 24 / 100 for hour in range(12, 60)])


def test_a_hole_in_the_middle_is_filled_and_later_prices_stay() -> None:
    today, tomorrow = day_of_prices(date(2026, 6, 1)), day_of_prices(date(2026, 6, 2), 1.0)
    prices, known = prices_with_tail(
        today + tomorrow[8:], Horizon(midnight(date(2026, 6, 2)) - timedelta(hours=1), (60.0,) * 4)
    )
    assert known == 1
    assert prices == pytest.approx([0.23, 0.0, 0.01, 1.02])


def test_hours_that_no_day_knows_take_the_mean() -> None:
    begin = midnight(date(2026, 6, 1))
    prices, known = prices_with_tail([Slot(begin, begin + timedelta(hours=2), 0.3)], Horizon(begin, (60.0,) * 4))
    assert (prices, known) == ([0.3, 0.3, 0.3, 0.3], 2)


@pytest.mark.parametrize("slots", [(), day_of_prices(date(2026, 5, 31))])
def test_without_a_price_for_now_there_is_none_at_all(slots: tuple[Slot, ...]) -> None:
    assert prices_with_tail(slots, Horizon(midnight(date(2026, 6, 1)), (60.0,))) == (None, 0)


@pytest.mark.parametrize(("day", "quarters"), [(date(2026, 3, 29), 92), (date(2026, 10, 25), 100)])
def test_day_of_the_clock_change_has_all_its_quarters(day: date, quarters: int) -> None:
    prices, known = prices_with_tail(day_of_prices(day), Horizon(midnight(day), (15.0,) * quarters))
    assert known == quarters
    assert prices is not None and prices[-1] == pytest.approx(0.23)


@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 10, 24)])
def test_tail_over_the_clock_change_covers_the_whole_horizon(day: date) -> None:
    noon = midnight(day) + timedelta(hours=12)
    prices, known = prices_with_tail(day_of_prices(day), Horizon(noon, (15.0,) * 192))
    assert known == 48
    assert prices is not None and len(prices) == 192
    assert {round(price, 9) for price in prices} == {hour / 100 for hour in range(24)}
