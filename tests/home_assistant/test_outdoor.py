"""The outdoor temperature in a real Home Assistant: its past and its forecast in °F, and the load that is planned for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from hems.config.site import parse_site
from hems.ha.feed_calls import fetch
from hems.ha.feeds import OUTDOOR, Feeds
from hems.ha.history_statistics import temperatures

from .client import Client, wait_for
from .feeds import ZONE
from .home import PLAN_TIMEOUT_S
from .outdoor import (
    FORECAST_HOURS,
    HOUR,
    MILD_HOURS,
    PAST_DAYS,
    THERMOMETER,
    WEATHER,
    AmericanHome,
    Asked,
    Climate,
    configuration,
    seed,
    suites_block,
)
from .server import HomeAssistant
from .suite import Suite, load_kw, step_starts

pytestmark = pytest.mark.home_assistant


@pytest.fixture(scope="module")
def climate() -> Climate:
    return Climate(datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0))


@pytest.fixture(scope="module")
def client(
    home_assistant: HomeAssistant, climate: Climate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """A Home Assistant of these tests' own: the others' home is in °C, and is not heated."""
    server = AmericanHome(home_assistant.hass, tmp_path_factory.mktemp("american") / "assistant")
    try:
        print(f"\nHome Assistant in °F runs after {server.start():.1f} s; log: {server.log}")
        seed(server.client, climate)
        yield server.client
    finally:
        server.stop()


def test_a_thermometers_past_in_fahrenheit_is_answered_in_celsius(client: Client, climate: Climate) -> None:
    listed = client.ask({"type": "recorder/list_statistic_ids"})[0]
    (known,) = [one for one in listed if one["statistic_id"] == THERMOMETER]
    assert known["statistics_unit_of_measurement"] == known["display_unit_of_measurement"] == "°F"

    slots = temperatures(Asked(client), THERMOMETER, climate.now)

    assert [slot.begin for slot in slots] == climate.hours(-PAST_DAYS * 24, 0)
    assert [slot.value for slot in slots] == pytest.approx([climate.c(slot.begin) for slot in slots], abs=0.05)


def test_a_weather_entitys_forecast_in_fahrenheit_is_read_in_celsius(client: Client, climate: Climate) -> None:
    home, now = Asked(client), datetime.now(timezone.utc)
    feeds = Feeds(parse_site(suites_block(), "apps.yaml: hems"), ZONE)

    answers = fetch(home, feeds.due(now))
    feeds.answered(answers, now)
    feeds.look(home, now)

    (answer,) = answers
    said = answer.response[WEATHER]["forecast"]
    assert (said[0]["temperature"], said[-1]["temperature"]) == (57, 28)
    found = {slot.begin: slot.value for slot in feeds.series(OUTDOOR, now)}
    assert feeds.faults() == {}
    assert set(found) >= set(climate.hours(1, FORECAST_HOURS))
    # Home Assistant says whole °F
    assert list(found.values()) == pytest.approx([climate.c(hour) for hour in found], abs=0.3)


def test_the_planned_load_answers_to_the_weather_to_come(
    client: Client, climate: Climate, suite: Suite, tmp_path: Path
) -> None:
    # the next two hours lean on what the meter says now, and a building on the hours before a change of the weather
    mild, cold = climate.hours(2, MILD_HOURS - 1), climate.hours(MILD_HOURS + 3, 23)
    running = Suite(suite.appdaemon, tmp_path / "suite", configuration(tmp_path))

    def planned() -> dict[datetime, float] | None:
        plan = running.plan()
        steps = list(zip(step_starts(plan), load_kw(plan), strict=True)) if plan is not None else []
        within = {hour: [kw for start, kw in steps if hour <= start < hour + HOUR] for hour in (*mild, *cold)}
        if not all(within.values()):
            return None
        load = {hour: mean(powers) for hour, powers in within.items()}
        usual = mean([climate.usual_kw(hour) for hour in cold])
        # a first plan may be made before the weather has answered
        return load if mean([load[hour] for hour in cold]) > usual + 0.3 else None

    try:
        print(f"\nAppDaemon runs after {running.start(client):.1f} s; log: {running.log}")
        load = wait_for("a plan that expects more than usual in the cold", planned, PLAN_TIMEOUT_S)
        wait_for("the health to be said", lambda: client.state("sensor.hems_health") == "ok", PLAN_TIMEOUT_S)
        said = [line for line in running.log.read_text().splitlines() if re.search("(WARNING|ERROR) hems", line)]
    finally:
        running.stop()

    for name, hours in (("mild", mild), ("cold", cold)):
        took, usual, expected = (
            mean([of(hour) for hour in hours]) for of in (climate.load_kw, climate.usual_kw, load.__getitem__)
        )
        print(f"{name}: the house takes {took:.2f} kW, usually {usual:.2f} kW; planned {expected:.2f} kW")
        assert expected == pytest.approx(took, abs=0.3)
        assert abs(expected - usual) > 0.5
    assert said == []


def mean(values: list[float]) -> float:
    return sum(values) / len(values)
