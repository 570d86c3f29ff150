"""What is written down while it happens, the ledger's sensors, and its subcommand."""

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from builders.dictionary_home import DictionaryHome
from builders.ledger_house import ZONE, account_of, house_site, measured_house, series
from builders.plans import make_latest
from hems.__main__ import main
from hems.ha.ledger_book import shown
from hems.ha.ledger_entities import ledger_entities
from hems.ha.ledger_measured import read_measured
from hems.ha.ledger_notes import Meters, Notes
from hems.ha.ledger_store import LedgerStore
from hems.ha.measurements_rows import QUARTER
from hems.ha.measurements_schema import MEASUREMENTS
from hems.planner.latest import Latest

BEGIN = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
MIDNIGHT = datetime(2026, 6, 1, tzinfo=ZONE).astimezone(timezone.utc)
METERS = Meters("sensor.energy_in", "sensor.energy_out", "sensor.co2")


def home() -> DictionaryHome:
    found = DictionaryHome()
    found.set("sensor.energy_in", "1234567", "Wh")
    found.set("sensor.energy_out", "unavailable", "kWh")
    found.set("sensor.co2", "250", "gCO2eq/kWh")
    found.set("input_boolean.ready", "off")
    return found


def minutes(
    notes: Notes, one: DictionaryHome, latest: Latest | None, first: int, last: int, store: LedgerStore
) -> None:
    for minute in range(first, last):
        now = BEGIN + timedelta(minutes=minute, seconds=1)
        if notes.look(one, latest, now):
            notes.write(store, now)


def test_plan_in_force_carbon_and_counters_are_noted_by_the_quarter_hour(tmp_path: Path) -> None:
    store, one = LedgerStore(tmp_path, BEGIN), home()
    notes = Notes(house_site(), METERS, ZONE)
    latest = make_latest(BEGIN)
    plan = latest.plan
    minutes(notes, one, latest, 0, 16, store)
    MEASUREMENTS.open(tmp_path, BEGIN)[0].close()
    found = read_measured(tmp_path, store, house_site(), BEGIN, BEGIN + 2 * QUARTER)
    assert found.planned_import_kw is not None and found.carbon is not None and found.import_counter_kwh is not None
    assert found.planned_import_kw[0] == pytest.approx(plan.grid.import_kw[0])
    assert found.carbon[0] == pytest.approx(0.25)
    assert np.isnan(found.carbon[1])
    assert found.import_counter_kwh[:2] == pytest.approx([1234.567, 1234.567])
    assert found.export_counter_kwh is None
    store.close()


def test_without_a_plan_or_with_a_silent_clock_nothing_is_noted_of_it(tmp_path: Path) -> None:
    store, one = LedgerStore(tmp_path, BEGIN), home()
    one.set("sensor.co2", "250", "ppm")
    notes = Notes(house_site(), METERS, ZONE)
    for minute in (0, 7, 14, 16):  # each silence is longer than a look holds
        if notes.look(one, None, BEGIN + timedelta(minutes=minute)):
            notes.write(store, BEGIN + timedelta(minutes=minute))
    assert store.noted(BEGIN, BEGIN + timedelta(hours=1)) == ()
    store.close()


def test_counter_that_is_read_late_does_not_stand_for_the_quarter_hour(tmp_path: Path) -> None:
    store, one = LedgerStore(tmp_path, BEGIN), home()
    notes = Notes(house_site(), METERS, ZONE)
    minutes(notes, one, None, 5, 12, store)
    assert store.counters(BEGIN, BEGIN + timedelta(hours=1)) == ()
    minutes(notes, one, None, 15, 16, store)
    assert [row[0] for row in store.counters(BEGIN, BEGIN + timedelta(hours=1))] == [BEGIN + QUARTER]
    store.close()


