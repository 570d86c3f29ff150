"""The demo's car: at home and nearly empty whenever the demo begins, and on its usual trips from the next day on."""

from datetime import datetime, timedelta, timezone

import pytest

from hems.simulation.home import House
from hems.simulation.settings import HomeSettings, SettingsError, settings_from

NOON_ON_A_WORKING_DAY = datetime(2026, 11, 18, 11, tzinfo=timezone.utc)


def test_the_car_is_at_home_on_the_first_day_and_away_on_the_next() -> None:
    house = House(HomeSettings(car_just_home=True), NOON_ON_A_WORKING_DAY)
    assert house.states()["binary_sensor.car_plugged"][0] == "on"
    assert float(house.states()["sensor.car_soc"][0]) == pytest.approx(35, abs=0.1)
    house.step(NOON_ON_A_WORKING_DAY, NOON_ON_A_WORKING_DAY + timedelta(hours=1))
    assert house.states()["binary_sensor.car_plugged"][0] == "on"
    house.step(house.now, NOON_ON_A_WORKING_DAY + timedelta(days=1))
    assert house.states()["binary_sensor.car_plugged"][0] == "off"


def test_without_it_the_car_is_at_work() -> None:
    house = House(HomeSettings(), NOON_ON_A_WORKING_DAY)
    assert house.states()["binary_sensor.car_plugged"][0] == "off"


def test_what_is_neither_true_nor_false_is_refused() -> None:
    with pytest.raises(SettingsError, match="car_just_home"):
        settings_from({"car_just_home": "yes"})
