"""How far a backtest can be trusted: the interval, what so many days can tell, and what is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import numpy as np
import pytest

from closed_loop.made_up import made_up
from hems.closed_loop.results import Results
from hems.closed_loop.series import Gap
from hems.closed_loop.trust import DAYS_A_MONTH, trust_of, trust_to_dict, trust_words


def saving(days: int, each: Callable[[int], float], first: date = date(2021, 6, 7)) -> Results:
    """Self-consumption costs 10 a day; HEMS so much less on day n."""
    results = made_up(first=first, days=days, only=("self_consumption", "hems"))
    before, hems = results.outcomes["self_consumption"], results.outcomes["hems"]
    dates = [day.date for day in before.days]
    cheaper = [each(n) for n in range(days)]
    before = replace(before, bill=10.0 * days, days=tuple(replace(day, bill=10.0) for day in before.days), wear=0.0)
    hems = replace(
        hems,
        bill=10.0 * days - sum(cheaper),
        wear=0.0,
        days=tuple(replace(day, date=at, bill=10 - c) for at, day, c in zip(dates, hems.days, cheaper, strict=True)),
    )
    return replace(results, outcomes={"self_consumption": before, "hems": hems})


def test_the_same_saving_every_day_is_sure() -> None:
    trust = trust_of(saving(14, lambda n: 0.5), ())
    assert trust.blocks == "days" and trust.weeks == (3.5, 3.5)
    for value in (trust.per_month, trust.low_per_month, trust.high_per_month):
        assert value == pytest.approx(0.5 * DAYS_A_MONTH)


def test_the_interval_holds_the_truth_nine_times_of_ten() -> None:
    """Two hundred homes of 20 days each, whose savings are drawn from what has a mean of 1 a day."""
    draws = np.random.default_rng(5).exponential(1.0, (200, 20))
    hits = 0
    for number, home in enumerate(draws):
        trust = trust_of(saving(20, home.__getitem__), (), seed=number)
        assert trust.low_per_month is not None and trust.high_per_month is not None
        hits += trust.low_per_month <= DAYS_A_MONTH <= trust.high_per_month
    assert 160 <= hits <= 195


def test_whole_weeks_are_drawn_where_there_are_eight() -> None:
    """Days that vary much and weeks that vary little: weeks know it."""
    varied = saving(60, lambda n: 7.0 if n % 7 == 0 else 0.0)
    trust = trust_of(varied, ())
    assert trust.blocks == "weeks" and len(trust.weeks) == 8 and set(trust.weeks) == {7.0}
    assert trust.low_per_month == pytest.approx(trust.high_per_month)
    assert trust_of(saving(55, lambda n: 7.0 if n % 7 == 0 else 0.0), ()).blocks == "days"


def test_what_is_stored_at_the_end_and_wear_count() -> None:
    results = saving(10, lambda n: 1.0)
    hems = results.outcomes["hems"]
    stored = replace(results, outcomes=results.outcomes | {"hems": replace(hems, bill=hems.bill + 3, wear=2.0)})
    assert trust_of(stored, ()).per_month == pytest.approx(0.5 * DAYS_A_MONTH)


def test_the_same_seed_says_the_same() -> None:
    results = saving(20, lambda n: n % 5)
    assert trust_of(results, (), 3) == trust_of(results, (), 3) != trust_of(results, (), 4)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (
            1,
            "1 day is less than a week, too few to tell a month: 15.22 EUR a month, and there is no saying how far off",
        ),
        (6, "6 days are less than a week, too few to tell a month: 15 to 15 EUR a month"),
        (9, "9 days are too few to tell a year: 15 to 15 EUR a month (15.22 EUR a month in the mean; 9 times in 10"),
        (90, "90 days (June to September) tell nothing of the other months of a year: 15 to 15"),
        (365, "365 days are a year, and other years have other weather and prices: 15 to 15"),
    ],
)
def test_what_so_many_days_can_tell(days: int, words: str) -> None:
    results = saving(days, lambda n: 0.5)
    assert trust_words(trust_of(results, ()), results)[0].startswith(words)


def test_days_are_counted_on_the_calendar_over_the_clock_change() -> None:
    results = saving(2, lambda n: 0.5, first=date(2021, 3, 27))
    assert trust_of(results, ()).days == 2


def test_holes_are_shares_of_the_period_and_only_of_it() -> None:
    results = saving(10, lambda n: 0.5)
    begin = results.period[0].astimezone(timezone.utc)
    day = timedelta(days=1)
    gaps = [
        Gap("baseline load", begin - day, begin + day / 2, "filled"),
        Gap("baseline load", begin + 3 * day, begin + 3.5 * day, "filled"),
        Gap("PV roof", begin + 9 * day, begin + 30 * day, "filled"),
        Gap("spot price", begin - day, begin, "filled"),
        Gap("PV carport", begin, begin + timedelta(minutes=5), "filled"),
    ]
    trust = trust_of(results, gaps)
    assert trust.gaps == pytest.approx({"PV carport": 1 / 2880, "PV roof": 0.1, "baseline load": 0.1})
    assert trust_words(trust, results)[-1] == (
        "Missing and filled from other days: 10 % of the PV roof, 10 % of the baseline load; the less, the better."
    )


def test_weeks_are_told_where_there_are_two() -> None:
    results = saving(15, lambda n: 1.0 if n < 7 else 0.25)
    assert trust_words(trust_of(results, ()), results)[1] == "From week to week the saving went from 1.75 to 7.00 EUR."


def test_without_hems_there_is_no_saving_to_trust() -> None:
    results = made_up(days=9, only=("self_consumption", "rules"))
    trust = trust_of(results, ())
    assert trust.per_month is None and trust_words(trust, results) == ["9 days are too few to tell a year."]
    assert trust_to_dict(trust)["saving_per_month"] is None


def test_as_a_document() -> None:
    results = saving(14, lambda n: n % 2)
    found = trust_to_dict(trust_of(results, (Gap("x", *moments(results), "y"),)))
    low, high = found["interval_per_month"]  # type: ignore[misc]
    assert found["saving_per_month"] == pytest.approx(0.5 * DAYS_A_MONTH, abs=1e-4)
    assert low < 0.5 * DAYS_A_MONTH < high
    assert found["missing_share"] == {"x": 1.0} and found["drawn"] == "days" and found["level"] == 0.9


def moments(results: Results) -> tuple[datetime, datetime]:
    return results.period
