"""EMHASS in a virtual environment of its own: it needs 1.1 GB and other versions than the suite.

Its Python runs with ``-I``: a PYTHONPATH meant for this side would hide its packages.
"""

import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
NEEDS_PYTHON = (3, 11)
_INSTALL_SECONDS = 900
_CHECK = "import sys, importlib.metadata as m; print(*(m.version(name) for name in sys.argv[1:]))"


class NoEmhass(Exception):
    """EMHASS is not there and cannot be installed, or failed; the message is a sentence for people."""


def pins(requirements: str) -> dict[str, str]:
    """``name==version`` lines as a dictionary; comments and empty lines are left out."""
    lines = (line.split("#")[0].strip() for line in requirements.splitlines())
    pairs = (line.split("==", 1) for line in lines if line)
    return {name.strip(): version.strip() for name, version in pairs}


def emhass_python(folder: Path, base: str = sys.executable) -> Path:
    """The interpreter of the environment in ``folder``, made and filled where it is not there yet.

    ``base``: the Python that makes it. Raises NoEmhass where that fails.
    """
    python = folder / "bin" / "python"
    if not _has(python):
        _make(folder, base)
    if not _has(python):
        raise NoEmhass(f"{folder}: does not hold what {REQUIREMENTS.name} pins; delete the folder and try again")
    return python


def _has(python: Path) -> bool:
    """Whether the environment holds exactly the pinned versions."""
    wanted = pins(REQUIREMENTS.read_text("utf-8"))
    if not python.exists():
        return False
    found = subprocess.run([str(python), "-I", "-c", _CHECK, *wanted], capture_output=True, text=True, timeout=60)
    return found.returncode == 0 and found.stdout.split() == list(wanted.values())


def _make(folder: Path, base: str) -> None:
    print(f"installing EMHASS into {folder} (a minute or two, 1.1 GB)", file=sys.stderr, flush=True)
    needed = ".".join(map(str, NEEDS_PYTHON))
    _run([base, "-c", f"import sys; sys.exit(sys.version_info < {NEEDS_PYTHON})"], f"{base}: is older than {needed}")
    _run([base, "-m", "venv", str(folder)], f"{folder}: no virtual environment can be made there")
    pip = [str(folder / "bin" / "python"), "-I", "-m", "pip", "install", "--disable-pip-version-check", "-q"]
    _run([*pip, "-r", str(REQUIREMENTS)], "EMHASS cannot be installed")


def _run(command: list[str], failure: str) -> None:
    """Runs a command. Raises NoEmhass with ``failure`` and the last line that the command said."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoEmhass(f"{failure}: {error}") from None
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise NoEmhass(f"{failure}: {said[-1]}" if said else failure)
