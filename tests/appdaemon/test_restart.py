"""The real AppDaemon, ended and begun again: the plan, what was measured and what was said are there again."""

import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from builders.appdaemon_process import Suite, copy_demo, wait_for

pytestmark = pytest.mark.appdaemon


def lived(folder: Path, seconds: float) -> dict[str, Any]:
    """A life with a plan; the status document of its end."""
    suite = Suite(folder)
    try:
        wait_for(suite.plan, 30, "the first plan")
        time.sleep(seconds)
        status = suite.status()
        suite.interrupt(15)
        assert "Traceback" not in suite.text(), suite.text()
        assert "production_mode" not in suite.text()
        return status
    finally:
        suite.close()


def test_restart_goes_on_with_the_last_plan_and_loses_nothing(tmp_path: Path) -> None:
    folder = copy_demo(tmp_path / "config")
    before = lived(folder, 22)  # two looks at least
    data = folder / "hems_data"
    kept = json.loads((data / "plan.json").read_text())
    assert kept["number"] == before["number"]
    with sqlite3.connect(data / "measurements.sqlite3") as store:
        names = {name for (name,) in store.execute("SELECT DISTINCT name FROM series JOIN means ON id = series")}
        cars = store.execute("SELECT count(*) FROM cars").fetchone()[0]
        issued = store.execute("SELECT count(DISTINCT issued) FROM forecasts").fetchone()[0]
    assert {"import", "export", "baseline", "pv.roof", "spot", "load.pool"} <= names
    assert cars >= 1 and issued >= 1
    suite = Suite(folder)
    try:
        status = wait_for(suite.status, 20, "the page")
        taken_up = f"plan {kept['number']} of "
        assert taken_up in suite.text() and "is taken up again" in suite.text()
        assert status["number"] >= kept["number"]
        wait_for(lambda: suite.status().get("number", 0) > kept["number"], 30, "a new plan")
        wait_for(lambda: (suite.entity("sensor.hems_health") or {}).get("state") == "ok", 10, "all is well")
    finally:
        suite.close()


def test_broken_plan_and_a_missing_production_mode_are_said_and_a_new_plan_made(tmp_path: Path) -> None:
    folder = copy_demo(tmp_path / "config")
    settings = folder / "appdaemon.yaml"
    settings.write_text(settings.read_text().replace("production_mode: true", "production_mode: false"))
    (folder / "hems_data").mkdir()
    (folder / "hems_data" / "plan.json").write_text('{"schema": "hems.latest/1", "created": 5')
    suite = Suite(folder)
    try:
        wait_for(suite.plan, 30, "the first plan")
        assert "write production_mode: true below appdaemon:" in suite.text()
        assert "plan.json: cannot be read, so no plan is taken up" in suite.text()
        assert "Traceback" not in suite.text()
    finally:
        suite.close()
