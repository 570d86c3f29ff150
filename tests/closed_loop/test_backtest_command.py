"""``python -m hems backtest`` as a person runs it: from a Home Assistant or from files, trusted so far, faults in words."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from closed_loop.backtest_home_made_up import APPS, days, home, house_kw, meter_kw, spot
from closed_loop.fake_home_assistant import HOUR, TOKEN, ZONE, FakeHomeAssistant, Kept, measured, state

ROOT = Path(__file__).resolve().parents[2]
CHEAP = ("--controllers", "self_consumption,rules", "--quiet")


@pytest.fixture
def server() -> Iterator[FakeHomeAssistant]:
    """Ten whole days, and the hours of today."""
    now = datetime.now(ZONE)
    fake = home(days(10, now.replace(hour=0, minute=0, second=0, microsecond=0)), now)
    fake.start()
    yield fake
    fake.stop()


def started(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    (folder / "apps.yaml").write_text(APPS)
    known = {key: value for key, value in os.environ.items() if key not in ("HA_URL", "HA_TOKEN")}
    known |= {"PYTHONPATH": str(ROOT / "apps"), "PYTHONDONTWRITEBYTECODE": "1"} | environment
    command = [sys.executable, "-m", "hems", "backtest", "--home", "apps.yaml", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, env=known, cwd=folder, start_new_session=True)


def backtest(folder: Path, *arguments: str, **environment: str) -> tuple[int, str, list[str]]:
    """Exit status, standard output, lines on standard error."""
    process = started(folder, *arguments, **environment)
    out, err = process.communicate(timeout=240)
    assert TOKEN.encode() not in out + err and b"Traceback" not in err
    return process.returncode, out.decode(), err.decode().splitlines()


def test_a_home_from_home_assistant_to_the_reports(server: FakeHomeAssistant, tmp_path: Path) -> None:
    given = ("--days", "2", "--mode", "day-ahead", "--sweep", "battery=4,8", "--json", "also.json")
    status, printed, said = backtest(tmp_path, *given, HA_URL=server.url, HA_TOKEN=TOKEN)
    assert status == 0, said
    assert said[-1] == (
        "hems: written: backtest/report.html, backtest/sweep.html, backtest/steps.csv, backtest/results.json, also.json"
    )
    assert "- 2 days are less than a week, too few to tell a month" in printed
    assert "loads.pool: without a power sensor" in printed and "battery 4 kWh" in printed
    found = json.loads((tmp_path / "also.json").read_text())
    assert found["schema"] == "hems.backtest/1" and found["title"] == "apps.yaml, Home Assistant's statistics"
    assert list(found["controllers"]) == ["self_consumption", "rules", "hems", "bound"]
    assert [one["variant"] for one in found["sweep"]] == ["as it is", "battery 4 kWh", "battery 8 kWh"]
    assert found["sweep"][2]["cheaper_than_as_it_is"] == 0
    saved = found["controllers"]["self_consumption"]["cost"] - found["controllers"]["hems"]["cost"]
    assert found["sweep"][0]["hems_saves"] == pytest.approx(saved, abs=1e-3)
    assert found["trust"]["saving_per_month"] == pytest.approx(saved / 2 * 365.25 / 12, abs=1e-2)
    assert "too few to tell a month" in (tmp_path / "backtest/report.html").read_text()
    assert not any(TOKEN in file.read_text() for file in (tmp_path / "backtest").glob("*.*"))


def test_the_load_that_is_simulated_is_the_homes_own(server: FakeHomeAssistant, tmp_path: Path) -> None:
    status, printed, said = backtest(tmp_path, "--days", "3", *CHEAP, HA_URL=server.url, HA_TOKEN=TOKEN)
    assert (status, said) == (0, []) and "asked for" not in printed
    with (tmp_path / "backtest/steps.csv").open() as file:
        rows = list(csv.DictReader(file))
    first = datetime.fromisoformat(rows[0]["time"])
    assert first == days(3, datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0))
    for row in rows:
        at = datetime.fromisoformat(row["time"])
        assert float(row["load_kw"]) == pytest.approx(house_kw(at), abs=1e-3)
        assert float(row["import_price"]) == pytest.approx((spot(at) + 0.1) * 1.2, abs=1e-4)
    hours = [first.astimezone(timezone.utc) + k * HOUR for k in range(len(rows) // 4)]
    imported = sum(max(meter_kw(at), 0) for at in hours)
    assert f"The meter itself saw {imported:,.0f} kWh imported" in " ".join(printed.split())


def test_what_was_written_is_a_series_for_the_next_time(server: FakeHomeAssistant, tmp_path: Path) -> None:
    status, _, _ = backtest(tmp_path, "--days", "2", *CHEAP, HA_URL=server.url, HA_TOKEN=TOKEN)
    assert status == 0
    numbers = APPS.replace("number.fuse", "17.25").replace("sensor.capacity", "8").replace("input_number.target", "0.7")
    numbers = numbers.replace("input_datetime.ready", '"06:30"').partition("  loads:")[0]
    (tmp_path / "own.yaml").write_text(numbers)
    given = ("--home", "own.yaml", "--series", "backtest/history.csv", "--out", "again", "--days", "2", *CHEAP)
    status, _, said = backtest(tmp_path, *given)
    assert (status, said) == (0, [])
    bills = [
        {
            name: one["bill"]
            for name, one in json.loads((tmp_path / out / "results.json").read_text())["controllers"].items()
        }
        for out in ("backtest", "again")
    ]
    assert bills[0] == bills[1]


def test_prices_from_a_file_where_home_assistant_has_none(server: FakeHomeAssistant, tmp_path: Path) -> None:
    del server.kept["sensor.spot"]
    given = ("--days", "11", *CHEAP, "--json", "-")
    status, _, said = backtest(tmp_path, *given, HA_URL=server.url, HA_TOKEN=TOKEN)
    assert status == 2 and len(said) == 1
    assert said[0].startswith(
        "sensor.spot has no long-term statistics (it needs state_class measurement); give the spot"
    )
    today = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    hours = [days(12, today).astimezone(timezone.utc) + k * HOUR for k in range(24 * 12)]
    text = "\n".join(["time,spot_per_kwh", *(f"{at.isoformat()},-0.2" for at in hours)])
    (tmp_path / "prices.csv").write_text(text + "\n")
    status, printed, said = backtest(tmp_path, *given, "--prices", "prices.csv", HA_URL=server.url, HA_TOKEN=TOKEN)
    assert (status, said) == (0, [])
    assert "Of the 11 days asked for, 10 are known." in json.loads(printed)["notes"]
    # Every kWh earns 12 cents when it is bought, and costs 20 when it is sold.
    found = json.loads(printed)["controllers"]["self_consumption"]
    assert found["bill"] + found["stored_value"] == pytest.approx(
        -0.12 * found["import_kwh"] + 0.2 * found["export_kwh"], abs=1e-3
    )


def test_faults_in_words_all_at_once_and_before_anything_is_run(server: FakeHomeAssistant, tmp_path: Path) -> None:
    status, printed, said = backtest(tmp_path)
    assert (status, printed) == (2, "")
    assert [line.split(":")[0] for line in said] == ["--url", "--token"]
    given = ("--days", "0", "--mode", "mcp", "--controllers", "hem", "--jobs", "0", "--url", server.url)
    status, _, said = backtest(tmp_path, *given, "--token", TOKEN)
    assert status == 2
    assert [line.split(":")[0] for line in said] == ["--mode", "--days", "--jobs", "--controllers"]
    status, _, said = backtest(tmp_path, "--url", server.url, "--token", "another.secret")
    assert status == 2 and said[0].startswith(f"--token: {server.url} refuses it") and "another.secret" not in said[0]
    status, _, said = backtest(tmp_path, "--url", "http://127.0.0.1:9", "--token", TOKEN)
    assert status == 2 and said[0].startswith("--url: http://127.0.0.1:9: cannot be reached")
    del server.kept["sensor.pv"]
    server.states["sensor.capacity"] = state("unknown", "kWh")
    status, _, said = backtest(tmp_path, "--url", server.url, "--token", TOKEN, "--sweep", "battery=5")
    assert status == 2
    assert [line.partition("; ")[0] for line in said] == [
        "apps.yaml: hems.batteries.battery.capacity_kwh: sensor.capacity says 'unknown' in kWh",
        "sensor.pv has no long-term statistics",
    ]
    assert not list((tmp_path / "backtest/runs").iterdir())


def test_too_many_holes_are_refused_with_their_share(server: FakeHomeAssistant, tmp_path: Path) -> None:
    rows = server.kept["sensor.charger"].rows["hour"]
    server.kept["sensor.charger"] = Kept("W", True, "power", {"hour": rows[:24] + rows[120:]})
    status, _, said = backtest(tmp_path, *CHEAP, "--url", server.url, "--token", TOKEN)
    assert status == 2 and "baseline load" in said[0] and "at most 20 % may be" in said[0]


def test_a_morning_is_no_day(tmp_path: Path) -> None:
    now = datetime.now(ZONE)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    fake = home(midnight - timedelta(hours=3), now)
    fake.start()
    try:
        status, _, said = backtest(tmp_path, *CHEAP, "--url", fake.url, "--token", TOKEN)
    finally:
        fake.stop()
    assert status == 2 and "the series holds no whole day" in said[0]


def test_holes_are_stated_with_their_sensor_and_their_time(server: FakeHomeAssistant, tmp_path: Path) -> None:
    begin, end = server.kept["sensor.meter"].rows["hour"][0][0], datetime.now(ZONE)
    today = end.replace(hour=0, minute=0, second=0, microsecond=0)
    lost = days(2, today) + 8 * HOUR
    server.kept["sensor.meter"] = measured(
        lambda at: None if lost <= at < lost + 5 * HOUR else 1000 * meter_kw(at), begin, end
    )
    status, printed, _ = backtest(tmp_path, "--days", "4", *CHEAP, "--url", server.url, "--token", TOKEN)
    assert status == 0
    said = " ".join(printed.split())
    assert "Missing in Home Assistant's statistics: sensor.meter 5 h." in said
    assert f"baseline load: missing from {lost:%Y-%m-%d} 08:00 for 5 h; the same time of the nearest" in said
    assert "Missing and filled from other days: 5 % of the baseline load" in said


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_interrupted_it_goes_on_to_the_same_end(server: FakeHomeAssistant, tmp_path: Path) -> None:
    given = ("--days", "9", *CHEAP, "--sweep", "battery=4,6,12", "--jobs", "2")
    known = {"HA_URL": server.url, "HA_TOKEN": TOKEN}
    broken = started(tmp_path, *given, "--out", "broken", **known)
    runs = tmp_path / "broken/runs"
    end = time.monotonic() + 120
    while time.monotonic() < end and broken.poll() is None and not list(runs.glob("*.done")):
        time.sleep(0.02)
    os.killpg(broken.pid, signal.SIGINT)  # a terminal's Ctrl-C reaches all of its processes
    out, err = broken.communicate(timeout=60)
    assert (broken.returncode, out) == (130, b"")
    assert err.decode().splitlines() == [
        "hems: interrupted; the same command goes on from here today (kept in broken/runs)"
    ]
    before = {file.name: file.stat().st_mtime_ns for file in runs.glob("*.done")}
    assert 0 < len(before) < 8
    assert backtest(tmp_path, *given, "--out", "broken", **known)[0] == 0
    assert before.items() <= {file.name: file.stat().st_mtime_ns for file in runs.glob("*.done")}.items()
    assert backtest(tmp_path, *given, "--out", "whole", **known)[0] == 0
    assert (tmp_path / "broken/results.json").read_text() == (tmp_path / "whole/results.json").read_text()
