"""The ledger's sensors in Home Assistant's statistics and in its Energy dashboard.

What Home Assistant compiles every five minutes is not waited for here: only its own word on each sensor is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml

from hems.ha.measurements_rows import QUARTER, Batch, Instant, Mean, Series
from hems.ha.measurements_schema import MEASUREMENTS
from hems.ha.measurements_tables import put_batch

from .client import Client, wait_for
from .feeds import quarter
from .home import PLAN_TIMEOUT_S
from .past import seed
from .server import HomeAssistant
from .suite import CONFIGURATION, Suite

pytestmark = pytest.mark.home_assistant

ENERGY = "sensor.hems_{}_energy_today"
GRID = {
    "type": "grid",
    "stat_energy_from": ENERGY.format("import"),
    "stat_energy_to": ENERGY.format("export"),
    "stat_cost": "sensor.hems_cost_today",
    "entity_energy_price": None,
    "number_energy_price": None,
    "stat_compensation": None,
    "entity_energy_price_export": None,
    "number_energy_price_export": None,
    "cost_adjustment_day": 0,
}
SOLAR = {"type": "solar", "stat_energy_from": ENERGY.format("pv"), "config_entry_solar_forecast": None}
BATTERY = {
    "type": "battery",
    "stat_energy_from": ENERGY.format("battery_discharge"),
    "stat_energy_to": ENERGY.format("battery_charge"),
}
METER = GRID | {
    "stat_energy_from": "sensor.meter_import",
    "stat_energy_to": "sensor.meter_export",
    "stat_cost": None,
    "entity_energy_price": "sensor.hems_import_price",
    "entity_energy_price_export": "sensor.hems_export_price",
}
"""The same with the meter's own counters, and the suite's prices."""

SUMS = {
    *(GRID[key] for key in ("stat_energy_from", "stat_energy_to", "stat_cost")),
    SOLAR["stat_energy_from"],
    BATTERY["stat_energy_from"],
    BATTERY["stat_energy_to"],
    *(f"sensor.hems_{kind}_{period}" for kind in ("cost", "saving") for period in ("today", "month", "year")),
}


class EnergyHome(HomeAssistant):
    """A Home Assistant with the Energy dashboard."""

    def _prepare(self) -> None:
        super()._prepare()
        with (self.folder / "configuration.yaml").open("a", encoding="utf-8") as file:
            file.write("energy:\n")


def configuration_with_a_past(folder: Path) -> Path:
    """The suite's configuration with a ledger, fixed prices, and two days that were measured until this quarter hour."""
    apps: dict[str, Any] = yaml.safe_load((CONFIGURATION / "apps/apps.yaml").read_text())
    apps["hems"] |= {
        "data_dir": str(folder / "data"),
        "prices": {"import": {"fixed_per_kwh": 0.30}, "export": {"fixed_per_kwh": 0.05}},
    }
    apps["hems_ledger"] = {"module": "hems.ledger_app", "class": "Ledger", "dependencies": ["hems"]}
    made = folder / "configuration"
    made.mkdir(parents=True)
    (made / "appdaemon.yaml").write_text((CONFIGURATION / "appdaemon.yaml").read_text())
    (made / "apps").mkdir()
    (made / "apps/hems").symlink_to(CONFIGURATION / "apps/hems", target_is_directory=True)
    (made / "apps/apps.yaml").write_text(yaml.safe_dump(apps))
    (folder / "data").mkdir()
    measured(folder / "data", quarter(datetime.now(timezone.utc)))
    return made


def measured(folder: Path, until: datetime) -> None:
    """1 kW is used and 2 kW come from the roof all the time; battery and grid each take 0.75 kW and give 0.25 kW."""
    battery = "sensor.battery_power"
    powers = {
        Series("import", "sensor.grid_power"): 0.25,
        Series("export", "sensor.grid_power"): 0.75,
        Series("pv.roof", "sensor.pv_power"): 2.0,
        Series("charge.battery", battery): 0.75,
        Series("discharge.battery", battery): 0.25,
        Series("ev.car", "sensor.charger_power"): 0.0,
    }
    times = [until - (k + 1) * QUARTER for k in range(2 * 96)]
    means = [Mean(name, at, QUARTER, kw) for name, kw in powers.items() for at in times]
    soc = [Instant(Series("soc.battery", "sensor.battery_soc"), at, 0.5) for at in times]
    connection, problem = MEASUREMENTS.open(folder, until)
    assert problem is None
    connection.execute("BEGIN")
    put_batch(connection, Batch(tuple(means), tuple(soc), ()))
    connection.execute("COMMIT")
    connection.close()


@pytest.fixture(scope="module")
def client(home_assistant: HomeAssistant, suite: Suite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A Home Assistant to which a ledger with a past has published."""
    folder = tmp_path_factory.mktemp("energy")
    server = EnergyHome(home_assistant.hass, folder / "assistant")
    running = Suite(suite.appdaemon, folder / "suite", configuration_with_a_past(folder))
    try:
        server.start()
        seed(server.client, datetime.now(timezone.utc))
        for name in ("meter_import", "meter_export"):
            counter = {"unit_of_measurement": "kWh", "device_class": "energy", "state_class": "total_increasing"}
            server.client.publish(f"sensor.{name}", "1234.5", counter)
        running.start(server.client)
        # they are published one after another: the last of them may come a second after the first
        for entity in (*sorted(SUMS), "sensor.hems_import_price"):
            wait_for(entity, lambda entity=entity: server.client.state(entity), PLAN_TIMEOUT_S)  # type: ignore[misc]
        yield server.client
    finally:
        running.stop()
        server.stop()


def test_every_sum_has_statistics_and_no_issue(client: Client) -> None:
    listed, issues = client.ask({"type": "recorder/list_statistic_ids"}, {"type": "recorder/validate_statistics"})

    known = {one["statistic_id"]: one for one in listed}
    assert {one for one in SUMS if not known.get(one, {}).get("has_sum")} == set()
    assert {known[one]["unit_class"] for one in SUMS if "energy" in one} == {"energy"}
    assert {key: value for key, value in issues.items() if key.startswith("sensor.hems_")} == {}
    values = {one: client.state(one) for one in sorted(SUMS)}
    print(f"\n{values}")
    assert [one for one, value in values.items() if value in (None, "unknown")] == []


@pytest.mark.parametrize("grid", [GRID, METER], ids=["HEMS's sums", "the meter's counters and HEMS's prices"])
def test_the_energy_dashboard_takes_them(client: Client, grid: dict[str, Any]) -> None:
    sources = [grid, SOLAR, BATTERY]
    saved, found = client.ask(
        {"type": "energy/save_prefs", "energy_sources": sources, "device_consumption": []}, {"type": "energy/validate"}
    )

    assert [one["type"] for one in saved["energy_sources"]] == ["grid", "solar", "battery"]
    # what is not compiled yet is there within five minutes
    issues = [issue for source in found["energy_sources"] for issue in source]
    assert [issue for issue in issues if issue["type"] != "statistics_not_defined"] == []
