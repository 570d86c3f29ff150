"""PV forecasts as Home Assistant's integrations publish them, as slots of kW in UTC."""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from ..domain.quantity import parse_time
from ..domain.series import Slot, merged


def solcast_slots(days: list[Mapping[str, Any]]) -> tuple[Slot, ...]:
    """``detailedForecast`` of Solcast's sensors, one for each day: mean power in kW from ``period_start`` on.

    The length of a period is the distance to the next one, the last one's that of those before.
    """
    points: dict[datetime, float] = {}
    for attributes in days:
        entries = attributes.get("detailedForecast")
        for entry in entries if isinstance(entries, list | tuple) else ():
            value = entry.get("pv_estimate") if isinstance(entry, Mapping) else None
            if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
                try:
                    points[parse_time(entry.get("period_start"))] = max(float(value), 0.0)
                except ValueError:
                    continue
    begins = sorted(points)
    gaps = [later - earlier for earlier, later in pairwise(begins)]
    usual = min(gaps, default=timedelta(minutes=30))
    return merged(Slot(begin, begin + usual, points[begin]) for begin in begins)
