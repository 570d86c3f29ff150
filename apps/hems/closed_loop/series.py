"""What happened to a home over a period: baseline load, PV, spot prices, in steps of one length."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Gap:
    """A hole in a series (aware UTC), and in words what stands in for what is missing."""

    what: str
    begin: datetime
    end: datetime
    instead: str


@dataclass(frozen=True)
class Series:
    """N steps of ``step_minutes`` from ``start`` (aware UTC). No value is NaN: holes are filled and listed in ``gaps``.

    ``load_kw``: baseline load; ``pv_kw``: what each plant could have given; ``spot_per_kwh``: the spot price, before the
    tariff's surcharges; ``pv_forecast_kw``: a day-ahead forecast by plant, where one was kept. Shape (N,) each.
    """

    start: datetime
    step_minutes: float
    load_kw: Values
    pv_kw: Mapping[str, Values]
    spot_per_kwh: Values
    pv_forecast_kw: Mapping[str, Values] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()

    @property
    def steps(self) -> int:
        """N."""
        return len(self.load_kw)

    @property
    def end(self) -> datetime:
        """The end of the last step."""
        return self.time(self.steps)

    def time(self, k: int) -> datetime:
        """The begin of step k."""
        return self.start + timedelta(minutes=self.step_minutes * k)

    def step_at(self, now: datetime) -> int:
        """The step that contains ``now``. Raises IndexError outside the series."""
        k = int((now - self.start).total_seconds() // (60 * self.step_minutes))
        if not 0 <= k < self.steps:
            raise IndexError(
                f"the series covers {self.start.isoformat()} to {self.end.isoformat()}, not {now.isoformat()}"
            )
        return k
