"""One Home Assistant and one AppDaemon for all tests of this folder; the home is put in order before each.

`HEMS_HA` is the folder that install.py filled (default `.ha`), `HEMS_APPDAEMON` the program (default: the one
beside the Python that runs the tests), `HEMS_TEST_CONFIG` another AppDaemon configuration than ours.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from .home import Home
from .past import seed
from .server import HomeAssistant
from .suite import Suite

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def home_assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HomeAssistant]:
    hass = Path(os.environ.get("HEMS_HA", ROOT / ".ha")) / "venv/bin/hass"
    if not hass.exists():
        pytest.fail(f"{hass} is missing: `make test-ha` installs Home Assistant", pytrace=False)
    server = HomeAssistant(hass, tmp_path_factory.mktemp("home") / "assistant")
    try:
        print(f"\nHome Assistant runs after {server.start():.1f} s; log: {server.log}")
        seed(server.client, datetime.now(timezone.utc))
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def suite(home_assistant: HomeAssistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    appdaemon = Path(os.environ.get("HEMS_APPDAEMON", Path(sys.executable).parent / "appdaemon"))
    if not appdaemon.exists():
        pytest.fail(f"{appdaemon} is missing: run the tests with the Python of `make`", pytrace=False)
    configuration = os.environ.get("HEMS_TEST_CONFIG")
    options = (Path(configuration),) if configuration else ()
    running = Suite(appdaemon, tmp_path_factory.mktemp("suite") / "config", *options)
    try:
        print(f"\nAppDaemon runs after {running.start(home_assistant.client):.1f} s; log: {running.log}")
        yield running
    finally:
        running.stop()


@pytest.fixture
def home(home_assistant: HomeAssistant, suite: Suite) -> Home:
    """The home in a known state: control off, overrides off, devices idle, battery half full, car at 40 %."""
    home = Home(home_assistant, suite)
    home.put_in_order()
    return home
