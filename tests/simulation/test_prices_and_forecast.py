"""The market and the sky: delivery days, what is known when, and forecasts that err."""

from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from statistics import fmean
from zoneinfo import ZoneInfo

import pytest

from hems.simulation.home import House
from hems.simulation.nature import Nature, seeded_nature
from hems.simulation.prices import DayAhead, seeded_prices
from hems.simulation.settings import HomeSettings
from hems.simulation.solar import clear_sky_kw_per_m2

ZONE = ZoneInfo("Europe/Amsterdam")


def _local(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=ZONE)


def _day_ahead() -> DayAhead:
    return DayAhead(lambda day: seeded_prices(1, day, ZONE), ZONE)


@pytest.mark.parametrize(("day", "count"), [(date(2026, 3, 29), 92), (date(2026, 5, 6), 96), (date(2026, 10, 25), 100)])
def test_a_delivery_day_has_all_its_quarters(day: date, count: int) -> None:
    prices = seeded_prices(1, day, ZONE)
    assert len(prices) == count
    assert prices[0].start == datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(timezone.utc)
    assert all(a.end == b.start for a, b in pairwise(prices))
    assert prices[-1].end == _local(day.year, day.month, day.day + 1).astimezone(timezone.utc)


def test_tomorrow_is_published_at_13_local_and_the_lists_roll_at_midnight() -> None:
    market = _day_ahead()
    assert market.tomorrow(_local(2026, 5, 6, 12, 59, 59)) == []
    tomorrow = market.tomorrow(_local(2026, 5, 6, 13, 0))
    assert len(tomorrow) == 96
    assert market.today(_local(2026, 5, 6, 23, 59, 59)) != tomorrow
    assert market.today(_local(2026, 5, 7, 0, 0)) == tomorrow
    assert market.tomorrow(_local(2026, 5, 7, 0, 0)) == []


def test_the_current_price_is_that_of_the_quarter_also_in_the_repeated_hour() -> None:
    market = _day_ahead()
    for hour in (0, 1):  # 02:30 occurs twice: at 00:30 and 01:30 UTC
        now = datetime(2026, 10, 25, hour, 37, tzinfo=timezone.utc)
        slot = market.current(now)
        assert slot.start == datetime(2026, 10, 25, hour, 30, tzinfo=timezone.utc)


def test_the_year_has_peaks_cheap_noons_and_negative_prices() -> None:
    days = [seeded_prices(1, date(2026, 1, 1) + timedelta(days=k), ZONE) for k in range(365)]
    values = [slot.value_per_kwh for day in days for slot in day]
    negative = sum(value < 0 for value in values)
    assert 50 < negative < 1500
    assert all(-0.2 < value < 0.5 for value in values)

    def mean_at(hour: int, months: range) -> float:
        return fmean(
            slot.value_per_kwh
            for day in days
            for slot in day
            if slot.start.astimezone(ZONE).hour == hour and slot.start.month in months
        )

    for months in (range(1, 4), range(5, 9)):
        assert mean_at(19, months) > mean_at(8, months) > mean_at(13, months)


def test_the_price_sensor_has_nord_pools_shape() -> None:
    house = House(HomeSettings(), _local(2026, 3, 28, 12, 59, 0))
    state, attributes = house.states()["sensor.nordpool"]
    assert attributes["raw_tomorrow"] == [] and attributes["tomorrow_valid"] is False
    assert len(attributes["raw_today"]) == 96
    house.step(house.now, house.now + timedelta(minutes=2))
    later, attributes = house.states()["sensor.nordpool"]
    assert len(attributes["raw_tomorrow"]) == 92  # the day after is the day of the clock change
    assert attributes["raw_today"][52]["start"] == "2026-03-28T13:00:00+01:00"
    assert float(later) == attributes["raw_today"][52]["value"]
    assert float(state) == attributes["raw_today"][51]["value"]


@pytest.fixture(scope="module")
def nature() -> Nature:
    return seeded_nature(HomeSettings())


def _day_kwh(nature: Nature, day: date) -> float:
    start = datetime(day.year, day.month, day.day, tzinfo=timezone.utc)
    quarter = timedelta(minutes=15)
    return sum(nature.pv_available_kw(start + k * quarter, start + (k + 1) * quarter) for k in range(96)) / 4


def test_the_sun_shines_by_day_and_more_in_summer(nature: Nature) -> None:
    midnight = _local(2026, 6, 21, 0, 30)
    assert nature.pv_available_kw(midnight, midnight + timedelta(minutes=1)) == 0.0
    noon_june = clear_sky_kw_per_m2(_local(2026, 6, 21, 13, 40), 52.37, 4.9)
    noon_december = clear_sky_kw_per_m2(_local(2026, 12, 21, 12, 40), 52.37, 4.9)
    assert 0.85 < noon_june < 1.1
    assert 0.3 < noon_december < 0.7
    june = fmean(_day_kwh(nature, date(2026, 6, 1) + timedelta(days=k)) for k in range(28))
    december = fmean(_day_kwh(nature, date(2026, 12, 1) + timedelta(days=k)) for k in range(28))
    assert 15 < june < 40
    assert 2 < december < 0.6 * june


def test_the_forecast_resembles_the_truth_but_is_not_it(nature: Nature) -> None:
    days = [date(2026, 5, 1) + timedelta(days=k) for k in range(28)]
    truths = [_day_kwh(nature, day) for day in days]

    def misses(days_ahead: int) -> list[float]:
        totals = [sum(p.estimate_kw for p in nature.pv_forecast(day, days_ahead)) / 2 for day in days]
        return [abs(total - truth) / truth for total, truth in zip(totals, truths, strict=True)]

    assert 0.03 < fmean(misses(0)) < fmean(misses(1)) < 0.35


@pytest.mark.parametrize(("day", "count"), [(date(2026, 3, 29), 46), (date(2026, 5, 6), 48), (date(2026, 10, 25), 50)])
def test_forecast_periods_and_percentiles(nature: Nature, day: date, count: int) -> None:
    periods = nature.pv_forecast(day, 1)
    assert len(periods) == count
    assert all(0 <= p.estimate10_kw <= p.estimate_kw <= p.estimate90_kw <= 6.0 for p in periods)
    assert max(p.estimate_kw for p in periods) > 0.3
    assert periods[0].estimate_kw == 0.0


def test_the_forecast_sensor_has_solcasts_shape(house: House) -> None:
    for which, day in (("today", "2026-05-06"), ("tomorrow", "2026-05-07")):
        state, attributes = house.states()[f"sensor.solcast_pv_forecast_forecast_{which}"]
        periods = attributes["detailedForecast"]
        assert periods[0]["period_start"] == f"{day}T00:00:00+02:00"
        assert set(periods[0]) == {"period_start", "pv_estimate", "pv_estimate10", "pv_estimate90"}
        assert float(state) == pytest.approx(sum(p["pv_estimate"] for p in periods) / 2, abs=1e-3)
