"""A house's load, learned from its past once and asked for as many plans as fall within the hour."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

import numpy as np
from numpy.typing import NDArray

from ..domain.horizon import Horizon
from ..domain.series import Slot
from .half_hours import HALF_HOUR_S, half_hour_means
from .load_outdoor import temperatures
from .load_usual import Calendar, Usual
from .load_warmth import LONGEST, Warmth, learn_warmth

Values = NDArray[np.float64]
Counts = NDArray[np.int64]

# As much of the past as is used, in days.
MOST_DAYS = 60


@dataclass(frozen=True)
class LoadForecast:
    """Baseline load of each step in kW, shape (N,) each, never negative, ``p10_kw <= p50_kw <= p90_kw``.

    ``mean_kw`` is the expected power, which is what energy and money are reckoned with. It lies above ``p50_kw`` in most
    hours, and where a high load is rare above ``p90_kw``. It is fitted by itself and bound by no quantile.
    """

    mean_kw: tuple[float, ...]
    p10_kw: tuple[float, ...]
    p50_kw: tuple[float, ...]
    p90_kw: tuple[float, ...]


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
        self._known = int(np.isfinite(means).sum())
        self._usual = Usual(self._first, means, self._calendar)
        self._outdoor_c: Values = np.empty(0)
        self._warmth: Warmth | None = None
        self._equally_warm = self._usual
        if self._known and outdoor_c:
            self._outdoor_c = temperatures(outdoor_c, self._first, len(means))
            self._learn_warmth(means)

    @property
    def days_known(self) -> float:
        """Days of measurements that the model was made from; without any the standard profile speaks alone."""
        return self._known / 48

    @property
    def warmth(self) -> Warmth | None:
        """How the house answers to the outdoor temperature; None: not at all, as far as is known."""
        return self._warmth

    def forecast(self, measured_kw: float | None, horizon: Horizon, outdoor_c: Sequence[Slot] = ()) -> LoadForecast:
        """The load of each step of a horizon that begins at or after the end of the history.

        ``outdoor_c``: temperatures to come in °C; half-hours without one are forecast as if there were none at all. Beyond
        the temperatures of the past by more than 5 K the load is that of 5 K.
        """
        begin = int(horizon.start.timestamp() // HALF_HOUR_S)
        count = int(-(horizon.end.timestamp() // -HALF_HOUR_S)) - begin
        usual, (mean, spread) = self._expected(measured_kw, begin, count, outdoor_c)
        mean = np.maximum(mean, 0.0)
        steps = _on_steps(np.column_stack((mean, spread)), begin, horizon)
        return _answer(usual.from_now(steps, measured_kw, horizon, mean[0], spread[0]))

    def _expected(
        self, measured_kw: float | None, begin: int, count: int, outdoor_c: Sequence[Slot]
    ) -> tuple[Usual, tuple[Values, Values]]:
        """Mean (count,) and p10, p50 and p90 (count, 3) of half-hours, and who knows how deviations from them last."""
        if self._warmth is None or not outdoor_c:
            return self._usual, self._usual.expected(measured_kw, begin, count)
        more_kw = self._warmth.kw(self._around(outdoor_c, begin, count), self._places(begin, count))[LONGEST:]
        known = np.isfinite(more_kw)
        if not known.any():
            return self._usual, self._usual.expected(measured_kw, begin, count)
        more_kw = np.where(known, more_kw, 0.0)
        mean, spread = self._equally_warm.expected(measured_kw, begin, count)
        mean, spread = mean + more_kw, np.maximum(spread + self._warmth.part * more_kw[:, None], 0.0)
        if not known.all():
            plain = self._usual.expected(measured_kw, begin, count)
            mean, spread = np.where(known, mean, plain[0]), np.where(known[:, None], spread, plain[1])
        return self._equally_warm, (mean, spread)

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


def _answer(steps: Values) -> LoadForecast:
    steps = np.maximum(steps, 0.0)
    # Sums of many half-hours differ in their last digits: equal quantiles would cross by 4e-15.
    steps[:, 1:] = np.maximum.accumulate(steps[:, 1:], axis=1)
    mean, low, middle, high = (tuple(column.tolist()) for column in steps.T)
    return LoadForecast(mean, low, middle, high)
