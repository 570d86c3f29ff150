"""The simulation pays and plans with the same tariff: by the hour of the local clock, on the day of its change too."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from builders.past import UTC
from builders.site_block import make_site
from hems.closed_loop.price_list import PriceList
from hems.closed_loop.prices import Published, tariff_of
from hems.closed_loop.series import Series
from hems.planner.local_days import local_time
from hems.planner.tariff import Tariff

ZONE = ZoneInfo("Europe/Amsterdam")
QUARTER = timedelta(minutes=15)
SPRING = date(2026, 3, 29)
SITE = make_site(
    prices={
        "import": {"entity": "sensor.spot", "adders": [{"per_kwh": 0.1, "hours": "7:10-22"}], "vat": 0.2},
        "export": {"import_plus_per_kwh": -0.05},
    }
)


def series(days: int) -> Series:
    begin = local_time(SPRING - timedelta(days=1), time(), ZONE)
    spot = np.arange(96 * days, dtype=float) / 1000
    return Series(begin, 15.0, np.ones(96 * days), {}, spot)


def test_bills_are_reckoned_with_the_rate_of_each_quarter_hour() -> None:
    made, terms = series(3), Tariff(SITE.prices, ZONE)
    tariff = tariff_of(SITE, made, ZONE)
    for k in range(made.steps):
        at = made.time(k)
        bought = terms.at("import", at).price(made.spot_per_kwh[k])
        if at.astimezone(ZONE).time() == time(7):  # ten minutes at the old rate, five at the new one
            bought = terms.at("import", at).price(made.spot_per_kwh[k]) + 0.1 * 1.2 / 3
        assert tariff.import_price[k] == pytest.approx(bought)
        assert tariff.export_price[k] == pytest.approx(bought - 0.05)


def test_rules_know_the_prices_that_are_paid() -> None:
    made = series(2)
    known = Published(made, ZONE).slots(made.time(60))
    rules = PriceList(SITE.prices, ZONE)
    assert rules.update(known)
    tariff = tariff_of(SITE, made, ZONE)
    first = round((datetime.fromtimestamp(rules.first * 900, UTC) - made.start) / QUARTER)
    count = round((known[-1].end - made.start) / QUARTER) - first  # beyond lies what the rules assume
    assert count == 96 + 92
    assert rules.bought[:count] == pytest.approx(tariff.import_price[first : first + count].tolist())
    assert rules.sold[:count] == pytest.approx(tariff.export_price[first : first + count].tolist())


def test_history_of_prices_ends_where_the_published_ones_begin() -> None:
    made = series(3)
    published, now = Published(made, ZONE), made.time(96 + 30)
    history, known = published.history(now), published.slots(now)
    assert history[0].begin == made.start and history[-1].end == known[0].begin == made.time(96)
    assert published.history(made.time(3)) == ()


def test_tomorrow_is_published_at_one_in_the_afternoon_of_local_time() -> None:
    made = series(4)
    published = Published(made, ZONE)
    for k in range(96, 3 * 96):  # the spring day has 23 hours
        now = made.time(k)
        local = now.astimezone(ZONE)
        last = local.date() + timedelta(days=2 if local.hour >= 13 else 1)
        known = published.slots(now)
        assert known[0].begin == local_time(local.date(), time(), ZONE)
        assert known[-1].end == min(local_time(last, time(), ZONE), made.end)
        assert published.slots(now + QUARTER / 2) is known
    # Another time than the next is no trouble.
    assert published.slots(made.time(96))[0].begin == made.time(96)
