"""Outdoor temperatures: answers, states and lists with values of our own, as °C in UTC."""

from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hems.domain.faults import Refused
from hems.domain.series import Slot
from hems.sources.parsed import Parsed
from hems.sources.temperature import parse_temperature

UTC = timezone.utc
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 6, 1, 6, 20, tzinfo=UTC)


def parsed(document: Any, unit: str | None = None) -> Parsed:
    return parse_temperature(document, now=NOW, zone=BERLIN, unit=unit)


def at(hour: float, day: int = 1) -> datetime:
    return datetime(2026, 6, day, tzinfo=UTC) + timedelta(hours=hour)


def values(found: Parsed) -> list[float]:
    return [pytest.approx(slot.value) for slot in found.slots]


def hourly(*temperatures: Any, first: int = 10) -> dict[str, Any]:
    rows = [
        {
            "datetime": at(first + k).isoformat(),
            "condition": "sunny",
            "temperature": one,
            "wind_speed": 9.7,
            "humidity": 50,
        }
        for k, one in enumerate(temperatures)
    ]
    return {"weather.home": {"forecast": rows}}


def daily() -> dict[str, Any]:
    rows = [
        {"datetime": f"2026-06-0{day}T10:00:00+00:00", "temperature": 20.0 + day, "templow": 10.0 + day}
        for day in (1, 2, 3)
    ]
    return {"weather.home": {"forecast": rows}}


def weather(**attributes: Any) -> dict[str, Any]:
    return {"entity_id": "weather.home", "state": "sunny", "attributes": attributes}


def test_the_hours_of_an_answer_are_celsius_unless_a_unit_is_stated() -> None:
    found = parsed({"response": hourly(18.2, 17.5)})
    assert found.unit == "°C"
    assert found.slots == (Slot(at(10), at(11), 18.2), Slot(at(11), at(12), 17.5))
    assert any("no unit is stated; taken as °C" in words for words in found.problems)
    assert values(parsed(hourly(50.0), "°F")) == [10.0]
    assert parsed(hourly(50.0), "°C").problems == ()


def test_the_state_beside_an_answer_tells_its_unit() -> None:
    state = weather(temperature=68, temperature_unit="°F")
    found = parsed([state, hourly(50.0, 59.0)])
    assert found.slots[-2:] == (Slot(at(10), at(11), pytest.approx(10.0)), Slot(at(11), at(12), pytest.approx(15.0)))
    assert found.slots[0] == Slot(at(6), at(7), pytest.approx(20.0))
    assert not any("no unit" in words for words in found.problems)


def test_days_alone_take_the_mean_of_high_and_low() -> None:
    found = parsed(daily())
    assert found.slots[0] == Slot(at(-2), at(22), 16.0)
    assert values(found) == [16.0, 17.0, 18.0]
    assert any("the mean of the day's high and low" in words for words in found.problems)


def test_hours_come_before_days() -> None:
    found = parsed([daily(), hourly(18.0, 19.0)])
    assert found.slots[1:3] == (Slot(at(10), at(11), 18.0), Slot(at(11), at(12), 19.0))
    assert found.slots[0] == Slot(at(-2), at(10), 16.0)


def test_a_day_of_the_spring_change_has_23_hours() -> None:
    rows = [{"datetime": "2026-03-29T12:00:00+02:00", "temperature": 10, "templow": 0}]
    slot = parsed({"weather.home": {"forecast": rows}}).slots[0]
    assert slot.end - slot.begin == timedelta(hours=23)
    assert slot.value == 5.0


def test_the_old_forecast_attribute_is_read_with_the_states_unit() -> None:
    rows = hourly(41.0, 50.0)["weather.home"]["forecast"]
    found = parsed(weather(temperature=39.2, temperature_unit="°F", forecast=rows))
    assert values(found) == [4.0, 5.0, 10.0]


