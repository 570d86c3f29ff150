"""The baseline load, what nobody controls: the usual load of this time and kind of day, beginning with what is measured now.

Expected powers are means: energy and money need those. They come from six simple opinions (means of days before that forget
fast or slowly, of all days, of the kind, of the weekday), weighted as has served this very house lately. Where the house
answers to the outdoor temperature, days count as if they had been as warm as the one to come. A house that is not known yet has
the standard profile.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo

from ..domain.horizon import Horizon
from ..domain.kept import Kept
from ..domain.series import Slot
from .load_model import LoadModel
from .power_forecast import PowerForecast


def forecast_load(
    history: Sequence[Slot],
    measured_kw: float | None,
    horizon: Horizon,
    zone: tzinfo,
    is_holiday: Callable[[date], bool] = lambda day: False,
    outdoor_history: Sequence[Slot] = (),
    outdoor_c: Sequence[Slot] = (),
    kept: Kept | None = None,
) -> PowerForecast:
    """Expected baseline load of each step in kW, shape (N,), never negative, with its p10, p50 and p90.

    ``history``: mean powers of slots of any length (aware UTC); without it the standard profile, its level from
    ``measured_kw``; where nothing at all is known, a usual small household. Local days that are holidays are like Sundays.
    ``outdoor_history`` and ``outdoor_c``: temperatures in °C of the past and of the time to come; without one of them, and
    where the house does not answer to them, they are not used. ``kept``: of the house; what its past teaches is worked out
    once for each history.
    """
    begin = min((slot.begin for slot in history), default=horizon.start)
    holidays = frozenset(filter(is_holiday, _days(begin, horizon.end, zone)))
    # Without temperatures to come, those of the past are of no use.
    past_c = outdoor_history if outdoor_c else ()
    told = (history, zone, holidays, past_c)
    model = (kept or Kept()).get("load", told, lambda: LoadModel(*told))
    return model.forecast(measured_kw, horizon, outdoor_c)


def _days(begin: datetime, end: datetime, zone: tzinfo) -> Iterator[date]:
    """The local days that a span touches, in order."""
    day, last = begin.astimezone(zone).date(), end.astimezone(zone).date()
    while day <= last:
        yield day
        day += timedelta(days=1)
