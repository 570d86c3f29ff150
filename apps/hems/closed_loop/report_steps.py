"""The steps of a run on the clocks of the home."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from .results import Results


def step_count(results: Results) -> int:
    """N: the longest series there is; 0 where no series were kept."""
    own = (results.import_price, results.export_price, results.pv_kw, results.load_kw)
    traced = (trace.import_kw for trace in results.traces.values())
    return max(len(series) for series in (*own, *traced, ()))


def local_times(results: Results) -> Iterator[datetime]:
    """The begin of each step, aware and local: steps are counted in UTC, so 23 or 25 hours a day come out right."""
    zone = ZoneInfo(results.time_zone)
    begin = results.period[0].astimezone(timezone.utc)
    step = timedelta(minutes=results.step_minutes)
    for k in range(step_count(results)):
        yield (begin + k * step).astimezone(zone)
