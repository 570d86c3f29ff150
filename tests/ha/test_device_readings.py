"""What the dispatcher reads: held for as long as the planner holds it, then not known."""

from datetime import timedelta

import pytest

from builders.home_now import NOW, home_now
from builders.site_block import make_site
from hems.ha.device_readings import DeviceReadings

SITE = make_site()


def test_everything_is_read_by_device() -> None:
    found = DeviceReadings(SITE).look(home_now(), NOW)
    assert found.soc == {"battery": 0.55, "car": 0.4} and found.connected == {"car": True}
    assert found.on == {"dishwasher": False, "pool": True, "tank": False}
    assert found.power_kw == {"roof": 2.0, "battery": -1.5, "car": 0, "dishwasher": 0, "pool": 1.1, "tank": 0}
    assert (found.import_kw, found.export_kw) == (1.0, 0.0)


def test_signs_are_those_of_the_configuration() -> None:
    turned = make_site(
        **{
            "grid.power": {"entity": "sensor.grid_power", "positive": "export"},
            "batteries.battery.power": {"entity": "sensor.battery_power", "positive": "charge"},
        }
    )
    found = DeviceReadings(turned).look(home_now(), NOW)
    assert (found.import_kw, found.export_kw, found.power_kw["battery"]) == (0.0, 1.0, 1.5)


@pytest.mark.parametrize(
    ("entity", "unit", "minutes"),
    [("sensor.battery_soc", "%", 10), ("sensor.car_soc", "%", 30), ("binary_sensor.car_plugged", None, 2),
     ("sensor.grid_power", "W", 2), ("sensor.pool_power", "W", 2), ("switch.pool", None, 2)],
)  # fmt: skip
def test_reading_that_fails_is_held_and_then_not_known(entity: str, unit: str | None, minutes: float) -> None:
    home, readings = home_now(), DeviceReadings(SITE)
    good = readings.look(home, NOW)
    home.set(entity, "unavailable", unit)
    assert readings.look(home, NOW + timedelta(minutes=minutes - 0.1)) == good
    assert list(readings.faults) == [entity]
    assert readings.look(home, NOW + timedelta(minutes=minutes + 0.1)) != good


def test_soc_of_a_car_that_is_away_is_not_missed() -> None:
    home, readings = home_now(), DeviceReadings(SITE)
    readings.look(home, NOW)
    home.set("binary_sensor.car_plugged", "off")
    home.set("sensor.car_soc", "unavailable", "%")
    found = readings.look(home, NOW + timedelta(hours=1))
    assert found.connected == {"car": False} and found.soc["car"] is None and readings.faults == {}


def test_clock_that_is_set_back_does_not_make_readings_older_or_younger() -> None:
    home, readings = home_now(), DeviceReadings(SITE)
    readings.look(home, NOW)
    home.set("sensor.battery_soc", "unavailable", "%")
    readings.look(home, NOW + timedelta(minutes=6))
    back = NOW - timedelta(hours=1)
    assert readings.look(home, back).soc["battery"] == 0.55
    assert readings.look(home, back + timedelta(minutes=5)).soc["battery"] is None
