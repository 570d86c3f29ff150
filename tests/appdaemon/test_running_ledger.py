"""The ledger in the real AppDaemon on the demo's home, with yesterday's measurements on its disk."""

import math
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from builders.appdaemon_process import Suite, copy_demo, wait_for
from builders.ledger_house import ZONE
from hems.ha.measurements_rows import QUARTER, Batch, Instant, Mean, Series
from hems.ha.measurements_schema import MEASUREMENTS
from hems.ha.measurements_tables import put_batch

pytestmark = pytest.mark.appdaemon


def write_past(folder: Path, now: datetime) -> None:
    """The last 30 hours: 1 kW from the grid, nothing else; the price is fixed."""
    end = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    powers = {Series("import", "sensor.grid_power"): 1.0, Series("export", "sensor.grid_power"): 0.0,
              Series("pv.roof", "sensor.pv_power"): 0.0, Series("charge.battery", "sensor.battery_power"): 0.0,
              Series("discharge.battery", "sensor.battery_power"): 0.0, Series("ev.car", "sensor.charger_power"): 0.0,
              Series("load.pool", "sensor.pool_pump_power"): 0.0, Series("spot"): 0.10,
              Series("load.dishwasher", "sensor.dishwasher_power"): 0.0}  # fmt: skip
    times = [end - k * QUARTER for k in range(1, 30 * 4 + 1)]
    means = [Mean(series, at, QUARTER, kw) for series, kw in powers.items() for at in times]
    soc = Series("soc.battery", "sensor.battery_soc")
    instants = [Instant(soc, at, 0.1) for at in (*times, end)]
    connection, problem = MEASUREMENTS.open(folder, now)
    assert problem is None
    connection.execute("BEGIN")
    put_batch(connection, Batch(tuple(means), tuple(instants)))
    connection.execute("COMMIT")
    connection.close()


def with_fixed_prices(text: str) -> str:
    """The demo without spot prices: those that the planner sees would be stored over those of the made past."""
    bought = "import: {source: nordpool, entity: sensor.nordpool, add_per_kwh: 0.13, vat: 0.21}"
    sold = "export: {same_as: import, add_per_kwh: -0.02}"
    assert bought in text and sold in text
    text = text.replace(bought, "import: {fixed_per_kwh: 0.10, add_per_kwh: 0.13, vat: 0.21}")
    return text.replace(sold, "export: {fixed_per_kwh: 0.05}")


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    folder = copy_demo(tmp_path_factory.mktemp("ledger") / "config", with_fixed_prices)
    write_past(folder / "hems_data", datetime.now(timezone.utc))
    running = Suite(folder)
    try:
        wait_for(lambda: running.entity("sensor.hems_cost_month"), 40, "the ledger's sensors")
        yield running
    finally:
        running.close()


def hours_of(period: str) -> float:
    """Hours of the made past that lie in today, as the ledger reckons it, or in the day before."""
    now = datetime.now(timezone.utc)
    end = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    today = (end - timedelta(seconds=1)).astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    begin = today.astimezone(timezone.utc)
    before = datetime.combine(today.date() - timedelta(days=1), today.timetz().replace(tzinfo=None), ZONE)
    first = end - timedelta(hours=30)
    spans = {"today": (max(begin, first), end), "yesterday": (max(before.astimezone(timezone.utc), first), begin)}
    return max(0.0, (spans[period][1] - spans[period][0]) / timedelta(hours=1))


def test_past_is_reckoned_and_published_as_it_was_measured(suite: Suite) -> None:
    for period in ("today", "yesterday"):
        found = suite.entity(f"sensor.hems_cost_{period}")
        assert found is not None
        # A quarter of an hour may pass between the ledger's look and this one.
        assert float(found["state"]) == pytest.approx(hours_of(period) * (0.10 + 0.13) * 1.21, abs=0.08), period
    saving = suite.entity("sensor.hems_saving_today")
    assert saving is not None and float(saving["state"]) == pytest.approx(0.0, abs=0.01)
    energy = suite.entity("sensor.hems_import_energy_today")
    assert energy is not None
    assert energy["attributes"]["state_class"] == "total"
    assert datetime.fromisoformat(energy["attributes"]["last_reset"]).tzinfo is not None
    assert math.isclose(float(energy["state"]), hours_of("today"), abs_tol=0.3)


def test_ledger_is_on_disk_with_its_zone(suite: Suite) -> None:
    file = suite.folder / "hems_data/ledger.sqlite3"
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
        assert connection.execute("SELECT value FROM meta WHERE key = 'zone'").fetchone() == ('"Europe/Amsterdam"',)
        days = connection.execute("SELECT day, cost FROM days").fetchall()
    connection.close()
    assert len(days) >= 2


def test_sensors_are_there_again_when_home_assistant_is_back(suite: Suite) -> None:
    before = suite.state("sensor.hems_cost_month")
    suite.call("state/remove_entity", entity_id="sensor.hems_cost_month")
    wait_for(lambda: suite.state("sensor.hems_cost_month") is None, 10, "the sensor is gone")
    suite.fire("homeassistant_started")
    wait_for(lambda: suite.state("sensor.hems_cost_month"), 10, "the sensor is there again")
    assert suite.state("sensor.hems_cost_month") == before


def test_nothing_goes_wrong_in_the_log(suite: Suite) -> None:
    lines = [line for line in suite.text().splitlines() if "hems_ledger" in line]
    assert not [line for line in lines if "ERROR" in line or "WARNING" in line]


def test_it_ends_within_seconds_and_its_file_is_whole(suite: Suite) -> None:
    assert suite.interrupt(15) < 15
    with sqlite3.connect(suite.folder / "hems_data/ledger.sqlite3") as connection:
        assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
    connection.close()
