"""Tomorrow's prices before they are published: the suite's estimate on a year of real ones, against simpler rules.

    python benchmarks/price_tail.py [--from 2020-01-23 --until 2020-09-29]

On each day of German day-ahead prices, at 13:00 just before tomorrow's are published, today's are known and three weeks
before: the 24 hours of tomorrow, 11 to 35 hours ahead, are estimated. Prints Markdown tables: mean absolute error (MAE),
bias, how often the cheapest six hours were found, and how many prices lay between the 10th and 90th percentile. Exit
status: 0 ahead of every other rule, 1 not, 2 no data.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "apps"))

import numpy as np
from numpy.typing import NDArray
from real_series import NoData, data_folder, german_prices

from hems.config.tariff_when import Holidays
from hems.domain.horizon import Horizon
from hems.domain.series import Slot, on_horizon
from hems.forecast.price import Outlook, outlook
from hems.forecast.price_days import kind_of
from hems.planner.local_days import local_time

ZONE = ZoneInfo("Europe/Berlin")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
HISTORY_DAYS = 21
CHEAPEST = 6
OURS, OURS_PLAIN = "this suite, holidays named", "this suite"
NOBODY, GERMAN = (
    Holidays(()),
    Holidays(tuple((2020, *day) for day in ((1, 1), (4, 10), (4, 13), (5, 1), (5, 21), (6, 1)))),
)
Values = NDArray[np.float64]


def midnight(day: date) -> datetime:
    return local_time(day, time(), ZONE)


class Prices:
    """A year of prices: hour by hour, and as slots of local days."""

    def __init__(self, slots: tuple[Slot, ...]) -> None:
        self._slots, self._at = slots, {slot.begin: slot.value for slot in slots}

    def between(self, begin: date, end: date) -> tuple[Slot, ...]:
        first, last = midnight(begin), midnight(end)
        return tuple(slot for slot in self._slots if first <= slot.begin < last)

    def hours(self, day: date, back: int = 0) -> Values:
        """The prices of a local day's hours, or of the same hours ``back`` days before; NaN where one is missing."""
        begin, end = midnight(day), midnight(day + DAY)
        count = round((end - begin) / HOUR)
        return np.array([self._at.get(begin + k * HOUR - back * DAY, np.nan) for k in range(count)])


def ours(prices: Prices, today: date, is_holiday: Holidays) -> Outlook:
    """What the planner would take for tomorrow, at 13:00."""
    known, history = prices.between(today, today + DAY), prices.between(today - HISTORY_DAYS * DAY, today)
    found = outlook(known, history, midnight(today) + 13 * HOUR, midnight(today + 2 * DAY), ZONE, is_holiday)
    if found is None:
        raise NoData(f"{today}: no prices at 13:00")
    return found


def on_hours(slots: tuple[Slot, ...], day: date) -> Values:
    begin, end = midnight(day), midnight(day + DAY)
    found = on_horizon(slots, Horizon(begin, (60.0,) * round((end - begin) / HOUR)))
    return np.array([np.nan if value is None else value for value in found])


def median_of_kind(prices: Prices, day: date) -> Values:
    """The median of the last three weeks' days of the same kind, by hour of the day."""
    alike = [
        day - k * DAY for k in range(1, HISTORY_DAYS + 1) if kind_of(day - k * DAY, NOBODY) == kind_of(day, NOBODY)
    ]
    full = [hours for one in alike if len(hours := prices.hours(one)) == len(prices.hours(day))]
    return np.asarray(np.nanmedian(full, axis=0)) if full else prices.hours(day, 7)


RULES: dict[str, Callable[[Prices, date], Values]] = {
    OURS: lambda prices, day: on_hours(ours(prices, day - DAY, GERMAN).slots, day),
    OURS_PLAIN: lambda prices, day: on_hours(ours(prices, day - DAY, NOBODY).slots, day),
    "median of the same kind of day, three weeks": median_of_kind,
    "same weekday last week": lambda prices, day: prices.hours(day, 7),
    "the day before": lambda prices, day: prices.hours(day, 1),
}


def days_of(first: date, last: date) -> Iterator[date]:
    for k in range((last - first).days + 1):
        yield first + k * DAY


def found_cheapest(estimate: Values, truth: Values) -> float:
    """Share of the cheapest hours that the estimate has among its own."""
    if np.isnan(truth).any() or np.isnan(estimate).any():
        return float("nan")
    return len(set(np.argsort(estimate)[:CHEAPEST]) & set(np.argsort(truth)[:CHEAPEST])) / CHEAPEST


def table(prices: Prices, days: list[date]) -> dict[str, float]:
    """Prints the comparison; the MAE of each rule in EUR/MWh."""
    print(f"| rule | MAE EUR/MWh | bias | cheapest {CHEAPEST} hours found |\n|---|--:|--:|--:|")
    errors: dict[str, float] = {}
    for name, rule in RULES.items():
        pairs = [(rule(prices, day), prices.hours(day)) for day in days]
        apart = 1000 * np.concatenate([estimate - truth for estimate, truth in pairs])
        hit = np.nanmean([found_cheapest(estimate, truth) for estimate, truth in pairs])
        errors[name] = float(np.nanmean(np.abs(apart)))
        print(f"| {name} | {errors[name]:.2f} | {np.nanmean(apart):+.2f} | {hit:.0%} |")
    return errors


def coverage(prices: Prices, days: list[date]) -> None:
    """Prints how often the truth lay beyond the percentiles."""
    below, above, width = [], [], []
    for day in days:
        seen, truth = ours(prices, day - DAY, NOBODY), prices.hours(day)
        low, high = on_hours(seen.low, day), on_hours(seen.high, day)
        known = ~np.isnan(truth)
        below += list((truth < low)[known])
        above += list((truth > high)[known])
        width += list(1000 * (high - low)[known])
    print("\n| below the 10th percentile | above the 90th | between | mean width EUR/MWh |\n|--:|--:|--:|--:|")
    between = 1 - np.mean(below) - np.mean(above)
    print(f"| {np.mean(below):.1%} | {np.mean(above):.1%} | {between:.1%} | {np.mean(width):.1f} |")


def main() -> int:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description="Tomorrow's prices before they are published, on real ones.")
    parser.add_argument("--from", dest="first", type=date.fromisoformat, default=date(2020, 1, 24))
    parser.add_argument("--until", dest="last", type=date.fromisoformat, default=date(2020, 9, 29))
    options = parser.parse_args()
    try:
        prices = Prices(german_prices(data_folder()))
        days = list(days_of(options.first, options.last))
        print(f"German day-ahead prices, {len(days)} days from {options.first}: hours 11 to 35 after 13:00.\n")
        errors = table(prices, days)
        coverage(prices, days)
    except NoData as error:
        print(error, file=sys.stderr)
        return 2
    others = [error for name, error in errors.items() if name not in (OURS, OURS_PLAIN)]
    return 0 if errors[OURS_PLAIN] < min(others) else 1


if __name__ == "__main__":
    sys.exit(main())
