"""Solcast's sensors: half hours of mean power, one sensor a day."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from builders.slot_value import value_at
from hems.ha.pv_sources import solcast_slots

MIDNIGHT = datetime(2026, 6, 1, tzinfo=timezone(timedelta(hours=2)))


def day(begin: datetime, count: int = 48, minutes: int = 30) -> dict[str, Any]:
    """One sensor's attributes; the power is the number of the period in tenths of a kW."""
    periods = [
        {
            "period_start": (begin + k * timedelta(minutes=minutes)).isoformat(),
            "pv_estimate": k / 10,
            "pv_estimate10": 0,
        }
        for k in range(count)
    ]
    return {"unit_of_measurement": "kWh", "detailedForecast": periods}


def test_two_days_are_one_series_in_kw() -> None:
    slots = solcast_slots([day(MIDNIGHT + timedelta(days=1)), day(MIDNIGHT)])
    assert len(slots) == 96
    assert (slots[0].begin, slots[-1].end) == (MIDNIGHT, MIDNIGHT + timedelta(days=2))
    assert value_at(slots, MIDNIGHT + timedelta(hours=12, minutes=29)) == 2.4


def test_length_of_a_period_is_read_from_its_distance() -> None:
    slots = solcast_slots([day(MIDNIGHT, 24, 60)])
    assert {slot.end - slot.begin for slot in slots} == {timedelta(hours=1)}


@pytest.mark.parametrize("missing", [{}, {"detailedForecast": None}, {"detailedForecast": []}])
def test_day_without_forecast_adds_nothing(missing: dict[str, Any]) -> None:
    assert solcast_slots([missing]) == ()
    assert len(solcast_slots([day(MIDNIGHT), missing])) == 48


@pytest.mark.parametrize("detailed", ["unknown", {"period_start": "x"}, 7])
def test_forecast_that_is_no_list_adds_nothing(detailed: Any) -> None:
    assert len(solcast_slots([day(MIDNIGHT), {"detailedForecast": detailed}])) == 48


@pytest.mark.parametrize("bad", [None, "1.0", True, float("nan")])
def test_period_that_is_no_power_is_passed_over(bad: Any) -> None:
    attributes = day(MIDNIGHT, 4)
    attributes["detailedForecast"][1]["pv_estimate"] = bad
    slots = solcast_slots([attributes])
    assert len(slots) == 3
    assert value_at(slots, MIDNIGHT + timedelta(minutes=45)) is None


def test_negative_power_is_none_at_all() -> None:
    attributes = day(MIDNIGHT, 2)
    attributes["detailedForecast"][1]["pv_estimate"] = -0.3
    assert [slot.value for slot in solcast_slots([attributes])] == [0.0, 0.0]
