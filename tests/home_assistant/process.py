"""A server that a test starts and stops, with its output in a file."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """One child process; started at most once."""

    def __init__(self, command: Sequence[str | Path], log: Path, environment: dict[str, str]) -> None:
        self.log = log
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                list(map(str, command)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
                # Ctrl-C at the terminal reaches the tests, which then stop it in order
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._child.pid

    def running(self) -> bool:
        return self._child.poll() is None

    def check(self) -> None:
        """Raise when the process ended by itself; the message has the end of its output."""
        if not self.running():
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
            raise AssertionError(f"{self.log.stem} ended with status {self._child.returncode}:\n{tail}")

    def stop(self, timeout_s: float = 30.0) -> None:
        """Ask it to end; kill it when it does not."""
        if self.running():
            self._child.terminate()
            try:
                self._child.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """End it at once, as a power cut would, with everything that it started."""
        if self.running():
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait(10)
