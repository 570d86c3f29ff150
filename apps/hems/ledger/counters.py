"""What the meter's own counters say that crossed it, by quarter hour and between two instants."""

import numpy as np

from .measured import Values

# Home Assistant's own rule for counters that only rise: below this part of the last value it has begun anew at 0.
_BEGUN_ANEW = 0.9
# More than any home's connection carries: so great a jump is another meter.
_MOST_KWH = 50.0


def gains(counter_kwh: Values) -> Values:
    """What a counter gained in each quarter hour, shape (N,), from its values at fence-posts, shape (N+1,); NaN: unknown."""
    before, after = counter_kwh[:-1], counter_kwh[1:]
    gained = np.where(after < _BEGUN_ANEW * before, after, np.maximum(after - before, 0.0))
    return np.where(gained <= _MOST_KWH, gained, np.nan)


def gained_between(counter_kwh: Values, first: int, last: int) -> float | None:
    """What a counter gained between two fence-posts, gaps bridged; None where it was not read at both ends."""
    values = counter_kwh[first : last + 1]
    if len(values) < 2 or np.isnan(values[0]) or np.isnan(values[-1]):
        return None
    read = np.flatnonzero(~np.isnan(values))
    before, after = values[read[:-1]], values[read[1:]]
    gained = np.where(after < _BEGUN_ANEW * before, after, np.maximum(after - before, 0.0))
    if (gained > _MOST_KWH * np.diff(read)).any():
        return None
    return float(gained.sum())
