"""How long a deviation from the expected output lasts: clouds that nobody foresaw, in shares of what the plant can give.

A deviation in shares of the most that the hour can give stays bounded, where the ratio of two small powers does not: half an
hour's gap in the clouds at 10 % light is not eight times the sun for the afternoon.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .pv_past import HOUR_S, PvPast, Values

# Share of a deviation that is left after an hour, 2, ... at most plants; two hours later nothing of it.
_USUAL_SHARES = np.array([0.55, 0.42, 0.33, 0.26, 0.21, 0.16, 0.11])
# The usual shares count as much as so many days of measurements, of so many hours of light.
_USUAL_DAYS, _LIGHT_HOURS = 2.0, 12.0
# Hours whose most is below this share of the best hour's say nothing of the clouds.
_LEAST_LIGHT = 0.08
# A deviation is looked for in so many hours before now.
_LOOK_BACK = 3
# The power of this instant beside the mean of the last whole hour.
_NOW_WEIGHT = 0.5
# Less than this is nothing, in kW.
_MOST, _TINY = 1.0, 1e-6


@dataclass(frozen=True)
class Present:
    """``shares``: of a deviation after 0, 1, 2, ... hours. Deviations in shares of the most; None: not known."""

    shares: Values
    hour: float | None
    hour_age: float
    instant: float | None

    def deviation(self, ahead_hours: Values) -> Values:
        """Deviation that is left so many hours from now, shape as given."""
        left = np.zeros_like(ahead_hours)
        if self.instant is not None:
            weight = 1.0 if self.hour is None else _NOW_WEIGHT
            left = left + weight * self.instant * self._share(ahead_hours)
        if self.hour is not None:
            weight = 1.0 if self.instant is None else 1.0 - _NOW_WEIGHT
            left = left + weight * self.hour * self._share(ahead_hours + self.hour_age)
        return left

    def known_share(self, ahead_hours: Values) -> Values:
        """How much of what happens then is already seen, 0..1."""
        if self.instant is None and self.hour is None:
            return np.zeros_like(ahead_hours)
        return self._share(ahead_hours + (self.hour_age if self.instant is None else 0.0))

    def _share(self, hours: Values) -> Values:
        found: Values = np.interp(hours, np.arange(len(self.shares)), self.shares)
        return found


def deviations(past: PvPast, expected_kw: Values, most_kw: Values) -> Values:
    """(measured - expected) / most of the past hours, shape (hours,), NaN where unknown or the sun is low."""
    found = (past.measured_kw - expected_kw) / np.where(is_light(most_kw, most_kw), most_kw, np.nan)
    clipped: Values = np.clip(found, -_MOST, _MOST).ravel()
    return clipped


def is_light(most_kw: Values, of_day_kw: Values) -> NDArray[np.bool_]:
    """Where the sun is high enough for clouds to show, by the most of the hours in question and of the hours of the day."""
    return most_kw >= max(_LEAST_LIGHT * float(of_day_kw.max(initial=0.0)), _TINY)


def present(past: PvPast, deviation: Values, instant: float | None) -> Present:
    """``deviation``: of the past hours; ``instant``: of this instant."""
    whole = int((past.now_s - past.first_s) // HOUR_S)
    for back in range(1, _LOOK_BACK + 1):
        one = float(deviation[whole - back])
        if np.isfinite(one):
            age = (past.now_s - past.first_s) / HOUR_S - (whole - back) - 0.5
            return Present(_shares(deviation), one, age, instant)
    return Present(_shares(deviation), None, 0.0, instant)


def _shares(deviation: Values) -> Values:
    kept, known = np.nan_to_num(deviation), np.isfinite(deviation)
    prior = _USUAL_DAYS * float((kept**2).sum()) / max(float(known.sum()) / _LIGHT_HOURS, 1.0)
    found = [1.0]
    for lag, usual in enumerate(_USUAL_SHARES, start=1):
        both = known[lag:] & known[:-lag]
        product = float((kept[lag:] * kept[:-lag]).sum())
        weight = float((kept[:-lag][both] ** 2).sum())
        share = (product + prior * usual) / (weight + prior) if weight + prior > 0 else usual
        found.append(min(max(share, 0.0), found[-1]))
    return np.array([*found, 0.0, 0.0])
