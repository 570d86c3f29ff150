"""What must survive on disk: whole files, and the newest fifty problems."""

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from hems.ha.store import Store

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=timezone.utc)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    Store(tmp_path / "hems_data").write("memory.json", {"kwh": 1.5})
    assert Store(tmp_path / "hems_data").read("memory.json") == {"kwh": 1.5}


def test_file_that_is_missing_or_broken_is_none(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.read("memory.json") is None
    (tmp_path / "memory.json").write_text('{"kwh": 1.')
    assert store.read("memory.json") is None
    (tmp_path / "memory.json").write_bytes(b"\xff\xfe")
    assert store.read("memory.json") is None


def test_write_that_fails_leaves_the_old_file_whole(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write("memory.json", {"kwh": 1.5})
    with pytest.raises(TypeError):
        store.write("memory.json", {"kwh": 2.0, "bad": object()})
    assert store.read("memory.json") == {"kwh": 1.5}


def test_nothing_but_whole_files_is_left(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for k in range(3):
        store.write("memory.json", {"k": k})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["memory.json", "problems"]


def test_newest_fifty_problems_are_kept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    paths = [store.keep_problem({"number": k}, NOW + timedelta(microseconds=700_000 * k)) for k in range(60)]
    kept = sorted((tmp_path / "problems").iterdir())
    assert kept == paths[-50:]
    assert [json.loads(path.read_text())["number"] for path in kept] == list(range(10, 60))


def test_file_names_are_the_times_of_the_problems(tmp_path: Path) -> None:
    path = Store(tmp_path).keep_problem({}, NOW)
    assert path.name == "20260601T120000.000000Z.json"


def test_problems_of_a_clock_that_was_ahead_do_not_push_out_those_of_now(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.keep_problem({}, NOW + timedelta(days=365))
    for k in range(3):
        store.keep_problem({}, NOW + timedelta(minutes=k))
    assert [path.name[:13] for path in sorted((tmp_path / "problems").iterdir())] == [
        "20260601T1200",
        "20260601T1201",
        "20260601T1202",
    ]