def test_program_is_asked_for_when_its_entity_goes_on(tmp_path: Path) -> None:
    store, one = LedgerStore(tmp_path, BEGIN), home()
    notes = Notes(house_site(), METERS, ZONE)
    minutes(notes, one, None, 0, 4, store)
    one.set("input_boolean.ready", "unavailable")
    minutes(notes, one, None, 4, 5, store)
    one.set("input_boolean.ready", "on")
    minutes(notes, one, None, 5, 16, store)
    assert store.asked(BEGIN, BEGIN + timedelta(hours=1)) == (("dishwasher", BEGIN + timedelta(minutes=5, seconds=1)),)
    was_on = Notes(house_site(), METERS, ZONE)
    minutes(was_on, one, None, 30, 46, store)
    assert len(store.asked(BEGIN, BEGIN + timedelta(hours=1))) == 1
    store.close()


def test_quarter_hour_in_progress_goes_on_after_a_restart(tmp_path: Path) -> None:
    store, one = LedgerStore(tmp_path, BEGIN), home()
    first = Notes(house_site(), METERS, ZONE)
    minutes(first, one, None, 0, 8, store)
    first.write(store, BEGIN + timedelta(minutes=8))
    again = Notes(house_site(), METERS, ZONE, store.noted(BEGIN, BEGIN + timedelta(minutes=9)))
    minutes(again, one, None, 9, 16, store)
    (noted,) = [row for row in store.noted(BEGIN, BEGIN + timedelta(minutes=1)) if row.name == "carbon"]
    assert noted.share == pytest.approx(13 / 15, abs=0.01)
    store.close()


def test_sessions_of_an_entity_are_noted(tmp_path: Path) -> None:
    store, one = LedgerStore(tmp_path, BEGIN), home()
    event = {"start": "2026-06-01T17:00:00+00:00", "end": "2026-06-01T18:00:00+00:00", "octopoints_per_kwh": 1600}
    one.set("event.sessions", "2026-06-01", joined_events=[event])
    notes = Notes(house_site(**{"prices.saving_sessions": {"entity": "event.sessions"}}), METERS, ZONE)
    minutes(notes, one, None, 0, 1, store)
    (session,) = store.sessions(BEGIN, BEGIN + timedelta(days=1))
    assert (session.kind, session.per_kwh, session.end - session.begin) == ("saving", 2.0, timedelta(hours=1))
    store.close()


def kept_days(folder: Path) -> LedgerStore:
    site = house_site(0.30, 0.05)
    told = np.tile(series(96, q8_12=1.5, q72_76=-1.0), 2)
    house = measured_house(
        MIDNIGHT, series(192, 1.0), np.tile(series(96, q40_48=5.0), 2), battery=told, soc=0.1, site=site
    )
    store = LedgerStore(folder, house.end)
    store.keep(account_of(site, house, now=lambda end: end))
    return store


