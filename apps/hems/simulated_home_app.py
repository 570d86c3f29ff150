"""The simulated home inside AppDaemon: its entities are real AppDaemon states, its services real services."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from appdaemon.adapi import ADAPI
from appdaemon.exceptions import AppDaemonException

from .simulation.home import House
from .simulation.home_states import States
from .simulation.nature import Nature, seeded_nature
from .simulation.real_files import SeriesError
from .simulation.real_series import real_nature
from .simulation.services import SERVICES, ServiceError
from .simulation.settings import HomeSettings, SettingsError, settings_from

_TICK_SECONDS = 5
# Keys of the app's block that are AppDaemon's own; all others are settings of the home.
_RESERVED = {
    "name", "config_path", "module", "class", "dependencies", "disable", "priority", "namespace",
    "log", "log_level", "pin_app", "pin_thread", "plugin",
}  # fmt: skip


@dataclass
class CannotStart(AppDaemonException):
    """The simulated home cannot start. AppDaemon prints its own exceptions without a traceback."""

    msg: str


class SimulatedHome(ADAPI):
    """Keeps a House on the real clock, shows its states and takes its service calls."""

    def initialize(self) -> None:
        """Build the home as of now, show it, then take calls. Wrong settings stop it with one clear line."""
        self.home_namespace = str(self.args.get("namespace", "home"))
        self.set_namespace(self.home_namespace)
        try:
            settings = self._settings()
            nature = self._nature(settings)
        except (SettingsError, SeriesError) as fault:
            raise CannotStart(str(fault)) from None
        # AppDaemon runs service callbacks in its thread pool, beside this app's own thread.
        self.lock = Lock()
        self.shown: States = {}
        self.house = House(settings, self._now(), nature)
        with self.lock:
            self._show()
        for domain, service in SERVICES:
            self.register_service(f"{domain}/{service}", self.on_call, namespace=self.home_namespace)
        self.run_every(self.on_tick, "now", _TICK_SECONDS)
        self.log("simulated home: seed %s, %s entities in %s", settings.seed, len(self.shown), self.home_namespace)

    def on_tick(self, **_: Any) -> None:
        """Let the home live until now, and show what changed."""
        with self.lock:
            self._live()
            self._show()

    def on_call(self, namespace: str, domain: str, service: str, data: dict[str, Any]) -> dict[str, Any]:
        """Take a service call; the answer has the shape of AppDaemon's Home Assistant plugin."""
        with self.lock:
            self._live()
            try:
                response = self.house.call(domain, service, data)
            except ServiceError as refusal:
                self.log("%s/%s refused: %s", domain, service, refusal, level="WARNING")
                error = {"code": "service_validation_error", "message": str(refusal)}
                return {"success": False, "ad_status": "OK", "error": error}
            self._show()
        return {"success": True, "ad_status": "OK", "result": {"response": response}}

    def _settings(self) -> HomeSettings:
        options = {key: value for key, value in self.args.items() if key not in _RESERVED}
        return settings_from({"time_zone": str(self.get_timezone())} | options)

    def _nature(self, settings: HomeSettings) -> Nature:
        folder = os.environ.get("HEMS_DATA")
        return real_nature(settings, Path(folder)) if folder else seeded_nature(settings)

    def _now(self) -> datetime:
        now: datetime = self.datetime(aware=True)
        return now

    def _live(self) -> None:
        # A clock set back must not stop the home: it waits until the time has come again.
        now = max(self.house.now, self._now())
        self.house.step(self.house.now, now)

    def _show(self) -> None:
        for entity, (state, attributes) in self.house.states().items():
            if self.shown.get(entity) != (state, attributes):
                # A copy: AppDaemon keeps and extends the dict it is given; the home's own must stay as it is.
                self.set_state(entity, state=state, attributes=dict(attributes), check_existence=False)
                self.shown[entity] = (state, attributes)
