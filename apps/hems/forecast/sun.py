"""Clear-sky light on a roof of any direction, for many instants at once.

Declination and equation of time by Spencer (1971), air mass by Kasten and Young (1989), beam by Meinel (1976). The simulated
home has a formula of its own, so that no forecast is judged by the very light it was made with.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

# Outside the atmosphere, and what a unit of air mass lets through: kW per m2.
_SOLAR_KW_PER_M2 = 1.353
_TRANSMITTANCE = 0.7
# Light from the whole sky adds about a tenth of the beam on a clear day.
_DIFFUSE_SHARE = 0.1
_DAY_S, _YEAR_DAYS = 86400.0, 365.2425


@dataclass(frozen=True)
class Roof:
    """Where a plant is and how it lies, in degrees: north and east positive; azimuth 90 is east, 180 south, 270 west.

    Without an azimuth it faces the equator. ``peak_kw``: the most it can give, where it is known.
    """

    latitude: float
    longitude: float
    tilt: float = 30.0
    azimuth: float | None = None
    peak_kw: float | None = None


def clear_sky_kw_per_m2(seconds: Values, roof: Roof) -> Values:
    """Irradiance on the roof at instants (seconds since 1970, UTC), of their shape; 0 while the sun is down."""
    declination, minutes = _spencer(seconds)
    hours = seconds % _DAY_S / 3600 + roof.longitude / 15 + minutes / 60 - 12
    hour_angle, latitude = np.radians(15.0 * hours), np.radians(roof.latitude)
    south = np.sin(latitude) * np.cos(declination) * np.cos(hour_angle) - np.cos(latitude) * np.sin(declination)
    west = np.cos(declination) * np.sin(hour_angle)
    up = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(hour_angle)
    tilt = np.radians(roof.tilt)
    azimuth = (180.0 if roof.latitude >= 0 else 0.0) if roof.azimuth is None else roof.azimuth
    facing = np.radians(azimuth - 180.0)
    incidence = np.cos(tilt) * up + np.sin(tilt) * (np.cos(facing) * south + np.sin(facing) * west)
    height = np.degrees(np.arcsin(np.clip(up, 0.0, 1.0)))
    air_mass = 1.0 / (np.maximum(up, 0.0) + 0.50572 / (height + 6.07995) ** 1.6364)
    beam = _SOLAR_KW_PER_M2 * _TRANSMITTANCE ** (air_mass**0.678)
    light = beam * (np.maximum(incidence, 0.0) + _DIFFUSE_SHARE * (1 + np.cos(tilt)) / 2)
    return np.where(up > 0.0, light, 0.0)


def _spencer(seconds: Values) -> tuple[Values, Values]:
    """Declination in radians, and the equation of time in minutes."""
    day = seconds / _DAY_S
    angle = 2 * np.pi * (day % _YEAR_DAYS) / _YEAR_DAYS
    sin1, cos1, sin2, cos2 = np.sin(angle), np.cos(angle), np.sin(2 * angle), np.cos(2 * angle)
    declination = 0.006918 - 0.399912 * cos1 + 0.070257 * sin1 - 0.006758 * cos2 + 0.000907 * sin2
    declination += -0.002697 * np.cos(3 * angle) + 0.00148 * np.sin(3 * angle)
    minutes = 229.18 * (0.000075 + 0.001868 * cos1 - 0.032077 * sin1 - 0.014615 * cos2 - 0.040849 * sin2)
    return declination, minutes
