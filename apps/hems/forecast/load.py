"""The baseline load, what nobody controls: the usual load of this time and kind of day, beginning with what is measured now.

Expected powers are means: energy and money need those. They come from six simple opinions (means of days before that forget
fast or slowly, of all days, of the kind, of the weekday), weighted as has served this very house lately. A house that is not
known yet has the standard profile.
"""

from collections.abc import Sequence
from datetime import tzinfo

from ..domain.horizon import Horizon
from ..domain.series import Slot
from .load_model import LoadForecast, LoadModel


def forecast_load(
    history: Sequence[Slot], measured_kw: float | None, horizon: Horizon, zone: tzinfo
) -> list[float] | None:
    """Expected baseline load of each step in kW, shape (N,), never negative; None where nothing at all is known.

    ``history``: mean powers of slots of any length (aware UTC); without it the standard profile, its level from
    ``measured_kw``. Who plans often keeps a ``LoadModel`` instead, for as long as the history is the same.
    """
    if not history and measured_kw is None:
        return None
    return list(forecast_load_quantiles(history, measured_kw, horizon, zone).mean_kw)


def forecast_load_quantiles(
    history: Sequence[Slot], measured_kw: float | None, horizon: Horizon, zone: tzinfo
) -> LoadForecast:
    """The same with p10, p50 and p90 of each step; where nothing at all is known, those of a usual small household."""
    return LoadModel(history, zone).forecast(measured_kw, horizon)
