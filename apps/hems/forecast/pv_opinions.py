"""Two opinions of a plant's output and their mixture: the source's, measured by what came, and the usual day's.

The source's ratio by the hour of the day shows shade, a wrong azimuth, a wrong peak. The usual day is the mean of the plant's
own last days; while they are few, the clear sky of its roof stands beside them. A mean of both misses less than either,
since they err by different weather. All is fitted with the day in question left out, so that what is left over is what is
to be expected of days to come.
"""

from dataclasses import dataclass

import numpy as np

from .pv_past import PER_DAY, PvPast, Values

# After so many days a day counts half.
_HALF_LIFE_DAYS = 14.0
# What is taken for granted counts as so many days: of the level, of the hour beside its level.
_LEVEL_DAYS, _HOUR_DAYS = 3.0, 6.0
# A source is not believed to be wrong by more than this factor.
_MOST_RATIO = 4.0
# What a plant gives of the clear sky's on the mean, for one that nothing is known of.
_USUAL_INDEX = 0.45
# The usual day's share in the mixture where nothing is known of the source, once so many days of the plant are known.
_USUAL_SHARE, _KNOWN_DAYS, _SHARE_DAYS = 0.25, 3.0, 4.0
# The clear sky counts as so many days beside the measured ones; its usual level as so many.
_SKY_DAYS, _INDEX_DAYS = 1.5, 2.0
_TINY = 1e-9


@dataclass(frozen=True)
class Source:
    """``past_kw``: its power of the past hours, shape (days, 24), NaN where not known; ``ratio`` of each hour, shape (24,)."""

    past_kw: Values
    ratio: Values


@dataclass(frozen=True)
class Usual:
    """``past_kw`` as of a source; ``mean_kw`` of each hour over so many ``days``, shape (24,) each.

    ``index``: what the plant gives on the mean of a kW per m2 of clear sky; None where that is not known.
    """

    past_kw: Values
    mean_kw: Values
    days: Values
    index: float | None

    def power(self, mean_kw: Values, days: Values, clear: Values | None) -> Values:
        """The usual power under a clear sky of so many kW per m2, NaN where nothing is known; of the shape given."""
        return _with_sky(mean_kw, days, clear, self.index)


@dataclass(frozen=True)
class Mixture:
    """``share``: of the source in the mixture, 0..1."""

    source: Source
    usual: Usual
    share: float

    def mixed(self, source_kw: Values, usual_kw: Values) -> Values:
        """Of two powers, of one shape; where one is NaN, the other."""
        both = self.share * source_kw + (1 - self.share) * usual_kw
        return np.where(np.isnan(source_kw), usual_kw, np.where(np.isnan(usual_kw), source_kw, both))


def mixture(past: PvPast, clear: Values | None, peak_kw: float | None) -> Mixture:
    """``clear``: kW per m2 of the past hours, shape (days, 24); None where the roof is not known."""
    forget = 0.5 ** (np.arange(len(past.measured_kw))[::-1] / _HALF_LIFE_DAYS)[:, None]
    usual = _usual(past, clear, peak_kw, forget)
    weights = forget * (np.isfinite(past.issued_kw) & np.isfinite(past.measured_kw))
    source = _source(past, float(usual.mean_kw.sum()), weights)
    return Mixture(source, usual, _share(source.past_kw, usual.past_kw, past, weights))


def _usual(past: PvPast, clear: Values | None, peak_kw: float | None, forget: Values) -> Usual:
    days = forget * np.isfinite(past.measured_kw)
    power = days * np.nan_to_num(past.measured_kw)
    others = np.maximum(days.sum(axis=0) - days, 0.0)
    left_out = np.divide(power.sum(axis=0) - power, others, out=np.zeros_like(power), where=others > _TINY)
    mean = np.divide(power.sum(axis=0), days.sum(axis=0), out=np.zeros(PER_DAY), where=days.sum(axis=0) > _TINY)
    index = None if clear is None else _index(days, power, clear, peak_kw)
    return Usual(_with_sky(left_out, others, clear, index), mean, days.sum(axis=0), index)


def _index(days: Values, power: Values, clear: Values, peak_kw: float | None) -> float | None:
    light, gave = float((days * clear).sum()), float(power.sum())
    if peak_kw is not None:
        guess = _INDEX_DAYS * float(clear.sum()) / len(clear)
        light, gave = light + guess, gave + guess * _USUAL_INDEX * peak_kw
    return gave / light if light > _TINY else None


def _with_sky(mean_kw: Values, days: Values, clear: Values | None, index: float | None) -> Values:
    """The mean of so many days, with what is usual under such a sky counting as a day or two beside them."""
    if clear is None or index is None:
        return np.where(days > _TINY, mean_kw, np.nan)
    return (mean_kw * days + _SKY_DAYS * index * clear) / (days + _SKY_DAYS)


def _source(past: PvPast, usual_day_kwh: float, weights: Values) -> Source:
    """The ratio of what came to what was said: its level shrunk to 1, each hour (with those beside it) to that level."""
    said, came = (weights * np.nan_to_num(kw) for kw in (past.issued_kw, past.measured_kw))
    days = np.nan_to_num(past.issued_kw).sum(axis=1)
    # Today's dawn alone is no measure of a day.
    a_day = max(float(days.sum()) / max(int((days > 0).sum()), 1), usual_day_kwh, _TINY)
    prior, hour_prior = _LEVEL_DAYS * a_day, _HOUR_DAYS * a_day / PER_DAY

    def ratio(came: Values, said: Values) -> Values:
        level = (came.sum(axis=-1, keepdims=True) + prior) / (said.sum(axis=-1, keepdims=True) + prior)
        found = (_beside(came) + hour_prior * level) / (_beside(said) + hour_prior)
        clipped: Values = np.clip(found, 1 / _MOST_RATIO, _MOST_RATIO)
        return clipped

    left_out = ratio(came.sum(axis=0) - came, said.sum(axis=0) - said)
    return Source(past.issued_kw * left_out, ratio(came.sum(axis=0), said.sum(axis=0)))


def _beside(hours: Values) -> Values:
    """Each hour with half of those beside it."""
    found: Values = hours + 0.5 * (np.roll(hours, 1, axis=-1) + np.roll(hours, -1, axis=-1))
    return found


def _share(source_kw: Values, usual_kw: Values, past: PvPast, weights: Values) -> float:
    """The share of the source that would have served best, leaning on what serves most plants."""
    apart, missed = source_kw - usual_kw, past.measured_kw - usual_kw
    known = np.isfinite(apart) & np.isfinite(missed)
    days = float(known.sum()) / PER_DAY
    prior = 1.0 - _USUAL_SHARE * days / (days + _KNOWN_DAYS)
    both = weights * known
    apart, missed = np.nan_to_num(apart), np.nan_to_num(missed)
    power = float((both * apart**2).sum())
    strength = _SHARE_DAYS * power / max(float(both.sum()) / PER_DAY, _TINY)
    if power + strength <= _TINY:
        return prior
    return float(np.clip((float((both * apart * missed).sum()) + strength * prior) / (power + strength), 0.0, 1.0))
