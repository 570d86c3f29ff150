"""What a step's power may be: the source's own band, else what was missed lately under a sky as bright."""

import numpy as np

from .pv_past import Values

QUANTILES = (0.1, 0.5, 0.9)
# Misses count less the less alike the brightness was, by this scale in shares of the most.
_ALIKE = 0.15
# The brightness that misses are counted for; between, linear.
_POSTS = np.linspace(0.0, 1.0, 11)
# What is missed at most plants, in shares of the most, and as how many hours each of them counts.
_USUAL_MISSES, _USUAL_HOURS = np.array([-0.35, -0.2, -0.1, -0.03, 0.03, 0.1, 0.2, 0.35]), 1.5

# A source's band is widened by no more than this factor.
_MOST_RATIO, _TINY_KW = 4.0, 1e-6


def quantiles(mean_kw: Values, most_kw: Values, missed: Values, index: Values, seen: Values) -> Values:
    """p10, p50 and p90 of each step in kW, shape (3, N), around ``mean_kw``.

    ``missed``: measured less expected in the past, in shares of the most, at ``index`` (expected, in shares of the most),
    shape (hours,), NaN where not known. ``seen``: how much of what happens in a step is already known, 0..1.
    """
    known = np.isfinite(missed) & np.isfinite(index)
    weights = np.exp(-np.abs(_POSTS[:, None] - index[known]) / _ALIKE)
    usual = np.full((len(_POSTS), len(_USUAL_MISSES)), _USUAL_HOURS)
    misses = np.append(missed[known], _USUAL_MISSES)
    order = np.argsort(misses)
    counted = np.cumsum(np.hstack((weights, usual))[:, order], axis=1)
    bright = np.divide(mean_kw, most_kw, out=np.zeros_like(mean_kw), where=most_kw > 0)
    found = []
    for quantile in QUANTILES:
        below = (counted < quantile * counted[:, -1:]).sum(axis=1)
        found.append(mean_kw + np.interp(bright, _POSTS, misses[order][below]) * most_kw * _left(seen))
    return np.array(found)


def banded(mean_kw: Values, said_kw: Values, low_kw: Values, high_kw: Values, seen: Values) -> Values:
    """The source's band about its own estimate, moved to ``mean_kw`` in proportion; shape (3, N), NaN where it has none."""
    ratio = np.minimum(mean_kw, _MOST_RATIO * said_kw) / np.maximum(said_kw, _TINY_KW)
    edges = np.array([np.minimum(low_kw, said_kw), said_kw, np.maximum(high_kw, said_kw)]) - said_kw
    return np.where(np.isnan(low_kw + high_kw), np.nan, mean_kw + edges * ratio * _left(seen))


def _left(seen: Values) -> Values:
    """The share of the spread that is left where so much is known."""
    return np.sqrt(1.0 - np.minimum(seen, 1.0) ** 2)
