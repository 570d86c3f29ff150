"""Clear-sky sunlight on a tilted roof from latitude, longitude and time alone."""

from datetime import datetime, timezone
from math import asin, copysign, cos, degrees, exp, log, pi, pow, radians, sin

# Outside the atmosphere, and the mean loss per unit of air mass (Meinel & Meinel, 1976): kW per m2.
_SOLAR_KW_PER_M2 = 1.353
_TRANSMITTANCE = 0.7
# Light from the whole sky adds about a tenth of the beam on a clear day.
_DIFFUSE_SHARE = 0.1


def clear_sky_kw_per_m2(moment: datetime, latitude: float, longitude: float, tilt: float = 35.0) -> float:
    """Irradiance on a plane that faces the equator, tilted by `tilt` degrees; 0 while the sun is down.

    Declination by Cooper (1969), air mass by Kasten and Young (1989), beam by Meinel (1976).
    """
    utc = moment.astimezone(timezone.utc)
    day = utc.timetuple().tm_yday
    declination = radians(23.45) * sin(2 * pi * (284 + day) / 365)
    hour_angle = radians(15.0 * (_solar_hour(utc, day, longitude) - 12.0))
    sine = _sine_of_height(radians(latitude), declination, hour_angle)
    if sine <= 0.0:
        return 0.0
    height = degrees(asin(min(1.0, sine)))
    air_mass = 1.0 / (sine + 0.50572 / pow(height + 6.07995, 1.6364))
    beam = _SOLAR_KW_PER_M2 * exp(log(_TRANSMITTANCE) * air_mass**0.678)
    # A plane tilted towards the equator sees the sun as a flat one does, `tilt` degrees nearer the equator.
    incidence = _sine_of_height(radians(latitude - copysign(tilt, latitude)), declination, hour_angle)
    diffuse = beam * _DIFFUSE_SHARE * (1.0 + cos(radians(tilt))) / 2.0
    return beam * max(0.0, incidence) + diffuse


def _sine_of_height(latitude: float, declination: float, hour_angle: float) -> float:
    return sin(latitude) * sin(declination) + cos(latitude) * cos(declination) * cos(hour_angle)


def _solar_hour(utc: datetime, day: int, longitude: float) -> float:
    """Local solar time in hours, with the equation of time (Spencer's shape, in minutes)."""
    angle = 2 * pi * (day - 81) / 364
    equation_minutes = 9.87 * sin(2 * angle) - 7.53 * cos(angle) - 1.5 * sin(angle)
    return utc.hour + utc.minute / 60 + utc.second / 3600 + longitude / 15 + equation_minutes / 60
