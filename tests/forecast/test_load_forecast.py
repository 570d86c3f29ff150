"""The baseline load: the usual one of this hour and kind of day, beginning with what is measured now."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import pytz

from builders.past import UTC, slots_from
from hems.domain.horizon import Horizon
from hems.domain.series import Slot
from hems.forecast.load import forecast_load

ZONE = ZoneInfo("Europe/Amsterdam")
FRIDAY = datetime(2026, 6, 5, 22, 0, tzinfo=UTC)  # midnight in Amsterdam, the begin of a Saturday


def past(days: int, now: datetime = FRIDAY) -> tuple[Slot, ...]:
    """Working days draw their hour in tenths of a kW, weekends 5 kW more."""
    begin = now - timedelta(days=days)
    return slots_from(begin, now, 60, lambda t: t.hour / 10 + (5 if t.weekday() >= 5 else 0), ZONE)


def test_each_hour_takes_the_median_of_that_local_hour() -> None:
    monday = FRIDAY + timedelta(days=2)
    load = forecast_load(past(21), None, Horizon(monday, (60.0,) * 24), ZONE)
    assert load == pytest.approx([hour / 10 for hour in range(24)])


def test_weekend_has_hours_of_its_own() -> None:
    load = forecast_load(past(21), None, Horizon(FRIDAY, (60.0,) * 24), ZONE)
    assert load == pytest.approx([5 + hour / 10 for hour in range(24)])


def test_with_a_single_weekend_known_all_days_are_taken_together() -> None:
    load = forecast_load(past(7), None, Horizon(FRIDAY, (60.0,) * 24), ZONE)
    assert load == pytest.approx([hour / 10 for hour in range(24)])  # the median of five low days and two high ones


def test_one_wild_day_does_not_move_the_median() -> None:
    wild = tuple(Slot(s.begin, s.end, 50.0) for s in past(1, FRIDAY))
    load = forecast_load(past(21)[:-24] + wild, None, Horizon(FRIDAY + timedelta(days=2), (60.0,) * 24), ZONE)
    assert load == pytest.approx([hour / 10 for hour in range(24)], abs=0.01)


def test_measured_load_fades_into_the_usual_one_over_two_hours() -> None:
    flat = slots_from(FRIDAY - timedelta(days=7), FRIDAY, 60, lambda t: 1.0)
    load = forecast_load(flat, 3.0, Horizon(FRIDAY, (30.0,) * 6), ZONE)
    assert load == pytest.approx([3.0, 2.5, 2.0, 1.5, 1.0, 1.0])


def test_without_history_the_measured_load_stands_for_all_steps() -> None:
    assert forecast_load((), 0.7, Horizon(FRIDAY, (15.0,) * 3), ZONE) == [0.7, 0.7, 0.7]
    assert forecast_load((), -0.2, Horizon(FRIDAY, (15.0,)), ZONE) == [0.0]


def test_without_history_and_measurement_nothing_is_known() -> None:
    assert forecast_load((), None, Horizon(FRIDAY, (15.0,)), ZONE) is None


def test_hour_that_the_past_does_not_hold_takes_the_median_of_all() -> None:
    nights = slots_from(FRIDAY, FRIDAY + timedelta(hours=6), 60, lambda t: 2.0)
    noon = Horizon(FRIDAY + timedelta(days=2, hours=12), (60.0,))
    assert forecast_load(nights, None, noon, ZONE) == [2.0]


@pytest.mark.parametrize("zone", [ZONE, pytz.timezone("Europe/Amsterdam")])
@pytest.mark.parametrize("day", [datetime(2026, 3, 29), datetime(2026, 10, 25)])
def test_day_of_the_clock_change_follows_local_hours(day: datetime, zone: ZoneInfo) -> None:
    noon = day.replace(hour=12, tzinfo=ZONE).astimezone(UTC)
    history = slots_from(noon - timedelta(days=21), noon, 60, lambda t: 3.0 if t.hour == 18 else 1.0, ZONE)
    load = forecast_load(history, None, Horizon(noon, (60.0,) * 8), zone)
    assert load == [1.0] * 6 + [3.0, 1.0]
