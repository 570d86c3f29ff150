"""A real Home Assistant on 127.0.0.1, in a folder of its own, with the tests' home in it.

By hand, from the repository: `python -m tests.home_assistant.server FOLDER` starts one, prints its address
and its owner's token, and stops it at Ctrl-C.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from .client import Client, fetch, wait_for
from .process import Process, free_port

HERE = Path(__file__).resolve().parent
CONFIGURATION = HERE / "ha_config"
START_TIMEOUT_S = 120.0


class HomeAssistant:
    """A Home Assistant that can be started, killed and started again with the same data, port and token."""

    def __init__(self, hass: Path, folder: Path) -> None:
        self.hass = hass
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "homeassistant.log"
        self.client = Client(self.url, "")
        self._process: Process | None = None

    def start(self) -> float:
        """Start it and wait until it runs; the seconds it took. AssertionError when it does not."""
        begun = time.monotonic()
        if not self.folder.exists():
            self._prepare()
        # nothing is fetched while the tests run
        command: list[str | Path] = [self.hass, "--config", self.folder, "--skip-pip", "--log-no-color"]
        self._process = Process(command, self.log, {"UV_OFFLINE": "1"})
        wait_for("Home Assistant's web server", self._answers, START_TIMEOUT_S, 0.05)
        if not self.client.token:
            self.client.token = _onboard(self.url)
        wait_for("Home Assistant to run", self._is_running, START_TIMEOUT_S, 0.05)
        return time.monotonic() - begun

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()

    def _prepare(self) -> None:
        shutil.copytree(CONFIGURATION, self.folder)
        storage = self.folder / ".storage"
        storage.mkdir()
        # the other steps of the onboarding look for the home and its devices on the network
        _store(storage, "onboarding", 4, {"done": ["core_config", "analytics", "integration"]})
        address = {
            "server_host": ["127.0.0.1"],
            "server_port": self.port,
            "cors_allowed_origins": [],
            "login_attempts_threshold": -1,
            "ip_ban_enabled": False,
            "ssl_profile": "intermediate_v6",
            "use_x_frame_options": True,
            "created_at": "2026-01-01T00:00:00+00:00",
            "error": None,
            "error_message": None,
        }
        _store(storage, "http", 3, {"stable": address, "pending": None, "yaml_migration_done": True})

    def _answers(self) -> bool:
        assert self._process is not None
        self._process.check()
        try:
            fetch(f"{self.url}/manifest.json")
        except (OSError, ValueError):
            return False
        return True

    def _is_running(self) -> bool:
        assert self._process is not None
        self._process.check()
        try:
            return bool(fetch(f"{self.url}/api/config", token=self.client.token)["state"] == "RUNNING")
        except OSError:
            return False


def _store(storage: Path, key: str, version: int, data: dict[str, Any]) -> None:
    """Write one of Home Assistant's own stores."""
    (storage / key).write_text(json.dumps({"version": version, "minor_version": 1, "key": key, "data": data}))


def _onboard(url: str) -> str:
    """Make the owner and a long-lived token, as a person does in the browser."""
    site = f"{url}/"
    owner = {"name": "Owner", "username": "owner", "password": os.urandom(8).hex(), "language": "en"}
    # the web server answers a moment before the onboarding does
    code = wait_for("the onboarding", lambda: _first_user(url, owner | {"client_id": site}), 60)
    form = {"grant_type": "authorization_code", "code": code, "client_id": site}
    body = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(f"{url}/auth/token", body, timeout=10) as answer:
        access = json.loads(answer.read())["access_token"]
    wanted = {"type": "auth/long_lived_access_token", "client_name": "tests", "lifespan": 365}
    token: str = Client(url, access).ask(wanted)[0]
    return token


def _first_user(url: str, owner: dict[str, str]) -> str | None:
    try:
        return str(fetch(f"{url}/api/onboarding/users", body=owner)["auth_code"])
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise


def main() -> None:
    home = HomeAssistant(HERE.parents[1] / ".ha/venv/bin/hass", Path(sys.argv[1]).resolve())
    try:
        print(f"running after {home.start():.1f} s at {home.url}", flush=True)
        print(f"owner's token: {home.client.token}", flush=True)
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        home.stop()


if __name__ == "__main__":
    main()
