"""Series from CSV files: clocks, steps, units, holes that are filled and stated, faults with their lines."""

import gzip
import math
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import pytz
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hems.closed_loop.series_file import NO_FORECAST, cut, read_series
from hems.closed_loop.series_gaps import LAST, LINE, NEAREST, NEXT, SAME_KIND
from hems.domain.faults import Refused

UTC = timezone.utc
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2024, 6, 3, tzinfo=UTC)
Cell = float | str
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(
        rows: Iterable[Sequence[Cell]], header: str = "time,load_kw,spot_per_kwh", name: str = "home.csv"
    ) -> Path:
        path = tmp_path / name
        path.write_text("\n".join([header, *(",".join(str(cell) for cell in row) for row in rows)]) + "\n", "utf-8")
        return path

    return to_file


def rows_of(
    values: Sequence[Cell], start: datetime = MONDAY, minutes: int = 15, price: Cell = 0.1
) -> list[tuple[Cell, ...]]:
    """Rows with an offset; the value is the load."""
    return [((start + timedelta(minutes=minutes * k)).isoformat(), value, price) for k, value in enumerate(values)]


def walls(begin: datetime, end: datetime, minutes: int, zone: tzinfo) -> list[str]:
    """The wall clock at every step between two instants, without offsets."""
    count = int((end - begin) / timedelta(minutes=minutes))
    times = [(begin + timedelta(minutes=minutes * k)).astimezone(zone) for k in range(count)]
    return [f"{time:%Y-%m-%d %H:%M}" for time in times]


def faults(path: Path, zone: tzinfo = UTC, prices: Path | None = None) -> list[str]:
    with pytest.raises(Refused) as refused:
        read_series(path, zone, prices)
    return refused.value.faults


def test_units_are_in_the_names(write: Write) -> None:
    path = write(
        [(f"2024-06-03T00:{m:02}:00Z", 500, 2, 1500, 1, 40) for m in (0, 15, 30, 45)],
        "start,load_w,pv_kw,pv_garage_w,pv_garage_forecast_kw,spot_per_mwh",
    )
    series = read_series(path, BERLIN)
    assert (series.start, series.end) == (MONDAY, MONDAY + timedelta(hours=1))
    assert series.load_kw.tolist() == [0.5] * 4
    assert {plant: values.tolist() for plant, values in series.pv_kw.items()} == {"roof": [2] * 4, "garage": [1.5] * 4}
    assert series.pv_forecast_kw["garage"].tolist() == [1] * 4
    assert series.spot_per_kwh.tolist() == pytest.approx([0.04] * 4)
    assert series.gaps == ()


@pytest.mark.parametrize(
    ("minutes", "values", "quarters"),
    [
        (5, [1, 2, 3, 4, 5, 6], [2, 5]),
        (10, [1, 2, 3], [(1 * 10 + 2 * 5) / 15, (2 * 5 + 3 * 10) / 15]),
        (15, [1, 2], [1, 2]),
        (30, [1, 2], [1, 1, 2, 2]),
        (60, [1, 2], [1] * 4 + [2] * 4),
    ],
)
def test_any_lawful_step_becomes_quarter_hours(
    write: Write, minutes: int, values: list[float], quarters: list[float]
) -> None:
    series = read_series(write(rows_of(values, minutes=minutes)), UTC)
    assert series.step_minutes == 15
    assert series.load_kw.tolist() == pytest.approx(quarters)
    assert series.gaps == ()


def test_quarters_that_the_ends_cut_are_left_out(write: Write) -> None:
    rows = rows_of([9, 1, 2, 3, 9], start=MONDAY + timedelta(minutes=10), minutes=5)
    series = read_series(write(rows), UTC)
    assert series.start == MONDAY + timedelta(minutes=15)
    assert series.load_kw.tolist() == [2]


