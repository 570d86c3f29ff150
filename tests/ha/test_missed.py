"""What the suite did not see itself is read from the past: it then knows what it would have seen, and nothing twice."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from builders.past import UTC
from builders.recorded import ZONE, Recorded, lived
from builders.site_block import make_site
from hems.config.loads import Heat
from hems.ha.measurements import Measurements
from hems.ha.measurements_rows import Sample
from hems.ha.missed import CatchingUp, Missed, read_missed
from hems.planner.draws import Draws, expected_draws
from hems.planner.memory import Memory, observe
from hems.planner.readings import Readings

SITE = make_site()
TANK = next(load for load in SITE.loads.values() if isinstance(load, Heat))
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
BEGIN = datetime(2026, 6, 1, 22, 0, tzinfo=UTC)
START = BEGIN + 12 * DAY + 10 * HOUR
LATER = START + 3 * HOUR


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Measurements]:
    found = Measurements(tmp_path, START)
    yield found
    found.close(START)


@pytest.fixture(scope="module")
def twelve_days() -> tuple[list[Readings], Recorded]:
    recorded = Recorded()
    return lived(SITE, BEGIN, LATER, recorded), recorded


def seen_by(memory: Memory, looks: Sequence[Readings], begin: datetime, end: datetime) -> Memory:
    """The memory after the looks of [begin, end)."""
    for readings in looks:
        if begin <= readings.now < end:
            memory = observe(memory, SITE, readings, ZONE)
    return memory


def caught_up(
    begun: Memory, looks: Sequence[Readings], recorded: Any, store: Measurements, asked: timedelta, took: timedelta
) -> tuple[Memory, list[str]]:
    """A start at START with ``begun``; the past is asked for ``asked`` later and its answer takes ``took``; until LATER."""
    catching = CatchingUp(begun, SITE, ZONE, START)
    memory = seen_by(begun, looks, START, START + asked)
    question = catching.ask(memory, START + asked)
    assert question is not None
    past = read_missed(recorded, store, SITE, question)
    for readings in looks:
        if START + asked <= readings.now < START + asked + took:
            memory = observe(memory, SITE, readings, ZONE)
            catching.saw(readings)
    answer = catching.answered(past)
    memory, said = answer if answer is not None else (memory, [])
    return seen_by(memory, looks, START + asked + took, LATER), said


def days_of(memory: Memory) -> list[Any]:
    """What is known of each day of the car."""
    days = memory.cars["car"].habits(ZONE, LATER).days
    return [(day.day, day.left, day.departure_minute, day.hours_away, day.used) for day in days]


def near(found: Draws, wanted: Draws) -> None:
    assert [day for day, _, _ in found.days] == [day for day, _, _ in wanted.days]
    for (_, hours, kwh), (_, known_hours, known_kwh) in zip(found.days, wanted.days, strict=True):
        assert hours == pytest.approx(known_hours, abs=0.1)
        assert kwh == pytest.approx(known_kwh, abs=0.02)


@pytest.mark.parametrize(("asked", "took"), [(timedelta(), timedelta()), (20 * MINUTE, HOUR)])
def test_a_first_start_knows_what_the_planner_would_have_seen_in_ten_days(
    twelve_days: tuple[list[Readings], Recorded], store: Measurements, asked: timedelta, took: timedelta
) -> None:
    looks, recorded = twelve_days
    found, said = caught_up(Memory(), looks, recorded, store, asked, took)
    since = max(one.now for one in looks if one.now <= START + max(asked - 5 * MINUTE, timedelta())) - 10 * DAY
    wanted = seen_by(Memory(), looks, since, LATER)
    near(found.draws["tank"], wanted.draws["tank"])
    assert sum(hours for _, hours, _ in found.draws["tank"].days) < 10 * 24 + 3.01
    assert days_of(found) == days_of(wanted)
    assert len(days_of(found)) == 10 and days_of(found)[5][1:] == (True, 480.0, 9.5, pytest.approx(0.2))
    assert expected_draws(found.draws["tank"], TANK, LATER, ZONE) is not None
    assert said == [
        "car: trips of 9 days read from Home Assistant",
        "tank: hot water of 9 days read from Home Assistant",
    ]


def test_days_that_the_suite_was_away_are_put_between_what_it_saw_before_and_after(
    twelve_days: tuple[list[Readings], Recorded], store: Measurements
) -> None:
    looks, recorded = twelve_days
    away = BEGIN + 8 * DAY + 3 * HOUR
    begun = seen_by(Memory(), looks, BEGIN, away)
    found, said = caught_up(begun, looks, recorded, store, 20 * MINUTE, HOUR)
    wanted = seen_by(Memory(), looks, BEGIN, LATER)
    near(found.draws["tank"], wanted.draws["tank"])
    assert days_of(found) == days_of(wanted)
    assert len(said) == 2 and "of 4 days" in said[1]


def test_a_memory_that_has_seen_the_last_day_asks_for_nothing(twelve_days: tuple[list[Readings], Recorded]) -> None:
    begun = seen_by(Memory(), twelve_days[0], BEGIN, START - 20 * HOUR)
    assert CatchingUp(begun, SITE, ZONE, START).ask(begun, START) is None


def test_what_was_read_is_not_read_again_nor_twice_at_a_time(
    twelve_days: tuple[list[Readings], Recorded], store: Measurements
) -> None:
    catching = CatchingUp(Memory(), SITE, ZONE, START)
    question = catching.ask(Memory(), START)
    assert question is not None and catching.ask(Memory(), START) is None
    answer = catching.answered(read_missed(twelve_days[1], store, SITE, question))
    assert answer is not None and catching.ask(answer[0], START + HOUR) is None
    memory = seen_by(answer[0], twelve_days[0], START, START + HOUR)
    assert CatchingUp(memory, SITE, ZONE, START + HOUR).ask(memory, START + HOUR) is None


def test_a_start_a_minute_after_the_first_one_reads_the_past_again_and_counts_it_once(
    twelve_days: tuple[list[Readings], Recorded], store: Measurements
) -> None:
    looks, recorded = twelve_days
    begun = seen_by(Memory(), looks, START - HOUR, START)  # an hour that nobody had read the past of
    found, _ = caught_up(begun, looks, recorded, store, 20 * MINUTE, HOUR)
    fresh, _ = caught_up(Memory(), looks, recorded, store, 20 * MINUTE, HOUR)
    near(found.draws["tank"], fresh.draws["tank"])
    assert found.cars["car"].habits(ZONE, LATER) == fresh.cars["car"].habits(ZONE, LATER)


class Silent:
    """A recorder that does not answer, at all or after so many questions."""

    def __init__(self, recorded: Recorded, answers: int = 0) -> None:
        self.recorded, self.left = recorded, answers

    def history(self, entity: str, begin: datetime, end: datetime) -> Any:
        self.left -= 1
        return self.recorded.history(entity, begin, end) if self.left >= 0 else ()


@pytest.mark.parametrize("answers", [0, 8])
def test_a_recorder_that_does_not_answer_changes_nothing_and_is_asked_again_for_a_day(
    twelve_days: tuple[list[Readings], Recorded], store: Measurements, answers: int
) -> None:
    looks, recorded = twelve_days
    found, said = caught_up(Memory(), looks, Silent(recorded, answers), store, 20 * MINUTE, HOUR)
    assert found == seen_by(Memory(), looks, START, LATER) and said == []
    catching = CatchingUp(Memory(), SITE, ZONE, START)
    question = catching.ask(Memory(), START)
    assert question is not None
    catching.answered(read_missed(Silent(recorded), store, SITE, question))
    assert catching.ask(Memory(), START + HOUR) is not None
    catching.answered(None)
    assert catching.ask(Memory(), START + 23 * HOUR) is not None
    catching.answered(None)
    assert catching.ask(Memory(), START + 25 * HOUR) is None


def test_a_car_is_known_by_the_suites_own_store_from_before_the_recorder(
    twelve_days: tuple[list[Readings], Recorded], store: Measurements
) -> None:
    recorded = twelve_days[1]
    early = lived(SITE, BEGIN - 20 * DAY, BEGIN + 3 * DAY, Recorded())
    for one in early:
        store.add(Sample(one.now, cars={"car": (one.evs["car"].connected, one.evs["car"].soc)}))
    question = Missed({"car": None, "tank": None}, Memory(), Memory(), START, ZONE)
    found = read_missed(recorded, store, SITE, question).cars["car"].habits(ZONE, START)
    assert found.days_seen >= 30 and all(day.left for day in found.days[1:-1])
    unknown = replace(recorded, states={})
    alone = read_missed(unknown, store, SITE, question).cars["car"].habits(ZONE, START)
    assert 21 <= alone.days_seen <= 24


def test_a_home_without_tanks_and_cars_has_missed_nothing() -> None:
    site = SITE.model_copy(update={"loads": {"pool": SITE.loads["pool"]}, "evs": {}})
    assert CatchingUp(Memory(), site, ZONE, START).ask(Memory(), START) is None
