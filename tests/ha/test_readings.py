"""States as numbers: the unit is read, and what is not known is None and never zero."""

from collections.abc import Callable
from datetime import time

import pytest

from builders.dictionary_home import DictionaryHome
from hems.ha import readings

NOT_KNOWN = ["unknown", "unavailable", "", "None", "NaN", "nan", "inf", "-inf", "abc", "1,5", "12 W"]


def read(function: Callable[..., object], state: str, unit: str | None = None) -> object:
    home = DictionaryHome()
    home.set("sensor.x", state, unit)
    return function(home, "sensor.x")


@pytest.mark.parametrize("state", NOT_KNOWN)
@pytest.mark.parametrize(
    ("function", "unit"),
    [(readings.power_kw, "W"), (readings.energy_kwh, "kWh"), (readings.fraction, "%"), (readings.temperature_c, "°C"),
     (readings.number, None)],
)  # fmt: skip
def test_state_that_is_no_number_is_none(function: Callable[..., object], unit: str | None, state: str) -> None:
    assert read(function, state, unit) is None


@pytest.mark.parametrize(
    "function", [readings.power_kw, readings.energy_kwh, readings.fraction, readings.temperature_c, readings.number,
                 readings.is_on, readings.clock],
)  # fmt: skip
def test_entity_that_does_not_exist_is_none(function: Callable[..., object]) -> None:
    assert function(DictionaryHome(), "sensor.missing") is None


@pytest.mark.parametrize(
    ("function", "state", "unit", "value"),
    [
        (readings.power_kw, "1500", "W", 1.5), (readings.power_kw, "1.5", "kW", 1.5),
        (readings.power_kw, "-250", "W", -0.25), (readings.power_kw, "0.002", "MW", 2),
        (readings.energy_kwh, "9500", "Wh", 9.5), (readings.energy_kwh, "9.5", "kWh", 9.5),
        (readings.fraction, "55.5", "%", 0.555), (readings.fraction, "0", "%", 0), (readings.fraction, "100", "%", 1),
        (readings.temperature_c, "52.5", "°C", 52.5), (readings.temperature_c, "131", "°F", 55),
        (readings.temperature_c, "32", "°F", 0), (readings.number, "0", None, 0),
    ],
)  # fmt: skip
def test_unit_is_converted(function: Callable[..., object], state: str, unit: str | None, value: float) -> None:
    assert read(function, state, unit) == pytest.approx(value)


@pytest.mark.parametrize(
    ("function", "unit"),
    [(readings.power_kw, "kWh"), (readings.power_kw, None), (readings.energy_kwh, "W"), (readings.fraction, None),
     (readings.temperature_c, "K")],
)  # fmt: skip
def test_number_with_another_unit_is_not_taken(function: Callable[..., object], unit: str | None) -> None:
    assert read(function, "50", unit) is None


@pytest.mark.parametrize("state", ["-1", "101"])
def test_percentage_outside_its_range_is_not_known(state: str) -> None:
    assert read(readings.fraction, state, "%") is None


@pytest.mark.parametrize(("state", "on"), [("on", True), ("off", False), ("home", True), ("unavailable", None)])
def test_on_and_off(state: str, on: bool | None) -> None:
    assert read(readings.is_on, state) is on


@pytest.mark.parametrize(
    ("state", "clock"),
    [("07:00:00", time(7)), ("2026-03-28 06:30:00", time(6, 30)), ("unknown", None), ("seven", None), ("25:00", None)],
)
def test_time_of_day(state: str, clock: time | None) -> None:
    assert read(readings.clock, state) == clock
