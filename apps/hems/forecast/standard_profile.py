"""How a household usually draws over the day, until the house has shown its own way: a low night, a morning, an evening."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .half_hours import PER_DAY

Values = NDArray[np.float64]

# Mean power of a household that nothing is known of: about 2,600 kWh a year.
USUAL_KW = 0.3
# Share of the day's mean by hour, local time. Both means are 1 once divided by their sum.
_WORKING_DAY = (
    *(0.55, 0.47, 0.43, 0.41, 0.43, 0.55, 0.85, 1.10, 1.10, 1.02, 0.97, 1.00),
    *(1.12, 1.05, 0.95, 0.93, 1.00, 1.25, 1.60, 1.78, 1.70, 1.48, 1.15, 0.80),
)
_WEEKEND = (
    *(0.60, 0.50, 0.45, 0.42, 0.42, 0.47, 0.60, 0.88, 1.20, 1.35, 1.35, 1.40),
    *(1.45, 1.25, 1.10, 1.05, 1.10, 1.28, 1.50, 1.60, 1.50, 1.30, 1.05, 0.80),
)
# p10, p50 and p90 of half an hour as shares of its mean: few hours are high, most are below the mean.
STANDARD_SPREAD = (0.35, 0.8, 1.9)
# The usual level counts as much as so many half-hours of measurements.
_USUAL_HALF_HOURS = 2.0


def standard_days(weekdays: NDArray[np.int64]) -> Values:
    """The standard profile of days, 1 on average; ``weekdays``: 0 (Monday) to 6, shape (D,); the answer (D, 48)."""
    hours = np.array([_WORKING_DAY, _WEEKEND])
    profiles = np.repeat(hours / hours.mean(axis=1, keepdims=True), PER_DAY // 24, axis=1)
    chosen: Values = profiles[(weekdays >= 5).astype(int)]
    return chosen


def level_kw(measured_kw: Sequence[float] | Values, shares: Sequence[float] | Values) -> float:
    """Mean power in kW that makes the standard profile fit what was measured at half-hours with these shares of the mean."""
    known, usual = float(np.sum(measured_kw)), _USUAL_HALF_HOURS * USUAL_KW
    return max(0.0, (known + usual) / (float(np.sum(shares)) + _USUAL_HALF_HOURS))
