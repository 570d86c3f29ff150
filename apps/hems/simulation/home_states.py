"""What the home's sensors show, in Home Assistant's words."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from .devices import Devices
from .prices import DayAhead, PriceSlot
from .pv_forecast import PvPeriod

States = dict[str, tuple[str, dict[str, Any]]]

_POWER_NAMES = {
    "sensor.grid_power": "Grid power",
    "sensor.pv_power": "PV power",
    "sensor.battery_power": "Battery power",
    "sensor.charger_power": "Charger power",
    "sensor.dishwasher_power": "Dishwasher power",
    "sensor.pool_pump_power": "Pool pump power",
    "sensor.water_heater_power": "Water heater power",
}


def device_states(devices: Devices) -> States:
    """Measurements of the devices."""
    found = {
        entity: (str(round(watts)), _measured(_POWER_NAMES[entity], "W", "power"))
        for entity, watts in devices.flows.sensors_w().items()
    }
    found["sensor.grid_energy_import"] = _counter("Grid energy import", devices.meter.import_kwh)
    found["sensor.grid_energy_export"] = _counter("Grid energy export", devices.meter.export_kwh)
    found["sensor.battery_soc"] = _percent("Battery state of charge", devices.battery.soc)
    found["sensor.car_soc"] = _percent("Car state of charge", devices.car.soc)
    found["sensor.tank_temperature"] = (
        f"{devices.tank.temperature_c:.1f}",
        _measured("Tank temperature", "°C", "temperature"),
    )
    found["binary_sensor.car_plugged"] = (
        "on" if devices.car_plugged else "off",
        {"friendly_name": "Car plugged", "device_class": "plug"},
    )
    return found


def price_attributes(day_ahead: DayAhead, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """The attributes of a Nord Pool sensor (custom integration): raw_today, raw_tomorrow and their kin."""
    today, tomorrow = day_ahead.today(now), day_ahead.tomorrow(now)
    values = [slot.value_per_kwh for slot in today]
    return {
        "friendly_name": "Nord Pool",
        "unit_of_measurement": "EUR/kWh",
        "device_class": "monetary",
        "currency": "EUR",
        "unit": "kWh",
        "region": "NL",
        "price_in_cents": False,
        "min": min(values),
        "max": max(values),
        "average": round(sum(values) / len(values), 5),
        "tomorrow_valid": bool(tomorrow),
        "raw_today": [_raw(slot, zone) for slot in today],
        "raw_tomorrow": [_raw(slot, zone) for slot in tomorrow],
    }


def forecast_state(name: str, day: date, periods: list[PvPeriod], zone: ZoneInfo) -> tuple[str, dict[str, Any]]:
    """A Solcast day sensor: the day's energy in kWh, and mean powers in kW by half hour."""
    total, low, high = (
        round(sum(values) / 2, 4)
        for values in zip(*((p.estimate_kw, p.estimate10_kw, p.estimate90_kw) for p in periods), strict=True)
    )
    attributes: dict[str, Any] = {
        "friendly_name": name,
        "unit_of_measurement": "kWh",
        "device_class": "energy",
        "dayname": day.strftime("%A"),
        "dataCorrect": True,
        "estimate": total,
        "estimate10": low,
        "estimate90": high,
        "detailedForecast": [
            {
                "period_start": period.start.astimezone(zone).isoformat(),
                "pv_estimate": period.estimate_kw,
                "pv_estimate10": period.estimate10_kw,
                "pv_estimate90": period.estimate90_kw,
            }
            for period in periods
        ],
    }
    return f"{total:.4f}", attributes


def _raw(slot: PriceSlot, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "start": slot.start.astimezone(zone).isoformat(),
        "end": slot.end.astimezone(zone).isoformat(),
        "value": slot.value_per_kwh,
    }


def _measured(name: str, unit: str, device_class: str) -> dict[str, Any]:
    return {
        "friendly_name": name,
        "unit_of_measurement": unit,
        "device_class": device_class,
        "state_class": "measurement",
    }


def _percent(name: str, share: float) -> tuple[str, dict[str, Any]]:
    return f"{100 * share:.1f}", _measured(name, "%", "battery")


def _counter(name: str, energy_kwh: float) -> tuple[str, dict[str, Any]]:
    attributes = _measured(name, "kWh", "energy") | {"state_class": "total_increasing"}
    return f"{energy_kwh:.3f}", attributes
