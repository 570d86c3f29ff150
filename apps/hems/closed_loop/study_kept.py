"""Runs on disk, to be taken up again."""

import os
import pickle
from pathlib import Path
from typing import Any

from .study_asked import Study


def kept_file(study: Study, folder: Path, name: str, state: str) -> Path:
    """Of one controller's run: ``run`` where it stands, ``done`` what it found."""
    return folder / f"{study.key()}-{name}.{state}"


def write_kept(file: Path, value: object) -> None:
    """Whole or not at all."""
    new = file.with_suffix(file.suffix + ".new")
    new.write_bytes(pickle.dumps(value))
    os.replace(new, file)


def read_kept(file: Path) -> Any:
    """What was written; None where there is nothing, or something else."""
    try:
        return pickle.loads(file.read_bytes())
    except (OSError, pickle.UnpicklingError, EOFError, AttributeError):
        return None
