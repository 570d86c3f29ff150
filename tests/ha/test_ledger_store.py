"""The ledger's file: what is kept, what is final, what becomes of a broken file; and months reckoned from measurements."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from builders.dictionary_home import DictionaryHome
from builders.ledger_house import ZONE, account_of, house_site, measured_house, series
from hems.config.site import Site
from hems.domain.series import Slot
from hems.ha.ledger_book import keep_months, reckon, recompute
from hems.ha.ledger_entities import ledger_entities
from hems.ha.ledger_measured import read_measured, stays_of
from hems.ha.ledger_schema import FILE, VERSION
from hems.ha.ledger_store import LedgerStore, Noted, Session
from hems.ha.measurements import Measurements
from hems.ha.measurements_rows import QUARTER, Batch, CarSeen, Instant, Mean, Series
from hems.ha.measurements_sample import sample
from hems.ha.measurements_schema import MEASUREMENTS
from hems.ha.measurements_tables import put_batch
from hems.ledger.measured import Measured
from hems.planner.habits import Observation

MIDNIGHT = datetime(2026, 6, 1, tzinfo=ZONE).astimezone(timezone.utc)
NOW = MIDNIGHT + timedelta(days=3)
SITE = house_site(0.30, 0.05)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LedgerStore]:
    made = LedgerStore(tmp_path, NOW)
    yield made
    made.close()


def three_days(load: float = 1.0) -> Measured:
    count = 3 * 96
    told = np.tile(series(96, q8_12=4.0, q72_76=-3.0), 3)
    return measured_house(MIDNIGHT, series(count, load), battery=told, soc=0.1, site=SITE)


def write_measurements(folder: Path, measured: Measured, site: Site = SITE) -> None:
    """What the suite would have written while it measured this."""
    battery, grid = "sensor.battery_power", "sensor.grid_power"
    rows = {Series("import", grid): measured.import_kw, Series("export", grid): measured.export_kw,
            Series("pv.roof", "sensor.pv_power"): measured.pv_kw["roof"],
            Series("charge.battery", battery): measured.charge_kw["battery"],
            Series("discharge.battery", battery): measured.discharge_kw["battery"],
            Series("ev.car", "sensor.charger_power"): measured.car_kw["car"],
            Series("load.pool", "sensor.pool_power"): measured.load_kw["pool"],
            Series("load.dishwasher", "sensor.dishwasher_power"): measured.load_kw["dishwasher"]}  # fmt: skip
    means = [Mean(name, measured.time(k), QUARTER, kw) for name, values in rows.items() for k, kw in enumerate(values)]
    soc = Series("soc.battery", "sensor.battery_soc")
    instants = [Instant(soc, measured.time(k), float(value)) for k, value in enumerate(measured.soc["battery"])]
    cars = [CarSeen("car", at, on, None) for s in measured.stays["car"] for at, on in ((s.begin, True), (s.end, False))]
    connection, problem = MEASUREMENTS.open(folder, NOW)
    assert problem is None
    connection.execute("BEGIN")
    put_batch(connection, Batch(tuple(means), tuple(instants), tuple(cars)))
    connection.execute("COMMIT")
    connection.close()


def test_days_and_quarter_hours_come_back_as_they_were_kept(store: LedgerStore) -> None:
    found = account_of(SITE, three_days())
    assert store.keep(found)
    assert store.days() == found.days
    assert store.quarters(MIDNIGHT, NOW) == found.quarters
    assert store.days("2026-06-02", "2026-06-03") == found.days[1:2]


def test_final_day_stays_as_it_is_until_somebody_asks(store: LedgerStore) -> None:
    store.keep(account_of(SITE, three_days()))
    dearer = account_of(house_site(0.60, 0.05), three_days())
    before = store.days(), store.quarters(MIDNIGHT, NOW)
    store.keep(dearer)
    assert (store.days(), store.quarters(MIDNIGHT, NOW)) == before
    store.keep(dearer, force=True)
    assert store.days() == dearer.days
    assert store.quarters(MIDNIGHT, NOW) == dearer.quarters


def test_day_that_is_not_final_follows(store: LedgerStore) -> None:
    store.keep(account_of(SITE, three_days(), now=lambda end: end))
    assert [day.final for day in store.days()] == [True, True, False]
    dearer = account_of(house_site(0.60, 0.05), three_days(), now=lambda end: end)
    store.keep(dearer)
    kept = store.days()
    assert kept[2].cost == dearer.days[2].cost
    assert kept[0].cost != dearer.days[0].cost


def test_what_was_known_is_not_forgotten_with_the_measurements(store: LedgerStore) -> None:
    found = account_of(SITE, three_days(), now=lambda end: end)
    store.keep(found)
    lost = replace(three_days(), import_kw=np.full(288, np.nan))
    store.keep(account_of(SITE, lost), force=True)
    assert store.days() == found.days


def test_row_that_is_as_it_was_is_not_written(store: LedgerStore, tmp_path: Path) -> None:
    found = account_of(SITE, three_days(), now=lambda end: end)
    store.keep(found)
    with sqlite3.connect(tmp_path / FILE) as other:
        before = other.execute("PRAGMA data_version").fetchone()
        store.keep(found)
        assert other.execute("PRAGMA data_version").fetchone() == before
    other.close()


def test_days_before_the_first_that_was_measured_are_not_kept(store: LedgerStore) -> None:
    nothing = replace(three_days(), import_kw=np.concatenate((np.full(96, np.nan), np.ones(96), np.full(96, np.nan))))
    store.keep(account_of(SITE, nothing))
    assert [(day.day, day.measured) for day in store.days()] == [("2026-06-02", 96), ("2026-06-03", 0)]


def test_notes_come_back_and_old_ones_are_forgotten(store: LedgerStore) -> None:
    session = Session(MIDNIGHT, "saving", MIDNIGHT + timedelta(hours=1), 2.0)
    store.note(
        NOW,
        [Noted(MIDNIGHT, "plan.import", 1.5, 1.0)],
        {"import": 1234.5},
        MIDNIGHT,
        [("dishwasher", MIDNIGHT)],
        [session],
    )
    assert store.noted(MIDNIGHT, NOW) == (Noted(MIDNIGHT, "plan.import", 1.5, 1.0),)
    assert store.counters(MIDNIGHT, NOW) == ((MIDNIGHT, "import", 1234.5),)
    assert store.asked(MIDNIGHT, NOW) == (("dishwasher", MIDNIGHT),)
    assert store.sessions(MIDNIGHT, NOW) == (session,)
    store.note(NOW + timedelta(days=500))
    assert (store.noted(MIDNIGHT, NOW), store.counters(MIDNIGHT, NOW), store.asked(MIDNIGHT, NOW)) == ((), (), ())


def test_broken_file_is_moved_aside_and_said(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"this is no database" * 500)
    store = LedgerStore(tmp_path, NOW)
    assert "moved to ledger.sqlite3.broken-20260603T220000" in store.problems[0]
    assert store.keep(account_of(SITE, three_days()))
    store.close()
    assert len(list(tmp_path.glob(f"{FILE}.broken-*"))) == 1


def test_file_of_a_newer_version_is_moved_aside(tmp_path: Path) -> None:
    LedgerStore(tmp_path, NOW).close()
    with sqlite3.connect(tmp_path / FILE) as other:
        other.execute(f"PRAGMA user_version = {VERSION + 1}")
    other.close()
    store = LedgerStore(tmp_path, NOW)
    assert f"is of version {VERSION + 1}" in store.problems[0]
    store.close()


def test_place_without_room_for_a_file_keeps_the_ledger_in_memory(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    store = LedgerStore(tmp_path / "taken", NOW)
    assert "in memory only" in store.problems[0]
    assert store.keep(account_of(SITE, three_days())) and len(store.days()) == 3
    store.close()


def test_power_cut_in_the_middle_of_a_write_leaves_the_account_before(tmp_path: Path) -> None:
    store = LedgerStore(tmp_path, NOW)
    store.keep(account_of(SITE, three_days(), now=lambda end: end))
    kept = store.days()
    store.close()
    cut = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    cut.execute("BEGIN IMMEDIATE")
    cut.execute("DELETE FROM days")
    copy = tmp_path / "after"
    copy.mkdir()
    for file in tmp_path.glob(f"{FILE}*"):  # as the disk is at that moment
        (copy / file.name).write_bytes(file.read_bytes())
    cut.close()
    after = LedgerStore(copy, NOW)
    assert after.days() == kept
    assert after.problems == ()
    after.close()


def test_closed_store_answers_nothing_and_raises_nothing(store: LedgerStore) -> None:
    store.close()
    assert store.days() == ()
    assert store.note(NOW) is False


def test_months_are_reckoned_from_the_measurements_as_they_were_made(store: LedgerStore, tmp_path: Path) -> None:
    measured = three_days()
    write_measurements(tmp_path, measured)
    assert keep_months(tmp_path, store, SITE, ZONE, MIDNIGHT, NOW) == 3
    expected = account_of(SITE, measured, now=lambda end: end).days
    for day, one in zip(store.days(), expected, strict=True):
        assert (day.cost, day.saving) == (pytest.approx(one.cost, abs=2e-3), pytest.approx(one.saving, abs=5e-3))
        assert (day.compared, day.final) == (one.compared, one.final)


def test_last_month_is_kept_open_in_the_first_week_of_the_next(store: LedgerStore, tmp_path: Path) -> None:
    write_measurements(tmp_path, three_days())
    later = datetime(2026, 7, 3, 12, tzinfo=timezone.utc)
    assert reckon(tmp_path, store, SITE, ZONE, later).problems == ()
    days = store.days()
    assert len(days) == 30 + 3
    assert [day.measured for day in days[:4]] == [96, 96, 96, 0]
    assert recompute(tmp_path, store, SITE, ZONE, later) == 33


def test_shown_figures_of_the_day_and_its_last_word_at_midnight(store: LedgerStore, tmp_path: Path) -> None:
    write_measurements(tmp_path, three_days())
    shown = reckon(tmp_path, store, SITE, ZONE, NOW + timedelta(minutes=6))
    assert shown.summary["day"] == "2026-06-03"
    assert shown.periods.today.import_kwh == pytest.approx(24 + 4 - 1, abs=0.01)
    assert len(shown.summary["quarters"]) == 96
    after = reckon(tmp_path, store, SITE, ZONE, NOW + timedelta(minutes=21))
    assert after.summary["day"] == "2026-06-04"
    assert after.periods.yesterday.cost == shown.periods.today.cost
    assert after.begins["today"] == NOW


def test_without_measurements_nothing_is_known_and_nothing_wrong(store: LedgerStore, tmp_path: Path) -> None:
    shown = reckon(tmp_path, store, SITE, ZONE, NOW)
    assert shown.problems == ()
    assert shown.summary["notes"] == ["nothing has been measured yet"]
    states = {entity.entity_id: entity.state for entity in ledger_entities(shown, "EUR")}
    assert states["sensor.hems_cost_today"] == "unknown"
    assert states["sensor.hems_self_consumption"] == "unknown"
    assert not (tmp_path / "measurements.sqlite3").exists()


def test_measurements_that_cannot_be_read_are_a_sentence(store: LedgerStore, tmp_path: Path) -> None:
    (tmp_path / "measurements.sqlite3").write_bytes(b"this is no database" * 500)
    assert "nothing measured can be read" in reckon(tmp_path, store, SITE, ZONE, NOW).problems[0]


def test_meter_that_was_read_the_wrong_way_round_does_not_count(store: LedgerStore, tmp_path: Path) -> None:
    wrong = Mean(Series("import", "-sensor.grid_power"), MIDNIGHT, QUARTER, 9.0)
    older = Mean(Series("import", "sensor.old_meter"), MIDNIGHT, QUARTER, 5.0)
    own = Mean(Series("import", "sensor.grid_power"), MIDNIGHT + QUARTER, QUARTER, 2.0)
    both = Mean(Series("import", "sensor.old_meter"), MIDNIGHT + QUARTER, QUARTER, 5.0)
    little = Mean(Series("import", "sensor.grid_power"), MIDNIGHT + 2 * QUARTER, QUARTER, 2.0, share=0.5)
    connection, _ = MEASUREMENTS.open(tmp_path, NOW)
    put_batch(connection, Batch((older, wrong, both, own, little)))
    connection.close()
    found = read_measured(tmp_path, store, SITE, MIDNIGHT, MIDNIGHT + 4 * QUARTER)
    assert np.nan_to_num(found.import_kw, nan=-1).tolist() == [5.0, 2.0, -1.0, -1.0]


def test_prices_of_any_length_are_laid_on_quarter_hours(store: LedgerStore, tmp_path: Path) -> None:
    minutes = ((-60, 60, 0.1), (0, 30, 0.2), (30, 5, 0.3), (35, 5, 0.6), (40, 5, 0.3), (45, 5, 0.9))
    times = [(MIDNIGHT + timedelta(minutes=at), length, price) for at, length, price in minutes]
    measurements = Measurements(tmp_path, NOW)
    measurements.keep_prices("spot", [Slot(at, at + timedelta(minutes=length), price) for at, length, price in times])
    measurements.close(NOW)
    found = read_measured(tmp_path, store, SITE, MIDNIGHT - QUARTER, MIDNIGHT + 4 * QUARTER).spot
    assert np.nan_to_num(found, nan=-1) == pytest.approx([0.1, 0.2, 0.2, 0.4, -1])  # type: ignore[arg-type]


def test_car_counts_as_come_anew_after_a_silence() -> None:
    def seen(hours: float, on: bool | None) -> Observation:
        return Observation(MIDNIGHT + timedelta(hours=hours), on, None)

    stays = stays_of([seen(0, True), seen(1, True), seen(5, True), seen(5.5, None), seen(6, False), seen(7, True)])
    hours = [
        ((s.begin - MIDNIGHT) / timedelta(hours=1), (s.end - MIDNIGHT) / timedelta(hours=1), s.ended) for s in stays
    ]
    assert hours == [(0.0, 1.0, True), (5.0, 6.0, True), (7.0, pytest.approx(7 + 70 / 60), False)]


def test_plant_that_was_held_back_would_have_given_what_was_forecast(store: LedgerStore, tmp_path: Path) -> None:
    measurements = Measurements(tmp_path, NOW)
    half_hour = Slot(MIDNIGHT, MIDNIGHT + timedelta(minutes=30), 4.0)
    measurements.keep_forecast("pv.roof", [half_hour], MIDNIGHT - timedelta(hours=1))
    measurements.close(NOW)
    held, pv = Series("curtailed.roof"), Series("pv.roof", "sensor.pv_power")
    rows = [Mean(held, MIDNIGHT + k * QUARTER, QUARTER, value) for k, value in enumerate((0.0, 0.5, 1.0, 0.0))]
    rows += [Mean(pv, MIDNIGHT + k * QUARTER, QUARTER, 1.0) for k in range(4)]
    connection, _ = MEASUREMENTS.open(tmp_path, NOW)
    put_batch(connection, Batch(tuple(rows)))
    connection.close()
    found = read_measured(tmp_path, store, SITE, MIDNIGHT, MIDNIGHT + 4 * QUARTER).curtailed_kw["roof"]
    assert np.nan_to_num(found, nan=-1).tolist() == [0.0, 3.0, -1.0, 0.0]


def test_export_has_prices_of_its_own(store: LedgerStore, tmp_path: Path) -> None:
    measurements = Measurements(tmp_path, NOW)
    measurements.keep_prices("spot.export", [Slot(MIDNIGHT, MIDNIGHT + QUARTER, 0.07)])
    measurements.close(NOW)
    found = read_measured(tmp_path, store, SITE, MIDNIGHT, MIDNIGHT + QUARTER)
    assert found.export_spot is not None and found.export_spot.tolist() == [0.07]
    assert found.spot is not None and np.isnan(found.spot).all()


@pytest.mark.parametrize("turned", [False, True])
def test_what_the_suite_measures_is_what_the_ledger_reads(store: LedgerStore, tmp_path: Path, turned: bool) -> None:
    signs = {"grid.power": {"entity": "sensor.grid_power", "positive": "export"},
             "batteries.battery.power": {"entity": "sensor.battery_power", "positive": "charge"}}  # fmt: skip
    site = house_site(0.30, 0.05, **(signs if turned else {}))
    home, sign = DictionaryHome(), -1 if turned else 1
    home.set("sensor.grid_power", str(sign * 1500), "W")
    home.set("sensor.battery_power", str(sign * -500), "W")
    home.set("sensor.battery_soc", "42", "%")
    home.set("binary_sensor.car_plugged", "on")
    for entity, watts in (("pv", 800), ("charger", 300), ("pool", 200), ("dishwasher", 100)):
        home.set(f"sensor.{entity}_power", str(watts), "W")
    measurements = Measurements(tmp_path, MIDNIGHT)
    for k in range(31 * 6):
        at = MIDNIGHT + timedelta(seconds=10 * k)
        measurements.add(sample(home, site, at))
    measurements.close(MIDNIGHT + 2 * QUARTER)
    found = read_measured(tmp_path, store, site, MIDNIGHT, MIDNIGHT + 2 * QUARTER)
    assert found.import_kw == pytest.approx([1.5, 1.5])
    assert found.export_kw == pytest.approx([0.0, 0.0])
    assert found.charge_kw["battery"] == pytest.approx([0.5, 0.5])
    assert found.discharge_kw["battery"] == pytest.approx([0.0, 0.0])
    assert found.pv_kw["roof"] == pytest.approx([0.8, 0.8])
    assert found.car_kw["car"] == pytest.approx([0.3, 0.3])
    assert found.load_kw["pool"] == pytest.approx([0.2, 0.2])
    assert found.load_kw["dishwasher"] == pytest.approx([0.1, 0.1])
    assert found.soc["battery"][1:] == pytest.approx([0.42, 0.42])
    assert found.stays["car"][0].begin == MIDNIGHT
    house = account_of(site, found, now=lambda end: end).quarters[0].house_kwh
    assert house == pytest.approx((1.5 + 0.8 - 0.5) / 4)
