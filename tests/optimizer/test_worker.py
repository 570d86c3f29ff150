"""The solver's process: crash, hang and lie end in a rule-based plan, and the next solve is fine."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hems.domain.parse import parse_problem
from hems.domain.problem import Problem
from hems.optimizer import client
from hems.optimizer.client import Optimizer

DOCUMENT = """{"schema": "hems.problem/1", "start": "2026-03-28T12:00:00Z", "step_minutes": [60, 60],
 "time_zone": "UTC", "currency": "%s", "grid": {"import_price": [0.1, 0.4], "export_price": [0, 0]},
 "load_kw": [1, 1], "batteries": [{"name": "battery", "capacity_kwh": 5, "soc": 0,
 "charge_limit_kw": 5, "discharge_limit_kw": 5}]}"""


def problem(how: str = "EUR") -> Problem:
    return parse_problem(DOCUMENT % how)


@pytest.fixture
def optimizer() -> Iterator[Optimizer]:
    found = Optimizer()
    yield found
    found.close()


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[Optimizer]:
    script = Path(__file__).with_name("broken_worker.py")
    apps = str(Path(client.__file__).parents[2])

    def start() -> "subprocess.Popen[bytes]":
        environment = dict(os.environ, PYTHONPATH=apps)
        pipe = subprocess.PIPE
        command = [sys.executable, str(script)]
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environment, start_new_session=True)

    monkeypatch.setattr(client, "start_worker", start)
    monkeypatch.setattr(client, "GRACE_SECONDS", 0.5)
    found = Optimizer()
    yield found
    found.close()


def test_a_problem_is_solved_in_the_worker(optimizer: Optimizer) -> None:
    plan = optimizer.solve(problem(), 5)
    assert (plan.status, optimizer.last_error) == ("optimal", None)
    assert plan.costs.net == pytest.approx(0.2, abs=1e-4)


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("HANG", "gave no answer in time"),
        ("CRASH", "ended without an answer"),
        ("RAISE", "without an answer"),
        ("LIE", "costs.net"),
    ],
)
def test_what_goes_wrong_ends_in_the_rules_plan_and_the_next_solve_is_fine(
    broken: Optimizer, how: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how != "HANG":  # on a busy machine a new process takes more than a second to answer
        monkeypatch.setattr(client, "GRACE_SECONDS", 20.0)
    began = time.monotonic()
    plan = broken.solve(problem(how), 1)
    assert plan.status == "fallback"
    assert why in str(broken.last_error)
    assert time.monotonic() - began < (4 if how == "HANG" else 20)
    assert broken.solve(problem(), 5).status == "optimal"


def test_a_killed_worker_is_replaced(optimizer: Optimizer) -> None:
    optimizer.solve(problem(), 5)
    worker: Any = optimizer._worker
    worker.kill()
    worker.wait()
    assert optimizer.solve(problem(), 5).status == "optimal"


def test_closing_in_the_middle_of_a_solve_answers_at_once_and_leaves_no_process(broken: Optimizer) -> None:
    plans: list[str] = []
    thread = threading.Thread(target=lambda: plans.append(broken.solve(problem("HANG"), 30).status))
    thread.start()
    while broken._worker is None:
        time.sleep(0.01)
    worker = broken._worker
    time.sleep(0.3)
    broken.close()
    thread.join(3)
    assert plans == ["fallback"]
    assert worker.poll() is not None
