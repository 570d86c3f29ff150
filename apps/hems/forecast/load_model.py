"""A house's load, learned from its past once and asked for as many plans as fall within the hour."""

from collections.abc import Collection, Sequence
from datetime import date, tzinfo

import numpy as np
from numpy.typing import NDArray

from ..domain.horizon import Horizon
from ..domain.series import Slot
from .half_hours import HALF_HOUR_S, half_hour_means
from .load_outdoor import temperatures
from .load_usual import Calendar, Usual
from .load_warmth import LONGEST, Warmth, learn_warmth
from .power_forecast import PowerForecast

Values = NDArray[np.float64]
Counts = NDArray[np.int64]

# As much of the past as is used, in days.
MOST_DAYS = 60


class LoadModel:
    """What a history of the load teaches. It keeps what it works out, so make one for each new history and ask it often.

    ``history``: mean baseline load in kW of slots of any length and order (aware UTC), gaps left out; half-hours or shorter
    show more than hours do. ``holidays``: local dates that are like Sundays. ``outdoor_c``: outdoor temperatures of the past in
    °C, slots likewise. Where the house answers to them, days are judged as if they had been equally warm.
    """

    def __init__(
        self, history: Sequence[Slot], zone: tzinfo, holidays: Collection[date] = (), outdoor_c: Sequence[Slot] = ()
    ) -> None:
        self._calendar = Calendar(zone, frozenset(day.toordinal() for day in holidays))
        first, means = half_hour_means(history)
        spare = max(0, len(means) - MOST_DAYS * 48)
        self._first, means = first + spare, means[spare:]
        self._usual = Usual(self._first, means, self._calendar)
        self._outdoor_c: Values = np.empty(0)
        self._warmth: Warmth | None = None
        self._equally_warm = self._usual
        if outdoor_c and np.isfinite(means).any():
            self._outdoor_c = temperatures(outdoor_c, self._first, len(means))
            self._learn_warmth(means)

    @property
    def warmth(self) -> Warmth | None:
        """How the house answers to the outdoor temperature; None: not at all, as far as is known."""
        return self._warmth

    def forecast(self, measured_kw: float | None, horizon: Horizon, outdoor_c: Sequence[Slot] = ()) -> PowerForecast:
        """The load of each step of a horizon that begins at or after the end of the history.

        ``outdoor_c``: temperatures to come in °C; half-hours without one are forecast as if there were none at all. Beyond
        the temperatures of the past by more than 5 K the load is that of 5 K.
        """
        begin = int(horizon.start.timestamp() // HALF_HOUR_S)
        count = int(-(horizon.end.timestamp() // -HALF_HOUR_S)) - begin
        warmer = self._warmer(outdoor_c, begin, count)
        usual = self._usual if warmer is None else self._equally_warm
        mean = np.maximum(self._mean(warmer, measured_kw, begin, count), 0.0)
        now = usual.known_now(measured_kw, horizon, mean[0])

        def quantiles() -> Values:
            steps = _on_steps(self._quantiles(warmer, measured_kw, begin, count), begin, horizon)
            found = np.maximum(now.quantiles(steps), 0.0)
            # Sums of many half-hours differ in their last digits: equal quantiles would cross by 4e-15.
            return np.maximum.accumulate(found, axis=1).T

        return PowerForecast(np.maximum(now.mean(_on_steps(mean[:, None], begin, horizon)[:, 0]), 0.0), quantiles)

    def _warmer(self, outdoor_c: Sequence[Slot], begin: int, count: int) -> Values | None:
        """What the temperatures to come add to the load of half-hours in kW, shape (count,), NaN where none is known.

        None: nothing, as far as is known.
        """
        if self._warmth is None or not outdoor_c:
            return None
        more_kw = self._warmth.kw(self._around(outdoor_c, begin, count), self._places(begin, count))[LONGEST:]
        return more_kw if np.isfinite(more_kw).any() else None

    def _mean(self, warmer: Values | None, measured_kw: float | None, begin: int, count: int) -> Values:
        """Of half-hours, shape (count,)."""
        if warmer is None:
            return self._usual.expected(measured_kw, begin, count)
        mean = self._equally_warm.expected(measured_kw, begin, count) + np.nan_to_num(warmer)
        known = np.isfinite(warmer)
        return mean if known.all() else np.where(known, mean, self._usual.expected(measured_kw, begin, count))

    def _quantiles(self, warmer: Values | None, measured_kw: float | None, begin: int, count: int) -> Values:
        """p10, p50 and p90 of half-hours, shape (count, 3)."""
        if warmer is None or self._warmth is None:
            return self._usual.quantiles(measured_kw, begin, count)
        more_kw = self._warmth.part * np.nan_to_num(warmer)[:, None]
        spread = np.maximum(self._equally_warm.quantiles(measured_kw, begin, count) + more_kw, 0.0)
        known = np.isfinite(warmer)[:, None]
        return spread if known.all() else np.where(known, spread, self._usual.quantiles(measured_kw, begin, count))

    def _learn_warmth(self, means_kw: Values) -> None:
        """The answer to the outdoor temperature, and what the house would have taken, had all days been equally warm."""
        days, places = self._calendar.places(self._first, len(means_kw))
        self._warmth = learn_warmth(self._usual.past, self._outdoor_c, days, places)
        if self._warmth is not None:
            more_kw = np.nan_to_num(self._warmth.kw(self._outdoor_c, places))
            samples_kw = means_kw - self._warmth.part * more_kw
            self._equally_warm = Usual(self._first, means_kw - more_kw, self._calendar, samples_kw)

    def _around(self, outdoor_c: Sequence[Slot], begin: int, count: int) -> Values:
        """Temperatures of the half-hours ahead and of those before that the building remembers, shape (LONGEST + count,)."""
        first = begin - LONGEST
        found = temperatures(outdoor_c, first, LONGEST + count)
        low, high = max(first, self._first), min(begin, self._first + len(self._outdoor_c))
        if low < high:
            measured = self._outdoor_c[low - self._first : high - self._first]
            said = found[low - first : high - first]
            found[low - first : high - first] = np.where(np.isfinite(measured), measured, said)
        return found

    def _places(self, begin: int, count: int) -> Counts:
        return self._calendar.places(begin - LONGEST, LONGEST + count)[1]


def _on_steps(half_hours: Values, begin: int, horizon: Horizon) -> Values:
    """Means of half-hours over each step, shape (N, columns)."""
    start_s = horizon.start.timestamp() - begin * HALF_HOUR_S
    posts = start_s + np.array(horizon.posts_minutes) * 60
    edges = np.arange(len(half_hours) + 1) * float(HALF_HOUR_S)
    energy = np.vstack((np.zeros(half_hours.shape[1]), np.cumsum(half_hours, axis=0) * HALF_HOUR_S))
    sums = np.column_stack([np.interp(posts, edges, column) for column in energy.T])
    means: Values = np.diff(sums, axis=0) / np.diff(posts)[:, None]
    return means
