"""The middles of a horizon's steps, and what values by the hour of the day (UTC) are there."""

from dataclasses import dataclass

import numpy as np

from ..domain.horizon import Horizon
from .pv_past import HOUR_S, PER_DAY, Values

_MIDDLES = np.arange(-0.5, PER_DAY + 1)


@dataclass(frozen=True)
class PvSteps:
    """``start_s``: the horizon's start in seconds since 1970; ``ahead_hours``: from there to the middle of each, shape (N,)."""

    start_s: float
    ahead_hours: Values

    @classmethod
    def of(cls, horizon: Horizon) -> "PvSteps":
        """The steps of a horizon."""
        posts = np.array(horizon.posts_minutes) / 60
        return cls(horizon.start.timestamp(), (posts[1:] + posts[:-1]) / 2)

    @property
    def middles_s(self) -> Values:
        """In seconds since 1970, shape (N,)."""
        return self.start_s + self.ahead_hours * HOUR_S

    @property
    def _hours(self) -> Values:
        return self.middles_s / HOUR_S % PER_DAY

    def between(self, by_hour: Values) -> Values:
        """Values of the hours' middles, shape (24,), at the middle of each step, shape (N,); linear between."""
        return _between(self._hours, by_hour)

    def within(self, by_hour: Values) -> Values:
        """The value of the hour that each step's middle is in, shape (N,)."""
        found: Values = by_hour[np.minimum(self._hours.astype(int), PER_DAY - 1)]
        return found

    def at(self, by_hour: Values, ahead_hours: float) -> float:
        """The value at one instant, so many hours from the start."""
        return float(_between(np.array([(self.start_s / HOUR_S + ahead_hours) % PER_DAY]), by_hour)[0])


def _between(hours: Values, by_hour: Values) -> Values:
    found: Values = np.interp(hours, _MIDDLES, np.concatenate((by_hour[-1:], by_hour, by_hour[:1])))
    return found
