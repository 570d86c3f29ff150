"""When the windows end: half a cent from the bound at once, a cent after two of them, and more where more devices add to the gap.

A fifth of all that where only the first hours have whole numbers.
"""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from hems.domain.parse import parse_problem
from hems.optimizer.cbc import Found
from hems.optimizer.improve import enough
from hems.optimizer.node import Node
from hems.optimizer.task import Wanted
from hems.optimizer.tolerance import tolerance


def away(cents: float) -> Found:
    return Found([], cents / 100, 0.0, False, [])


@pytest.mark.parametrize(
    ("devices", "windows", "cents", "expected"),
    [(4, 0, 0.4, True), (4, 0, 0.6, False), (4, 2, 0.9, True), (4, 2, 1.1, False), (8, 0, 0.9, True), (8, 2, 1.9, True),
     (8, 2, 2.1, False), (1, 2, 0.9, True)],
)  # fmt: skip
def test_near_enough(devices: int, windows: int, cents: float, expected: bool) -> None:
    running: dict[str, dict[int, int]] = {f"load {i}": {} for i in range(devices - 1)}
    node = Node(1, running=running, begins={"dishwasher": {}})
    task: Any = SimpleNamespace(node=node, wanted=Wanted(0.002), tired=lambda best, bound: False)
    assert enough(task, away(cents), away(0.0), windows) is expected


@pytest.mark.parametrize(
    ("until", "part"),
    [(None, 1.0), ("2026-06-12T00:00:00Z", 1.0), ("2026-06-11T00:00:00Z", 0.5), ("2026-06-10T01:00:00Z", 0.2)],
)
def test_less_is_left_where_only_the_first_hours_have_whole_numbers(until: str | None, part: float) -> None:
    document: dict[str, Any] = {
        "schema": "hems.problem/1", "start": "2026-06-10T00:00:00Z", "step_minutes": [60] * 48, "time_zone": "UTC",
        "grid": {"import_price": [0.3] * 48, "export_price": [0.1] * 48}, "load_kw": [0.2] * 48,
    }  # fmt: skip
    problem = parse_problem(json.dumps(document | ({} if until is None else {"on_off_until": until})))
    assert tolerance(problem) == pytest.approx(part)
    wanted = Wanted(0.002, tolerance=tolerance(problem))
    assert wanted.enough(away(0.49 * part), 0.0)
    assert not wanted.enough(away(0.51 * part), 0.0)
    assert wanted.within(away(0.49), 0.0, 2.5)  # what is called proved is the same for all
