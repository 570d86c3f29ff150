"""python -m hems source: one JSON document on standard output, or status 2 and what was found."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hems.__main__ import main

APPS = Path(__file__).resolve().parents[2] / "apps"
PRICES = {
    "entity_id": "sensor.nordpool",
    "state": "3.1",
    "attributes": {
        "unit_of_measurement": "c/kWh",
        "currency": "EUR",
        "raw_today": [{"start": f"2026-03-27T{hour:02d}:00:00+01:00", "value": hour} for hour in range(24)],
    },
}
HOURS = {
    "entity_id": "sensor.esios_pvpc",
    "state": "1",
    "attributes": {f"price_{hour:02d}h": 0.1 for hour in range(24)},
}
SOLCAST = {
    "entity_id": "sensor.solcast_today",
    "state": "1",
    "attributes": {
        "unit_of_measurement": "kWh",
        "detailedForecast": [
            {"period_start": f"2026-03-27T{hour:02d}:{minute:02d}:00+01:00", "pv_estimate": 1.0, "pv_estimate10": 0.5, "pv_estimate90": 2.0}
            for hour in range(24)
            for minute in (0, 30)
        ],
    },
}  # fmt: skip
WEATHER = {
    "weather.home": {
        "forecast": [{"datetime": f"2026-03-27T{hour:02d}:00:00+00:00", "temperature": 4.5} for hour in range(24)]
    }
}
NOW = "2026-03-27T12:00:00+01:00"


def written(folder: Path, document: Any) -> str:
    file = folder / "saved.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return str(file)


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["source", *arguments]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_prices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, "prices", written(tmp_path, PRICES), "--now", NOW)
    assert list(found) == ["kind", "unit", "slots", "problems"]
    assert (found["kind"], found["unit"], len(found["slots"])) == ("prices", "EUR/kWh", 24)
    assert found["slots"][1] == {
        "start": "2026-03-27T00:00:00+00:00",
        "end": "2026-03-27T01:00:00+00:00",
        "value": 0.01,
    }
    assert found["problems"] == ["no prices for tomorrow (2026-03-28) yet: they end 2026-03-27T23:00Z"]


def test_pv_has_its_band(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, "pv", written(tmp_path, SOLCAST), "--now", NOW)
    assert (found["kind"], found["unit"], len(found["slots"])) == ("pv", "kW", 48)
    assert len(found["low"]) == len(found["high"]) == 48
    assert {slot["value"] for slot in found["low"]} == {0.5}


def test_temperature(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, "temperature", written(tmp_path, WEATHER), "--now", NOW, "--unit", "°C")
    assert (found["kind"], found["unit"], len(found["slots"])) == ("temperature", "°C", 24)


def test_the_unit_and_the_name_can_be_stated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = {
        area: [{"start": "2026-03-27T12:00:00Z", "end": "2026-03-27T13:00:00Z", "price": 90 + k}]
        for k, area in enumerate(("SE3", "SE4"))
    }
    file = written(tmp_path, answer)
    found = printed(capsys, "prices", file, "--now", NOW, "--unit", "SEK/MWh", "--only", "SE4")
    assert (found["unit"], found["slots"][0]["value"]) == ("SEK/kWh", 0.091)


def test_spains_hours_are_read_in_spain_unless_a_zone_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, HOURS)
    assert (
        printed(capsys, "prices", file, "--now", "2026-03-27T11:00:00Z")["slots"][0]["start"]
        == "2026-03-26T23:00:00+00:00"
    )
    canary = printed(capsys, "prices", file, "--now", NOW, "--zone", "Atlantic/Canary")
    assert canary["slots"][0]["start"] == "2026-03-27T00:00:00+00:00"


@pytest.mark.parametrize(
    ("now", "begin"),
    [
        ("2026-03-27T12:00:00+02:00", "2026-03-26T22"),
        ("2026-03-27T12:00:00-0330", "2026-03-27T03:30"),
        ("2026-03-27T12:00:00Z", "2026-03-27T00"),
    ],
)
def test_without_a_zone_the_offset_of_now_is_that_of_the_home(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], now: str, begin: str
) -> None:
    day = {"entity_id": "sensor.p", "state": "1", "attributes": {"today": [0.1] * 24, "unit_of_measurement": "EUR/kWh"}}
    assert printed(capsys, "prices", written(tmp_path, day), "--now", now)["slots"][0]["start"].startswith(begin)


def test_now_without_an_offset_is_of_the_zone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, PRICES)
    for zone, missing in (("Europe/Berlin", True), ("Pacific/Auckland", False)):
        problems = printed(capsys, "prices", file, "--now", "2026-03-28T00:30:00", "--zone", zone)["problems"]
        assert any("all prices are in the past" in words for words in problems) == missing


def test_an_answer_as_the_developer_tools_show_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "prices:\n  home:\n    - start_time: 2026-03-27T12:00:00+01:00\n      price: 0.25\n    - start_time: 2026-03-27 13:00:00+01:00\n      price: 0.3\n"
    found = printed(capsys, "prices", written(tmp_path, text), "--now", NOW)
    assert [slot["start"][:13] for slot in found["slots"]] == ["2026-03-27T11", "2026-03-27T12"]


def test_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(PRICES).encode()), "utf-8"))
    assert len(printed(capsys, "prices", "-", "--now", NOW)["slots"]) == 24


@pytest.mark.parametrize(
    ("kind", "document", "more", "words"),
    [
        ("prices", {"FI": []}, (), "FI of the response is empty"),
        ("prices", SOLCAST, (), "no prices in sensor.solcast_today"),
        ("prices", "{", (), "is not JSON"),
        ("prices", "just words", (), "is not JSON"),
        ("prices", "[" * 5000, (), "saved.json"),
        ("prices", PRICES, ("--now", "noon"), "--now: 'noon' is not a time"),
        ("prices", PRICES, ("--zone", "Mars/North"), "--zone: 'Mars/North'"),
        ("prices", PRICES, ("--unit", "apples"), "unit: 'apples' is no unit of a price"),
        ("pv", PRICES, (), "sensor.nordpool"),
        ("temperature", PRICES, (), "sensor.nordpool"),
        ("load", PRICES, (), "sensor.nordpool"),
        ("pv", SOLCAST, ("--only", "x"), "--only: is for prices"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_ends_with_two_and_one_line_a_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, document: Any, more: tuple[str, ...], words: str
) -> None:
    assert main(["source", kind, written(tmp_path, document), *more]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err and "Traceback" not in err


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["source", "prices", str(tmp_path / "none.json")]) == 2
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    assert main(["source", "prices", str(tmp_path / "bytes.json")]) == 2
    err = capsys.readouterr().err
    assert "cannot be read" in err and "is not UTF-8" in err


def test_the_command_from_outside(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hems", "source", "prices", written(tmp_path, PRICES), "--now", NOW],
        cwd=tmp_path, env={"PYTHONPATH": str(APPS), "LC_ALL": "C", "PATH": ""}, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and done.stderr == b""
    assert json.loads(done.stdout)["unit"] == "EUR/kWh"
