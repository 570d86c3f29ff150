"""A family's days: the car comes and goes, the dishwasher runs once, switches and limits do what they say."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone

import pytest

from hems.simulation.dishwasher import Dishwasher
from hems.simulation.home import House
from hems.simulation.services import ServiceError

MakeHouse = Callable[..., House]
MINUTE = timedelta(minutes=1)


def _minutes(house: House, count: int) -> Iterator[None]:
    for _ in range(count):
        house.step(house.now, house.now + MINUTE)
        yield


def _on(house: House, switch: str) -> None:
    house.call("switch", "turn_on", {"entity_id": switch})


def _number(house: House, entity: str) -> float:
    return float(house.states()[entity][0])


def test_the_car_goes_and_comes_and_never_charges_away(house: House) -> None:
    """A week with the charger always on: five commutes, and no power while the plug is out."""
    _on(house, "switch.charger")
    departures: list[datetime] = []
    plugged = house.devices.car_plugged
    for _ in _minutes(house, 7 * 24 * 60):
        devices = house.devices
        if not devices.car_plugged:
            assert devices.flows.car_kw == 0.0
        if plugged and not devices.car_plugged:
            departures.append(house.now.astimezone(house.settings.zone))
            soc_at_departure = devices.car.soc
        if not plugged and devices.car_plugged and departures:
            # Back home the charger is on at once: the first minute may have charged 0.12 kWh.
            driven_kwh = (soc_at_departure - devices.car.soc) * 60
            assert 7.8 <= driven_kwh <= 20.1
        plugged = devices.car_plugged
    weekdays = [moment for moment in departures if moment.weekday() < 5]
    assert len(weekdays) == 5
    assert all(7.5 <= moment.hour + moment.minute / 60 <= 8.3 for moment in weekdays)
    assert house.states()["binary_sensor.car_plugged"][0] == ("on" if plugged else "off")


def test_the_charger_follows_its_current(house: House) -> None:
    list(_minutes(house, 9 * 60))  # 21:00 local: the car is back
    _on(house, "switch.charger")
    house.call("number", "set_value", {"entity_id": "number.charger_current", "value": 10})
    before = house.devices.car.energy_kwh
    list(_minutes(house, 30))
    assert _number(house, "sensor.charger_power") == 2300
    assert house.devices.car.energy_kwh - before == pytest.approx(2.3 * 0.5 * 0.92)


def test_the_family_loads_the_dishwasher_and_the_program_runs_once(house: House) -> None:
    """Switched on before it is loaded, it waits; then it runs its program and both switches go off."""
    _on(house, "switch.dishwasher")
    energy_kwh, starts, was_running = 0.0, [], False
    for _ in _minutes(house, 14 * 60):
        energy_kwh += house.devices.flows.dishwasher_kw / 60
        running = house.devices.dishwasher.running
        if running and not was_running:
            starts.append(house.now.astimezone(house.settings.zone))
        was_running = running
    assert len(starts) == 1
    assert 19.2 <= starts[0].hour + starts[0].minute / 60 <= 19.8
    assert energy_kwh == pytest.approx((2.0 + 0.1 + 1.8) / 2)
    assert house.states()["switch.dishwasher"][0] == "off"
    assert house.states()["input_boolean.dishwasher_ready"][0] == "off"


def test_a_running_program_cannot_be_interrupted(house: House) -> None:
    house.call("input_boolean", "turn_on", {"entity_id": "input_boolean.dishwasher_ready"})
    _on(house, "switch.dishwasher")
    list(_minutes(house, 40))
    for service in ("turn_off", "toggle"):
        with pytest.raises(ServiceError, match="cannot be interrupted"):
            house.call("switch", service, {"entity_id": "switch.dishwasher"})
    house.call("input_boolean", "turn_off", {"entity_id": "input_boolean.dishwasher_ready"})
    list(_minutes(house, 30))
    assert _number(house, "sensor.dishwasher_power") == 1800
    list(_minutes(house, 20))
    assert house.states()["switch.dishwasher"][0] == "off"


@pytest.mark.parametrize("step_hours", [1 / 720, 1 / 60, 0.25, 0.4])
def test_the_program_takes_its_energy_at_any_step(step_hours: float) -> None:
    machine = Dishwasher()
    machine.start()
    energy_kwh, steps = 0.0, 0
    while machine.running:
        energy_kwh += machine.step(step_hours) * step_hours
        steps += 1
    assert energy_kwh == pytest.approx(1.95)
    assert steps == pytest.approx(1.5 / step_hours, abs=1)


def test_pump_heater_and_pv_limit(house: House) -> None:
    list(_minutes(house, 60))
    assert _number(house, "sensor.pv_power") > 500
    _on(house, "switch.pool_pump")
    _on(house, "switch.water_heater")
    house.call("number", "set_value", {"entity_id": "number.pv_power_limit", "value": 500})
    warm = house.devices.tank.temperature_c
    list(_minutes(house, 10))
    assert _number(house, "sensor.pool_pump_power") == 1100
    assert _number(house, "sensor.water_heater_power") == 2000
    assert _number(house, "sensor.pv_power") == 500
    assert house.devices.tank.temperature_c > warm + 1.0


def test_self_consumption_leaves_the_grid_alone_while_the_battery_can(house: House) -> None:
    house.devices.battery.energy_kwh = 5.0
    list(_minutes(house, 5))
    flows = house.devices.flows
    assert flows.import_kw == pytest.approx(0.0, abs=1e-9)
    assert flows.export_kw == pytest.approx(0.0, abs=1e-9)


def test_cold_without_heating(house: House) -> None:
    """Two days without the heater: showers and losses cool the tank, never below cold water."""
    list(_minutes(house, 2 * 24 * 60))
    assert 12.0 <= house.devices.tank.temperature_c < 35.0


def test_same_seed_same_home_another_seed_another(make_house: MakeHouse) -> None:
    def live(seed: int) -> list[object]:
        house = make_house(seed=seed)
        _on(house, "switch.charger")
        found: list[object] = []
        for _ in _minutes(house, 12 * 60):
            found.append(house.devices.flows)
        return [*found, house.states()]

    assert live(1) == live(1)
    assert live(1) != live(2)


def test_a_long_step_is_the_same_as_its_minutes(make_house: MakeHouse) -> None:
    """Physics runs in steps of a minute, however rarely it is asked."""
    at_once, by_minute = make_house(), make_house()
    for house in (at_once, by_minute):
        _on(house, "switch.charger")
    at_once.step(at_once.now, at_once.now + timedelta(hours=9))
    list(_minutes(by_minute, 9 * 60))
    assert at_once.states() == by_minute.states()
    assert at_once.devices.flows == by_minute.devices.flows


def test_the_size_of_the_ticks_hardly_matters(make_house: MakeHouse) -> None:
    coarse, fine = make_house(), make_house()
    coarse.step(coarse.now, coarse.now + timedelta(hours=12))
    end = fine.now + timedelta(hours=12)
    while fine.now < end:
        fine.step(fine.now, fine.now + timedelta(seconds=20))
    assert fine.devices.meter.import_kwh == pytest.approx(coarse.devices.meter.import_kwh, abs=0.05)
    assert fine.devices.tank.temperature_c == pytest.approx(coarse.devices.tank.temperature_c, abs=0.05)


def test_time_has_no_gaps_and_does_not_run_back(house: House) -> None:
    with pytest.raises(ValueError, match="the home stands at"):
        house.step(house.now + MINUTE, house.now + 2 * MINUTE)
    with pytest.raises(ValueError, match="does not run back"):
        house.step(house.now, house.now - MINUTE)
    with pytest.raises(ValueError, match="no time zone"):
        house.step(house.now, datetime(2026, 5, 7))
    same = house.now
    house.step(same, same)
    assert house.now == same == datetime(2026, 5, 6, 10, tzinfo=timezone.utc)
