"""When the windows end: half a cent from the bound at once, a cent after two of them, and more where more devices add to the gap."""

from types import SimpleNamespace
from typing import Any

import pytest

from hems.optimizer.cbc import Found
from hems.optimizer.improve import enough
from hems.optimizer.node import Node
from hems.optimizer.task import Wanted


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
