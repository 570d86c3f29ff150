"""Garbage is searched for seldom while a run lives, and as before afterwards."""

import gc

import pytest

from hems.closed_loop.collecting import rare_collecting


def test_all_is_as_it_was_afterwards() -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    with pytest.raises(KeyError), rare_collecting():
        assert gc.get_threshold()[0] > 10 * before[0] and gc.get_freeze_count() > frozen
        raise KeyError
    assert gc.get_threshold() == before and gc.get_freeze_count() == frozen


def test_what_is_dropped_in_a_circle_is_still_found() -> None:
    class Node:
        alive = 0

        def __init__(self) -> None:
            self.me = self
            Node.alive += 1

        def __del__(self) -> None:
            Node.alive -= 1

    with rare_collecting():
        most = 0
        for _ in range(300_000):
            Node()
            most = max(most, Node.alive)
    assert most < 200_000
