"""A private CPython 3.14 from Debian's next release, unpacked beside the project.

Home Assistant asks for a newer Python than Debian 12 has. The packages and all they depend on, the C library
included, are fetched by apt in a state directory of its own and unpacked under one folder; the interpreter is
patched to use the C library beside it. No package of the machine is installed or changed.

The folder cannot be moved afterwards: its own path is written into the interpreter.
"""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

SUITE = "forky"
VERSION = "3.14"
OLDEST = (3, 14, 2)
"""What Home Assistant 2026.11 declares as its oldest Python."""

PACKAGES = (f"python{VERSION}", "libstdc++6", "libgcc-s1")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

Run = Callable[..., str]
"""Runs a command with its output in the log; raises with one sentence when it fails."""


class UnsupportedMachineError(Exception):
    """This machine cannot have the private Python; the message says why and what to do instead."""


def usable(python: Path) -> bool:
    """Whether `python` starts and is new enough for Home Assistant."""
    ask = "import sys, ssl, sqlite3, ctypes; print('%d.%d.%d' % sys.version_info[:3])"
    try:
        done = subprocess.run([python, "-c", ask], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return tuple(map(int, done.stdout.split("."))) >= OLDEST


def find_or_unpack(prefix: Path, patchelf: Path, run: Run) -> Path:
    """Return a Python that Home Assistant accepts: the one unpacked before, the machine's own, or a new one.

    Raises UnsupportedMachineError on a machine that is not Debian on x86-64 and has no python3.14.
    """
    unpacked = prefix / "usr/bin" / f"python{VERSION}"
    if usable(unpacked):
        return unpacked
    own = shutil.which(f"python{VERSION}")
    if own is not None and usable(Path(own)):
        return Path(own)
    mirror = _mirror()
    shutil.rmtree(prefix, ignore_errors=True)
    prefix.mkdir(parents=True)
    archives = _download(prefix / "apt", mirror, run)
    _unpack(archives, prefix, run)
    _patch(prefix, unpacked, patchelf, run)
    shutil.rmtree(prefix / "apt")
    if not usable(unpacked):
        raise UnsupportedMachineError(f"the Python unpacked from Debian {SUITE} does not run: try {unpacked}")
    return unpacked


def _mirror() -> str:
    """The Debian mirror that this machine's apt uses already."""
    wanted = f"install a Python {'.'.join(map(str, OLDEST))} or newer as python{VERSION} and try again"
    if platform.machine() != "x86_64" or not shutil.which("apt-get") or not KEYRING.exists():
        raise UnsupportedMachineError(f"a private Python can only be unpacked on Debian on x86-64; {wanted}")
    folder = Path("/etc/apt/sources.list.d")
    files = [Path("/etc/apt/sources.list"), *sorted(folder.glob("*.list")), *sorted(folder.glob("*.sources"))]
    for file in files:
        text = file.read_text() if file.exists() else ""
        # one-line form, then the form with `URIs:`; the security archive has no full suite
        for uri in re.findall(r"^(?:deb\s+(?:\[[^]]*\]\s+)?|URIs:\s*)(\S+)", text, re.MULTILINE):
            if re.search(r"/debian/?$", uri):
                return str(uri)
    raise UnsupportedMachineError(f"apt names no Debian mirror in /etc/apt; {wanted}")


def _download(state: Path, mirror: str, run: Run) -> list[Path]:
    """Let apt fetch the packages and, since its status file is empty, all that they depend on."""
    archives = state / "cache/archives"
    (archives / "partial").mkdir(parents=True)
    (state / "lists/partial").mkdir(parents=True)
    (state / "status").touch()
    (state / "sources.list").write_text(f"deb [signed-by={KEYRING}] {mirror} {SUITE} main\n")
    options = {
        "Dir::Etc::SourceList": state / "sources.list",
        "Dir::Etc::SourceParts": "-",
        "Dir::State": state,
        "Dir::State::Lists": state / "lists",
        "Dir::State::Status": state / "status",
        "Dir::Cache": state / "cache",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "APT::Install-Recommends": "false",
        # the unprivileged user that apt downloads as may not enter this folder
        "APT::Sandbox::User": "root",
        "Debug::NoLocking": "true",
    }
    given = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
    apt = ["apt-get", "--quiet", *given]
    run(f"reading Debian {SUITE}'s package list", [*apt, "update"])
    run(f"fetching Python {VERSION}", [*apt, "--yes", "--download-only", "install", *PACKAGES])
    return sorted(archives.glob("*.deb"))


def _unpack(archives: list[Path], prefix: Path, run: Run) -> None:
    for archive in archives:
        run(f"unpacking {archive.name}", ["dpkg-deb", "--extract", archive, prefix], quiet=True)
    # the mark that forbids pip is for Debian's own installation
    (prefix / f"usr/lib/python{VERSION}/EXTERNALLY-MANAGED").unlink(missing_ok=True)


def _patch(prefix: Path, python: Path, patchelf: Path, run: Run) -> None:
    libraries = prefix / "usr/lib/x86_64-linux-gnu"
    loader = libraries / "ld-linux-x86-64.so.2"
    # RPATH, not RUNPATH: only the former is also searched for what the extension modules link to
    run("patching the interpreter", [patchelf, "--set-interpreter", loader, python], quiet=True)
    run("patching the interpreter", [patchelf, "--force-rpath", "--set-rpath", libraries, python], quiet=True)
