"""``python -m hems`` as a person runs it: an exit status, JSON alone on standard output, one line a fault."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from builders.problem_document import changed, smallest_document, text_of

ROOT = Path(__file__).resolve().parents[2]


def hems(*arguments: str, given: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    environment = dict(os.environ, PYTHONPATH=str(ROOT / "apps"), PYTHONDONTWRITEBYTECODE="1")
    command = [sys.executable, "-m", "hems", *arguments]
    return subprocess.run(command, input=given, capture_output=True, env=environment, timeout=60)


@pytest.fixture
def problem_file(tmp_path: Path) -> Path:
    path = tmp_path / "problem.json"
    path.write_text(text_of(smallest_document()))
    return path


def test_plan_prints_the_plan_and_nothing_else(problem_file: Path) -> None:
    done = hems("plan", str(problem_file))
    assert (done.returncode, done.stderr) == (0, b"")
    plan = json.loads(done.stdout)
    assert plan["schema"] == "hems.plan/1"
    assert plan["status"] == "optimal"
    assert len(plan["batteries"]["battery"]["soc"]) == 3


def test_refused_problem_ends_with_2_and_a_line_a_fault() -> None:
    bad = changed(changed(smallest_document(), ("batteries", 0, "soc"), 1.4), ("grid", "import_pric"), [1, 2])
    done = hems("plan", "-", given=text_of(bad).encode())
    assert (done.returncode, done.stdout) == (2, b"")
    assert sorted(done.stderr.decode().splitlines()) == [
        "batteries[0].soc: 1.4 is not within 0..1",
        "grid.import_pric: unknown key; did you mean import_price?",
    ]


@pytest.mark.parametrize("path", ["missing.json", "."])
def test_file_that_cannot_be_read_is_named(tmp_path: Path, path: str) -> None:
    done = hems("plan", str(tmp_path / path))
    assert (done.returncode, done.stdout) == (2, b"")
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1 and lines[0].startswith(f"{tmp_path / path}: cannot be read (")


def test_check_says_that_the_demo_is_good() -> None:
    done = hems("check", str(ROOT / "demo/apps/apps.yaml"))
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"hems: good; 6 devices: roof, battery, car, dishwasher, pool, tank" in done.stdout


def test_check_names_the_fault_of_a_configuration(tmp_path: Path) -> None:
    path = tmp_path / "apps.yaml"
    path.write_text((ROOT / "demo/apps/apps.yaml").read_text().replace("soc_min: 0.1", "soc_min: 10"))
    done = hems("check", str(path))
    assert (done.returncode, done.stdout) == (2, b"")
    fault = "hems.batteries.battery.soc_min: 10 is not within 0..1; write 0.1 for 10 %"
    assert done.stderr.decode().splitlines() == [f"{path}: {fault}"]
