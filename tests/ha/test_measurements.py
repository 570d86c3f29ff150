"""The store on a real file: what is written is read back, after a restart, a killed writer, a full disk and a broken file."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from builders.home_now import home_now
from builders.site_block import make_site
from hems.domain.series import Slot
from hems.ha.measurements import Measurements
from hems.ha.measurements_rows import Sample, Series
from hems.ha.measurements_sample import sample
from hems.ha.measurements_schema import FILE, VERSION
from hems.planner.habits import Observation

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=timezone.utc)
QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
PV, SOC = Series("pv.roof", "sensor.pv"), Series("soc.battery", "sensor.soc")
APPS = Path(__file__).resolve().parents[2] / "apps"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Measurements]:
    made = Measurements(tmp_path, NOW)
    assert made.problems == ()
    yield made
    made.close(NOW)


def feed(store: Measurements, begin: datetime, minutes: int, kw: float | None = 1.0, every_s: int = 60) -> datetime:
    """Looks from ``begin`` on; the instant of the last."""
    for k in range(0, minutes * 60 + 1, every_s):
        store.add(Sample(begin + timedelta(seconds=k), {PV: kw}, {SOC: 0.5}, {"car": (True, 0.4)}))
    return begin + timedelta(minutes=minutes)


def test_what_is_written_is_read_back_as_slots(store: Measurements) -> None:
    feed(store, NOW, 45, 1.23456)
    assert store.slots("pv.roof", NOW, NOW + DAY) == tuple(
        Slot(NOW + k * QUARTER, NOW + (k + 1) * QUARTER, 1.23456) for k in range(3)
    )
    assert store.slots("pv.roof", NOW + QUARTER, NOW + 2 * QUARTER) == (
        Slot(NOW + QUARTER, NOW + 2 * QUARTER, 1.23456),
    )
    assert [(one.at - NOW, one.value) for one in store.instants("soc.battery", NOW, NOW + DAY)] == [
        (k * QUARTER, 0.5) for k in (1, 2, 3)
    ]
    assert store.observations("car", NOW, NOW + DAY) == (Observation(NOW, True, 0.4),)
    assert store.slots("pv.other", NOW, NOW + DAY) == () == store.observations("bus", NOW, NOW + DAY)


def test_quarter_that_is_half_known_counts_only_for_those_who_want_it(store: Measurements) -> None:
    feed(store, NOW + timedelta(minutes=7), 23)
    assert [slot.begin for slot in store.slots("pv.roof", NOW, NOW + DAY)] == [NOW + QUARTER]
    assert [slot.begin for slot in store.slots("pv.roof", NOW, NOW + DAY, least_share=0.5)] == [NOW, NOW + QUARTER]


def test_source_is_part_of_the_name_for_those_who_ask(store: Measurements) -> None:
    feed(store, NOW, 15)
    assert store.slots("pv.roof", NOW, NOW + DAY, source="sensor.pv")
    assert not store.slots("pv.roof", NOW, NOW + DAY, source="sensor.another")


def test_restart_goes_on_within_the_quarter(tmp_path: Path) -> None:
    first = Measurements(tmp_path, NOW)
    at = feed(first, NOW, 5, 3.0)
    first.close(at)
    second = Measurements(tmp_path, at)
    feed(second, at, 10, 0.0)
    assert second.slots("pv.roof", NOW, NOW + DAY) == (Slot(NOW, NOW + QUARTER, pytest.approx(1.0, abs=1e-4)),)
    second.close(at)


def test_closed_store_neither_writes_nor_breaks(tmp_path: Path) -> None:
    store = Measurements(tmp_path, NOW)
    at = feed(store, NOW, 17)
    store.close(at)
    feed(store, at, 60)
    store.keep_prices("spot", [Slot(NOW, NOW + HOUR, 0.1)])
    assert store.slots("pv.roof", NOW, NOW + DAY) == ()
    again = Measurements(tmp_path, at)
    assert [slot.begin for slot in again.slots("pv.roof", NOW, NOW + DAY, least_share=0.1)] == [NOW, NOW + QUARTER]
    again.close(at)


def test_a_clock_that_was_set_back_does_not_spoil_what_was_known(store: Measurements) -> None:
    feed(store, NOW, 30, 2.0)
    feed(store, NOW + timedelta(minutes=5), 5, 9.0)
    feed(store, NOW + HOUR, 5)
    slots = store.slots("pv.roof", NOW, NOW + HOUR, least_share=0.0)
    assert [(slot.begin, slot.value) for slot in slots] == [(NOW, 2.0), (NOW + QUARTER, 2.0)]


def test_writes_once_in_five_minutes(tmp_path: Path) -> None:
    store = Measurements(tmp_path, NOW)
    began: list[str] = []
    store._kept.connection.set_trace_callback(lambda line: began.append(line) if line.startswith("BEGIN") else None)
    feed(store, NOW, 60, every_s=10)
    assert len(began) == 13 + 1  # and once what is old is thinned out
    store.close(NOW + HOUR)


def test_a_killed_writer_loses_nothing_that_it_has_said_is_written(tmp_path: Path) -> None:
    command = [sys.executable, str(Path(__file__).with_name("measurements_writer.py")), str(tmp_path)]
    for _ in range(3):
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(APPS)}
        ) as writer:
            assert writer.stdout is not None
            try:
                said = [next(writer.stdout).split() for _ in range(60)]
            finally:
                writer.kill()
        assert all(len(words) == 1 for words in said), said[-1]
        last = int(said[-1][0])
        begin = datetime(2026, 6, 1, tzinfo=timezone.utc)
        store = Measurements(tmp_path, begin)
        assert store.problems == ()
        for k in range(12):
            slots = store.slots(f"load.{k}", begin, begin + last // 15 * QUARTER)
            assert len(slots) == last // 15 > 15
            assert [slot.value for slot in slots] == pytest.approx([j / 100 for j in range(last // 15)])
        store.close(begin)
        for file in tmp_path.iterdir():
            file.unlink()


@pytest.mark.parametrize("content", [b"no database at all " * 300, b"", b"SQLite format 3\0" + b"\xff" * 5000])
def test_file_that_cannot_be_read_is_moved_aside_and_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    store = Measurements(tmp_path, NOW)
    feed(store, NOW, 15)
    assert store.slots("pv.roof", NOW, NOW + DAY)
    store.close(NOW)
    if content:
        assert (tmp_path / f"{FILE}.broken-20260601T120000").read_bytes() == content
        [problem] = store.problems
        assert FILE in problem and f"moved to {FILE}.broken-20260601T120000, and a new one begun" in problem
    assert Measurements(tmp_path, NOW).slots("pv.roof", NOW, NOW + DAY)


def test_pages_that_went_bad_while_it_ran_are_noticed_and_moved_aside(tmp_path: Path) -> None:
    store = Measurements(tmp_path, NOW)
    at = feed(store, NOW, 24 * 60, every_s=120)
    store._kept.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file = tmp_path / FILE
    size = file.stat().st_size
    with file.open("r+b") as opened:
        opened.seek(4096)
        opened.write(b"\xff" * (size - 4096))
    store._kept.connection.execute("PRAGMA shrink_memory")
    assert store.slots("pv.roof", NOW, NOW + DAY) == ()
    assert "cannot be read" in store.problems[-1]
    at = feed(store, at + 5 * HOUR, 30)
    assert [slot.begin for slot in store.slots("pv.roof", NOW, at)][-1] == at - QUARTER
    assert len(store.problems) == 1 and "moved to" in store.problems[0]
    store.close(at)


def test_file_of_a_newer_version_is_kept_for_it(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    store = Measurements(tmp_path, NOW)
    assert f"is of version {VERSION + 1}, and this suite knows {VERSION}" in store.problems[0]
    assert (tmp_path / f"{FILE}.broken-20260601T120000").exists()
    store.close(NOW)


def test_where_there_is_no_place_for_a_file_it_goes_on_in_memory(tmp_path: Path) -> None:
    (tmp_path / "occupied").write_text("a file, and no folder")
    store = Measurements(tmp_path / "occupied" / "data", NOW)
    feed(store, NOW, 15)
    assert store.slots("pv.roof", NOW, NOW + DAY)
    assert store.problems[0].endswith("what is measured is kept in memory only")
    store.close(NOW)


def test_disk_that_is_full_for_an_hour_loses_nothing(store: Measurements) -> None:
    at = feed(store, NOW, 15)
    store._kept.connection.execute("PRAGMA query_only = ON")  # every write fails, as on a full disk
    at = feed(store, at, 60)
    [problem] = store.problems
    assert "what is measured cannot be written" in problem
    assert len(store.slots("pv.roof", NOW, NOW + DAY)) == 1
    store._kept.connection.execute("PRAGMA query_only = OFF")
    at = feed(store, at, 15)
    assert store.problems == ()
    assert len(store.slots("pv.roof", NOW, NOW + DAY)) == 6


def test_prices_are_kept_as_they_came_and_written_only_when_they_change(store: Measurements) -> None:
    prices = [Slot(NOW + k * QUARTER, NOW + (k + 1) * QUARTER, k / 100) for k in range(8)]
    store.keep_prices("spot", prices)
    before = store._kept.connection.total_changes
    store.keep_prices("spot", prices)
    assert store._kept.connection.total_changes == before
    store.keep_prices("spot", [Slot(NOW, NOW + QUARTER, -0.5)])
    assert [slot.value for slot in store.slots("spot", NOW, NOW + HOUR)] == [-0.5, 0.01, 0.02, 0.03]


def test_forecasts_are_kept_as_they_stood(store: Measurements) -> None:
    def forecast(kw: float) -> list[Slot]:
        return [Slot(NOW + k * HOUR, NOW + (k + 1) * HOUR, kw) for k in range(-5, 60)]

    store.keep_forecast("pv.roof", forecast(1.0), NOW)
    store.keep_forecast("pv.roof", forecast(5.0), NOW + timedelta(minutes=30))  # too soon after the one before
    store.keep_forecast("pv.roof", forecast(2.0), NOW + 2 * HOUR)
    store.keep_forecast("pv.roof", forecast(2.0), NOW + 9 * HOUR)  # nothing new
    stood = {
        (slot.begin - NOW) // HOUR: slot.value
        for slot in store.forecast_as_it_stood("pv.roof", NOW - DAY, NOW + 3 * DAY)
    }
    assert stood == {0: 1.0, 1: 1.0} | {k: 2.0 for k in range(2, 51)}
    early = store.forecast_as_it_stood("pv.roof", NOW, NOW + 6 * HOUR, ahead=3 * HOUR)
    assert [(slot.begin - NOW) // HOUR for slot in early] == [3, 4, 5] and {slot.value for slot in early} == {1.0, 2.0}
    rows = store._kept.connection.execute("SELECT count(*) FROM forecasts").fetchone()[0]
    assert rows == 49 + 49


def test_old_quarters_become_hours_and_the_rest_is_forgotten(tmp_path: Path) -> None:
    store = Measurements(tmp_path, NOW, quarters_days=2)
    feed(store, NOW, 120, 1.0)
    feed(store, NOW + 2 * HOUR + timedelta(minutes=30), 30, 3.0)
    store.keep_prices("spot", [Slot(NOW + k * QUARTER, NOW + (k + 1) * QUARTER, k / 4) for k in range(8)])
    store.keep_forecast("pv.roof", [Slot(NOW, NOW + HOUR, 1.0)], NOW)
    later = NOW + 3 * DAY + timedelta(minutes=7)
    feed(store, later, 30, 2.0)
    old = store.slots("pv.roof", NOW, NOW + DAY, least_share=0.5)
    assert [(slot.begin, slot.end - slot.begin, slot.value) for slot in old] == [
        (NOW, HOUR, 1.0), (NOW + HOUR, HOUR, 1.0), (NOW + 2 * HOUR, HOUR, 3.0),
    ]  # fmt: skip
    assert [slot.value for slot in store.slots("spot", NOW, NOW + DAY)] == [0.375, 1.375]
    assert len(store.slots("pv.roof", NOW, NOW + DAY)) == 2
    assert {slot.end - slot.begin for slot in store.slots("pv.roof", later, later + DAY)} == {QUARTER}
    assert store.instants("soc.battery", NOW, NOW + DAY) == () == store.observations("car", NOW, NOW + DAY)
    feed(store, NOW + 70 * DAY, 5)
    assert store.forecast_as_it_stood("pv.roof", NOW, NOW + DAY) == ()
    store.close(later)


def test_rows_of_a_clock_that_was_ahead_go_once_it_is_right(store: Measurements) -> None:
    feed(store, NOW + 900 * DAY, 15)
    store.keep_prices("spot", [Slot(NOW + DAY, NOW + DAY + HOUR, 0.2)])
    feed(store, NOW, 15)
    assert [slot.begin for slot in store.slots("pv.roof", NOW - DAY, NOW + 2000 * DAY)] == [NOW]
    assert len(store.slots("spot", NOW, NOW + 2 * DAY)) == 1


def test_everything_with_a_sensor_is_sampled() -> None:
    found = sample(home_now(), make_site(), NOW)
    values = {series.name: kw for series, kw in found.values.items()}
    assert values == {
        "import": 1.0, "export": 0.0, "pv.roof": 2.0, "discharge.battery": 0.0, "charge.battery": 1.5, "ev.car": 0.0,
        "load.dishwasher": 0.0, "load.pool": 1.1, "load.tank": 0.0, "baseline": pytest.approx(0.4),
    }  # fmt: skip
    assert {series.name: soc for series, soc in found.socs.items()} == {"soc.battery": 0.55, "soc.car": 0.4}
    assert found.cars == {"car": (True, 0.4)} and found.at == NOW


def test_what_is_not_known_is_sampled_as_not_known() -> None:
    home = home_now()
    for entity, (_, attributes) in list(home.entities.items()):
        home.entities[entity] = ("unavailable", attributes)
    found = sample(home, make_site(), NOW)
    assert set(found.values.values()) == {None} == set(found.socs.values())
    assert found.cars == {"car": (None, None)}


def test_turned_sensors_are_other_series_with_the_right_direction() -> None:
    site = make_site(
        **{
            "grid.power": {"entity": "sensor.grid_power", "positive": "export"},
            "batteries.battery.power": {"entity": "sensor.battery_power", "positive": "charge"},
        }
    )
    turned, plain = sample(home_now(), site, NOW).values, sample(home_now(), make_site(), NOW).values
    assert {s.name: kw for s, kw in turned.items() if s.name in ("import", "export")} == {"import": 0.0, "export": 1.0}
    assert {s.name: kw for s, kw in turned.items() if s.name.endswith("charge.battery")} == {
        "charge.battery": 0.0, "discharge.battery": 1.5,
    }  # fmt: skip
    same = {series.name for series in turned.keys() & plain.keys()}
    assert not same & {"import", "export", "charge.battery", "discharge.battery", "baseline"} and "pv.roof" in same
