"""A house's load, learned from its past once and asked for as many plans as fall within the hour."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

import numpy as np
from numpy.typing import NDArray

from ..domain.horizon import Horizon
from ..domain.series import Slot
from .half_hours import HALF_HOUR_S, day_matrix, half_hour_means, local_places
from .load_experts import USUAL_WEIGHTS, Experts, Past
from .load_present import USUAL, last_day_kw, persistence
from .load_quantiles import quantiles_of
from .load_weights import fitted_weights
from .standard_profile import level_kw, standard_days

Values = NDArray[np.float64]
Counts = NDArray[np.int64]

# As much of the past as is used, in days.
MOST_DAYS = 60
# The last known half-hour stands in for a measurement when it is not older than this, in hours.
_STILL_NOW = 2.0
# The measured power is taken to be as old as half of what it was averaged over, in hours.
_MEASURED_AGE = 0.1
# The first days of the past have too little before them to judge opinions by.
_FIRST_DAYS = 2


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
    show more than hours do. ``holidays``: local dates that are like Sundays.
    """

    def __init__(self, history: Sequence[Slot], zone: tzinfo, holidays: Collection[date] = ()) -> None:
        self._zone, self._holidays = zone, frozenset(day.toordinal() for day in holidays)
        first, means = half_hour_means(history)
        spare = max(0, len(means) - MOST_DAYS * 48)
        self._first, self._means = first + spare, means[spare:]
        self._known = int(np.isfinite(self._means).sum())
        self._days: dict[tuple[int, float], tuple[Values, Values]] = {}
        self._persistence, self._level_kw, self._last_kw = USUAL, 0.0, float("nan")
        if self._known:
            self._learn()

    @property
    def days_known(self) -> float:
        """Days of measurements that the model was made from; without any the standard profile speaks alone."""
        return self._known / 48

    def forecast(self, measured_kw: float | None, horizon: Horizon) -> LoadForecast:
        """The load of each step of a horizon that begins at or after the end of the history."""
        begin = int(horizon.start.timestamp() // HALF_HOUR_S)
        count = int(-(horizon.end.timestamp() // -HALF_HOUR_S)) - begin
        places = self._places(begin, max(count, 1))
        past = self._past if self._known else self._nothing(measured_kw, begin)
        opinions = [self._day(past, int(day)) for day in np.unique(places[0])]
        rows = places[0] - places[0][0]
        mean = np.array([day[0] for day in opinions])[rows, places[1]]
        spread = np.array([day[1] for day in opinions])[rows, places[1]]
        mean = np.maximum(mean + self._level_kw, 0.0)
        steps = _on_steps(np.column_stack((mean, spread)), begin, horizon)
        return _answer(self._from_now(steps, measured_kw, horizon, mean[0], spread[0]))

    def _learn(self) -> None:
        days, places = local_places(self._first, len(self._means), self._zone)
        load_kw = day_matrix(days, places, self._means)
        ordinals = int(days[0]) + np.arange(len(load_kw))
        weekdays = self._weekdays(ordinals)
        known = np.isfinite(load_kw)
        standard_kw = level_kw(load_kw[known], standard_days(weekdays)[known])
        self._past = Past(int(days[0]), weekdays, load_kw, standard_kw)
        self._experts = Experts(self._past)
        opinions = self._experts.of(ordinals, weekdays)
        usable = opinions[_FIRST_DAYS:], load_kw[_FIRST_DAYS:]
        self._weights = fitted_weights(*usable, USUAL_WEIGHTS) if len(load_kw) > _FIRST_DAYS else USUAL_WEIGHTS
        expected = np.maximum(opinions @ self._weights, 0.0)
        deviation = self._means - expected[days - days[0], places]
        self._persistence = persistence(deviation)
        self._level_kw = self._persistence.level * last_day_kw(deviation)
        self._last_kw = float(deviation[-1])

    def _places(self, begin: int, count: int) -> tuple[Counts, Counts]:
        return local_places(begin, count, self._zone)

    def _weekdays(self, ordinals: Counts) -> Counts:
        """0 (Monday) to 6, holidays 6."""
        if not self._holidays:
            return (ordinals - 1) % 7
        return np.where(np.isin(ordinals, list(self._holidays)), 6, (ordinals - 1) % 7)

    def _nothing(self, measured_kw: float | None, begin: int) -> Past:
        """No past: the standard profile, its level from what is measured now."""
        days, places = self._places(begin, 1)
        now = standard_days(self._weekdays(days))[0, places]
        measured = [] if measured_kw is None else [max(measured_kw, 0.0)]
        level = level_kw(measured, now[: len(measured)])
        return Past(int(days[0]), self._weekdays(days), np.full((1, 48), np.nan), level)

    def _day(self, past: Past, day: int) -> tuple[Values, Values]:
        """Expected load of a local day's half-hours, shape (48,), and its quantiles, shape (48, 3)."""
        if (day, past.standard_kw) not in self._days:
            ordinals = np.array([day])
            weekdays = self._weekdays(ordinals)
            experts, weights = (self._experts, self._weights) if self._known else (Experts(past), USUAL_WEIGHTS)
            mean = np.maximum(experts.of(ordinals, weekdays)[0] @ weights, 0.0)
            self._days = dict(list(self._days.items())[-8:])
            self._days[day, past.standard_kw] = mean, quantiles_of(past, day, int(weekdays[0]))
        return self._days[day, past.standard_kw]

    def _from_now(
        self, steps: Values, measured_kw: float | None, horizon: Horizon, mean_kw: float, now_kw: Values
    ) -> Values:
        """What is measured now fades into what is usual, as fast as deviations do in this house."""
        posts = np.array(horizon.posts_minutes) / 60
        ahead = (posts[:-1] + posts[1:]) / 2
        if measured_kw is not None:
            deviation, median, ahead = measured_kw - mean_kw, measured_kw, ahead + _MEASURED_AGE
        else:
            end_s = (self._first + len(self._means)) * HALF_HOUR_S
            age = (horizon.start.timestamp() - end_s) / 3600
            if not 0 <= age <= _STILL_NOW or not np.isfinite(self._last_kw):
                return steps
            deviation, median, ahead = self._last_kw, mean_kw + self._last_kw, ahead + age + 0.25
        share = self._persistence.share(ahead)
        mean = steps[:, 0] + share * deviation
        middle = steps[:, 2] + share * (max(median, 0.0) - steps[:, 2])
        width = np.sqrt(1 - share**2)
        around = middle[:, None] + width[:, None] * (steps[:, 1:] - steps[:, 2:3])
        return np.column_stack((mean, around))


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
