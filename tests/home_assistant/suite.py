"""The suite as its user runs it: AppDaemon with our apps, on the tests' Home Assistant."""

from __future__ import annotations

import re
import shutil
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from .client import Client, fetch, wait_for
from .process import Process, free_port

CONFIGURATION = Path(__file__).resolve().parent / "appdaemon_config"
START_TIMEOUT_S = 60.0


class Suite:
    """AppDaemon in a folder of its own, with a copy of the configuration and of the apps."""

    def __init__(self, appdaemon: Path, folder: Path, configuration: Path = CONFIGURATION) -> None:
        self.appdaemon = appdaemon
        self.folder = folder
        self.url = f"http://127.0.0.1:{free_port()}"
        self.log = folder / "appdaemon.log"
        self._configuration = configuration
        self._process: Process | None = None

    def start(self, home: Client) -> float:
        """Start it and wait until its web server answers; the seconds it took."""
        begun = time.monotonic()
        # links are followed: a test works on the apps as they were when it began
        shutil.copytree(self._configuration, self.folder, ignore=shutil.ignore_patterns("__pycache__"))
        environment = {"HA_URL": home.url, "HA_TOKEN": home.token, "HEMS_URL": self.url}
        self._process = Process([self.appdaemon, "-c", self.folder], self.log, environment)
        wait_for("AppDaemon's web server", self._answers, START_TIMEOUT_S)
        return time.monotonic() - begun

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()

    @property
    def process(self) -> Process:
        assert self._process is not None, "not started"
        return self._process

    def plan(self) -> dict[str, Any] | None:
        """The plan in force, a document `hems.plan/1`; None while there is none."""
        self.process.check()
        try:
            plan: dict[str, Any] = fetch(f"{self.url}/app/hems_plan")
        except (OSError, ValueError):
            # AppDaemon answers for an app that is not there yet with status 200 and a page about an error
            return None
        return plan

    def complaints(self) -> str:
        """The last warnings and errors in AppDaemon's log."""
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join([line for line in lines if re.search("WARNING|ERROR|Error:", line)][-12:])

    def _answers(self) -> bool:
        self.process.check()
        try:
            fetch(f"{self.url}/api/appdaemon")
        except ValueError:
            return True
        except OSError as error:
            # any status is an answer
            return hasattr(error, "code")
        return True


def step_at(plan: dict[str, Any], moment: datetime) -> int:
    """The index of the plan's step that `moment` lies in. AssertionError when the plan does not cover it."""
    end = datetime.fromisoformat(plan["start"])
    assert moment >= end, "the plan begins later"
    for step, minutes in enumerate(plan["step_minutes"]):
        end += timedelta(minutes=minutes)
        if moment < end:
            return step
    raise AssertionError("the plan has ended")


def step_starts(plan: dict[str, Any]) -> list[datetime]:
    """The moments at which the plan's steps start."""
    start = datetime.fromisoformat(plan["start"])
    starts = []
    for minutes in plan["step_minutes"]:
        starts.append(start)
        start += timedelta(minutes=minutes)
    return starts


def load_kw(plan: dict[str, Any]) -> list[float]:
    """The load that nobody controls, which the plan was made for: what is left of its power balance."""
    devices = [*plan["batteries"].values(), *plan["evs"].values()]
    loads = [load["power_kw"] for load in plan["loads"].values()]
    roofs = [roof["used_kw"] for roof in plan["pv"].values()]
    return [
        plan["grid"]["import_kw"][k]
        - plan["grid"]["export_kw"][k]
        + sum(d["discharge_kw"][k] - d["charge_kw"][k] for d in devices)
        + sum(used[k] for used in roofs)
        - sum(power[k] for power in loads)
        for k in range(len(plan["step_minutes"]))
    ]