def test_sensors_are_as_home_assistants_statistics_and_energy_dashboard_want_them(tmp_path: Path) -> None:
    store = kept_days(tmp_path)
    seen = shown(store, house_site(0.30, 0.05), ZONE, MIDNIGHT + timedelta(days=2))
    found = {entity.entity_id: entity for entity in ledger_entities(seen, "EUR")}
    store.close()
    energy = found["sensor.hems_import_energy_today"]
    assert energy.attributes["device_class"] == "energy"
    assert energy.attributes["state_class"] == "total"
    assert energy.attributes["unit_of_measurement"] == "kWh"
    assert datetime.fromisoformat(energy.attributes["last_reset"]) == MIDNIGHT + timedelta(days=1)
    # 1.5 kW for an hour into the battery, 1 kW for an hour out of it, 5 kW for two hours from the roof.
    kwh = {"pv": 10.0, "battery_charge": 1.5, "battery_discharge": 1.0}
    for name, wanted in kwh.items():
        one = found[f"sensor.hems_{name}_energy_today"]
        assert float(one.state) == pytest.approx(wanted)
        assert {**energy.attributes, **one.attributes} == {
            **energy.attributes,
            "friendly_name": one.attributes["friendly_name"],
        }
    for period in ("today", "month", "year"):
        for kind in ("cost", "saving"):
            one = found[f"sensor.hems_{kind}_{period}"].attributes
            assert (one["device_class"], one["state_class"], one["unit_of_measurement"]) == ("monetary", "total", "EUR")
    assert "state_class" not in found["sensor.hems_cost_yesterday"].attributes
    year = datetime(2026, 1, 1, tzinfo=ZONE)
    assert datetime.fromisoformat(found["sensor.hems_saving_year"].attributes["last_reset"]) == year
    assert float(found["sensor.hems_cost_month"].state) == pytest.approx(
        float(found["sensor.hems_cost_today"].state) + float(found["sensor.hems_cost_yesterday"].state), abs=0.02
    )
    # 24 kWh used, 1.5 put into the battery, 2 had from the sun and 1 from the battery.
    assert float(found["sensor.hems_self_sufficiency"].state) == pytest.approx(100 * (1 - 22.5 / 24), abs=0.1)
    assert float(found["sensor.hems_self_consumption"].state) == pytest.approx(20.0)
    assert float(found["sensor.hems_battery_cycles"].state) > 0
    assert "sensor.hems_carbon_today" not in found
    for entity in found.values():
        assert len(json.dumps(entity.attributes)) < 15_000
        assert all(isinstance(value, str) for value in entity.attributes.values()), entity.entity_id


def test_a_home_without_pv_and_battery_has_no_sensors_of_them(tmp_path: Path) -> None:
    house = measured_house(MIDNIGHT, series(96, 1.0), battery=np.zeros(96), site=house_site(0.30))
    store = LedgerStore(tmp_path, house.end)
    store.keep(account_of(house_site(0.30), house, now=lambda end: end))
    seen = shown(store, house_site(0.30), ZONE, house.end)
    found = {entity.entity_id: entity.state for entity in ledger_entities(seen, "EUR")}
    store.close()
    assert found["sensor.hems_import_energy_today"] == "24.000"
    assert [one for one in found if "pv_energy" in one or "charge_energy" in one] == []


def test_csv_by_day_and_by_quarter_hour(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept_days(tmp_path).close()
    assert main(["ledger", str(tmp_path), "--csv", str(tmp_path / "days.csv")]) == 0
    assert "2 lines, one a day" in capsys.readouterr().out
    assert (tmp_path / "days.csv").read_text().splitlines()[1].startswith("2026-06-01,")
    assert main(["ledger", str(tmp_path), "--csv", "-", "--by", "quarter"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 193


def test_table_and_refusals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", str(tmp_path)]) == 2
    assert "has no ledger.sqlite3" in capsys.readouterr().err
    kept_days(tmp_path).close()
    assert main(["ledger", str(tmp_path)]) == 0
    table = capsys.readouterr().out
    assert "2026-06" in table and "saving" in table and "100%" in table
    assert main(["ledger", str(tmp_path), "--recompute"]) == 2
    assert "needs --apps" in capsys.readouterr().err


def test_recompute_wants_a_zone_and_reads_the_measurements(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept_days(tmp_path).close()
    apps = str(Path(__file__).resolve().parents[2] / "apps/apps.yaml")
    arguments = ["ledger", str(tmp_path), "--apps", apps, "--recompute"]
    assert main(arguments) == 2
    assert "give --zone" in capsys.readouterr().err
    assert main([*arguments, "--zone", "Mars/Olympus"]) == 2
    assert "is not a time zone" in capsys.readouterr().err
    assert main([*arguments, "--zone", "Europe/Amsterdam"]) == 2
    assert "the measurements cannot be read" in capsys.readouterr().err
    MEASUREMENTS.open(tmp_path, MIDNIGHT)[0].close()
    assert main([*arguments, "--zone", "Europe/Amsterdam"]) == 0
    assert "0 days reckoned anew" in capsys.readouterr().out
