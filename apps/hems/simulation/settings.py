"""What the simulated home is made of; every number has a default."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@dataclass(frozen=True)
class HomeSettings:
    """Sizes of the simulated home. Same seed, same weather, same family."""

    seed: int = 1
    time_zone: str = "Europe/Amsterdam"
    latitude: float = 52.37
    longitude: float = 4.90
    pv_peak_kw: float = 6.0
    battery_kwh: float = 10.0
    battery_limit_kw: float = 5.0
    car_kwh: float = 60.0
    charger_max_a: float = 32.0
    pool_pump_kw: float = 1.1
    tank_litres: float = 200.0
    tank_heater_kw: float = 2.0
    # A demo begins with a car that has just come home from far, so that there is something to see.
    car_just_home: bool = False

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.time_zone)


class SettingsError(ValueError):
    """A setting of the simulated home is unknown or cannot be; the text says which and what to write."""


def settings_from(options: Mapping[str, Any]) -> HomeSettings:
    """Settings from the keys of an app's configuration.

    Raises SettingsError with one line a fault.
    """
    known = {field.name: field.default for field in fields(HomeSettings)}
    faults = [fault for key, value in options.items() if (fault := _fault(key, value, known))]
    if faults:
        raise SettingsError("\n".join(faults))
    return HomeSettings(**options)


def _fault(key: str, value: object, known: Mapping[str, object]) -> str | None:
    if key not in known:
        return f"{key}: unknown key; the simulated home knows {', '.join(known)}"
    if key == "time_zone":
        return _zone_fault(value)
    if key == "car_just_home":
        return None if isinstance(value, bool) else f"car_just_home: {value!r} is neither true nor false"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"{key}: {value!r} is not a number"
    if key == "seed":
        return None if isinstance(value, int) else f"seed: {value!r} is not a whole number"
    if key in ("latitude", "longitude"):
        bound = 90 if key == "latitude" else 180
        return None if -bound <= value <= bound else f"{key}: {value} is not within -{bound}..{bound}"
    return None if 0 < value < 1000 else f"{key}: {value} is not within 0..1000"


def _zone_fault(value: object) -> str | None:
    try:
        ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError):
        return f"time_zone: {value!r} is not a time zone; write for example Europe/Amsterdam"
    return None
