"""``python -m hems simulate`` as a person runs it: a table, files, faults by line, and going on after Ctrl-C."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hems.closed_loop.progress import Progress, duration_words, work_done

ROOT = Path(__file__).resolve().parents[2]
CHEAP = ("--controllers", "self_consumption,rules")
BARE = """
home:
  module: hems.planner_app
  class: Planner
  grid: {power: sensor.grid, import_limit_kw: number.limit}
  prices: {import: {source: nordpool, entity: sensor.spot}}
  batteries:
    battery:
      soc: sensor.soc
      capacity_kwh: sensor.capacity
      charge_limit_kw: 5
      discharge_limit_kw: 5
      actions: {self_use: [{switch.turn_on: {entity_id: switch.x}}]}
"""


def started(*arguments: str) -> subprocess.Popen[bytes]:
    environment = dict(os.environ, PYTHONPATH=str(ROOT / "apps"), PYTHONDONTWRITEBYTECODE="1")
    command = [sys.executable, "-m", "hems", "simulate", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, env=environment, start_new_session=True)


def simulate(*arguments: str) -> tuple[int, str, list[str]]:
    """Exit status, standard output, lines on standard error."""
    process = started(*arguments)
    out, err = process.communicate(timeout=240)
    return process.returncode, out.decode(), err.decode().splitlines()


def quarters(path: Path, days: int, header: str = "time,load_kw,pv_kw,spot_per_kwh") -> Path:
    """A made-up home from 2024-02-28 on, local time of Berlin."""
    rows = [header]
    for k in range(96 * days):
        hour = k % 96 / 4
        at = f"2024-02-{28 + k // 96:02d}" if k < 192 else f"2024-03-{k // 96 - 1:02d}"
        clock = f"{int(hour):02d}:{k % 4 * 15:02d}"
        rows.append(f"{at} {clock},{0.3 + (hour > 17)},{3.0 if 10 <= hour < 15 else 0},{0.1 + 0.1 * (hour > 12)}")
    path.write_text("\n".join(rows) + "\n")
    return path


def test_all_six_on_a_home_of_ones_own(tmp_path: Path) -> None:
    """A day of February 29: the table, and the same figures in JSON and CSV."""
    series = quarters(tmp_path / "home.csv", 3)
    out = tmp_path / "out"
    given = ("--series", str(series), "--from", "2024-02-29", "--until", "2024-03-01", "--mode", "day-ahead")
    status, printed, said = simulate(*given, "--out", str(out))
    assert status == 0
    assert "29 Feb 2024, Europe/Berlin, day-ahead" in printed
    assert said[-1] == f"hems: written: {out}/report.html, {out}/steps.csv, {out}/results.json"
    assert "<!doctype html>" in (out / "report.html").read_text()[:20]
    found = json.loads((out / "results.json").read_text())
    assert list(found["controllers"]) == ["uncontrolled", "self_consumption", "rules", "hems", "hems_perfect", "bound"]
    assert any("known for 24 h only" in note for note in found["notes"])
    with (out / "steps.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 96 and rows[0]["time"] == "2024-02-29T00:00:00+01:00"
    for name, one in found["controllers"].items():
        imported = sum(float(row[f"{name}_import_kw"]) for row in rows) / 4
        assert imported == pytest.approx(one["import_kwh"], abs=0.02), name
    bills = {name: one["cost"] for name, one in found["controllers"].items()}
    assert bills["bound"] <= min(bills.values()) + 1e-6
    solver = found["controllers"]["hems"]["solver"]
    assert 1 <= solver["solves"] <= 3 and solver["most"] >= solver["median"] > 0


def test_json_alone_on_standard_output(tmp_path: Path) -> None:
    given = ("--days", "1", *CHEAP, "--out", str(tmp_path), "--json", "-", "--quiet")
    status, printed, said = simulate(*given)
    assert (status, said) == (0, [])
    assert list(json.loads(printed)["controllers"]) == ["self_consumption", "rules"]
    assert simulate(*given)[1] == printed  # kept, not run again


def test_another_seed_or_plan_is_not_taken_for_what_is_kept(tmp_path: Path) -> None:
    given = ("--days", "1", "--controllers", "rules", "--out", str(tmp_path), "--json", "-", "--quiet")
    bills = [json.loads(simulate(*given, *more)[1])["controllers"]["rules"]["bill"] for more in ((), ("--seed", "2"))]
    assert bills[0] != bills[1]
    assert len(list((tmp_path / "runs").glob("*-rules.done"))) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_interrupted_it_goes_on_to_the_same_end(tmp_path: Path) -> None:
    given = ("--from", "2025-03-17", "--until", "2025-04-07", *CHEAP, "--jobs", "2", "--quiet", "--out")
    broken = started(*given, str(tmp_path / "broken"))
    runs = tmp_path / "broken" / "runs"
    end = time.monotonic() + 120
    while time.monotonic() < end and broken.poll() is None and not list(runs.glob("*-rules.run")):
        time.sleep(0.02)
    os.killpg(broken.pid, signal.SIGINT)  # a terminal's Ctrl-C reaches all of its processes
    out, err = broken.communicate(timeout=60)
    assert (broken.returncode, out) == (130, b"")
    assert err.decode().splitlines() == [f"hems: interrupted; the same command goes on from here (kept in {runs})"]
    kept = list(runs.glob("*-rules.run"))
    assert kept and not list(runs.glob("*-rules.done"))  # in the middle of it
    assert simulate(*given, str(tmp_path / "broken"))[0] == 0
    assert not list(runs.glob("*.run"))
    assert simulate(*given, str(tmp_path / "whole"))[0] == 0
    for file in ("results.json", "steps.csv"):
        assert (tmp_path / "broken" / file).read_text() == (tmp_path / "whole" / file).read_text()


def test_every_fault_of_the_options_at_once() -> None:
    faulty = ("--home", "none.yaml", "--series", "none.csv", "--from", "2020-02-30", "--controllers", "rule,hems")
    status, printed, said = simulate(*faulty, "--mode", "mcp", "--jobs", "0", "--replan-minutes", "7")
    assert (status, printed) == (2, "")
    assert said[:4] == [
        "none.yaml: cannot be read (No such file or directory)",
        "--controllers: 'rule' is not one of uncontrolled, self_consumption, rules, hems, hems_perfect, bound; did you mean rules?",
        "--from: '2020-02-30' is not a date; write it like 2020-01-31",
        "none.csv: cannot be read: No such file or directory; give a CSV file, or one packed with gzip as .csv.gz",
    ]
    assert [line.split(":")[0] for line in said[4:]] == ["--mode", "--replan-minutes", "--jobs"]


def test_entities_where_numbers_are_needed(tmp_path: Path) -> None:
    home = tmp_path / "apps.yaml"
    home.write_text(BARE)
    status, _, said = simulate("--home", str(home), "--out", str(tmp_path / "out"))
    assert status == 2
    assert said == [
        f"{home}: home.grid.import_limit_kw: number.limit is an entity; write its number to simulate",
        f"{home}: home.batteries.battery.capacity_kwh: sensor.capacity is an entity; write its number to simulate",
    ]
    assert not (tmp_path / "out").exists()


def test_days_and_plants_that_do_not_fit(tmp_path: Path) -> None:
    series = quarters(tmp_path / "home.csv", 2, "time,load_kw,pv_south_kw,spot_per_kwh")
    status, _, said = simulate("--series", str(series), "--from", "2024-02-28", "--until", "2024-03-02")
    assert status == 2
    assert said == [
        f"{series}: has no column pv_roof_kw for the home's plant roof",
        f"{series}: has PV of a plant south that the home does not know; its plants are roof",
        f"{series}: holds the days from 2024-02-28 until 2024-03-01, not 2024-02-28 until 2024-03-02",
    ]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_counts_work_and_tells_the_time() -> None:
    """hems is 50 of 51 parts. Its share rises by 0.4 in the first minute, and 0.4 is left then; what was kept took no time."""
    now = [0.0]
    log, terminal = io.StringIO(), Terminal()
    bars = [Progress(stream, lambda: now[0]) for stream in (log, terminal)]
    for at, hems in ((0.0, 0.2), (29.0, 0.3), (31.0, 0.3), (60.0, 0.6), (61.0, 0.6)):
        now[0] = at
        for bar in bars:
            bar({"rules": 1.0, "hems": hems})
    assert log.getvalue().splitlines() == [
        f"[{'#' * 7}{'.' * 17}]  31 %, about 3 min left (hems 30 %)",
        f"[{'#' * 14}{'.' * 10}]  61 %, about 59 s left (hems 60 %)",
    ]
    assert "\n" not in terminal.getvalue() and terminal.getvalue().count("\r") == 4
    bars[1].close()
    assert terminal.getvalue().endswith(" \r")


def test_work_and_words() -> None:
    assert work_done({"rules": 1.0, "hems": 0.5}) == pytest.approx(26 / 51)
    assert work_done({}) == 1.0
    assert [duration_words(s) for s in (0.4, 89, 91, 3600 * 3 + 290)] == ["0 s", "89 s", "2 min", "3 h 05 min"]
