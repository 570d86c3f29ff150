"""The homes with temperatures of the benchmark, and the errors that it gives to a temperature forecast."""

import gzip
import subprocess
import sys
import zipfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
sys.path[:0] = [str(BENCHMARKS), str(BENCHMARKS / "emhass")]

import eemeter_homes  # noqa: E402
import load_temperature  # noqa: E402
from load_rivals import Issued  # noqa: E402
from real_series import NoData  # noqa: E402

START = datetime(2013, 1, 1, tzinfo=timezone.utc)
DAY = 48


def csv_of(minutes: int, rows: int, value: float, offset: str = "") -> bytes:
    times = (START + timedelta(minutes=minutes * k) for k in range(rows))
    lines = ["start,value", *(f"{time:%Y-%m-%d %H:%M:%S}{offset},{value}" for time in times)]
    return gzip.compress("\n".join(lines).encode())


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A wheel of three days with the names of the samples."""
    files = {
        "uk-tempC-sample-0": csv_of(60, 72, 7.0),
        "uk-tempC-sample-1_2": csv_of(60, 72, 4.0),
        "il-tempF": csv_of(60, 72, 50.0, "-06:00"),
        "uk-electricity-hdd-only-hourly-sample-0": csv_of(60, 72, 0.2),
        "uk-electricity-hdd-only-hourly-sample-1": csv_of(30, 144, 0.25),
        "uk-electricity-hdd-only-hourly-sample-2": csv_of(30, 144, 0.5),
        "uk-gas-hdd-only-hourly-sample-0": csv_of(60, 72, 2.0),
        "il-electricity-cdd-hdd-hourly": csv_of(60, 72, 1.5, "-06:00"),
        "il-electricity-cdd-only-hourly": csv_of(60, 72, 2.5, "-06:00"),
    }
    with zipfile.ZipFile(tmp_path / "eemeter-4.1.1-py3-none-any.whl", "w") as wheel:
        for name, content in files.items():
            wheel.writestr(f"eemeter/eemeter/samples/{name}.csv.gz", content)
    return tmp_path


def test_samples_become_half_hours_in_kw_and_celsius(package: Path) -> None:
    found = eemeter_homes.homes(package)
    assert found["uk1"].history.kw[:4] == pytest.approx([0.5] * 4)  # 0.25 kWh in half an hour
    assert found["uk3"].history.kw[:4] == pytest.approx([0.2] * 4)
    assert found["us1"].outdoor_c == pytest.approx(np.full(DAY * 3, 10.0))
    assert found["us1"].history.start == START + timedelta(hours=6)
    assert found["hp3"].history.kw[5] == pytest.approx(0.2 + 2.0 * 0.9 / (0.45 * 318.15 / 38))


def test_package_that_cannot_be_fetched_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*arguments: object, **named: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 1, "", "ERROR: no network\n")

    monkeypatch.setattr(eemeter_homes.subprocess, "run", fails)
    with pytest.raises(NoData, match="no network; --data names a folder"):
        eemeter_homes.homes(tmp_path)
    assert load_temperature.main(["--data", str(tmp_path)]) == 2


def test_forecast_of_the_temperature_errs_by_as_much_as_is_said() -> None:
    errors = np.array([load_temperature.forecast_errors(seed) for seed in range(2000)])
    spread = np.sqrt((errors**2).mean(axis=0))
    assert spread[0] == 0.0 and spread[DAY] == pytest.approx(1.5, rel=0.06)
    assert spread[12] < spread[24] < spread[90] < 2.0
    assert (load_temperature.forecast_errors(7) == errors[7]).all()


def test_change_is_counted_against_no_temperature() -> None:
    came = np.ones((20, 96))
    forecasts = {
        label: [Issued(np.full(96, kw), (np.full(96, kw),) * 3) for _ in range(20)]
        for label, kw in ((load_temperature.WITHOUT, 2.0), (load_temperature.TRUE, 1.5))
    }
    found = load_temperature.Compared(forecasts, came, 1.0, {})
    moved, error = load_temperature.change(found, load_temperature.TRUE, slice(DAY), 24)
    assert moved == pytest.approx([-0.5, -0.5, -0.5])
    assert error == pytest.approx([0.0, 0.0, 0.0])
