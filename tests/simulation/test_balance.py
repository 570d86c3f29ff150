"""Energy is conserved: in each device, at the meter, and in the statistics."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hems.simulation.battery import (
    FORCED_CHARGE,
    FORCED_DISCHARGE,
    MODES,
    SELF_CONSUMPTION,
    STANDBY,
    HomeBattery,
)
from hems.simulation.ev import Car
from hems.simulation.flows import Flows
from hems.simulation.home import House
from hems.simulation.hot_water_tank import HotWaterTank
from hems.simulation.settings import HomeSettings

START = datetime(2026, 5, 6, 10, 0, tzinfo=timezone.utc)
_KW = st.floats(0.0, 20.0)
_HOURS = st.floats(1 / 3600, 1.0)
Command = tuple[tuple[str, str, dict[str, Any]], int]


def _net(flows: Flows) -> float:
    loads = flows.load_kw + flows.car_kw + flows.dishwasher_kw + flows.pool_kw + flows.tank_kw
    return loads + flows.charge_kw - flows.discharge_kw - flows.pv_used_kw


@pytest.fixture(scope="module")
def lived_in() -> House:
    return House(HomeSettings(), START)


_COMMANDS = st.one_of(
    st.tuples(
        st.sampled_from(["charger", "pool_pump", "water_heater", "dishwasher"]),
        st.sampled_from(["turn_on", "toggle"]),
    ).map(lambda pair: ("switch", pair[1], {"entity_id": f"switch.{pair[0]}"})),
    st.sampled_from(MODES).map(
        lambda mode: ("select", "select_option", {"entity_id": "select.battery_mode", "option": mode})
    ),
    st.floats(0, 5000).map(lambda w: ("number", "set_value", {"entity_id": "number.battery_forced_power", "value": w})),
    st.floats(0, 6000).map(lambda w: ("number", "set_value", {"entity_id": "number.pv_power_limit", "value": w})),
    st.floats(6, 32).map(lambda a: ("number", "set_value", {"entity_id": "number.charger_current", "value": a})),
)


@settings(max_examples=60)
@given(st.lists(st.tuples(_COMMANDS, st.integers(1, 3000)), min_size=1, max_size=8))
def test_the_meter_balances_in_every_step_and_counts_it(lived_in: House, commands: list[Command]) -> None:
    """One house lives through all examples: whatever has been commanded before, the balance holds."""
    house = lived_in
    for (domain, service, data), seconds in commands:
        if not (service == "toggle" and house.devices.dishwasher.running):
            house.call(domain, service, data)
        for chunk in [60] * (seconds // 60) + [seconds % 60 or 1]:
            before = (
                house.devices.meter.import_kwh,
                house.devices.meter.export_kwh,
                house.devices.battery.energy_kwh,
            )
            # Cut to one step of the physics, so that its powers are those of the whole chunk.
            second = house.now.timestamp() % 60
            span = min(chunk, 60 - second)
            house.step(house.now, house.now + timedelta(seconds=span))
            flows, hours = house.devices.flows, span / 3600
            assert flows.import_kw - flows.export_kw == pytest.approx(_net(flows), abs=1e-9)
            assert min(flows.import_kw, flows.export_kw) == 0.0
            assert min(flows.charge_kw, flows.discharge_kw) == 0.0
            assert house.devices.meter.import_kwh == pytest.approx(before[0] + hours * flows.import_kw, abs=1e-9)
            assert house.devices.meter.export_kwh == pytest.approx(before[1] + hours * flows.export_kw, abs=1e-9)
            stored = hours * (flows.charge_kw * 0.95 - flows.discharge_kw / 0.95)
            assert house.devices.battery.energy_kwh == pytest.approx(before[2] + stored, abs=1e-9)


@given(st.sampled_from(MODES), _KW, st.floats(-20.0, 20.0), _HOURS, st.floats(0.05, 1.0))
def test_the_battery_keeps_its_equation_and_its_limits(
    mode: str, forced_kw: float, net_load_kw: float, hours: float, soc: float
) -> None:
    battery = HomeBattery(10.0, 5.0, 10.0 * soc)
    flow = battery.step(mode, forced_kw, net_load_kw, hours)
    change = hours * (flow.charge_kw * 0.95 - flow.discharge_kw / 0.95)
    assert battery.energy_kwh == pytest.approx(10.0 * soc + change, abs=1e-9)
    assert 0.0 <= flow.charge_kw <= 5.0 and 0.0 <= flow.discharge_kw <= 5.0
    assert 0.05 - 1e-9 <= battery.soc <= 1.0 + 1e-9
    if mode == SELF_CONSUMPTION:
        assert flow.charge_kw <= max(0.0, -net_load_kw)
        assert flow.discharge_kw <= max(0.0, net_load_kw)


@pytest.mark.parametrize(
    ("mode", "net_load_kw", "charge_kw", "discharge_kw"),
    [
        (SELF_CONSUMPTION, -3.0, 3.0, 0.0),
        (SELF_CONSUMPTION, 2.0, 0.0, 2.0),
        (FORCED_CHARGE, 2.0, 1.5, 0.0),
        (FORCED_DISCHARGE, -3.0, 0.0, 1.5),
        (STANDBY, 2.0, 0.0, 0.0),
    ],
)
def test_the_inverter_obeys_its_mode(mode: str, net_load_kw: float, charge_kw: float, discharge_kw: float) -> None:
    flow = HomeBattery(10.0, 5.0, 5.0).step(mode, 1.5, net_load_kw, 1 / 60)
    assert (flow.charge_kw, flow.discharge_kw) == (charge_kw, discharge_kw)


def test_forced_power_tapers_to_what_energy_allows() -> None:
    battery = HomeBattery(10.0, 5.0, 9.9)
    assert battery.step(FORCED_CHARGE, 5.0, 0.0, 1.0).charge_kw == pytest.approx(0.1 / 0.95)
    battery.energy_kwh = 0.6
    assert battery.step(FORCED_DISCHARGE, 5.0, 0.0, 1.0).discharge_kw == pytest.approx(0.1 * 0.95)


@given(st.booleans(), _KW, _HOURS, st.floats(10.0, 75.0), st.booleans())
def test_the_tank_conserves_energy_below_its_safety_temperature(
    on: bool, draw_kw: float, hours: float, temperature_c: float, tripped: bool
) -> None:
    tank = HotWaterTank(200.0, 2.0, temperature_c, tripped=tripped)
    flow = tank.step(on, draw_kw, hours)
    stored = 0.2326 * (tank.temperature_c - temperature_c)
    assert stored == pytest.approx(hours * (flow.heater_kw - flow.draw_kw - flow.loss_kw), abs=1e-9)
    assert flow.loss_kw == pytest.approx(0.002 * (temperature_c - 20.0))
    assert 0.0 <= flow.draw_kw <= draw_kw and 0.0 <= flow.heater_kw <= 2.0 * on
    assert tank.temperature_c <= 75.0 + 1e-9


def test_the_safety_thermostat_stops_and_resets() -> None:
    tank = HotWaterTank(200.0, 2.0, 74.9)
    tank.step(True, 0.0, 1.0)
    assert tank.temperature_c == pytest.approx(75.0)
    assert tank.step(True, 0.0, 0.1).heater_kw == 0.0
    tank.temperature_c = 71.9
    assert tank.step(True, 0.0, 0.01).heater_kw == 2.0


@given(st.floats(0.0, 32.0), _HOURS, st.floats(0.0, 60.0))
def test_the_car_charges_by_its_equation(current_a: float, hours: float, energy_kwh: float) -> None:
    car = Car(60.0, energy_kwh)
    power = car.charge(current_a, hours)
    assert car.energy_kwh == pytest.approx(energy_kwh + hours * power * 0.92, abs=1e-9)
    assert car.energy_kwh <= 60.0 + 1e-9
    assert power <= current_a * 0.23 + 1e-9
    assert power == 0.0 or current_a >= 6.0
