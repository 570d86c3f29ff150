"""The study that a command line asks for."""

import argparse
from pathlib import Path

import pytest

from hems.closed_loop.command import add_simulate
from hems.closed_loop.command_study import study_of
from hems.closed_loop.study_asked import Study

HOME = """
home:
  module: hems.planner_app
  class: Planner
  replan_minutes: 20
  prices: {import: {source: nordpool, entity: sensor.spot}}
  grid: {power: sensor.grid}
"""


def study(*arguments: str) -> Study:
    parser = argparse.ArgumentParser()
    add_simulate(parser.add_subparsers())
    return study_of(parser.parse_args(["simulate", "--days", "1", *arguments]))


@pytest.mark.parametrize(("options", "minutes"), [((), 20), (("--replan-minutes", "15"), 15)])
def test_hems_plans_as_often_as_the_home_asks_unless_the_command_does(
    options: tuple[str, ...], minutes: int, tmp_path: Path
) -> None:
    (tmp_path / "apps.yaml").write_text(HOME)
    assert study("--home", str(tmp_path / "apps.yaml"), *options).replan_minutes == minutes
