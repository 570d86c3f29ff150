"""How long a deviation from the expected load lasts in this house: the last hour's, and the last day's level."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

_PER_HOUR = 2
_PER_DAY = 24 * _PER_HOUR
# Share of a deviation that is left after 1, 2, ... hours in most houses; an hour later nothing of it.
_USUAL_SHARES = np.array([0.36, 0.19, 0.11, 0.08, 0.05, 0.04])
# Share of the last day's mean deviation that goes on through the next day in most houses, and the most that is believed.
_USUAL_LEVEL, _MOST_LEVEL = 0.15, 0.6
# The usual shares count as much as so many hours, the usual level as so many days of measurements.
_USUAL_HOURS, _USUAL_DAYS = 72.0, 7.0
# Less than this share is nothing.
_NOTHING = 1e-3
# The level needs at least this share of the last day.
_ENOUGH = 0.5


@dataclass(frozen=True)
class Persistence:
    """``shares``: of a deviation, after 0, 1, 2, ... hours; ``level``: of the last day's mean deviation, through the next day."""

    shares: Values
    level: float

    def share(self, hours: Values) -> Values:
        """What is left of a deviation after so many hours, 0..1; between whole hours it falls evenly in its logarithm."""
        posts = np.arange(len(self.shares) + 1, dtype=float)
        logs = np.log(np.append(np.maximum(self.shares, _NOTHING), _NOTHING))
        left: Values = np.where(hours < posts[-1], np.exp(np.interp(hours, posts, logs)), 0.0)
        return left


USUAL = Persistence(np.append(1.0, _USUAL_SHARES), _USUAL_LEVEL)


def persistence(deviation_kw: Values) -> Persistence:
    """Fitted to deviations of consecutive half-hours, shape (H,), NaN: a gap. Leans on what most houses do."""
    hours = _means(deviation_kw, _PER_HOUR)
    kept = np.nan_to_num(hours)
    power = float((kept**2).sum())
    prior = _USUAL_HOURS * power / max(int(np.isfinite(hours).sum()), 1)
    shares = [1.0]
    for lag, usual in enumerate(_USUAL_SHARES, start=1):
        both = np.isfinite(hours[lag:]) & np.isfinite(hours[:-lag])
        product = float((kept[lag:] * kept[:-lag]).sum())
        weight = float((kept[:-lag][both] ** 2).sum())
        found = (product + prior * usual) / (weight + prior) if weight + prior > 0 else usual
        shares.append(min(max(found, 0.0), shares[-1]))
    return Persistence(np.array(shares), _level(hours))


def last_day_kw(deviation_kw: Values) -> float:
    """Mean deviation of the last 24 hours, shape (H,) before; 0 where less than half of them is known."""
    known = deviation_kw[-_PER_DAY:][np.isfinite(deviation_kw[-_PER_DAY:])]
    return float(known.mean()) if len(known) >= _ENOUGH * _PER_DAY else 0.0


def _level(hours: Values) -> float:
    """Regression of a day's mean deviation on that of the day before, day by day from every hour."""
    if len(hours) < 48:
        return _USUAL_LEVEL
    days = _running_day(hours)
    before, after = days[:-24], days[24:]
    both = np.isfinite(before) & np.isfinite(after)
    before, after = before[both], after[both]
    power = float((before**2).sum())
    if power <= 0:
        return _USUAL_LEVEL
    prior = power * _USUAL_DAYS * 24 / len(before)
    found = (float((before * after).sum()) + prior * _USUAL_LEVEL) / (power + prior)
    return min(max(found, 0.0), _MOST_LEVEL)


def _running_day(hours: Values) -> Values:
    """Mean of each 24 consecutive hours, NaN where less than half of them is known."""
    window = np.ones(24)
    known = np.convolve(np.isfinite(hours).astype(float), window, "valid")
    sums = np.convolve(np.nan_to_num(hours), window, "valid")
    means = np.full(len(sums), np.nan)
    np.divide(sums, known, out=means, where=known >= _ENOUGH * 24)
    return means


def _means(values: Values, size: int) -> Values:
    """Means of groups of ``size`` from the end backwards; NaN where one of a group is."""
    whole = len(values) // size * size
    grouped: Values = values[len(values) - whole :].reshape(-1, size).mean(axis=1)
    return grouped
