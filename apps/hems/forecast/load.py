"""The baseline load, what nobody controls: the usual load of this time and kind of day, beginning with what is measured now.

Expected powers are means: energy and money need those. They come from six simple opinions (means of days before that forget
fast or slowly, of all days, of the kind, of the weekday), weighted as has served this very house lately. A house that is not
known yet has the standard profile.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo

from ..domain.horizon import Horizon
from ..domain.series import Slot
from .load_model import LoadForecast, LoadModel


def forecast_load_quantiles(
    history: Sequence[Slot],
    measured_kw: float | None,
    horizon: Horizon,
    zone: tzinfo,
    is_holiday: Callable[[date], bool] = lambda day: False,
) -> LoadForecast:
    """Expected baseline load of each step in kW, shape (N,), never negative, with its p10, p50 and p90.

    ``history``: mean powers of slots of any length (aware UTC); without it the standard profile, its level from
    ``measured_kw``; where nothing at all is known, a usual small household. Local days that are holidays are like Sundays.
    """
    begin = min((slot.begin for slot in history), default=horizon.start)
    holidays = frozenset(filter(is_holiday, _days(begin, horizon.end, zone)))
    return LoadModel(history, zone, holidays).forecast(measured_kw, horizon)


def _days(begin: datetime, end: datetime, zone: tzinfo) -> Iterator[date]:
    """The local days that a span touches, in order."""
    day, last = begin.astimezone(zone).date(), end.astimezone(zone).date()
    while day <= last:
        yield day
        day += timedelta(days=1)
