"""How a house's load answers to the outdoor temperature: heating below one temperature, cooling above another.

``learn_warmth`` asks what the usual load missed, and whether the temperature explains it: load and degrees are both taken apart from what
the days before had led to expect, so seasons, habits and daylight that merely come with the cold are not taken for it. The balance
temperature and the memory of the building are those that explain most. An answer must stand out of three standard errors of
its days, and is the smaller the less it does: a house that does not answer gets none at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from .half_hours import day_matrix
from .load_experts import Past
from .load_outdoor import felt, half_hours_felt

Values = NDArray[np.float64]
Counts = NDArray[np.int64]
Known = NDArray[np.bool_]

HEATING, COOLING = 1.0, -1.0
# How long the building remembers, in hours, and below (above) which temperature it is heated (cooled).
_MEMORIES_H = (1.0, 6.0, 24.0)
_BALANCES_C = {HEATING: (10.0, 12.0, 14.0, 16.0, 18.0), COOLING: (18.0, 20.0, 22.0, 24.0, 26.0)}
LONGEST = half_hours_felt(max(_MEMORIES_H))
# The answer goes on so far beyond the temperatures that were seen, and no farther.
_BEYOND_K = 5.0
# Standard errors that an answer must stand out by, and that the quantiles must be better by.
_STANDING_OUT = 3.0
# Days with load and temperature that are needed, and after how many a day counts half.
_LEAST_DAYS, _HALF_LIFE = 10.0, 60.0
# Least spread of the degrees about what was to be expected: without any weather nothing is learned.
_LEAST_K = 0.3
# Half-hours of one strength of the answer; it leans on the whole day's by so many days of it.
_BLOCK, _LEAN_DAYS = 4, 3.0
# What the days before lead to expect: days after which one counts half, and the weight of days of the other kind.
_FAST, _SLOW, _SHARE_FAST, _OTHER_KIND = 1.5, 6.0, 0.3, 0.4
# Parts of the answer that the quantiles may follow. Where few hours of many heat, the median stays where it is.
_PARTS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Answer:
    """``side``: HEATING or COOLING; ``kw_per_k`` by half-hour of the local day, shape (48,), never negative."""

    side: float
    balance_c: float
    memory_hours: float
    kw_per_k: Values


@dataclass(frozen=True)
class Warmth:
    """What was learned. ``lowest_c``, ``highest_c``: what was seen; beyond by more than 5 K nothing more is expected.

    ``centre_kw``: the mean answer of the past, about which ``kw`` is. ``part``: how much of it the quantiles follow.
    """

    answers: tuple[Answer, ...]
    lowest_c: float
    highest_c: float
    centre_kw: float = 0.0
    part: float = 1.0

    def kw(self, outdoor_c: Values, places: Counts) -> Values:
        """Load in kW above that of the past's mean, by half-hour, shape (count,), NaN where it is not known.

        ``outdoor_c``: half-hours on end; ``places``: 0..47 of each.
        """
        found: Values = np.full(len(outdoor_c), -self.centre_kw)
        for one in self.answers:
            within = np.clip(outdoor_c, self.lowest_c - _BEYOND_K, self.highest_c + _BEYOND_K)
            degrees = np.maximum(one.side * (one.balance_c - felt(within, one.memory_hours)), 0.0)
            found = found + degrees * one.kw_per_k[places]
        return np.where(np.isfinite(outdoor_c), found, np.nan)


def learn_warmth(past: Past, outdoor_c: Values, days: Counts, places: Counts) -> Warmth | None:
    """The answer of a house, None where there is none.

    ``outdoor_c``: of the past's half-hours, shape (H,), NaN: a gap; ``days`` and ``places``: local day and half-hour of each.
    """
    felt_c = {hours: day_matrix(days, places, felt(outdoor_c, hours)) for hours in _MEMORIES_H}
    known = np.isfinite(np.array([past.load_kw, *felt_c.values()])).all(axis=0)
    if known.sum() < _LEAST_DAYS * known.shape[1]:
        return None
    weights = _usual_weights(past)
    answers = tuple(_answers(weights, past.load_kw, felt_c, known))
    if not answers:
        return None
    found = Warmth(answers, float(np.nanmin(outdoor_c)), float(np.nanmax(outdoor_c)))
    more_kw = found.kw(outdoor_c, places)
    part = _part(weights, past.load_kw, day_matrix(days, places, more_kw), known)
    return replace(found, centre_kw=float(np.nanmean(more_kw)), part=part)


def _answers(weights: Values, load_kw: Values, felt_c: dict[float, Values], known: Known) -> Iterator[Answer]:
    """Heating, then cooling of what heating leaves, where they are there. ``felt_c``: by memory, shape (D, 48) each."""
    load, enough = _blocks(load_kw[..., None], known)
    missed, usable = _apart(weights, load, enough)
    rest: Values = np.asarray(missed[..., 0])
    worth = 0.5 ** (np.arange(len(rest))[::-1] / _HALF_LIFE) * usable.mean(axis=1)
    for side, balances in _BALANCES_C.items():
        tried = list(product(_MEMORIES_H, balances))
        degrees = np.stack([np.maximum(side * (c - felt_c[hours]), 0.0) for hours, c in tried], axis=-1)
        apart, _ = _apart(weights, _blocks(degrees, known)[0], enough)
        for best, strengths in _fitted(rest, apart, worth):
            hours, balance_c = tried[best]
            yield Answer(side, balance_c, hours, np.repeat(strengths, _BLOCK))
            rest = rest - apart[..., best] * strengths


def _usual_weights(past: Past) -> Values:
    """What each day counts for what is to be expected of another, shape (D, D): only days before it."""
    days = np.arange(past.days)
    age = days[:, None] - 1 - days[None, :]
    weekend = past.weekdays >= 5
    kind = np.where(weekend[:, None] == weekend[None, :], 1.0, _OTHER_KIND)
    before = np.maximum(age, 0)
    return np.where(age >= 0, kind * 0.5 ** (before / _SLOW) + _SHARE_FAST * 0.5 ** (before / _FAST), 0.0)


def _apart(weights: Values, values: Values, known: Known) -> tuple[Values, Known]:
    """Values (D, B, K) less what the days before lead to expect at that time, 0 where either is not known; and where it is."""
    kept = np.where(known[..., None], values, 0.0)
    sums = (weights @ kept.reshape(len(kept), -1)).reshape(kept.shape)
    counts = weights @ known.astype(float)
    usable = known & (counts > weights.max() / 2)
    usual = sums / np.where(usable, counts, 1.0)[..., None]
    return np.where(usable[..., None], kept - usual, 0.0), usable


def _blocks(values: Values, known: Known) -> tuple[Values, Known]:
    """Means over _BLOCK half-hours of what is known, shape (D, 48 / _BLOCK, K), and where half of them is."""
    days, _, kinds = values.shape
    counts = known.reshape(days, -1, _BLOCK).sum(axis=2)
    kept = np.where(known[..., None], values, 0.0)
    means = kept.reshape(days, -1, _BLOCK, kinds).sum(axis=2) / np.maximum(counts, 1)[..., None]
    return means, 2 * counts >= _BLOCK


def _fitted(missed: Values, degrees: Values, worth: Values) -> Iterator[tuple[int, Values]]:
    """The column of ``degrees`` (D, B, K) that explains most of ``missed`` (D, B), and kW per K by block; nothing where none does."""
    power = np.einsum("d,dbk->k", worth, degrees**2)
    shared = np.einsum("d,dbk,db->k", worth, degrees, missed)
    enough = power > _LEAST_K**2 * worth.sum() * degrees.shape[1]
    gain = np.where(enough & (shared > 0), shared**2 / np.where(enough, power, 1.0), 0.0)
    best = int(np.argmax(gain))
    if gain[best] <= 0:
        return
    one, slope = degrees[..., best], float(shared[best] / power[best])
    # A day's hours err together, so days are counted, not hours.
    off = (one * (missed - slope * one)).sum(axis=1)
    days = worth.sum() ** 2 / (worth**2).sum()
    error = np.sqrt(((worth * off) ** 2).sum() * days / max(days - 2, 1)) / power[best]
    believed = 1 - (_STANDING_OUT * error / slope) ** 2
    if believed <= 0:
        return
    own, evidence = worth @ (one * missed), worth @ one**2
    lean = evidence.mean() * _LEAN_DAYS / worth.sum()
    yield best, np.maximum(believed * (own + lean * slope) / (evidence + lean), 0.0)


def _part(weights: Values, load_kw: Values, more_kw: Values, known: Known) -> float:
    """How much of the answer the median follows: what leaves the least absolute error, where days agree that it does."""
    known = known & np.isfinite(more_kw)
    apart, usable = _apart(weights, np.stack((load_kw, more_kw), axis=-1), known)
    columns = np.flatnonzero(usable.any(axis=0))
    rows = np.flatnonzero(usable[:, columns].any(axis=1))
    errors = []
    for part in _PARTS:
        left = np.where(usable, apart[..., 0] - part * apart[..., 1], np.nan)[np.ix_(rows, columns)]
        errors.append(np.nanmean(np.abs(left - np.nanmedian(left, axis=0)), axis=1))
    best = int(np.argmin([error.mean() for error in errors]))
    gain = errors[0] - errors[best]
    agreed = gain.mean() > _STANDING_OUT * gain.std() / np.sqrt(len(gain))
    return _PARTS[best] if agreed else 0.0
