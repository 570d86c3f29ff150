"""Outdoor temperatures, from what the user has to the load that is planned with."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders.dictionary_home import DictionaryHome
from builders.home_now import NOW, home_now
from builders.site_block import make_site
from hems.domain.series import Slot
from hems.forecast.load_model import LoadModel
from hems.ha.feed_calls import Answer
from hems.ha.feeds import OUTDOOR
from hems.ha.history_outdoor import outdoor_past
from hems.ha.history_past import Past
from hems.ha.inputs import Inputs
from hems.ha.known_past import KnownPast, read_past
from hems.ha.look import look
from hems.ha.measurements import Measurements
from hems.ha.measurements_rows import Mean, Series
from hems.ha.measurements_sample import sample
from hems.ha.measurements_tables import put_means
from hems.ha.port import Outcome
from hems.ha.readings import weather_c
from hems.planner.assemble import Notes, assemble
from hems.planner.memory import Memory

HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
SENSOR, WEATHER = "sensor.outdoor", "weather.home"
BOTH = {"temperature": SENSOR, "weather": WEATHER}


def rows_of(data: Mapping[str, Any], mean: Callable[[datetime], float]) -> list[dict[str, Any]]:
    begin = datetime.fromisoformat(data["start_time"]).replace(minute=0, second=0, microsecond=0)
    hours = int((NOW - begin) / HOUR)
    return [{"start": (begin + k * HOUR).isoformat(), "mean": mean(begin + k * HOUR)} for k in range(hours)]


def home_with(statistics: Mapping[str, Callable[[datetime], float]], unit: str = "°C") -> DictionaryHome:
    """Hourly statistics as Home Assistant answers them: in the unit that is asked for."""
    home = home_now()
    home.set(SENSOR, "41" if unit == "°F" else "5", unit)

    def answer(service: str, data: Mapping[str, Any]) -> Outcome:
        if service != "recorder.get_statistics" or data["period"] != "hour":
            return Outcome(True, "", {"statistics": {}})
        asked = {one: statistics[one] for one in data["statistic_ids"] if one in statistics}
        return Outcome(True, "", {"statistics": {one: rows_of(data, mean) for one, mean in asked.items()}})

    home.answers = answer
    return home


def keep(store: Measurements, entity: str, hours: int, value: float) -> None:
    """What the suite has measured until NOW."""
    means = [Mean(Series("outdoor", entity), NOW - k * QUARTER, QUARTER, value) for k in range(1, 4 * hours + 1)]
    store._kept.change(lambda connection: put_means(connection, means))


@pytest.fixture
def store(tmp_path: Path) -> Any:
    found = Measurements(tmp_path, NOW)
    yield found
    found.close(NOW)


@pytest.mark.parametrize("unit", ["°C", "°F"])
def test_sensors_statistics_are_asked_for_in_celsius(unit: str, store: Measurements) -> None:
    home = home_with({SENSOR: lambda t: 5.0}, unit)
    found = outdoor_past(home, make_site(outdoor={"temperature": SENSOR}), store, NOW)
    assert len(found) == 60 * 24 and {slot.value for slot in found} == {5.0}
    assert (found[-1].begin, found[-1].end) == (NOW - HOUR, NOW)
    [(_, data)] = home.calls
    assert data["units"] == {"temperature": "°C"} and data["types"] == ["mean"] and data["statistic_ids"] == [SENSOR]


def test_sensor_of_something_else_is_not_taken_for_a_temperature(store: Measurements) -> None:
    home = home_with({SENSOR: lambda t: 60.0}, "%")
    assert outdoor_past(home, make_site(outdoor={"temperature": SENSOR}), store, NOW) == ()


def test_rows_without_a_number_are_gaps(store: Measurements) -> None:
    home = home_with({})
    rows = [{"start": (NOW - 3 * HOUR).isoformat(), "mean": None}, {"start": (NOW - HOUR).isoformat(), "mean": -2.5}]
    home.answers = lambda service, data: Outcome(True, "", {"statistics": {SENSOR: rows}})
    site = make_site(outdoor={"temperature": SENSOR})
    assert outdoor_past(home, site, store, NOW) == (Slot(NOW - HOUR, NOW, -2.5),)
    home.answers = lambda service, data: Outcome(False, "not connected")
    assert outdoor_past(home, site, store, NOW) == ()


def test_home_without_an_outdoor_temperature_asks_for_none(store: Measurements) -> None:
    home = home_with({})
    assert outdoor_past(home, make_site(), store, NOW) == () and home.calls == []


def test_weather_entity_alone_gets_a_past_from_the_store(tmp_path: Path) -> None:
    home, site, store = home_now(), make_site(outdoor={"weather": WEATHER}), Measurements(tmp_path, NOW - HOUR)
    for k in range(0, 3601, 60):
        now = NOW - HOUR + timedelta(seconds=k)
        home.set(WEATHER, "sunny" if k < 1800 else "unavailable", temperature=50, temperature_unit="°F")
        store.add(sample(home, site, now))
    store.close(NOW)
    again = Measurements(tmp_path, NOW)
    found = outdoor_past(home, site, again, NOW)
    again.close(NOW)
    assert [(slot.begin, slot.value) for slot in found] == [
        (NOW - HOUR, pytest.approx(10.0)),
        (NOW - HOUR + QUARTER, pytest.approx(10.0)),
    ]
    assert [slot.end for slot in found] == [NOW - 3 * QUARTER, NOW - 2 * QUARTER]
    assert home.calls == []


@pytest.mark.parametrize(
    "state, attributes",
    [
        ("unavailable", {"temperature": 10, "temperature_unit": "°C"}),
        ("sunny", {"temperature": None, "temperature_unit": "°C"}),
        ("sunny", {"temperature": 10}),
        ("sunny", {"temperature": "warm", "temperature_unit": "°C"}),
        ("sunny", {"temperature": float("nan"), "temperature_unit": "°C"}),
    ],
)
def test_weather_that_is_not_known_is_not_a_temperature(state: str, attributes: dict[str, Any]) -> None:
    home = DictionaryHome()
    home.set(WEATHER, state, **attributes)
    assert weather_c(home, WEATHER) is None


def test_sensor_is_put_on_the_level_of_the_weather_that_forecasts(store: Measurements) -> None:
    """A thermometer on a warm wall: what is forecast is compared with what the same service said before."""
    home, site = home_with({SENSOR: lambda t: 8.0}), make_site(outdoor=BOTH)
    keep(store, WEATHER, 20, 5.0)
    few = outdoor_past(home, site, store, NOW)
    assert {slot.value for slot in few if slot.begin < NOW - 20 * HOUR} == {8.0}  # too few hours to compare
    keep(store, WEATHER, 30, 5.0)
    assert {round(slot.value, 3) for slot in outdoor_past(home, site, store, NOW)} == {5.0}


def test_thermometer_that_fails_is_said_and_its_hour_is_not_known() -> None:
    home, site = home_with({}), make_site(outdoor={"temperature": SENSOR})
    home.set(SENSOR, "unavailable", "°C")
    inputs = Inputs(site)
    assert look(home, site, KnownPast(), NOW, inputs).outdoor_c == ()
    assert inputs.faults[SENSOR].meanwhile == "the load forecast does without it"


def test_cold_that_is_forecast_raises_the_load_that_is_planned_with(store: Measurements) -> None:
    """Statistics of the meter and of the thermometer, and a weather entity's forecast: all the way into the problem."""
    steps = np.random.default_rng(4).normal(0, 3, 80)
    level = [0.0]
    for step in steps:
        level.append(0.8 * level[-1] + float(step))
    wobble = np.random.default_rng(5).normal(0, 0.1, 80 * 24)
    first = NOW - timedelta(days=62)

    def outdoor_c(time: datetime) -> float:
        return 6.0 + level[(time - first) // timedelta(days=1)]

    def grid_kw(time: datetime) -> float:
        return 2.0 + 0.1 * max(14 - outdoor_c(time), 0) + float(wobble[int((time - first) / HOUR)])

    others = ("pv", "battery", "charger", "dishwasher", "pool", "tank")
    idle: dict[str, Callable[[datetime], float]] = {f"sensor.{one}_power": lambda t: 0.0 for one in others}
    home = home_with({SENSOR: outdoor_c, "sensor.grid_power": grid_kw, **idle})
    site = make_site(outdoor=BOTH, horizon_hours=24)
    home.set(WEATHER, "sunny", temperature=5, temperature_unit="°C")
    past = read_past(Past(home), site, store, NOW)
    assert LoadModel(past.baseline.slots, timezone.utc, outdoor_c=past.outdoor_c).warmth is not None
    found = []
    for to_come_c in (-4.0, 10.0):
        inputs = Inputs(site)
        forecast = [{"datetime": (NOW + k * HOUR).isoformat(), "temperature": to_come_c} for k in range(30)]
        look(home, site, past, NOW, inputs)
        due = [one for one in inputs.feeds.due(NOW) if one.feed == OUTDOOR]
        inputs.feeds.answered([Answer(one, {WEATHER: {"forecast": forecast}}, None) for one in due], NOW)
        readings = look(home, site, past, NOW, inputs)
        assert readings.outdoor_history == past.outdoor_c and len(readings.outdoor_c) > 20
        found.append(assemble(site, readings, Memory(), timezone.utc, Notes()).load_kw)
    assert found[0][-1] - found[1][-1] == pytest.approx(1.4, abs=0.5)
