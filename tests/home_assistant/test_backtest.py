"""`python -m hems backtest` on the long-term statistics of a real Home Assistant, before anything is controlled."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from .client import wait_for
from .past import DAYS, house_kw, pv_kw
from .server import HomeAssistant

pytestmark = pytest.mark.home_assistant

ROOT = Path(__file__).resolve().parents[2]
APPS = Path(__file__).resolve().parent / "appdaemon_config/apps/apps.yaml"
COUNTER = "sensor.backtest_pv_counter"
"""A PV counter in MJ that is reset once, in the middle of the past."""

PERIOD_DAYS = 5


def spot(moment: datetime) -> float:
    """A spot price [EUR/MWh]: below nothing for two hours, dear in the evening; hours of UTC."""
    return {11: -20.0, 12: -20.0, 17: 310.0, 18: 290.0}.get(moment.astimezone(timezone.utc).hour, 80.0)


@pytest.fixture(scope="module")
def hours(home_assistant: HomeAssistant) -> list[datetime]:
    """The hours that statistics were imported for, of prices and of the counter; the meters have theirs."""
    now = datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0)
    hours = [now - timedelta(hours=back) for back in range(DAYS * 24, 0, -1)]
    # What a counter's first row has counted is not known: an hour more, or its first hour is open where the sun shines then.
    home_assistant.client.ask(_prices(hours), _counter([hours[0] - timedelta(hours=1), *hours]))
    wanted = ["sensor.nordpool", COUNTER]
    command = {
        "type": "recorder/statistics_during_period",
        "start_time": hours[0].isoformat(),
        "statistic_ids": wanted,
        "period": "hour",
    }

    def complete() -> bool:
        found = home_assistant.client.ask(command)[0]
        return all(len(found.get(entity, [])) >= len(hours) for entity in wanted)

    wait_for("the recorder to take the statistics", complete, 30)
    return hours


def test_a_real_home_assistants_past_becomes_a_bill(
    home_assistant: HomeAssistant, hours: list[datetime], tmp_path: Path
) -> None:
    done = _backtest(home_assistant, APPS, tmp_path, "--sweep", "battery=5")

    assert done.returncode == 0, done.stderr
    print(f"\n{done.stdout}")
    _same_as_it_was(tmp_path / "out/history.csv", open_quarters=0)
    found = json.loads((tmp_path / "out/results.json").read_text())
    costs = {name: one["cost"] for name, one in found["controllers"].items()}
    assert costs["bound"] <= costs["hems"] < costs["self_consumption"]
    assert found["time_zone"] == "Europe/Amsterdam" and found["trust"]["days"] == PERIOD_DAYS
    assert "days are less than a week, too few to tell a month" in found["trust_words"][0]
    assert [one["variant"] for one in found["sweep"]] == ["as it is", "battery 5 kWh"]


def test_a_counter_with_a_reset_stands_for_the_plants_power(
    home_assistant: HomeAssistant, hours: list[datetime], tmp_path: Path
) -> None:
    apps = tmp_path / "apps.yaml"
    apps.write_text(APPS.read_text().replace("power: sensor.pv_power", f"power: {COUNTER}"))

    done = _backtest(home_assistant, apps, tmp_path, "--controllers", "self_consumption")

    assert done.returncode == 0, done.stderr
    _same_as_it_was(tmp_path / "out/history.csv", open_quarters=4)
    assert f"{COUNTER}: 1 h with jumps, as when a counter is reset" in " ".join(done.stdout.split())


def test_what_home_assistant_does_not_have_is_said(home_assistant: HomeAssistant, tmp_path: Path) -> None:
    apps = tmp_path / "apps.yaml"
    text = APPS.read_text().replace("grid: {power: sensor.grid_power", "grid: {power: sensor.grid_powers")
    apps.write_text(text.replace("power: sensor.pv_power", "power: sensor.car_soc"))

    done = _backtest(home_assistant, apps, tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert "Home Assistant knows no sensor.grid_powers; did you mean sensor.grid_power?" in done.stderr
    assert "sensor.car_soc" in done.stderr and "Traceback" not in done.stderr

    refused = _backtest(home_assistant, APPS, tmp_path, token="not.the.token")
    assert refused.returncode == 2 and refused.stderr.startswith(f"--token: {home_assistant.url} refuses it")


def _backtest(
    home_assistant: HomeAssistant, apps: Path, folder: Path, *more: str, token: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs the command; the token is in its environment, and nowhere in what it says."""
    secret = token or home_assistant.client.token
    environment = dict(os.environ, PYTHONPATH=str(ROOT / "apps"), HA_URL=home_assistant.url, HA_TOKEN=secret)
    given = ["--home", str(apps), "--days", str(PERIOD_DAYS), "--mode", "day-ahead", "--out", str(folder / "out")]
    command = [sys.executable, "-m", "hems", "backtest", *given, "--quiet", *more]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert secret not in done.stdout + done.stderr
    return done


def _same_as_it_was(history: Path, open_quarters: int) -> None:
    """What was reconstructed is what had been imported; so many quarter hours are open."""
    with history.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= (DAYS - 1) * 96
    assert sum(not row["load_kw"] for row in rows) == open_quarters
    for row in rows:
        begin = datetime.fromisoformat(row["time_utc"].replace("Z", "+00:00")).replace(minute=0)
        if row["load_kw"]:
            assert float(row["load_kw"]) == pytest.approx(house_kw(begin), abs=2e-3), row
            assert float(row["pv_roof_kw"]) == pytest.approx(pv_kw(begin), abs=2e-3), row
        assert float(row["spot_per_kwh"]) == pytest.approx(spot(begin) / 1000, abs=1e-5), row


def _prices(hours: list[datetime]) -> dict[str, Any]:
    def row(start: datetime) -> dict[str, Any]:
        return {"start": start.isoformat(), "mean": spot(start), "min": spot(start), "max": spot(start)}

    return _import("sensor.nordpool", "EUR/MWh", None, False, [row(start) for start in hours])


def _counter(hours: list[datetime]) -> dict[str, Any]:
    """Sums in MJ; at noon of the fourth day it falls by far more than it had ever counted."""
    total, rows = 5000.0, []
    reset = next(hour for hour in hours[96:] if hour.hour == 12)
    for start in hours:
        total += 3.6 * pv_kw(start)
        if start == reset:
            total = 0.0
        rows.append({"start": start.isoformat(), "state": total, "sum": total})
    return _import(COUNTER, "MJ", "energy", True, rows)


def _import(
    entity: str, unit: str, unit_class: str | None, counter: bool, rows: list[dict[str, Any]]
) -> dict[str, Any]:
    metadata = {
        "statistic_id": entity,
        "source": "recorder",
        "name": None,
        "unit_of_measurement": unit,
        "unit_class": unit_class,
        "mean_type": 0 if counter else 1,
        "has_sum": counter,
    }
    return {"type": "recorder/import_statistics", "metadata": metadata, "stats": rows}