@pytest.mark.parametrize("zone", [BERLIN, pytz.timezone("Europe/Berlin")], ids=["zoneinfo", "pytz"])
@pytest.mark.parametrize("minutes", [15, 60])
@pytest.mark.parametrize(("day", "hours"), [(datetime(2020, 3, 29), 23), (datetime(2020, 10, 25), 25)])
def test_local_times_on_both_days_of_the_clock_change(
    write: Write, zone: tzinfo, minutes: int, day: datetime, hours: int
) -> None:
    begin = day.replace(tzinfo=BERLIN).astimezone(UTC)
    end = (day + timedelta(days=1)).replace(tzinfo=BERLIN).astimezone(UTC)
    times = walls(begin, end, minutes, BERLIN)
    assert len(times) == hours * 60 // minutes
    assert any("02:00" in time for time in times) == (hours == 25)
    series = read_series(write([(time, k, 0.1) for k, time in enumerate(times)]), zone)
    assert (series.start, series.end, series.gaps) == (begin, end, ())
    assert series.load_kw.tolist() == [k // (minutes // 15) for k in range(hours * 4)]


def test_a_repeated_hour_that_is_there_once_is_a_stated_hole(write: Write) -> None:
    times = [f"2020-10-25 {hour:02}:00" for hour in range(24)]
    series = read_series(write([(time, 1.0, 0.1) for time in times]), BERLIN)
    assert series.steps == 100
    assert [(gap.begin.hour, gap.end.hour) for gap in series.gaps] == [(1, 2), (1, 2)]


def test_a_time_that_the_clock_skips_is_refused(write: Write) -> None:
    found = faults(write([("2020-03-29 01:00", 1, 1), ("2020-03-29 02:00", 1, 1), ("2020-03-29 03:00", 1, 1)]), BERLIN)
    assert len(found) == 1
    assert "line 3: 2020-03-29 02:00 does not occur in Europe/Berlin" in found[0]


def test_a_leap_day_is_a_day(write: Write) -> None:
    times = walls(datetime(2024, 2, 28, 23, tzinfo=UTC), datetime(2024, 3, 1, 23, tzinfo=UTC), 60, BERLIN)
    series = read_series(write([(time, k, 0.1) for k, time in enumerate(times)]), BERLIN)
    assert times[0] == "2024-02-29 00:00"
    assert (series.steps, series.gaps) == (192, ())


def test_columns_named_utc_hold_utc(write: Write) -> None:
    path = write([("2024-06-03 00:00", 1, 0.1), ("2024-06-03 00:15", 1, 0.1)], "time_utc,load_kw,spot_per_kwh")
    assert read_series(path, BERLIN).start == MONDAY


@given(
    month=st.sampled_from(["2020-03-29", "2020-10-25", "2020-02-29"]),
    zone=st.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns"]),
    before=st.integers(1, 200),
    after=st.integers(1, 200),
    minutes=st.sampled_from([5, 10, 15, 30, 60]),
)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_local_times_say_the_same_as_offsets(
    tmp_path: Path, month: str, zone: str, before: int, after: int, minutes: int
) -> None:
    """Whatever is cut out around a clock change: without offsets the file means the same, and has no holes."""
    place = ZoneInfo(zone)
    middle = datetime.fromisoformat(month).replace(hour=1, tzinfo=UTC)
    steps = [middle + timedelta(minutes=minutes * k) for k in range(-before, after)]
    local = [step.astimezone(place) for step in steps]
    if local[0].fold:
        return  # a file that begins within the second of two hours cannot say so
    if minutes > 30 and zone == "Australia/Lord_Howe":
        return  # its half hour that comes twice is stepped over, and which of the two was meant cannot be told
    for name, words in (("a", [f"{t:%Y-%m-%d %H:%M}" for t in local]), ("b", [t.isoformat() for t in local])):
        text = "".join(f"{word},{k},{k / 7}\n" for k, word in enumerate(words))
        (tmp_path / name).write_text("time,load_kw,spot_per_kwh\n" + text, "utf-8")
    if (before + after) * minutes < 45:
        return
    naive, aware = read_series(tmp_path / "a", place), read_series(tmp_path / "b", UTC)
    assert naive.start == aware.start
    assert naive.gaps == aware.gaps == ()
    assert np.array_equal(naive.load_kw, aware.load_kw)


def test_a_short_hole_is_a_straight_line_and_a_price_stays(write: Write) -> None:
    rows: list[tuple[Cell, ...]] = rows_of([float(k) for k in range(40)])
    rows[4] = (rows[4][0], "", 0.5)
    rows[5] = (rows[5][0], "nan", "unavailable")
    del rows[6]
    series = read_series(write(rows), UTC)
    assert series.load_kw[3:8].tolist() == pytest.approx([3, 4, 5, 6, 7], abs=0.5)
    assert series.spot_per_kwh[4:8].tolist() == pytest.approx([0.5, 0.5, 0.5, 0.1])
    at = [MONDAY + timedelta(minutes=15 * k) for k in range(8)]
    assert [(gap.what, gap.begin, gap.end, gap.instead) for gap in series.gaps] == [
        ("baseline load", at[4], at[7], LINE),
        ("spot price", at[5], at[7], LAST),
    ]


def test_a_hole_at_an_end_takes_its_one_neighbour(write: Write) -> None:
    values: list[Cell] = ["", 2, 3, 4, 5, 6, 7, 8, 9, ""]
    series = read_series(write(rows_of(values)), UTC)
    assert (series.load_kw[0], series.load_kw[-1]) == (2, 9)
    assert [gap.instead for gap in series.gaps] == [NEXT, LAST]


def three_weeks(value: Callable[[datetime], Cell], zone: tzinfo, minutes: int = 30) -> list[tuple[Cell, ...]]:
    """From a Monday in March, over the clock change of 2024."""
    start = datetime(2024, 3, 18, tzinfo=zone).astimezone(UTC)
    times = [start + timedelta(minutes=minutes * k) for k in range(21 * 24 * 60 // minutes)]
    return [(time.isoformat(), value(time.astimezone(zone)), 0.1) for time in times]


def test_a_long_hole_takes_the_same_local_time_of_the_nearest_day_of_its_kind(write: Write) -> None:
    """Saturday the 30th is lost: not Friday stands in but Sunday, by the wall clock though the clock changes between them."""

    def load(time: datetime) -> Cell:
        return "" if time.day == 30 and time.month == 3 else round(time.day / 100 + time.hour, 2)

    series = read_series(write(three_weeks(load, BERLIN)), BERLIN)
    (gap,) = series.gaps
    begin = datetime(2024, 3, 29, 23, tzinfo=UTC)
    assert (gap.begin, gap.end, gap.instead) == (begin, begin + timedelta(days=1), SAME_KIND)
    first = series.step_at(begin)
    expected = [0.31 + hour for hour in range(24)]
    expected[2] = 2.24  # Sunday skips 02:00, the Sunday before does not
    assert series.load_kw[first : first + 96 : 4].tolist() == pytest.approx(expected)


def test_a_long_hole_with_no_other_day_says_so(write: Write) -> None:
    values: list[Cell] = [1.0] * 40
    values[20:24] = [""] * 4
    series = read_series(write(rows_of(values, minutes=60)[:30]), UTC)
    assert [gap.instead for gap in series.gaps] == [NEAREST]


def sun(time: datetime) -> float:
    return max(0.0, 4 * math.sin((time.astimezone(UTC).hour + time.minute / 60 - 5) / 14 * math.pi))


def pv_rows(pv: Callable[[datetime], Cell], days: int, start: datetime = MONDAY) -> list[tuple[Cell, ...]]:
    times = [start + timedelta(minutes=30 * k) for k in range(48 * days)]
    return [(time.isoformat(), 1, 0.1, pv(time)) for time in times]


PV_HEADER = "time,load_kw,spot_per_kwh,pv_kw"


@pytest.mark.parametrize("days", [2, 10])
def test_empty_nights_are_dark_and_no_holes(write: Write, days: int) -> None:
    path = write(pv_rows(lambda time: round(sun(time), 4) or "", days), PV_HEADER)
    series = read_series(path, UTC)
    assert series.gaps == ()
    assert series.pv_kw["roof"][: 4 * 5].tolist() == [0.0] * 20
    assert series.pv_kw["roof"].sum() / 4 == pytest.approx(days * 4 * 14 * 2 / math.pi, rel=0.01)


@pytest.mark.parametrize("night", ["", 0])
def test_an_empty_day_is_a_hole_though_its_neighbours_are_dark(write: Write, night: Cell) -> None:
    """The second day lacks its daylight; what is known before and after is a dark plant."""

    def pv(time: datetime) -> Cell:
        return "" if time.day == 4 and 5 <= time.hour <= 18 else round(sun(time), 4) or night

    series = read_series(write(pv_rows(pv, 10), PV_HEADER), UTC)
    assert [(gap.begin.day, gap.instead) for gap in series.gaps] == [(4, SAME_KIND)]
    assert series.pv_kw["roof"][96 + 48] == pytest.approx(series.pv_kw["roof"][48])
    if night == "":  # of three days a third of the light is too much to make up
        assert "PV roof" in faults(write(pv_rows(pv, 3), PV_HEADER))[0]


def test_a_hole_in_a_day_is_no_night(write: Write) -> None:
    def pv(time: datetime) -> Cell:
        return "" if (time.day == 6 and 9 <= time.hour < 15) else round(sun(time), 4) or ""

    series = read_series(write(pv_rows(pv, 10), PV_HEADER), UTC)
    (gap,) = series.gaps
    assert (gap.what, gap.begin.hour, gap.end.hour) == ("PV roof", 9, 15)


def test_standby_of_the_inverter_is_nothing(write: Write) -> None:
    series = read_series(write(pv_rows(lambda time: sun(time) or -0.0033, 1), PV_HEADER), UTC)
    assert series.pv_kw["roof"].min() == 0


def test_a_forecast_with_large_holes_is_left_out_and_said_so(write: Write) -> None:
    rows = [(*row, row[3] if k < 96 else "") for k, row in enumerate(pv_rows(sun, 4))]
    series = read_series(write(rows, PV_HEADER + ",pv_forecast_kw"), UTC)
    assert series.pv_forecast_kw == {}
    assert [(gap.what, gap.instead) for gap in series.gaps] == [("PV forecast roof", NO_FORECAST)]


@given(st.data())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_is_known_changes_and_all_that_is_not_is_stated(tmp_path: Path, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.floats(0, 20, width=32), min_size=200, max_size=400))
    first = data.draw(st.integers(0, len(values) - 20))
    missing = set(range(first, first + data.draw(st.integers(0, 19))))
    missing |= data.draw(st.sets(st.integers(0, len(values) - 1), max_size=15))
    absent = {k for k in missing if k % 2 and 0 < k < len(values) - 1}  # the row itself
    lines = [
        f"{(MONDAY + timedelta(minutes=15 * k)).isoformat()},{'' if k in missing else value},0.1"
        for k, value in enumerate(values)
        if k not in absent
    ]
    path = tmp_path / "home.csv"
    path.write_text("time,load_kw,spot_per_kwh\n" + "\n".join(lines), "utf-8")
    series = read_series(path, BERLIN)
    stated = {
        k
        for k in range(series.steps)
        for gap in series.gaps
        if gap.what == "baseline load" and gap.begin <= series.time(k) < gap.end
    }
    assert series.steps == len(values)
    assert stated == missing
    assert all(series.load_kw[k] == pytest.approx(values[k]) for k in range(len(values)) if k not in missing)
    assert np.isfinite(series.load_kw).all()
    known = [values[k] for k in range(len(values)) if k not in missing]
    assert min(known) - 1e-9 <= series.load_kw.min() and series.load_kw.max() <= max(known) + 1e-9


def test_prices_of_their_own_file_and_step_are_joined_by_instant(write: Write) -> None:
    home = write([(f"2020-10-25 0{h}:{m:02}", 1) for h in (0, 1, 2) for m in (0, 15, 30, 45)], "time,load_kw")
    rows = [(f"2020-10-24T{21 + k}:00Z", 10 * k) for k in range(3)] + [("2020-10-25T00:00Z", 30)]
    series = read_series(home, BERLIN, write(rows, "start_utc,price_eur_mwh", "prices.csv"))
    assert series.start == datetime(2020, 10, 24, 22, tzinfo=UTC)
    assert series.spot_per_kwh.tolist() == pytest.approx([0.01] * 4 + [0.02] * 4 + [0.03] * 4)


def test_negative_prices_stay_negative(write: Write) -> None:
    assert read_series(write(rows_of([1, 1, 1], price=-0.08)), UTC).spot_per_kwh.min() == -0.08


def test_prices_of_another_year_are_refused_with_both_files_in_mind(write: Write) -> None:
    prices = write([("2020-01-01 00:00", 1), ("2020-01-01 01:00", 1)], "time,price_eur_mwh", "prices.csv")
    (found,) = faults(write(rows_of([1.0] * 8)), UTC, prices)
    assert found.startswith(str(prices)) and "spot price: all of 2024-06-03 00:00 to 2024-06-03 02:00 UTC" in found


def test_gzip_byte_order_mark_semicolons_and_other_columns(tmp_path: Path) -> None:
    text = "\ufefftime;Load_kW;temperature;spot_per_kwh\n2024-06-03T00:00+02:00;1;9;2\n2024-06-03T00:15+02:00;1;9;2\n"
    path = tmp_path / "home.csv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    assert read_series(path, UTC).start == datetime(2024, 6, 2, 22, tzinfo=UTC)


HEADER = "time,load_kw,spot_per_kwh"
ROW = "2024-06-03T00:00Z,1,1\n2024-06-03T00:15Z,1,1\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty; write a header such as time,load_kw"),
        (HEADER, "holds no rows; give at least two"),
        (HEADER + "\n2024-06-03T00:00Z,1,1", "holds one row"),
        ("time,power,spot_per_kwh\n" + ROW, "line 1: has no column load_kw or load_w (columns: time, power, spot"),
        ("time,load_kw\n" + ROW, "line 1: has no column spot_per_kwh, spot_per_mwh or price_eur_mwh"),
        ("times,load_kw,spot_per_kwh\n" + ROW, "line 1: no column holds the time; call it time; did you mean time?"),
        ("time,load_kw,load_w,spot_per_kwh\n" + ROW, "line 1: load_kw and load_w say the same; leave one out"),
        (f"{HEADER},pv_forcast_kw\n{ROW}", "line 1: 'pv_forcast_kw' is not a known column; did you mean pv_forecast_kw?"),
        (f"{HEADER},pv_forecast_kw\n{ROW}", "pv_forecast_kw forecasts the plant roof, of which there is no column"),
        (f"{HEADER}\n{ROW}2024-06-03T00:30Z,many,1", "line 4: load_kw: 'many' is not a number; write a number"),
        (f"{HEADER}\n{ROW}2024-06-03T00:30Z,inf,1", "line 4: load_kw: 'inf' is not a number"),
        ("time;load_kw;spot_per_kwh\n2024-06-03;1,5;1\n", "line 2: load_kw: '1,5' is not a number; write 1.5"),
        (f"{HEADER}\n{ROW}2024-06-03T00:30Z,-1.2,1", "line 4: load_kw: '-1.2' is negative; write what the house"),
        (f"{HEADER}\n{ROW}2024-06-03T00:15Z,1,1", "line 4: 2024-06-03T00:15Z is not after 2024-06-03 00:15:00+00:00"),
        (f"{HEADER}\n{ROW}2024-06-02T00:15Z,1,1", "line 4: 2024-06-02T00:15Z is not after"),
        (f"{HEADER}\n{ROW}noon,1,1", "line 4: 'noon' is not a time; write it as 2020-03-29 14:15"),
        (f"{HEADER}\n{ROW}2024-06-03T00:30Z,1,1,1", "line 4: has 4 cells, the header 3"),
        (f"{HEADER}\n2024-06-03T00:00Z,1,1\n2024-06-03T00:07Z,1,1", "its rows are 7 minutes apart; lawful are 5, 10, 15"),
        (f"{HEADER}\n2024-06-03T00:07Z,1,1\n2024-06-03T00:22Z,1,1", "line 2: 2024-06-03T00:07:00+00:00 is no multiple"),
        (f"{HEADER}\n{ROW}2124-06-03T00:30Z,1,1", "rows: 100 % of 2024-06-03 00:00 to 2124-06-03 00:30 UTC is missing"),
        (f"{HEADER}\n{ROW.replace('Z,1', 'Z,')}", "baseline load: all of 2024-06-03 00:00 to 2024-06-03 00:30 UTC is missing"),
        (f"{HEADER}\n2024-06-03T00:05Z,1,1\n2024-06-03T00:10Z,1,1", "holds no whole quarter of an hour"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_in_words(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "home.csv"
    path.write_text(text, "utf-8")
    found = faults(path, BERLIN)
    assert len(found) == 1
    assert found[0].startswith(f"{path}: ")
    assert words in found[0]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("home.csv", b"time,load_kw,spot_per_kwh\n\xff\xfe\x00,1,1\n", "is not a text in UTF-8"),
        ("home.csv.gz", b"time,load_kw", "cannot be read"),
        ("home.csv.gz", gzip.compress(b"time,load_kw" * 999)[:30], "cannot be read"),
        (None, b"", "cannot be read: No such file or directory"),
    ],
)
def test_what_is_no_file_of_ours_is_refused(tmp_path: Path, name: str | None, content: bytes, words: str) -> None:
    path = tmp_path / (name or "nowhere.csv")
    if name is not None:
        path.write_bytes(content)
    assert words in faults(path)[0]


def test_only_the_first_faults_are_told(write: Write) -> None:
    found = faults(write(rows_of(["x"] * 100)))
    assert len(found) == 6
    assert "line 6" in found[4] and "the rest was not read" in found[5]


def test_a_fifth_may_be_missing_and_no_more(write: Write) -> None:
    values: list[Cell] = [1.0] * 100
    values[10:30] = [""] * 20
    assert read_series(write(rows_of(values)), UTC).load_kw.tolist() == [1.0] * 100
    values[30] = ""
    assert "baseline load: 21 % of" in faults(write(rows_of(values)))[0]


def test_cut_keeps_its_steps_and_its_gaps(write: Write) -> None:
    values: list[Cell] = [float(k) for k in range(96)]
    values[10:14] = [""] * 4
    values[80] = ""
    whole = read_series(write(rows_of(values)), UTC)
    part = cut(whole, whole.time(12), whole.time(40))
    assert (part.start, part.end) == (whole.time(12), whole.time(40))
    assert part.load_kw.tolist() == whole.load_kw[12:40].tolist()
    assert [(gap.begin, gap.end) for gap in part.gaps] == [(whole.time(12), whole.time(14))]


@pytest.mark.parametrize(("first", "last"), [(-1, 4), (0, 9), (4, 4), (5, 4)])
def test_a_cut_outside_is_refused(write: Write, first: int, last: int) -> None:
    whole = read_series(write(rows_of([1.0] * 8)), UTC)
    with pytest.raises(Refused, match="the series covers 2024-06-03T00:00"):
        cut(whole, whole.time(first), whole.time(last))
