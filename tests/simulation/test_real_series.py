"""Real series in files of their documented shape, mapped by weekday and day of the year."""

from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hems.simulation.home import House
from hems.simulation.real_files import HOUSE_FILE, NORD_POOL_FILE, OPSD_FILE, SeriesError
from hems.simulation.real_series import alike, real_nature
from hems.simulation.settings import HomeSettings

UTC = timezone.utc
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three weeks of hourly prices, one quarter-hour day, two weeks of a house."""
    made = tmp_path_factory.mktemp("series")
    start = datetime(2020, 3, 15, 23, tzinfo=UTC)
    hours = [start + timedelta(hours=k) for k in range(21 * 24)]
    lines = [f"{hour.isoformat(sep=' ')},{10 * hour.astimezone(BERLIN).hour}" for hour in hours]
    (made / OPSD_FILE).write_text("\n".join(["time,price_eur_mwh", *lines]))
    start = datetime(2026, 3, 24, 23, tzinfo=UTC)  # Wednesday 25 March in Berlin
    quarters = [start + timedelta(minutes=15 * k) for k in range(96)]
    lines = [
        f"{quarter.isoformat()},{(quarter + timedelta(minutes=15)).isoformat()},{k}"
        for k, quarter in enumerate(quarters)
    ]
    (made / NORD_POOL_FILE).write_text("\n".join(["start_utc,end_utc,price_eur_mwh", *lines]))
    start = datetime(2024, 3, 17, 23, tzinfo=UTC)
    halves = [start + timedelta(minutes=30 * k) for k in range(14 * 48)]
    lines = [f"{half.isoformat(sep=' ')},{_house_row(half)}" for half in halves]
    (made / HOUSE_FILE).write_text("\n".join(["time_utc,load_w,pv_w,pv_forecast_w", *lines]))
    return made


def _house_row(half: datetime) -> str:
    if half.date() == date(2024, 3, 19) and half.hour == 12:
        return ",2000,1500"  # a hole in the load: the whole Tuesday must not be used
    load = 100 * half.astimezone(BERLIN).hour + half.day
    return f"{load},2000,1500" if 7 <= half.hour < 16 else f"{load},,-2"


def test_prices_keep_their_wall_clock_on_days_of_any_length(folder: Path) -> None:
    nature = real_nature(HomeSettings(), folder)
    for day, count in ((date(2026, 3, 29), 92), (date(2026, 7, 6), 96), (date(2026, 10, 25), 100)):
        slots = nature.prices(day)
        assert len(slots) == count
        # The spring day itself is in the file with 23 hours; all hours that exist keep their price.
        for slot in slots:
            hour = slot.start.astimezone(BERLIN).hour
            assert slot.value_per_kwh == pytest.approx(0.01 * hour, abs=0.0101)


def test_the_quarter_hour_file_wins_on_its_own_day(folder: Path) -> None:
    nature = real_nature(HomeSettings(), folder)
    assert [slot.value_per_kwh for slot in nature.prices(date(2026, 3, 25))] == [k / 1000 for k in range(96)]


def test_load_and_pv_come_from_the_most_alike_day(folder: Path) -> None:
    nature = real_nature(HomeSettings(), folder)
    monday = datetime(2026, 3, 16, 12, 10, tzinfo=UTC)  # 13:10 local, nearest Monday: 18 March 2024
    assert nature.load_kw(monday, monday + timedelta(minutes=1)) == pytest.approx(1.318)
    assert nature.pv_available_kw(monday, monday + timedelta(minutes=1)) == pytest.approx(2.0)
    night = monday + timedelta(hours=10)
    assert nature.pv_available_kw(night, night + timedelta(minutes=1)) == 0.0
    tuesday = monday + timedelta(days=1)  # the 19th has a hole; the 26th stands in
    assert nature.load_kw(tuesday, tuesday + timedelta(minutes=1)) == pytest.approx(1.326)


def test_the_forecast_comes_from_the_file(folder: Path) -> None:
    periods = real_nature(HomeSettings(), folder).pv_forecast(date(2026, 3, 16), 1)
    assert len(periods) == 48
    assert {period.estimate_kw for period in periods} == {0.0, 1.5}
    assert max(period.estimate90_kw for period in periods) == pytest.approx(1.95)


def test_a_house_lives_on_real_series(folder: Path) -> None:
    start = datetime(2026, 3, 28, 12, tzinfo=UTC)
    house = House(HomeSettings(), start, real_nature(HomeSettings(), folder))
    house.step(start, start + timedelta(days=2))
    assert len(house.states()["sensor.nordpool"][1]["raw_today"]) == 96


def test_the_nearest_day_of_the_year_goes_around_new_year() -> None:
    known = [date(2020, 1, 2), date(2020, 9, 24)]  # both Thursdays
    assert alike(date(2026, 12, 31), known) == date(2020, 1, 2)
    assert alike(date(2026, 10, 1), known) == date(2020, 9, 24)


def test_a_missing_file_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SeriesError, match=f"has neither {NORD_POOL_FILE} nor {OPSD_FILE}"):
        real_nature(HomeSettings(), tmp_path)
    (tmp_path / OPSD_FILE).write_text((folder / OPSD_FILE).read_text())
    with pytest.raises(SeriesError, match=f"{HOUSE_FILE}: cannot be read"):
        real_nature(HomeSettings(), tmp_path)
    (tmp_path / HOUSE_FILE).write_text("a,b\n1,2\n")
    with pytest.raises(SeriesError, match="has no column time_utc"):
        real_nature(HomeSettings(), tmp_path)
    (tmp_path / OPSD_FILE).unlink()
    (tmp_path / NORD_POOL_FILE).write_text((folder / NORD_POOL_FILE).read_text())
    with pytest.raises(SeriesError, match="whole day of each weekday"):
        real_nature(HomeSettings(), tmp_path)
