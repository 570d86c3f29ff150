"""What must survive, on disk: whole files or none, and no more than the newest few problems."""

import contextlib
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

PROBLEMS_KEPT = 50


class Store:
    """A folder of JSON files, each written beside its place and then moved into it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._problems = folder / "problems"
        self._problems.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, document: Any) -> None:
        """Replaces ``name`` whole: after a power cut it is the old file or the new one."""
        _write_whole(self._folder / name, document)

    def read(self, name: str) -> Any:
        """A file's content, or None where there is none or it cannot be read."""
        try:
            return json.loads((self._folder / name).read_text("utf-8"))
        except (OSError, ValueError):
            return None

    def keep_problem(self, document: Any, created: datetime) -> Path:
        """Writes a problem under its time and removes all but the newest 50.

        What bears a later time than the one just written is from a clock that was ahead, and goes first.
        """
        path = self._problems / f"{created.strftime('%Y%m%dT%H%M%S.%fZ')}.json"
        _write_whole(path, document)
        files = sorted(self._problems.glob("*.json"))
        now = files.index(path) + 1
        for old in files[now:] + files[: max(now - PROBLEMS_KEPT, 0)]:
            with contextlib.suppress(OSError):
                old.unlink()
        return path


def _write_whole(path: Path, document: Any) -> None:
    beside = path.with_suffix(".tmp")
    with beside.open("w", encoding="utf-8") as file:
        json.dump(document, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
