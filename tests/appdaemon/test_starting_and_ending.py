"""The real AppDaemon with a wrong configuration, and how it ends."""

from pathlib import Path

import pytest

from builders.appdaemon_process import Suite, copy_demo, descendants, wait_for

pytestmark = pytest.mark.appdaemon

FAULT = "hems.batteries.battery.capacity_kwhh: unknown key; did you mean capacity_kwh?"


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_wrong_configuration_is_answered_in_words(tmp_path: Path) -> None:
    folder = copy_demo(tmp_path / "config", lambda text: text.replace("capacity_kwh:", "capacity_kwhh:"))
    suite = Suite(folder)
    try:
        status = wait_for(suite.status, 20, "the page")
        wait_for(lambda: FAULT in suite.text(), 5, "the fault in the log")
        assert FAULT in status["message"]
        code, answer = suite.ask("/app/hems_plan")
        assert code == 503 and FAULT in str(answer)
        published = suite.entity("sensor.hems_status")
        assert published is not None and published["state"] == "refused"
        suite.interrupt(5)
        assert "Traceback" not in suite.text()
    finally:
        suite.close()


def test_interrupt_in_the_middle_of_a_solve_ends_everything_within_five_seconds(tmp_path: Path) -> None:
    suite = Suite(copy_demo(tmp_path / "config"))
    try:
        # the worker is started for the first solve, which takes it longer than this test looks
        children = wait_for(lambda: descendants(suite.process.pid), 30, "the first solve")
        seconds = suite.interrupt(5)
        print(f"ended after {seconds:.2f} s")
        wait_for(lambda: not any(alive(pid) for pid in children), 2, "the solver's process gone")
        assert suite.process.returncode == 0
        assert "Traceback" not in suite.text()
    finally:
        suite.close()
