"""Sensors that fall silent while their device does nothing: inverters at night, a charger whose car is gone.

The same rule as for the history that forecasts learn from: what showed almost nothing before and after it fell silent is
taken to have shown nothing in between, for three days at most.
"""

import numpy as np

from .measured import Values

_IDLE_KW = 0.1
_LONGEST_QUARTERS = 3 * 96


def without_silence(kw: Values) -> Values:
    """The powers with such gaps as 0; every other gap stays NaN. A gap that lasts until now is judged by what was before."""
    places = np.arange(len(kw))
    seen = ~np.isnan(kw)
    if seen.all() or not seen.any():
        return kw
    before = np.maximum.accumulate(np.where(seen, places, -1))
    after = np.minimum.accumulate(np.where(seen, places, len(kw))[::-1])[::-1]
    idle = kw <= _IDLE_KW
    was_idle = (before >= 0) & idle[np.maximum(before, 0)]
    goes_on_idle = (after == len(kw)) | idle[np.minimum(after, len(kw) - 1)]
    short = after - before - 1 <= _LONGEST_QUARTERS
    return np.where(~seen & was_idle & goes_on_idle & short, 0.0, kw)
