"""The weeks before the start: the same home and physics under the habits of a family without HEMS."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from .controls import CHARGER, DISHWASHER, DISHWASHER_READY, POOL_PUMP, WATER_HEATER
from .devices import Devices
from .local_day import local_hour

# Four weeks: each kind of weekday is seen four times, and 21 days of statistics are surely complete.
DAYS = 28
STEP = timedelta(minutes=15)
_HABITUAL_SOC = 0.8
_HEAT_BELOW_C = 50.0
_HEAT_UNTIL_C = 57.0


def live_past(devices: Devices, now: datetime, zone: ZoneInfo) -> None:
    """Run the devices from four weeks ago until `now`, in quarter hours; afterwards all switches are off.

    A program of the dishwasher that runs at that moment runs on.
    """
    moment = now.replace(minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
    while moment < now:
        end = min(now, moment + STEP)
        _habits(devices, moment, zone)
        devices.advance(moment, end)
        moment = end
    for switch in (CHARGER, POOL_PUMP, WATER_HEATER):
        devices.controls.toggles[switch] = False
    devices.controls.toggles[DISHWASHER] = devices.dishwasher.running


def _habits(devices: Devices, moment: datetime, zone: ZoneInfo) -> None:
    """Charge at once when home, pump at noon, heat by thermostat, wash as soon as the machine is loaded."""
    toggles = devices.controls.toggles
    toggles[CHARGER] = devices.car.soc < _HABITUAL_SOC
    toggles[POOL_PUMP] = 12 <= local_hour(moment, zone) < 16
    limit = _HEAT_UNTIL_C if toggles[WATER_HEATER] else _HEAT_BELOW_C
    toggles[WATER_HEATER] = devices.tank.temperature_c < limit
    toggles[DISHWASHER] = toggles[DISHWASHER_READY]
