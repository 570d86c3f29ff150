"""What AppDaemon's own configuration should say."""

import re
from pathlib import Path

import pytest
import yaml

from hems.ha.appdaemon_advice import advice, folders_without_apps

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATIONS = ("appdaemon.yaml", "demo/appdaemon.yaml", "tests/home_assistant/appdaemon_config/appdaemon.yaml")


@pytest.mark.parametrize("path", CONFIGURATIONS)
def test_the_configurations_of_the_repository_need_none(path: str) -> None:
    """AppDaemon stands still for as long as it parses: six seconds of an end on a busy machine, one without."""
    settings = yaml.safe_load(re.sub(r"!\w+ ", "", (ROOT / path).read_text("utf-8")))["appdaemon"]
    assert advice(settings["production_mode"], settings["exclude_dirs"]) == []
    assert set(settings["exclude_dirs"]) == set(folders_without_apps())


def test_every_folder_with_python_but_that_of_the_apps_is_left_out() -> None:
    package = ROOT / "apps/hems"
    holding = {file.relative_to(package).parts[0] for file in package.rglob("*.py") if file.parent != package}
    assert set(folders_without_apps()) == holding


def test_what_is_missing_is_said_with_what_to_write() -> None:
    folders = folders_without_apps()
    mode, dirs = advice(False, ["__pycache__", *folders[1:]])
    assert mode.endswith("write production_mode: true below appdaemon:")
    assert dirs.endswith(f"write below appdaemon: exclude_dirs: [{', '.join(folders)}]")
    assert advice(True, ("own", *folders)) == []
