"""A made-up home for the backtest's tests: what flowed in each hour, the apps.yaml, and what Home Assistant knows of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from closed_loop.fake_home_assistant import ZONE, FakeHomeAssistant, measured, state

APPS = """
hems:
  module: hems.planner_app
  class: Planner
  grid: {power: sensor.meter, import_limit_kw: number.fuse}
  prices:
    import: {source: nordpool, entity: sensor.spot, add_per_kwh: 0.1, vat: 0.2}
    export: {same_as: import}
  pv:
    roof: {power: sensor.pv, forecast: {source: solcast, entities: [sensor.forecast]}}
  batteries:
    battery:
      soc: sensor.soc
      power: {entity: sensor.battery, positive: charge}
      capacity_kwh: sensor.capacity
      charge_limit_kw: 3
      discharge_limit_kw: 3
      actions:
        self_use: [{switch.turn_on: {entity_id: switch.a}}]
        charge: [{switch.turn_on: {entity_id: switch.b}}]
        discharge: [{switch.turn_on: {entity_id: switch.c}}]
  evs:
    car:
      connected: binary_sensor.car
      soc: sensor.car_soc
      power: sensor.charger
      battery_kwh: 50
      ready_by: input_datetime.ready
      target_soc: input_number.target
      actions:
        charge: [{switch.turn_on: {entity_id: switch.d}}]
        stop: [{switch.turn_off: {entity_id: switch.d}}]
  loads:
    pool: {type: quota, switch: switch.pool, power_kw: 1.0, hours_per_day: 3}
"""


def house_kw(moment: datetime) -> float:
    """What nobody controls: more in the evening."""
    return 1.2 if 17 <= moment.astimezone(ZONE).hour < 22 else 0.3


def pv_kw(moment: datetime) -> float:
    return 2.5 if 10 <= moment.astimezone(ZONE).hour < 15 else 0.0


def car_kw(moment: datetime) -> float:
    return 3.5 if 2 <= moment.astimezone(ZONE).hour < 4 else 0.0


def charge_kw(moment: datetime) -> float:
    """Of the battery: charged at noon, discharged in the evening."""
    hour = moment.astimezone(ZONE).hour
    return 1.5 if 11 <= hour < 13 else -0.8 if 18 <= hour < 21 else 0.0


def meter_kw(moment: datetime) -> float:
    """Positive for import."""
    return house_kw(moment) + car_kw(moment) + charge_kw(moment) - pv_kw(moment)


def spot(moment: datetime) -> float:
    """EUR/kWh; below nothing at noon."""
    hour = moment.astimezone(ZONE).hour
    return -0.02 if 12 <= hour < 14 else 0.25 if 17 <= hour < 21 else 0.08


def home(begin: datetime, end: datetime, **changes: Any) -> FakeHomeAssistant:
    """A Home Assistant that has kept all of it from ``begin`` until ``end``; ``changes`` are what it keeps else."""
    states = {
        "number.fuse": state("17250", "W"),
        "sensor.capacity": state("8000", "Wh"),
        "input_datetime.ready": state("06:30:00"),
        "input_number.target": state("70", "%"),
        "sensor.meter": state("300", "W"),
        "sensor.pv": state("0", "kW"),
        "sensor.battery": state("0", "W"),
        "sensor.charger": state("0", "W"),
        "sensor.spot": state("0.08", "EUR/kWh"),
    }
    kept = {
        "sensor.meter": measured(lambda t: 1000 * meter_kw(t), begin, end),
        "sensor.pv": measured(pv_kw, begin, end, "kW"),
        "sensor.battery": measured(lambda t: 1000 * charge_kw(t), begin, end),
        "sensor.charger": measured(lambda t: 1000 * car_kw(t), begin, end),
        "sensor.spot": measured(spot, begin, end, "EUR/kWh", None),
    }
    return FakeHomeAssistant(states, kept, **changes)


def days(count: int, end: datetime) -> datetime:
    """So many local days before a local midnight."""
    return (end.astimezone(ZONE) - timedelta(days=count)).replace(hour=0)
