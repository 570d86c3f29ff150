"""All that the ledger reckons with: what was measured and what was planned, by quarter hour. Unknown is NaN, never 0."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from ..planner.tariff_sessions import Reward

Values = NDArray[np.float64]
Known = NDArray[np.bool_]

QUARTER = timedelta(minutes=15)
HOURS = 0.25


@dataclass(frozen=True)
class Stay:
    """A car at its charge point from ``begin`` until ``end`` (aware UTC); ``ended``: it was seen to leave."""

    begin: datetime
    end: datetime
    ended: bool = True


def unknown(count: int) -> Values:
    """Nothing is known of so many quarter hours."""
    return np.full(count, np.nan)


@dataclass(frozen=True)
class Measured:
    """Mean powers in kW of ``count`` quarter hours from ``start`` on (UTC, on a quarter), shape (N,), devices by name.

    ``soc``: 0..1 at fence-posts, shape (N+1,); counters in kWh as the meter shows them at fence-posts, shape (N+1,).
    ``spot`` and ``export_spot``: prices per kWh without surcharges; ``carbon``: kg per kWh of import. ``curtailed_kw``: by
    how much a PV plant was held back, 0 where it was not. ``stays``: when each car was plugged in; ``asked``: when somebody asked
    for a program to run. ``free``: windows in which import costs ``free_per_kwh``.
    """

    start: datetime
    count: int
    import_kw: Values
    export_kw: Values
    pv_kw: Mapping[str, Values] = field(default_factory=dict)
    curtailed_kw: Mapping[str, Values] = field(default_factory=dict)
    charge_kw: Mapping[str, Values] = field(default_factory=dict)
    discharge_kw: Mapping[str, Values] = field(default_factory=dict)
    soc: Mapping[str, Values] = field(default_factory=dict)
    car_kw: Mapping[str, Values] = field(default_factory=dict)
    load_kw: Mapping[str, Values] = field(default_factory=dict)
    stays: Mapping[str, tuple[Stay, ...]] = field(default_factory=dict)
    asked: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    spot: Values | None = None
    export_spot: Values | None = None
    import_counter_kwh: Values | None = None
    export_counter_kwh: Values | None = None
    planned_import_kw: Values | None = None
    planned_export_kw: Values | None = None
    carbon: Values | None = None
    rewards: tuple[Reward, ...] = ()
    free: tuple[tuple[datetime, datetime], ...] = ()
    free_per_kwh: float = 0.0

    @property
    def end(self) -> datetime:
        """The end of the last quarter hour."""
        return self.time(self.count)

    def time(self, post: int) -> datetime:
        """The instant of a fence-post."""
        return self.start + post * QUARTER

    def place(self, time: datetime) -> float:
        """An instant in quarter hours from the start: 1.5 is the middle of the second."""
        return (time - self.start) / QUARTER

    def post(self, time: datetime) -> int:
        """The last fence-post at or before an instant, within 0..N."""
        return min(max(int(np.floor(self.place(time) + 1e-9)), 0), self.count)
