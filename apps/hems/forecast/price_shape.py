"""What a day's prices will be, from those of the last three weeks.

The shape is the median of the days of the same kind (workday, Saturday, Sunday or holiday), quarter hour by quarter hour.
The level of the last days is put on top of it: how far each of them lay above or below the mean of its kind, the newest
counting most. docs/tariffs.md has the measurements behind the two numbers.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from .price_days import IsHoliday, PriceDays, Values, kind_of

DAYS = 21
# Fewer days say nothing about kinds of day.
FEWEST_DAYS = 5
# How much of the last days' level lasts, and after how many days a level counts 1/e as much.
_LASTS, _FADES_DAYS = 0.6, 2.0
# A quarter hour is judged with its neighbours within two hours, or ten days of a kind would be too few for a percentile.
_BESIDE = 8
# The days are judged against a median that they made themselves; so much wider, four of five new days lie within.
_WIDER = 1.3


@dataclass(frozen=True)
class DayPrices:
    """A day's 96 quarter hours: the estimate, and its 10th and 90th percentile."""

    mid: Values
    low: Values
    high: Values


def estimated_day(past: PriceDays, day: date, is_holiday: IsHoliday) -> DayPrices | None:
    """The prices of a coming local day; None with fewer than ``FEWEST_DAYS`` days to go by."""
    if len(past.days) < FEWEST_DAYS:
        return None
    kinds = np.array([kind_of(one, is_holiday) for one in past.days])
    alike = kinds == kind_of(day, is_holiday)
    shape = np.median(past.prices[alike] if alike.any() else past.prices, axis=0)
    mid = shape + _LASTS * _level(past, kinds, day)
    spread = _spread(past, kinds)
    return DayPrices(mid, mid + spread[0], mid + spread[1])


def _level(past: PriceDays, kinds: Values, day: date) -> float:
    """How far the last days lay above (or below) the mean of their kind, per kWh."""
    means = past.prices.mean(axis=1)
    above = means - np.array([means[kinds == kind].mean() for kind in kinds])
    ages = np.array([(day - one).days for one in past.days], dtype=float)
    weights = np.exp(-(ages - ages.min()) / _FADES_DAYS)
    return float((above * weights).sum() / weights.sum())


def _spread(past: PriceDays, kinds: Values) -> tuple[Values, Values]:
    """10th and 90th percentile of how far days lay from the median of their kind, shape (96,) each; 0 is within them."""
    apart = past.prices.copy()
    for kind in np.unique(kinds):
        apart[kinds == kind] -= np.median(past.prices[kinds == kind], axis=0)
    beside = np.stack([np.roll(apart, shift, axis=1) for shift in range(-_BESIDE, _BESIDE + 1, 4)])
    low, high = np.percentile(beside.reshape(-1, apart.shape[1]), [10, 90], axis=0)
    return _WIDER * np.minimum(low, 0.0), _WIDER * np.maximum(high, 0.0)
