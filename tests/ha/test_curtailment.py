"""When a plant was held back: by what the dispatcher does, from look to look."""

from datetime import timedelta
from typing import Any

import pytest

from builders.home_now import NOW
from hems.ha.curtailment import Curtailment, held_back

KEPT = timedelta(days=22)


@pytest.mark.parametrize(
    ("doing", "answer"),
    [
        ({"action": "limit", "ok": True}, True),
        ({"action": "limit", "ok": None}, True),
        ({"action": "limit", "ok": False}, False),
        ({"action": "release", "ok": True}, False),
        ({"action": "leave"}, False),
        ("odd", False),
    ],
)
def test_plant_is_held_back_where_a_limit_is_obeyed(doing: Any, answer: bool) -> None:
    assert held_back({"roof": doing, "battery": {"action": "charge"}}, {"roof": None}) == (
        {"roof"} if answer else set()
    )


@pytest.mark.parametrize(
    ("doing", "answer"),
    [
        ({"action": "limit_export", "ok": True}, True),
        ({"action": "limit_export", "ok": False}, False),
        ({"action": "self_use", "ok": True}, False),
    ],
)
def test_plant_of_a_hybrid_inverter_is_held_back_where_its_battery_limits_what_is_fed_in(
    doing: Any, answer: bool
) -> None:
    plants = {"roof": "battery", "shed": None}
    assert held_back({"roof": {"action": "limit"}, "battery": doing}, plants) == ({"roof"} if answer else set())


@pytest.mark.parametrize("doing", [None, {}, []])
def test_without_a_dispatcher_nothing_is_held_back(doing: Any) -> None:
    assert held_back(doing, {"roof": None}) == frozenset()


def seconds(*found: Any) -> list[tuple[float, float]]:
    return [((slot.begin - NOW).total_seconds(), (slot.end - NOW).total_seconds()) for slot in found]


def test_looks_in_a_row_are_one_span_and_it_holds_until_the_plant_gives_all_again() -> None:
    seen = Curtailment()
    for at in (0, 10, 20):
        seen.see({"roof"}, NOW + timedelta(seconds=at), KEPT)
    seen.see(set(), NOW + timedelta(seconds=30), KEPT)
    seen.see({"roof"}, NOW + timedelta(minutes=30), KEPT)
    assert seconds(*seen.slots("roof")) == [(0, 140), (1800, 1920)]
    assert seen.slots("shed") == ()


def test_clock_that_is_set_back_begins_another_span_and_old_ones_are_forgotten() -> None:
    seen = Curtailment()
    seen.see({"roof"}, NOW, KEPT)
    seen.see({"roof"}, NOW - timedelta(hours=1), KEPT)
    assert [begin for begin, _ in seconds(*seen.slots("roof"))] == [0, -3600]
    seen.see(set(), NOW + KEPT + timedelta(seconds=1), KEPT)
    assert seen.slots("roof") == ()
