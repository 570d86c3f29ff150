"""One look at the home: every reading in its place, and what is not known stays unknown."""

from datetime import time, timedelta

import pytest

from builders.home_now import NOW, home_now
from builders.site_block import make_site
from hems.ha.known_past import KnownPast
from hems.ha.look import look, measured_now

UNKNOWN = ["unknown", "unavailable"]


def test_everything_is_read_in_the_suites_units() -> None:
    found = look(home_now(), make_site(), KnownPast(), NOW)
    assert found.now == NOW
    now = measured_now(home_now(), make_site())
    assert (now["import_kw"], now["export_kw"]) == (1.0, 0.0)
    assert found.import_limit_kw == 17.25 and found.export_limit_kw is None
    assert found.pv_kw == {"roof": 2.0}
    battery = found.batteries["battery"]
    assert (battery.soc, battery.capacity_kwh, battery.charge_kw, battery.discharge_kw) == (0.55, 10, 1.5, 0.0)
    car = found.evs["car"]
    assert (car.connected, car.soc, car.ready_by, car.target_soc) == (True, 0.4, time(7), 0.8)
    assert (found.loads["pool"].on, found.loads["pool"].power_kw, found.loads["pool"].hours_per_day) == (True, 1.1, 4)
    assert (found.loads["tank"].temperature_c, found.loads["tank"].ambient_c) == (52.5, 20.0)
    assert len(found.spot) == 60 and len(found.pv_forecast["roof"]) == 96


def test_baseline_is_what_no_known_device_takes() -> None:
    # 1 kW bought + 2 kW sun - 1.5 kW into the battery - 1.1 kW pool pump
    assert look(home_now(), make_site(), KnownPast(), NOW).baseline_kw == pytest.approx(0.4)


@pytest.mark.parametrize("state", UNKNOWN)
def test_baseline_is_not_known_while_one_sensor_is_not(state: str) -> None:
    home = home_now()
    home.set("sensor.pv_power", state, "W")
    assert look(home, make_site(), KnownPast(), NOW).baseline_kw is None


@pytest.mark.parametrize("state", UNKNOWN)
def test_unknown_readings_are_none_and_not_zero(state: str) -> None:
    home = home_now()
    for entity, (_, attributes) in list(home.entities.items()):
        home.entities[entity] = (state, attributes)
    found = look(home, make_site(), KnownPast(), NOW)
    assert (found.baseline_kw, found.pv_kw["roof"]) == (None, None)
    assert measured_now(home, make_site()) == {"soc": {}}
    assert (found.batteries["battery"].soc, found.batteries["battery"].charge_kw) == (None, None)
    assert (found.evs["car"].connected, found.evs["car"].soc) == (None, None)
    assert (found.loads["pool"].on, found.loads["tank"].temperature_c) == (None, None)


def test_empty_home_is_looked_at_without_complaint() -> None:
    home = home_now()
    home.entities.clear()
    found = look(home, make_site(), KnownPast(), NOW)
    assert found.spot == () and found.history == () and found.baseline_kw is None
    assert found.overrides.of("car") is None


def test_wishes_are_read_from_their_entities() -> None:
    home = home_now()
    home.set("input_datetime.ready", "06:15:00")
    home.set("input_number.soc", "70", "%")
    home.set("input_number.hours", "2.5", "h")
    site = make_site(
        **{
            "evs.car.ready_by": "input_datetime.ready",
            "evs.car.target_soc": "input_number.soc",
            "loads.pool.hours_per_day": "input_number.hours",
        }
    )
    found = look(home, site, KnownPast(), NOW)
    assert (found.evs["car"].ready_by, found.evs["car"].target_soc) == (time(6, 15), 0.7)
    assert found.loads["pool"].hours_per_day == 2.5


