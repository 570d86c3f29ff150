"""Which program is this: what another one has found is not taken up."""

import hashlib
from pathlib import Path

# Files that no simulated figure depends on.
_BESIDE = (
    "web/*.py",
    "*_app.py",
    *(
        f"closed_loop/{name}*.py"
        for name in ("report_", "command", "progress", "backtest", "sweep", "statistics_", "trust")
    ),
)


def fingerprint() -> str:
    """A short text that is another for every change of the program. Raises OSError."""
    package = Path(__file__).resolve().parents[1]
    found = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        name = file.relative_to(package)
        if not any(name.match(pattern) for pattern in _BESIDE):
            found.update(f"{name.as_posix()}\n".encode())
            found.update(file.read_bytes())
    return found.hexdigest()[:16]
