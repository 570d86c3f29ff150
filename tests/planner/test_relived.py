"""What the memory knows too little of, and what the past makes of it."""

from datetime import datetime, timedelta

import pytest

from builders.past import UTC
from builders.recorded import ZONE, Recorded, lived
from builders.site_block import make_site
from hems.planner.car_memory import CarMemory
from hems.planner.draws import Draws
from hems.planner.habits_days import Observation
from hems.planner.memory import LoadMemory, Memory, observe
from hems.planner.readings import LoadReading, Readings
from hems.planner.relived import relived, taken_over, unknown_since

SITE = make_site()
NOW = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
A_DAY = ("2026-06-08", 24.0, (0.1,) * 48)
TWO_HOURS = ("2026-06-10", 2.0, (0.1,) * 48)
LONG_KNOWN = CarMemory(recent=tuple(Observation(NOW - k * HOUR, True, 0.5) for k in range(48, -1, -1)))


def known(*days: tuple[str, float, tuple[float, ...]], seen: timedelta = HOUR, car: CarMemory = LONG_KNOWN) -> Memory:
    return Memory(NOW - seen, draws={"tank": Draws(days, 50.0)}, cars={"car": car})


@pytest.mark.parametrize(
    ("memory", "missing"),
    [
        (Memory(), {"tank": None, "car": None}),
        (known(A_DAY), {}),
        (known(A_DAY, seen=25 * HOUR), {"tank": NOW - 25 * HOUR, "car": NOW - 25 * HOUR}),
        (known(TWO_HOURS), {"tank": None}),
        (known(A_DAY, car=CarMemory()), {"car": None}),
        (known(A_DAY, TWO_HOURS, car=CarMemory(recent=LONG_KNOWN.recent[-2:]), seen=2 * DAY),
         {"tank": NOW - 2 * DAY, "car": None}),
    ],
)  # fmt: skip
def test_what_is_missing(memory: Memory, missing: dict[str, datetime | None]) -> None:
    assert unknown_since(memory, SITE, NOW) == missing


def test_the_past_takes_the_place_of_what_knows_less_and_of_nothing_else() -> None:
    mine = Memory(NOW, {"pool": LoadMemory(day="2026-06-10", kwh=2.0)}, draws={"tank": Draws((TWO_HOURS,), 51.0)})
    past = Memory(draws={"tank": Draws((A_DAY, TWO_HOURS), 49.0)}, cars={"car": LONG_KNOWN})
    found, gained = taken_over(mine, past, {"tank": None, "car": None}, ZONE, NOW)
    assert found.draws == {"tank": Draws((A_DAY, TWO_HOURS), 51.0)} and found.cars["car"] == LONG_KNOWN
    assert (found.seen, found.loads, found.imported) == (mine.seen, mine.loads, mine.imported)
    assert gained == {"tank": 1, "car": 1}
    assert taken_over(found, past, {"tank": None, "car": None}, ZONE, NOW) == (found, {})
    assert taken_over(mine, past, {}, ZONE, NOW) == (mine, {})


def test_days_lived_again_are_days_lived() -> None:
    looks = lived(SITE, NOW - 5 * DAY, NOW, Recorded())
    live = Memory()
    for readings in looks:
        live = observe(live, SITE, readings, ZONE)
    found = relived(Memory(), {"tank": None, "car": None}, SITE, looks, ZONE)
    assert (found.draws, found.cars) == (live.draws, live.cars)


def test_between_what_was_known_and_the_first_look_of_the_past_nothing_is_counted() -> None:
    begun = known(A_DAY)
    look = Readings(NOW, loads={"tank": LoadReading(False, 0.0, temperature_c=30.0)})
    assert begun.seen is not None
    found = relived(begun, {"tank": begun.seen}, SITE, [look], ZONE)
    assert found.draws["tank"].days == (A_DAY,)
