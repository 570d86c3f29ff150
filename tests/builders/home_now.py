"""The home of ``site_block`` at one moment, on a dictionary."""

from datetime import datetime, timedelta, timezone

from .dictionary_home import DictionaryHome

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=timezone.utc)


def home_now(now: datetime = NOW) -> DictionaryHome:
    """Every entity known: 0.25 per kWh for two days, PV 2 kW, the car plugged in."""
    home = DictionaryHome()
    prices = [
        {"start": now + timedelta(hours=k), "end": now + timedelta(hours=k + 1), "value": 0.25} for k in range(-12, 48)
    ]
    home.set("sensor.nordpool", "0.25", "EUR/kWh", raw_today=prices[:36], raw_tomorrow=prices[36:])
    for day, first in (("today", -24), ("tomorrow", 24)):
        periods = [
            {"period_start": (now + timedelta(minutes=30 * (first + k))).isoformat(), "pv_estimate": 2.0}
            for k in range(48)
        ]
        home.set(f"sensor.solcast_{day}", "48", "kWh", detailedForecast=periods)
    for entity, watts in (
        ("grid", 1000), ("pv", 2000), ("battery", -1500), ("charger", 0), ("dishwasher", 0), ("pool", 1100), ("tank", 0),
    ):  # fmt: skip
        home.set(f"sensor.{entity}_power", str(watts), "W")
    home.set("sensor.battery_soc", "55", "%")
    home.set("sensor.car_soc", "40", "%")
    home.set("binary_sensor.car_plugged", "on")
    home.set("sensor.tank_temperature", "52.5", "°C")
    for switch, state in (("dishwasher", "off"), ("pool", "on"), ("tank", "off")):
        home.set(f"switch.{switch}", state)
    return home
