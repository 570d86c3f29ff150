"""What is usual in a house by local day and half-hour, learned from half-hours of its past, and what is left of a deviation."""

from dataclasses import dataclass
from datetime import tzinfo

import numpy as np
from numpy.typing import NDArray

from ..domain.horizon import Horizon
from .half_hours import HALF_HOUR_S, day_matrix, local_places
from .load_experts import USUAL_WEIGHTS, Experts, Past
from .load_present import USUAL, last_day_kw, persistence
from .load_quantiles import quantiles_of
from .load_weights import fitted_weights
from .standard_profile import level_kw, standard_days

Values = NDArray[np.float64]
Counts = NDArray[np.int64]

# The last known half-hour stands in for a measurement when it is not older than this, in hours.
_STILL_NOW = 2.0
# The measured power is taken to be as old as half of what it was averaged over, in hours.
_MEASURED_AGE = 0.1
# The first days of the past have too little before them to judge opinions by.
_FIRST_DAYS = 2


@dataclass(frozen=True)
class Calendar:
    """The site's zone, and local days (ordinals) that are like Sundays."""

    zone: tzinfo
    holidays: frozenset[int] = frozenset()

    def places(self, first: int, count: int) -> tuple[Counts, Counts]:
        """Local day (ordinal) and half-hour 0..47 of ``count`` half-hours from ``first`` on, shape (count,)."""
        return local_places(first, count, self.zone)

    def weekdays(self, ordinals: Counts) -> Counts:
        """0 (Monday) to 6, holidays 6."""
        if not self.holidays:
            return (ordinals - 1) % 7
        return np.where(np.isin(ordinals, list(self.holidays)), 6, (ordinals - 1) % 7)


class Usual:
    """Learned from ``means_kw`` of half-hours on end from ``first`` on, shape (H,), NaN: a gap; without any a usual house's.

    ``samples_kw``: what the quantiles are taken from where that is something else, shape (H,).
    """

    def __init__(self, first: int, means_kw: Values, calendar: Calendar, samples_kw: Values | None = None) -> None:
        self._first, self._means, self._calendar = first, means_kw, calendar
        self._days: dict[tuple[int, float], tuple[Values, Values]] = {}
        self._persistence, self._level_kw, self._last_kw = USUAL, 0.0, float("nan")
        self._known = bool(np.isfinite(means_kw).any())
        if self._known:
            self._learn(means_kw if samples_kw is None else samples_kw)

    @property
    def past(self) -> Past:
        """The past as days; not where nothing is known."""
        return self._past

    def expected(self, measured_kw: float | None, begin: int, count: int) -> tuple[Values, Values]:
        """Mean in kW of half-hours, shape (count,), and p10, p50 and p90, shape (count, 3), as if nothing were known of now.

        ``measured_kw`` sets the level where there is no past.
        """
        places = self._calendar.places(begin, max(count, 1))
        past = self._past if self._known else self._nothing(measured_kw, begin)
        opinions = [self._day(past, int(day)) for day in np.unique(places[0])]
        rows = places[0] - places[0][0]
        mean = np.array([day[0] for day in opinions])[rows, places[1]]
        spread = np.array([day[1] for day in opinions])[rows, places[1]]
        return mean + self._level_kw, spread

    def _learn(self, samples_kw: Values) -> None:
        days, places = self._calendar.places(self._first, len(self._means))
        load_kw = day_matrix(days, places, self._means)
        ordinals = int(days[0]) + np.arange(len(load_kw))
        weekdays = self._calendar.weekdays(ordinals)
        known = np.isfinite(load_kw)
        standard_kw = level_kw(load_kw[known], standard_days(weekdays)[known])
        self._past = Past(int(days[0]), weekdays, load_kw, standard_kw)
        self._samples = Past(int(days[0]), weekdays, day_matrix(days, places, samples_kw), standard_kw)
        self._experts = Experts(self._past)
        opinions = self._experts.of(ordinals, weekdays)
        usable = opinions[_FIRST_DAYS:], load_kw[_FIRST_DAYS:]
        self._weights = fitted_weights(*usable, USUAL_WEIGHTS) if len(load_kw) > _FIRST_DAYS else USUAL_WEIGHTS
        expected = np.maximum(opinions @ self._weights, 0.0)
        deviation = self._means - expected[days - days[0], places]
        self._persistence = persistence(deviation)
        self._level_kw = self._persistence.level * last_day_kw(deviation)
        self._last_kw = float(deviation[-1])

    def _nothing(self, measured_kw: float | None, begin: int) -> Past:
        """No past: the standard profile, its level from what is measured now."""
        days, places = self._calendar.places(begin, 1)
        now = standard_days(self._calendar.weekdays(days))[0, places]
        measured = [] if measured_kw is None else [max(measured_kw, 0.0)]
        level = level_kw(measured, now[: len(measured)])
        return Past(int(days[0]), self._calendar.weekdays(days), np.full((1, 48), np.nan), level)

    def _day(self, past: Past, day: int) -> tuple[Values, Values]:
        """Expected load of a local day's half-hours, shape (48,), and its quantiles, shape (48, 3)."""
        if (day, past.standard_kw) not in self._days:
            ordinals = np.array([day])
            weekdays = self._calendar.weekdays(ordinals)
            experts, weights = (self._experts, self._weights) if self._known else (Experts(past), USUAL_WEIGHTS)
            mean = np.maximum(experts.of(ordinals, weekdays)[0] @ weights, 0.0)
            self._days = dict(list(self._days.items())[-8:])
            self._days[day, past.standard_kw] = (
                mean,
                quantiles_of(self._samples if self._known else past, day, int(weekdays[0])),
            )
        return self._days[day, past.standard_kw]

    def from_now(
        self, steps: Values, measured_kw: float | None, horizon: Horizon, mean_kw: float, now_kw: Values
    ) -> Values:
        """What is measured now fades into what is usual, as fast as deviations do in this house.

        ``steps``: mean, p10, p50 and p90 of each step, shape (N, 4), and so the answer; ``mean_kw`` and ``now_kw`` (p10, p50, p90):
        of the half-hour of now.
        """
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
