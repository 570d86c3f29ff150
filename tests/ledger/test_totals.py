"""Sums of days: what is known of a day, a month, a year, and how it is shown."""

from datetime import date, datetime, timedelta, timezone
from itertools import pairwise

import pytest

from hems.ledger.csv_text import csv_text
from hems.ledger.day import DAY_COLUMNS, Day
from hems.ledger.summary import notes_of, summary_of
from hems.ledger.totals import periods_of, total_of


def made_day(day: str, **values: object) -> Day:
    begin = datetime.fromisoformat(day).replace(tzinfo=timezone.utc)
    return Day(**({"day": day, "begin": begin, "final": True, "quarters": 96, "measured": 96, "compared": 96} | values))  # type: ignore[arg-type]


def test_periods_hold_their_days_and_no_others() -> None:
    days = [made_day((date(2025, 12, 30) + timedelta(days=k)).isoformat(), cost=1.0) for k in range(70)]
    found = periods_of(days, date(2026, 3, 1))
    assert (found.today.cost, found.yesterday.cost, found.month.cost, found.year.cost) == (1.0, 1.0, 1.0, 60.0)
    assert [found.begin(name).isoformat() for name in ("today", "yesterday", "month", "year")] == [
        "2026-03-01", "2026-02-28", "2026-03-01", "2026-01-01",
    ]  # fmt: skip


def test_sum_of_days_of_which_nothing_is_known_is_not_known() -> None:
    total = total_of([made_day("2026-06-01", measured=0, compared=0)])
    assert (total.cost, total.saving, total.cycles, total.carbon_kg, total.self_consumption) == (None,) * 5
    assert (total.coverage, total.partial) == (0.0, True)


def test_shares_count_grid_energy_in_a_battery_against_them() -> None:
    one = made_day("2026-06-01", house_kwh=10.0, bought_kwh=4.0, pv_kwh=8.0, sold_of_pv_kwh=2.0)
    two = made_day("2026-06-02", house_kwh=10.0, bought_kwh=14.0, pv_kwh=2.0, sold_of_pv_kwh=6.0)
    assert total_of([one]).self_sufficiency == pytest.approx(0.6)
    assert total_of([one]).self_consumption == pytest.approx(0.75)
    assert (total_of([two]).self_sufficiency, total_of([two]).self_consumption) == (0.0, 0.0)
    assert total_of([one, two]).self_sufficiency == pytest.approx(0.1)


def test_no_pv_and_no_use_have_no_share() -> None:
    total = total_of([made_day("2026-06-01", house_kwh=0.0, bought_kwh=0.0, pv_kwh=0.0, sold_of_pv_kwh=0.0)])
    assert (total.self_consumption, total.self_sufficiency) == (None, None)


def test_carbon_saved_is_of_the_days_with_both_houses() -> None:
    days = [made_day("2026-06-01", carbon_kg=3.0, baseline_carbon_kg=5.0), made_day("2026-06-02", carbon_kg=2.0)]
    assert (total_of(days).carbon_kg, total_of(days).carbon_saving_kg) == (5.0, 2.0)


def test_summary_is_plain_json_and_says_what_is_partial() -> None:
    day = made_day("2026-06-01", measured=48, cost=1.23456789)
    found = summary_of(periods_of([day], date(2026, 6, 1)), [day], [], "EUR", notes_of(day))
    assert found["today"]["cost"] == 1.2346
    assert found["today"]["partial"] is True
    assert found["today"]["begin"] == "2026-06-01"
    assert found["days"][0]["begin"] == "2026-06-01T00:00:00+00:00"
    assert "50 % of the day so far is measured" in found["notes"][0]
    assert "no saving" in found["notes"][1]
    assert notes_of(None) == ["nothing has been measured yet"]


def test_csv_leaves_what_is_not_known_empty() -> None:
    lines = csv_text([made_day("2026-06-01", cost=-0.5)], DAY_COLUMNS).splitlines()
    cells = dict(zip(lines[0].split(","), lines[1].split(","), strict=True))
    assert (cells["day"], cells["cost"], cells["saving"], cells["final"]) == ("2026-06-01", "-0.5", "", "yes")
    assert all(a != b for a, b in pairwise(sorted(lines[0].split(","))))
