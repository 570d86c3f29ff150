"""What half an hour's load may be: quantiles of what it was at about this time, recent days and days of the kind first."""

import numpy as np
from numpy.typing import NDArray

from .load_experts import Past
from .standard_profile import STANDARD_SPREAD, standard_days

Values = NDArray[np.float64]
Counts = NDArray[np.int64]

QUANTILES = (0.1, 0.5, 0.9)
# Two memories, each with the same say: for what has just changed, and for how much the days differ.
_HALF_LIVES = (1.5, 15.0)
# A day of the other kind (working day, weekend) counts less, one of the same weekday more.
_OTHER_KIND, _SAME_WEEKDAY = 0.3, 1.5
# The half-hour itself and its neighbours: what comes a bit earlier or later is to be expected too. Itself counts more than
# half, so what comes each day at this time is the median.
_NEIGHBOURS = {-1: 1.0, 0: 3.0, 1: 1.0}
# The standard spread counts as so many days just before the first known one.
_STANDARD_DAYS = 0.5
# However old a day is, it counts something: there may be no other.
_LEAST = 1e-9


def quantiles_of(past: Past, day: int, weekday: int) -> Values:
    """p10, p50 and p90 in kW of each half-hour of a day (ordinal), shape (48, 3), from the days before it."""
    days = past.first_day + np.arange(past.days)
    flat = np.pad(past.load_kw.ravel(), 1, constant_values=np.nan)
    samples, weights = [], []
    of_day = _weights(day - 1 - days) * np.where((past.weekdays >= 5) == (weekday >= 5), 1.0, _OTHER_KIND)
    of_day = of_day * np.where(past.weekdays == weekday, _SAME_WEEKDAY, 1.0) * (days < day)
    for offset, share in _NEIGHBOURS.items():
        kw = flat[1 + offset : 1 + offset + past.load_kw.size].reshape(past.load_kw.shape)
        known = np.isfinite(kw)
        samples.append(np.where(known, kw, 0.0))
        weights.append(known * (share * of_day)[:, None])
    standard = past.standard_kw * standard_days(np.array([weekday]))
    first = float(_weights(np.array([max(day - 1 - past.first_day, -1) + 1]))[0]) * sum(_NEIGHBOURS.values())
    for spread, share in zip(STANDARD_SPREAD, (0.3, 0.4, 0.3), strict=True):
        samples.append(standard * spread)
        weights.append(np.full_like(standard, first * _STANDARD_DAYS * share))
    return weighted_quantiles(np.concatenate(samples).T, np.concatenate(weights).T)


def weighted_quantiles(samples: Values, weights: Values) -> Values:
    """QUANTILES of each row of samples, shape (rows, n), between them linear in the middle of their weights; shape (rows, 3)."""
    order = np.argsort(samples, axis=1)
    ordered = np.take_along_axis(samples, order, axis=1)
    share = np.take_along_axis(weights, order, axis=1)
    middles = (np.cumsum(share, axis=1) - share / 2) / share.sum(axis=1, keepdims=True)
    found = []
    rows = np.arange(len(samples))
    for quantile in QUANTILES:
        above = np.clip((middles < quantile).sum(axis=1), 1, samples.shape[1] - 1)
        low, high = middles[rows, above - 1], middles[rows, above]
        part = np.clip((quantile - low) / np.maximum(high - low, 1e-12), 0.0, 1.0)
        found.append(ordered[rows, above - 1] * (1 - part) + ordered[rows, above] * part)
    return np.stack(found, axis=1)


def _weights(age: Counts) -> Values:
    """What a day counts that is so many days older than the day before."""
    found = np.full(age.shape, _LEAST)
    for life in _HALF_LIVES:
        found += (1 - 0.5 ** (1 / life)) * 0.5 ** (np.maximum(age, 0) / life)
    return found
