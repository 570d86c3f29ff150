"""Six simple opinions of a day's load: means of days before it that forget fast or slowly, of all days or of its kind."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .standard_profile import standard_days

Values = NDArray[np.float64]
Counts = NDArray[np.int64]

# What each opinion is worth before the house has shown which ones serve it.
USUAL_WEIGHTS = np.array([0.15, 0.15, 0.15, 0.15, 0.2, 0.2])
# Days after which a day counts half: for what has just changed, for the usual, for the kind of day, for the weekday.
_FAST, _SLOW, _KIND, _WEEKDAY = 1.5, 6.0, 8.0, 28.0
# The standard profile counts as so many days just before the first known one.
_STANDARD_DAYS = 0.5
# Few days of a kind lean on all days, few of a weekday on their kind: by so many days that are new.
_LEAN_KIND, _LEAN_WEEKDAY = 0.5, 1.0
# Neighbouring half-hours by whose mean what comes a bit earlier or later is still expected.
_NARROW, _WIDE = (1.0, 2.0, 1.0), (1.0, 2.0, 3.0, 2.0, 1.0)


@dataclass(frozen=True)
class Past:
    """Half-hours of D local days on end: ``first_day`` (ordinal), ``weekdays`` shape (D,), ``load_kw`` shape (D, 48), NaN: a gap.

    ``standard_kw``: the level of the standard profile, its mean.
    """

    first_day: int
    weekdays: Counts
    load_kw: Values
    standard_kw: float

    @property
    def days(self) -> int:
        """D."""
        return len(self.load_kw)


class Experts:
    """Opinions on any day from the days before it."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self._plain, self._known = np.nan_to_num(past.load_kw), np.isfinite(past.load_kw).astype(float)
        self._narrow = _smoothed(self._plain, self._known, _NARROW)
        self._wide = _smoothed(self._plain, self._known, _WIDE)

    def of(self, days: Counts, weekdays: Counts) -> Values:
        """Opinions in kW on days (ordinals) with these weekdays, shape (days, 48, 6). No day is used for itself."""
        past = self._past
        age = days[:, None] - 1 - (past.first_day + np.arange(past.days))[None, :]
        standard = past.standard_kw * standard_days(weekdays)
        since = np.maximum(days - past.first_day, 0)[:, None]
        kind = (weekdays >= 5)[:, None] == (past.weekdays >= 5)[None, :]
        weekday = weekdays[:, None] == past.weekdays[None, :]

        def mean(source: tuple[Values, Values], weight: Values, towards: Values, lean: Values | float) -> Values:
            kw, known = source
            answer: Values = (weight @ kw + lean * towards) / (weight @ known + lean)
            return answer

        plain, narrow, wide = (self._plain, self._known), self._narrow, self._wide
        fast, slow = _forgetting(age, _FAST), _forgetting(age, _SLOW)
        lean_fast, lean_slow = _STANDARD_DAYS * 0.5 ** (since / _FAST), _STANDARD_DAYS * 0.5 ** (since / _SLOW)
        slow_plain = mean(plain, slow, standard, lean_slow)
        slow_wide = mean(wide, slow, standard, lean_slow)
        fast_plain = mean(plain, fast, slow_plain, lean_fast)
        fast_wide = mean(wide, fast, slow_wide, lean_fast)
        of_kind = mean(narrow, _forgetting(age, _KIND) * kind, slow_wide, _LEAN_KIND)
        of_weekday = mean(narrow, _forgetting(age, _WEEKDAY) * weekday, of_kind, _LEAN_WEEKDAY)
        return np.stack((fast_plain, fast_wide, slow_plain, slow_wide, of_kind, of_weekday), axis=-1)


def _forgetting(age: Counts, half_life: float) -> Values:
    """1 for the day before, a half for each half-life more, 0 for the day itself and those after it."""
    return np.where(age >= 0, 0.5 ** (np.maximum(age, 0) / half_life), 0.0)


def _smoothed(kw: Values, known: Values, window: tuple[float, ...]) -> tuple[Values, Values]:
    """Load times what is known of it, and what is known, each with its neighbours; a window all known counts 1."""
    shares = np.array(window) / sum(window)
    return tuple(np.convolve(part.ravel(), shares, "same").reshape(part.shape) for part in (kw, known))  # type: ignore[return-value]
