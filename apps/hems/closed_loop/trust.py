"""How far a backtest can be trusted: how many days there are, what is missing in them, how much the saving varies."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta, timezone
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from .report_words import number_words
from .results import Results
from .series import Gap

DAYS_A_MONTH = 365.25 / 12
_LEVEL = 0.9
# Fewer days say nothing about how days differ.
_ENOUGH_DAYS = 5
_WEEK, _ENOUGH_WEEKS = 7, 8
_MONTH, _YEAR = 28, 350
_DRAWN = 4000
# Below this share what was filled does not matter.
_FEW_GAPS = 0.005


@dataclass(frozen=True)
class Trust:
    """The saving of HEMS against self-consumption, a month, and the interval in which it lies 9 times of 10.

    ``blocks``: what was drawn with replacement, whole weeks or whole days; empty where there are too few, and then there is
    no interval. ``weeks``: the saving of each whole week, from the first day on. ``gaps``: the share of the period that is
    filled, by what is missing. Money in the currency. What is not known is None.
    """

    days: int
    blocks: str = ""
    per_month: float | None = None
    low_per_month: float | None = None
    high_per_month: float | None = None
    weeks: tuple[float, ...] = ()
    gaps: Mapping[str, float] | None = None


def trust_of(results: Results, gaps: Iterable[Gap], seed: int = 1) -> Trust:
    """What the results and their holes allow to be said. ``seed``: of the draws."""
    begin, end = results.period
    days = (end.date() - begin.date()).days
    missing = _shares(gaps, results)
    saved = _saved_by_day(results)
    if saved is None or not len(saved):
        return Trust(days, gaps=missing)
    weeks = tuple(round(float(saved[k : k + _WEEK].sum()), 4) for k in range(0, len(saved) - _WEEK + 1, _WEEK))
    mean = float(saved.mean()) * DAYS_A_MONTH
    if len(saved) < _ENOUGH_DAYS:
        return Trust(days, per_month=mean, weeks=weeks, gaps=missing)
    in_weeks = len(weeks) >= _ENOUGH_WEEKS
    low, high = _interval(np.array(weeks) / _WEEK if in_weeks else saved, float(saved.mean()), seed)
    blocks = "weeks" if in_weeks else "days"
    return Trust(days, blocks, mean, low * DAYS_A_MONTH, high * DAYS_A_MONTH, weeks, missing)


def _saved_by_day(results: Results) -> NDArray[np.float64] | None:
    """The saving of each day, shape (D,); wear and what is stored at the end are spread evenly over them."""
    hems, before = results.outcomes.get("hems"), results.outcomes.get("self_consumption")
    if hems is None or before is None or len(hems.days) != len(before.days):
        return None
    saved = np.array([b.bill - h.bill for b, h in zip(before.days, hems.days, strict=True)], dtype=np.float64)
    rest = before.cost - hems.cost - float(saved.sum())
    spread: NDArray[np.float64] = saved + rest / max(len(saved), 1)
    return spread


def _interval(blocks: NDArray[np.float64], mean: float, seed: int) -> tuple[float, float]:
    """Bounds of the mean a day, by drawing blocks with replacement; widened for few blocks, which vary less than many."""
    count = len(blocks)
    drawn = blocks[np.random.default_rng(seed).integers(0, count, (_DRAWN, count))].mean(axis=1) - blocks.mean()
    low, high = np.quantile(drawn, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2]) * np.sqrt(count / (count - 1))
    return mean + float(low), mean + float(high)


def _shares(gaps: Iterable[Gap], results: Results) -> dict[str, float]:
    """The share of the period that each series lacks."""
    begin, end = (moment.astimezone(timezone.utc) for moment in results.period)
    found: dict[str, timedelta] = {}
    for gap in gaps:
        length = min(gap.end, end) - max(gap.begin, begin)
        if length > timedelta(0):
            found[gap.what] = found.get(gap.what, timedelta(0)) + length
    return {what: length / (end - begin) for what, length in sorted(found.items())}


def trust_words(trust: Trust, results: Results) -> list[str]:
    """The same as sentences: how much, how sure, what is missing."""
    found = (
        [_saving_words(trust, results)] if trust.per_month is not None else [f"{_length_words(trust.days, results)}."]
    )
    if len(trust.weeks) > 1:
        low, high = (number_words(value, 2) for value in (min(trust.weeks), max(trust.weeks)))
        found.append(f"From week to week the saving went from {low} to {high} {results.currency}.")
    filled = {what: share for what, share in (trust.gaps or {}).items() if share >= _FEW_GAPS}
    if filled:
        words = ", ".join(f"{100 * share:.0f} % of the {what}" for what, share in filled.items())
        found.append(f"Missing and filled from other days: {words}; the less, the better.")
    return found


def _saving_words(trust: Trust, results: Results) -> str:
    unit = results.currency
    saving = f"{number_words(trust.per_month, 2)} {unit} a month"
    if trust.low_per_month is None or trust.high_per_month is None:
        return f"{_length_words(trust.days, results)}: {saving}, and there is no saying how far off that is."
    span = f"{_rounded(trust.low_per_month)} to {_rounded(trust.high_per_month)} {unit} a month"
    sure = f"9 times in 10, drawing whole {trust.blocks} of these"
    return f"{_length_words(trust.days, results)}: {span} ({saving} in the mean; {sure})."


def _length_words(days: int, results: Results) -> str:
    """What so many days can tell."""
    counted = f"{days} day" if days == 1 else f"{days} days"
    are = "is" if days == 1 else "are"
    if days < _WEEK:
        return f"{counted} {are} less than a week, too few to tell a month"
    if days < _MONTH:
        return f"{counted} are too few to tell a year"
    if days < _YEAR:
        return f"{counted} ({_months(results)}) tell nothing of the other months of a year"
    return f"{counted} are a year, and other years have other weather and prices"


def _months(results: Results) -> str:
    first, last = results.period[0].date(), results.period[1].date() - timedelta(days=1)
    months = [
        date(year, month, 1) for (year, month), _ in groupby(_each(first, last), lambda day: (day.year, day.month))
    ]
    return f"{months[0]:%B}" if len(months) == 1 else f"{months[0]:%B} to {months[-1]:%B}"


def _each(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=k) for k in range((last - first).days + 1))


def _rounded(value: float) -> str:
    """Whole units where they say enough."""
    return number_words(value, 0 if abs(value) >= 2.5 else 1)


def trust_to_dict(trust: Trust) -> dict[str, object]:
    """For JSON; money per month in the currency."""

    def money(value: float | None) -> float | None:
        return None if value is None else round(value, 4)

    return {
        "days": trust.days,
        "saving_per_month": money(trust.per_month),
        "interval_per_month": None
        if trust.low_per_month is None
        else [money(trust.low_per_month), money(trust.high_per_month)],
        "level": _LEVEL,
        "drawn": trust.blocks,
        "weeks": list(trust.weeks),
        "missing_share": {what: round(share, 4) for what, share in (trust.gaps or {}).items()},
    }