def test_sign_of_meter_and_battery_is_the_configured_one() -> None:
    site = make_site(
        **{
            "grid.power": {"entity": "sensor.grid_power", "positive": "export"},
            "batteries.battery.power": {"entity": "sensor.battery_power", "positive": "charge"},
        }
    )
    found = look(home_now(), site, KnownPast(), NOW)
    now = measured_now(home_now(), site)
    assert (now["import_kw"], now["export_kw"]) == (0.0, 1.0)
    assert (found.batteries["battery"].charge_kw, found.batteries["battery"].discharge_kw) == (0.0, 1.5)


def test_state_that_means_connected_may_be_configured() -> None:
    home = home_now()
    home.set("binary_sensor.car_plugged", "awaiting_start")
    assert look(home, make_site(), KnownPast(), NOW).evs["car"].connected is False
    named = make_site(**{"evs.car.connected_states": ["awaiting_start", "charging"]})
    assert look(home, named, KnownPast(), NOW).evs["car"].connected is True


def test_overrides_that_are_on_are_seen_and_off_wins_over_manual_and_boost() -> None:
    home = home_now()
    for name in ("car_off", "car_boost", "pool_manual", "pool_boost", "tank_boost"):
        home.set(f"input_boolean.hems_{name}", "on")
    home.set("input_boolean.hems_battery_off", "unavailable")
    overrides = look(home, make_site(), KnownPast(), NOW).overrides
    seen = {device: overrides.of(device) for device in ("car", "pool", "tank", "battery", "dishwasher")}
    assert seen == {"car": "off", "pool": "manual", "tank": "boost", "battery": None, "dishwasher": None}


def test_program_may_be_asked_for_by_an_entity() -> None:
    home = home_now()
    home.set("input_boolean.ready", "on")
    site = make_site(**{"loads.dishwasher.requested": "input_boolean.ready"})
    assert look(home, site, KnownPast(), NOW).loads["dishwasher"].requested is True
    home.set("input_boolean.ready", "off")
    assert look(home, site, KnownPast(), NOW).loads["dishwasher"].requested is False


def test_outdoor_temperature_of_now_is_the_thermometers() -> None:
    home = home_now()
    home.set("sensor.outdoor", "50", "°F")
    [slot] = look(home, make_site(outdoor={"temperature": "sensor.outdoor"}), KnownPast(), NOW).outdoor_c
    assert (slot.begin, slot.end, slot.value) == (NOW, NOW + timedelta(hours=1), pytest.approx(10))
    assert look(home, make_site(), KnownPast(), NOW).outdoor_c == ()


def test_sessions_are_read_from_the_entity_that_lists_them() -> None:
    home = home_now()
    event = {"start": (NOW + timedelta(hours=5)).isoformat(), "end": (NOW + timedelta(hours=6)).isoformat()}
    home.set("event.sessions", "2026-06-01T10:00:00+00:00", joined_events=[event], available_events=[])
    site = make_site(**{"prices.saving_sessions": {"entity": "event.sessions", "reward_per_kwh": 0.5}})
    [session] = look(home, site, KnownPast(), NOW).saving_sessions
    assert (session.begin, session.joined) == (NOW + timedelta(hours=5), True)
    home.set("event.sessions", "unknown")
    assert look(home, site, KnownPast(), NOW).saving_sessions == ()


def test_percentiles_of_a_forecast_are_read_where_it_has_them() -> None:
    home = home_now()
    for entity in ("sensor.solcast_today", "sensor.solcast_tomorrow"):
        periods = home.entities[entity][1]["detailedForecast"]
        with_bounds = [{**one, "pv_estimate10": 1.0, "pv_estimate90": 3.0} for one in periods]
        home.set(entity, "48", "kWh", detailedForecast=with_bounds)
    found = look(home, make_site(), KnownPast(), NOW)
    assert {slot.value for slot in found.pv_forecast_low["roof"]} == {1.0}
    assert {slot.value for slot in found.pv_forecast_high["roof"]} == {3.0}
    assert look(home_now(), make_site(), KnownPast(), NOW).pv_forecast_low == {"roof": ()}
