"""What is usual in a house by local day and half-hour, learned from half-hours of its past, and what is left of a deviation."""

from collections.abc import Callable
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
# Local days of which the expected load is kept: a horizon's, and those of the one before.
_DAYS_KEPT = 8
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
        self._made: dict[str, dict[tuple[int, float], Values]] = {}
        self._persistence, self._level_kw, self._last_kw = USUAL, 0.0, float("nan")
        self._known = bool(np.isfinite(means_kw).any())
        if self._known:
            self._learn(means_kw if samples_kw is None else samples_kw)

    @property
    def past(self) -> Past:
        """The past as days; not where nothing is known."""
        return self._past

    def expected(self, measured_kw: float | None, begin: int, count: int) -> Values:
        """Mean in kW of half-hours, shape (count,), as if nothing were known of now.

        ``measured_kw`` sets the level where there is no past.
        """
        return self._by_half_hours("mean", self._mean, measured_kw, begin, count) + self._level_kw

    def quantiles(self, measured_kw: float | None, begin: int, count: int) -> Values:
        """p10, p50 and p90 in kW of half-hours, shape (count, 3), likewise."""
        return self._by_half_hours("quantiles", self._quantiles, measured_kw, begin, count)

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

    def _by_half_hours(
        self, what: str, of_day: Callable[[Past, int], Values], measured_kw: float | None, begin: int, count: int
    ) -> Values:
        """``of_day`` at ``count`` half-hours, each local day worked out once and kept under the name ``what``."""
        places = self._calendar.places(begin, max(count, 1))
        past = self._past if self._known else self._nothing(measured_kw, begin)
        made = self._made.setdefault(what, {})
        found = []
        for day in np.unique(places[0]).tolist():
            key = day, past.standard_kw
            if key not in made:
                made = self._made[what] = dict(list(made.items())[-_DAYS_KEPT:])
                made[key] = of_day(past, day)
            found.append(made[key])
        values: Values = np.array(found)[places[0] - places[0][0], places[1]]
        return values

    def _mean(self, past: Past, day: int) -> Values:
        """Expected load of a local day's half-hours, shape (48,)."""
        ordinals = np.array([day])
        experts, weights = (self._experts, self._weights) if self._known else (Experts(past), USUAL_WEIGHTS)
        mean: Values = np.maximum(experts.of(ordinals, self._calendar.weekdays(ordinals))[0] @ weights, 0.0)
        return mean

    def _quantiles(self, past: Past, day: int) -> Values:
        """Its quantiles, shape (48, 3)."""
        weekday = int(self._calendar.weekdays(np.array([day]))[0])
        return quantiles_of(self._samples if self._known else past, day, weekday)

    def known_now(self, measured_kw: float | None, horizon: Horizon, mean_kw: float) -> "Now":
        """What is known of now, ``mean_kw`` being what was expected of this half-hour."""
        posts = np.array(horizon.posts_minutes) / 60
        ahead = (posts[:-1] + posts[1:]) / 2
        if measured_kw is not None:
            return Now(measured_kw - mean_kw, measured_kw, self._persistence.share(ahead + _MEASURED_AGE))
        end_s = (self._first + len(self._means)) * HALF_HOUR_S
        age = (horizon.start.timestamp() - end_s) / 3600
        if not 0 <= age <= _STILL_NOW or not np.isfinite(self._last_kw):
            return Now(0.0, 0.0, np.zeros(horizon.steps))
        return Now(self._last_kw, mean_kw + self._last_kw, self._persistence.share(ahead + age + 0.25))


@dataclass(frozen=True)
class Now:
    """What is measured now fades into what is usual, as fast as deviations do in this house.

    ``deviation_kw`` from what was expected; ``kw``: the load itself; ``share`` of it that is left in each step, shape (N,).
    """

    deviation_kw: float
    kw: float
    share: Values

    def mean(self, steps_kw: Values) -> Values:
        """The means of the steps, shape (N,), with what is known of now."""
        return steps_kw + self.share * self.deviation_kw

    def quantiles(self, steps_kw: Values) -> Values:
        """Their p10, p50 and p90, shape (N, 3): about what is known of now, and the narrower the more is."""
        usual = steps_kw[:, 1]
        middle = usual + self.share * (max(self.kw, 0.0) - usual)
        width = np.sqrt(1 - self.share**2)
        return middle[:, None] + width[:, None] * (steps_kw - usual[:, None])
