"""The real homes of the benchmarks; skipped where their data are not there."""

import sys
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
from closed_loop_homes import HOUSEHOLDS, SIMBENCH, french_home, simbench_home, source_day
from real_series import NoData, data_folder

UTC = timezone.utc


def there() -> bool:
    try:
        return (data_folder() / SIMBENCH).is_file()
    except NoData:
        return False


needs_data = pytest.mark.skipif(not there(), reason="the real series are not there (HEMS_DATA)")


@pytest.mark.parametrize(("year", "first_days"), [(2016, 3), (2024, 0)])
def test_every_day_has_a_partner_of_its_weekday_at_most_three_days_off(year: int, first_days: int) -> None:
    """But for the first days of a source: what would match them lies before it."""
    known = [date(year, 1, 1) + timedelta(days=k) for k in range(366)]
    for k in range(first_days, 363):
        day = date(2020, 1, 1) + timedelta(days=k)
        partner = source_day(day, known)
        assert partner.weekday() == day.weekday()
        assert abs((partner - date(year, 1, 1)).days - k) <= 3


@needs_data
def test_all_homes_stand_on_the_same_prices_and_state_their_hole() -> None:
    homes = [french_home(), simbench_home(1), simbench_home(6)]
    for home in homes:
        assert (home.start, home.end) == (datetime(2019, 12, 31, 23, tzinfo=UTC), datetime(2020, 9, 30, 22, tzinfo=UTC))
        assert np.isfinite(home.load_kw).all() and np.isfinite(home.pv_kw["roof"]).all()
        holes = [(gap.begin, gap.end) for gap in home.gaps if gap.what == "spot price"]
        march = datetime(2020, 3, 29, 2, tzinfo=UTC)
        assert holes == [(home.start, home.start + timedelta(hours=1)), (march, march + timedelta(hours=2))]
        assert np.array_equal(home.spot_per_kwh, homes[0].spot_per_kwh)
        assert home.spot_per_kwh.min() < 0


@needs_data
def test_the_sun_keeps_its_hour_over_the_clock_change() -> None:
    home = simbench_home(3)

    def middle_hour(first: int) -> float:
        begin = home.step_at(datetime(2020, 3, first, tzinfo=UTC))
        week = home.pv_kw["roof"][begin : begin + 96 * 8].reshape(-1, 96).sum(axis=0)
        return float((week * np.arange(96)).sum() / week.sum() / 4)

    assert middle_hour(21) == pytest.approx(middle_hour(30), abs=0.5)


@needs_data
@pytest.mark.parametrize("number", [1, 5])
def test_a_household_has_the_size_it_is_scaled_to(number: int) -> None:
    home, household = simbench_home(number), HOUSEHOLDS[number - 1]
    assert home.load_kw.mean() * 8784 == pytest.approx(household.annual_kwh, rel=0.15)
    assert 0.5 * household.peak_kw < home.pv_kw["roof"].max() <= household.peak_kw


@needs_data
def test_the_french_house_states_its_holes_but_not_its_nights() -> None:
    home = french_home()
    pv = [gap for gap in home.gaps if gap.what == "PV roof"]
    assert 0 < len(pv) < 60
    assert home.pv_forecast_kw == {}
    assert any(gap.what == "PV forecast roof" for gap in home.gaps)
    nights = home.pv_kw["roof"].reshape(-1, 4)[
        [k for k in range(home.steps // 4) if home.time(4 * k).hour in (23, 0, 1)]
    ]
    assert nights.max() == 0


@needs_data
def test_another_number_is_refused() -> None:
    with pytest.raises(ValueError, match=r"number: 7 is not within 1\.\.6"):
        simbench_home(7)
