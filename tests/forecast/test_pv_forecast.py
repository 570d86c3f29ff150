"""The PV forecast of the source; where it has nothing, the output of the last days at this hour."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from builders.past import UTC, slots_from
from hems.domain.horizon import Horizon
from hems.forecast.pv import forecast_pv

ZONE = ZoneInfo("Europe/Amsterdam")
NOON = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)


def test_forecast_is_averaged_onto_the_steps() -> None:
    slots = slots_from(NOON, NOON + timedelta(hours=1), 30, lambda t: 1.0 + t.minute / 30)
    assert forecast_pv(slots, (), Horizon(NOON, (60.0,)), ZONE) == ([1.5], 0)


def test_missing_steps_take_the_mean_of_the_last_three_days_at_that_local_hour() -> None:
    days = slots_from(NOON - timedelta(days=4), NOON, 60, lambda t: float(t.day) if t.hour == 12 else 0.5, ZONE)
    powers, missing = forecast_pv((), days, Horizon(NOON, (60.0, 60.0)), ZONE)
    assert missing == 2
    assert powers == pytest.approx([(29 + 30 + 31) / 3, 0.5])  # the 28th is too long ago


def test_known_steps_stay_where_others_are_missing() -> None:
    slots = slots_from(NOON, NOON + timedelta(minutes=30), 30, lambda t: 4.0)
    history = slots_from(NOON - timedelta(days=1), NOON, 60, lambda t: 2.0)
    assert forecast_pv(slots, history, Horizon(NOON, (30.0, 30.0)), ZONE) == ([4.0, 2.0], 1)


def test_without_forecast_and_past_there_is_no_pv() -> None:
    assert forecast_pv((), (), Horizon(NOON, (15.0, 15.0)), ZONE) == ([0.0, 0.0], 2)


def test_power_is_never_negative() -> None:
    slots = slots_from(NOON, NOON + timedelta(minutes=15), 15, lambda t: -0.01)
    assert forecast_pv(slots, (), Horizon(NOON, (15.0,)), ZONE) == ([0.0], 0)
