"""The baseline load, what nobody controls: the usual load of this hour and kind of day, beginning with what is measured now."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

import numpy as np
import pandas as pd

from ..domain.horizon import Horizon
from ..domain.series import Slot

# The measured load fades into the usual one over the first two hours: what runs now seldom runs longer.
_FADE_MINUTES = 120.0
# With fewer days of a kind (working day, weekend) than this, all days are taken together.
_ENOUGH_DAYS = 3


def usual_load(history: Sequence[Slot], zone: tzinfo) -> pd.DataFrame:
    """Median baseline load in kW by hour of the local day (rows 0..23) and kind of day (columns False, True: weekend)."""
    frame = pd.DataFrame(
        {"kw": [slot.value for slot in history]}, index=pd.DatetimeIndex([s.begin for s in history]).tz_convert(zone)
    )
    frame["hour"] = frame.index.hour
    frame["weekend"] = frame.index.dayofweek >= 5
    both = frame.groupby("hour")["kw"].median().reindex(range(24))
    both = both.fillna(frame["kw"].median())
    kinds = {}
    for weekend in (False, True):
        part = frame[frame["weekend"] == weekend]
        days = part.index.normalize().nunique()
        kinds[weekend] = (
            part.groupby("hour")["kw"].median().reindex(range(24)).fillna(both) if days >= _ENOUGH_DAYS else both
        )
    return pd.DataFrame(kinds)


def forecast_load(
    history: Sequence[Slot], measured_kw: float | None, horizon: Horizon, zone: tzinfo
) -> list[float] | None:
    """Baseline load of each step in kW, shape (N,), never negative; None where neither history nor a measurement is known."""
    if not history:
        return None if measured_kw is None else [max(measured_kw, 0.0)] * horizon.steps
    usual = usual_load(history, zone)
    middles = [horizon.time(k) + (horizon.time(k + 1) - horizon.time(k)) / 2 for k in range(horizon.steps)]
    expected = np.array([_usual_at(usual, middle.astimezone(zone)) for middle in middles])
    if measured_kw is not None:
        minutes = np.array(horizon.posts_minutes[:-1])
        share = np.clip(1 - minutes / _FADE_MINUTES, 0, 1)
        expected = share * measured_kw + (1 - share) * expected
    return [float(kw) for kw in np.maximum(expected, 0.0)]


def _usual_at(usual: pd.DataFrame, local: datetime) -> float:
    return float(usual.at[local.hour, local.weekday() >= 5])
