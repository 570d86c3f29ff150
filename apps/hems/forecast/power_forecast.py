"""A forecast of a power: its mean, and how far from it the power may be."""

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Series = tuple[float, ...]


class PowerForecast:
    """Power of each step in kW, shape (N,) each, never negative, ``p10_kw <= p50_kw <= p90_kw``.

    ``mean_kw`` is the expected power, which is what energy and money are reckoned with. A load's lies above ``p50_kw`` in most
    hours, and where a high load is rare above ``p90_kw``: it is fitted by itself and bound by no quantile.

    ``quantiles`` answers p10, p50 and p90, shape (3, N). It is asked when one of them is: most homes plan with the mean alone,
    and the load's quantiles took twice as long as its mean. ``estimated``: how many steps the source does not cover.
    """

    def __init__(self, mean_kw: Values, quantiles: Callable[[], Values], estimated: int = 0) -> None:
        self.mean_kw: Series = tuple(mean_kw.tolist())
        self.estimated = estimated
        self._asked = quantiles

    def __eq__(self, other: object) -> bool:
        """Equal where all powers are."""
        if not isinstance(other, PowerForecast):
            return NotImplemented
        mine, theirs = ((one.mean_kw, one.estimated, one._quantiles) for one in (self, other))
        return mine == theirs

    @property
    def p10_kw(self) -> Series:
        """One time in ten the power is lower."""
        return self._quantiles[0]

    @property
    def p50_kw(self) -> Series:
        """As often higher as lower."""
        return self._quantiles[1]

    @property
    def p90_kw(self) -> Series:
        """One time in ten the power is higher."""
        return self._quantiles[2]

    @cached_property
    def _quantiles(self) -> tuple[Series, Series, Series]:
        low, middle, high = (tuple(kw.tolist()) for kw in self._asked())
        return low, middle, high
