"""Faults are said when they come and when they go; between, they are shown with the time of their first sight."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from hems.ha.health import Found, Health, lasted
from hems.ha.publisher import LARGEST_ATTRIBUTES, health_entity

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=timezone.utc)
ZONE = ZoneInfo("Europe/Amsterdam")
GONE = Found("sensor.x is unavailable", "its last value is used")


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def test_fault_is_said_once_when_it_comes_and_once_when_it_goes() -> None:
    health = Health()
    said = [health.see(found, NOW + minutes(k)) for k, found in enumerate([{}, {"x": GONE}, {"x": GONE}, {}, {}])]
    assert said == [
        [], ["sensor.x is unavailable; its last value is used"], [], ["sensor.x is unavailable: over, after 2 min"], [],
    ]  # fmt: skip


def test_fault_keeps_its_time_while_its_words_change() -> None:
    health = Health()
    health.see({"x": GONE}, NOW)
    assert health.see({"x": Found("sensor.x is unavailable", "it is not known")}, NOW + minutes(15)) == []
    assert health.faults(ZONE) == ["since 2026-06-01 14:00: sensor.x is unavailable; it is not known"]


def test_state_is_the_worst_of_what_is_present() -> None:
    health = Health()
    assert health.state == "ok"
    health.see({"x": GONE}, NOW)
    assert health.state == "degraded"
    health.see({"x": GONE, "prices": Found("there is no price for now", fatal=True)}, NOW + minutes(1))
    assert health.state == "failed"
    assert "no price" in health.faults(ZONE)[0]
    health.see({}, NOW + minutes(2))
    assert health.state == "ok" and health.faults(ZONE) == []


def test_clock_that_is_set_back_makes_no_negative_length() -> None:
    health = Health()
    health.see({"x": GONE}, NOW)
    assert health.see({}, NOW - minutes(60)) == ["sensor.x is unavailable: over, after 0 s"]


def test_clock_that_is_set_back_leaves_what_has_passed() -> None:
    health = Health()
    health.see({"x": GONE}, NOW)
    health.shift(-minutes(60))
    assert health.see({}, NOW - minutes(50)) == ["sensor.x is unavailable: over, after 10 min"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (11100, "3 h 5 min"),
     (86400, "1 day"), (2 * 86400 + 4 * 3600, "2 days 4 h"), (-5, "0 s")],
)  # fmt: skip
def test_lengths_of_time_are_said_in_words(seconds: float, words: str) -> None:
    assert lasted(timedelta(seconds=seconds)) == words


def test_health_is_published_with_every_fault_in_words() -> None:
    entity = health_entity("degraded", ["since noon: sensor.x is unavailable"])
    assert (entity.entity_id, entity.state) == ("sensor.hems_health", "degraded")
    assert entity.attributes["faults"] == ["since noon: sensor.x is unavailable"]
    assert entity.attributes["options"] == ["ok", "degraded", "failed"]
    assert health_entity("ok", []).attributes["message"] == "all is well"


def test_many_faults_stay_below_what_the_recorder_takes() -> None:
    entity = health_entity("degraded", [f"since noon: sensor.number_{k} is unavailable; not known" for k in range(900)])
    assert len(str(entity.attributes)) < LARGEST_ATTRIBUTES + 1000
    assert entity.attributes["complete"] == "no"
