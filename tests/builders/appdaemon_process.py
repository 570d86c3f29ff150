"""The real AppDaemon on a copy of the demo, at a free port of this machine, driven over its own HTTP API."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parents[2]
# What takes a second, on a machine that is busy: AppDaemon may wait 10 s for a call.
BUSY_S = 15.0
Found = TypeVar("Found")


def copy_demo(folder: Path, change: Callable[[str], str] = lambda text: text) -> Path:
    """The demo's configuration in an empty folder, with a link to the package; ``change`` edits its apps.yaml."""
    (folder / "apps").mkdir(parents=True)
    (folder / "appdaemon.yaml").write_text((ROOT / "demo/appdaemon.yaml").read_text())
    (folder / "apps/apps.yaml").write_text(change((ROOT / "demo/apps/apps.yaml").read_text()))
    (folder / "apps/hems").symlink_to(ROOT / "apps/hems")
    return folder


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(look: Callable[[], Found | None], seconds: float, what: str) -> Found:
    """The first true answer of ``look``; AssertionError after ``seconds``."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(0.02)


def descendants(pid: int) -> set[int]:
    """Process ids below ``pid``."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(entry.parent.name)] = int(entry.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
    found, before = {pid}, 0
    while len(found) != before:
        before = len(found)
        found |= {child for child, parent in parents.items() if parent in found}
    return found - {pid}


class Suite:
    """A running AppDaemon with the demo's apps."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log.txt"
        self.url = f"http://127.0.0.1:{free_port()}"
        environment = dict(os.environ, HEMS_URL=self.url, PYTHONDONTWRITEBYTECODE="1")
        environment.pop("PYTHONPATH", None)
        environment.pop("HEMS_DATA", None)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "appdaemon", "-c", str(folder)],
                cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def ask(self, path: str, document: Any = None) -> tuple[int, Any]:
        """Status and JSON of a GET, or of a POST where a document is given; (0, None) while nobody answers."""
        data = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, _json(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _json(error.read())
        except OSError:
            return 0, None

    def entity(self, entity: str, namespace: str = "home") -> dict[str, Any] | None:
        """An entity with its state and attributes."""
        found = self.ask(f"/api/appdaemon/state/{namespace}/{entity}")[1]
        return found.get("state") if isinstance(found, dict) else None

    def state(self, entity: str) -> str | None:
        """An entity's state in the simulated home."""
        found = self.entity(entity)
        return found.get("state") if isinstance(found, dict) else None

    def call(self, service: str, **data: Any) -> None:
        """A service of the simulated home, as another app or a person would call it."""
        status, _ = self.ask(f"/api/appdaemon/service/home/{service}", data)
        assert status == 200, (service, data, status)

    def fire(self, event: str, namespace: str = "home") -> None:
        """An event."""
        status, _ = self.ask(f"/api/appdaemon/event/{namespace}/{event}", {})
        assert status == 200, (event, status)

    def status(self) -> dict[str, Any]:
        """The page's status document; empty while there is none."""
        code, found = self.ask("/app/hems_status")
        return found if code == 200 and isinstance(found, dict) else {}

    def plan(self) -> dict[str, Any]:
        """The newest plan; empty while there is none."""
        code, found = self.ask("/app/hems_plan")
        return found if code == 200 and isinstance(found, dict) else {}

    def text(self) -> str:
        """The log so far."""
        return self.log.read_text("utf-8", "replace")

    def interrupt(self, seconds: float) -> float:
        """Sends SIGINT, as Ctrl-C does; seconds until the process has ended. AssertionError after ``seconds``."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"did not end within {seconds} s\n{self.text()[-2000:]}") from None
        return time.monotonic() - began

    def close(self) -> None:
        """Ends the process and what it started, in any case."""
        children = descendants(self.process.pid) if self.process.poll() is None else set()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        for pid in children:
            if Path(f"/proc/{pid}").exists():
                os.kill(pid, signal.SIGKILL)


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None