def test_a_weather_state_alone_is_the_present_hour() -> None:
    found = parsed(weather(temperature=18.4, temperature_unit="°C"))
    assert found.slots == (Slot(at(6), at(7), 18.4),)
    assert any("only the present temperature" in words for words in found.problems)


@pytest.mark.parametrize(
    ("unit", "state", "celsius"), [("°C", "-3.5", -3.5), ("°F", "14", -10.0), ("K", "273.15", 0.0)]
)
def test_a_sensor_is_the_present_hour(unit: str, state: str, celsius: float) -> None:
    document = {"entity_id": "sensor.outside", "state": state, "attributes": {"unit_of_measurement": unit}}
    assert values(parsed(document)) == [celsius]


@pytest.mark.parametrize(
    "attributes",
    [
        {"forecast": [{"time": "2026-06-01T10:00:00Z", "value": 50.0}]},
        {"forecast": {"2026-06-01T10:00:00Z": 50.0}},
        {"predicted_temperatures": [{"date": "2026-06-01T10:00:00Z", "outside": "50.0"}]},
    ],
)
def test_a_sensors_forecast_has_the_sensors_unit(attributes: dict[str, Any]) -> None:
    attributes = {"unit_of_measurement": "°F", "device_class": "temperature", **attributes}
    found = parsed({"entity_id": "sensor.outside", "state": "unknown", "attributes": attributes})
    assert values(found) == [10.0]


def test_open_meteos_own_answer_is_local_and_states_its_unit() -> None:
    found = parsed(
        {
            "timezone": "Europe/Helsinki",
            "hourly_units": {"time": "iso8601", "temperature_2m": "°F"},
            "hourly": {
                "time": ["2026-06-01T10:00", "2026-06-01T11:00"],
                "temperature_2m": [50.0, None],
                "rain": [0, 1],
            },
        }
    )
    assert found.slots == (Slot(at(7), at(8), pytest.approx(10.0)),)
    assert not any("no unit" in words for words in found.problems)


def test_three_hourly_steps_hold_until_the_next() -> None:
    rows = [{"datetime": at(hour).isoformat(), "native_temperature": float(hour)} for hour in (9, 12, 15)]
    assert parsed({"weather.home": {"forecast": rows}}).slots[1] == Slot(at(12), at(15), 12.0)


def test_a_missing_hour_is_a_hole_and_said() -> None:
    found = parsed(hourly(18.0, 19.0, None, 21.0, 20.0))
    assert values(found) == [18.0, 19.0, 21.0, 20.0]
    assert any("nothing is known from 2026-06-01T12:00Z until 2026-06-01T13:00Z" in words for words in found.problems)


def test_an_old_forecast_says_so() -> None:
    assert any("the forecast is old" in words for words in parsed(hourly(18.0, first=-20)).problems)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"entity_id": "sensor.outside", "state": "unavailable", "attributes": {}}, "sensor.outside is unavailable"),
        (
            {"entity_id": "sensor.power", "state": "400", "attributes": {"unit_of_measurement": "W"}},
            "sensor.power has no temperature",
        ),
        ({"weather.home": {"forecast": []}}, "the response has no temperature; it has weather.home"),
        (weather(temperature=None), "weather.home has no temperature"),
        ({"success": False, "error": {"message": "no such entity"}}, "the call failed: no such entity"),
    ],
)
def test_a_document_without_a_temperature_is_refused(document: Any, words: str) -> None:
    with pytest.raises(Refused, match=words):
        parsed(document)


def test_a_unit_that_is_none_is_refused() -> None:
    with pytest.raises(Refused, match="'kW' is no unit of temperature"):
        parsed(hourly(18.0), "kW")


def test_of_several_states_the_weather_is_the_present_temperature() -> None:
    fridge = {"entity_id": "sensor.fridge", "state": "4", "attributes": {"unit_of_measurement": "°C"}}
    found = parsed([fridge, weather(temperature=18.4, temperature_unit="°C")])
    assert values(found) == [18.4]
    assert "the present temperature is that of weather.home; 1 more are passed over" in found.problems
