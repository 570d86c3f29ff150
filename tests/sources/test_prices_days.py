"""Prices and the calendar: both clock changes, lists by index and by hour, tomorrow missing in all its looks, stale lists."""

from datetime import date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hems.domain.faults import Refused
from hems.sources.parsed import Parsed
from hems.sources.prices import parse_prices

UTC = timezone.utc
MADRID = ZoneInfo("Europe/Madrid")
HELSINKI = ZoneInfo("Europe/Helsinki")
HOUR = timedelta(hours=1)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def noon(day: date, zone: ZoneInfo = MADRID) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=zone).astimezone(UTC)


def begin_of(day: date, zone: ZoneInfo = MADRID) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def read(attributes: dict[str, Any], now: datetime, zone: ZoneInfo = MADRID) -> Parsed:
    document = {
        "entity_id": "sensor.x_price",
        "state": "1",
        "attributes": {"unit_of_measurement": "EUR/kWh", **attributes},
    }
    return parse_prices(document, now=now, zone=zone)


def timed(begin: datetime, count: int, minutes: int = 60, zone: ZoneInfo = MADRID) -> list[dict[str, Any]]:
    step = timedelta(minutes=minutes)
    return [{"start": (begin + k * step).astimezone(zone).isoformat(), "value": k / 1000} for k in range(count)]


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 27), 24), (SPRING, 23), (AUTUMN, 25), (date(2028, 2, 29), 24)]
)
@pytest.mark.parametrize("minutes", [60, 30, 15])
def test_numbers_of_a_day_are_laid_on_the_local_day(day: date, hours: int, minutes: int) -> None:
    count = hours * 60 // minutes
    parsed = read({"today": [k / 1000 for k in range(count)], "tomorrow": []}, noon(day))
    assert len(parsed.slots) == count
    assert parsed.slots[0].begin == begin_of(day) and parsed.slots[-1].end == begin_of(day + timedelta(days=1))
    assert [slot.value for slot in parsed.slots] == [k / 1000 for k in range(count)]
    assert not any("do not fit" in words for words in parsed.problems)


@pytest.mark.parametrize(("day", "count"), [(SPRING, 24), (AUTUMN, 24), (date(2026, 3, 27), 23), (SPRING, 96)])
def test_a_count_that_does_not_fit_the_day_is_said(day: date, count: int) -> None:
    parsed = read({"today": [0.1] * count}, noon(day))
    assert any(f"{count} prices do not fit a day of" in words for words in parsed.problems)
    assert parsed.slots[0].begin == begin_of(day)
    assert parsed.slots[-1].end <= begin_of(day + timedelta(days=1))


def test_numbers_that_fit_no_step_are_refused() -> None:
    with pytest.raises(Refused, match=r"today of sensor\.x_price"):
        read({"today": [0.1] * 37}, noon(SPRING))


def test_a_null_among_a_days_numbers_is_a_hole() -> None:
    parsed = read({"today": [0.1, None, *[0.2] * 22]}, noon(date(2026, 3, 27)))
    assert len(parsed.slots) == 23
    assert any("nothing is known from" in words for words in parsed.problems)


def test_numbers_give_way_to_the_list_with_times() -> None:
    day = date(2026, 3, 27)
    parsed = read({"today": [9.0] * 24, "raw_today": timed(begin_of(day), 24)}, noon(day))
    assert max(slot.value for slot in parsed.slots) < 1
    assert not any("another series" in words for words in parsed.problems)


@pytest.mark.parametrize(("day", "count"), [(SPRING, 92), (AUTUMN, 100)])
def test_quarters_with_times_of_both_clock_changes(day: date, count: int) -> None:
    parsed = read({"raw_today": timed(begin_of(day, HELSINKI), count, 15, HELSINKI)}, noon(day, HELSINKI), HELSINKI)
    assert len(parsed.slots) == count
    assert all(slot.end - slot.begin == timedelta(minutes=15) for slot in parsed.slots)
    assert parsed.slots[-1].end == begin_of(day + timedelta(days=1), HELSINKI)


def pvpc(day_prices: dict[str, float], **more: Any) -> dict[str, Any]:
    return {**day_prices, "price_position": 3, "max_price": 9.9, "next_best_at": [1, 2], **more}


def test_pvpc_of_a_common_day_and_of_the_next() -> None:
    hours = {f"price_{k:02d}h": k / 1000 for k in range(24)} | {
        f"price_next_day_{k:02d}h": (24 + k) / 1000 for k in range(24)
    }
    parsed = read(pvpc(hours), noon(date(2026, 3, 25)))
    assert [slot.value for slot in parsed.slots] == [k / 1000 for k in range(48)]
    assert parsed.slots[0].begin == begin_of(date(2026, 3, 25))


def test_pvpc_before_the_evening_has_no_next_day() -> None:
    parsed = read(pvpc({f"price_{k:02d}h": 0.1 for k in range(24)}), noon(date(2026, 3, 25)))
    assert len(parsed.slots) == 24
    assert any("no prices for tomorrow (2026-03-26) yet" in words for words in parsed.problems)


def test_pvpc_in_spring_has_23_hours() -> None:
    hours = {f"price_{k:02d}h": k / 1000 for k in range(24) if k != 2}
    parsed = read(pvpc(hours), noon(SPRING))
    assert len(parsed.slots) == 23
    assert parsed.slots[2].begin - parsed.slots[0].begin == 2 * HOUR and parsed.slots[2].value == 0.003
    assert not any("nothing is known" in words or "passed over" in words for words in parsed.problems)


def test_pvpc_in_autumn_has_25_hours() -> None:
    hours = {f"price_{k:02d}h": k / 1000 for k in range(24)} | {"price_02h_d": 0.0025}
    parsed = read(pvpc(hours), noon(AUTUMN))
    assert [slot.value for slot in parsed.slots[1:5]] == [0.001, 0.002, 0.0025, 0.003]
    assert len(parsed.slots) == 25
    assert parsed.slots[-1].end == begin_of(AUTUMN + timedelta(days=1))


def test_pvpc_tomorrow_is_the_spring_day() -> None:
    hours = {f"price_{k:02d}h": 0.1 for k in range(24)} | {f"price_next_day_{k:02d}h": 0.2 for k in range(24) if k != 2}
    assert len(read(pvpc(hours), noon(SPRING - timedelta(days=1))).slots) == 47


def test_hours_of_another_zone_are_those_of_that_zone() -> None:
    hours = {f"price_{k:02d}h": 0.1 for k in range(24)}
    parsed = read(pvpc(hours), noon(date(2026, 3, 25)), ZoneInfo("Atlantic/Canary"))
    assert parsed.slots[0].begin == datetime(2026, 3, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    "tomorrow",
    [
        {"raw_tomorrow": []},
        {"raw_tomorrow": None},
        {},
        {"raw_tomorrow": [{"message": "No prices for tomorrow."}]},
        {"raw_tomorrow": "unknown"},
        {"raw_tomorrow": [{"start": None, "value": None}] * 24},
        {"raw_tomorrow": [], "tomorrow_valid": True},
    ],
)
def test_tomorrow_is_missing(tomorrow: dict[str, Any]) -> None:
    day = date(2026, 3, 27)
    parsed = read({"raw_today": timed(begin_of(day), 24), **tomorrow}, noon(day))
    assert len(parsed.slots) == 24
    assert any(
        "no prices for tomorrow (2026-03-28) yet: they end 2026-03-27T23:00Z" in words for words in parsed.problems
    )


def test_of_tomorrow_only_what_the_markets_day_reaches_over() -> None:
    day = date(2026, 3, 27)
    sensor = {
        "prices_today": timed(begin_of(day, HELSINKI), 24, zone=HELSINKI),
        "prices_tomorrow": timed(begin_of(day + timedelta(days=1), HELSINKI), 1, zone=HELSINKI),
    }
    parsed = read(sensor, noon(day, HELSINKI), HELSINKI)
    assert len(parsed.slots) == 25
    assert any("only 1 h of tomorrow (2026-03-28)" in words for words in parsed.problems)


def test_flags_are_not_believed() -> None:
    day = date(2026, 3, 27)
    sensor = {
        "raw_today": timed(begin_of(day), 24),
        "raw_tomorrow": timed(begin_of(day + timedelta(days=1)), 24),
        "tomorrow_valid": False,
    }
    parsed = read(sensor, noon(day))
    assert len(parsed.slots) == 48
    assert not any("no prices for tomorrow" in words for words in parsed.problems)


def test_yesterdays_list_that_still_stands_as_todays() -> None:
    day = date(2026, 3, 27)
    sensor = {"raw_today": timed(begin_of(day), 24), "raw_tomorrow": timed(begin_of(day + timedelta(days=1)), 24)}
    parsed = read(sensor, noon(day + timedelta(days=1)))
    assert len(parsed.slots) == 48
    assert any("no prices for tomorrow (2026-03-29) yet" in words for words in parsed.problems)
    late = read(sensor, noon(day + timedelta(days=3)))
    assert len(late.slots) == 48
    assert late.problems == (
        "all prices are in the past: the last ended 2026-03-28T23:00Z, and it is 2026-03-30T10:00Z",
    )


def test_no_price_for_now() -> None:
    day = date(2026, 3, 27)
    parsed = read({"raw_tomorrow": timed(begin_of(day + timedelta(days=1)), 24)}, noon(day))
    assert any(
        "there is no price for now (2026-03-27T11:00Z); the next begins 2026-03-27T23:00Z" in one
        for one in parsed.problems
    )


def test_holes_are_said_and_stay() -> None:
    day = date(2026, 3, 27)
    entries = timed(begin_of(day), 24)
    parsed = read({"raw_today": entries[:5] + entries[8:12] + entries[14:]}, noon(day))
    assert len(parsed.slots) == 19
    assert any("from 2026-03-27T04:00Z until 2026-03-27T07:00Z" in words for words in parsed.problems)
    assert any("from 2026-03-27T11:00Z until 2026-03-27T13:00Z" in words for words in parsed.problems)


def test_times_without_an_offset_are_the_homes_and_it_is_said() -> None:
    entries = [{"start": f"2026-10-25 {hour:02d}:00:00", "value": hour} for hour in (0, 1, 2, 2, 3)]
    parsed = read({"prices": entries}, noon(AUTUMN))
    assert [slot.end - slot.begin for slot in parsed.slots] == [HOUR] * 5
    assert parsed.slots[0].begin == begin_of(AUTUMN)
    assert any("no offset and are read as Europe/Madrid" in words for words in parsed.problems)


def test_quarters_and_hours_of_the_same_day() -> None:
    """A list by the hour beside one by the quarter: the finer holds where both are known."""
    day = date(2026, 3, 27)
    quarters = timed(begin_of(day), 8, 15)
    hours = [
        {**one, "end": (begin_of(day) + (k + 1) * HOUR).isoformat(), "value": 0.5}
        for k, one in enumerate(timed(begin_of(day), 4))
    ]
    for entry, k in zip(quarters, range(8), strict=True):
        entry["end"] = (begin_of(day) + (k + 1) * timedelta(minutes=15)).isoformat()
    parsed = read({"prices": hours + quarters}, noon(day))
    assert [(slot.end - slot.begin) // timedelta(minutes=1) for slot in parsed.slots] == [15] * 8 + [60] * 2
    assert {slot.value for slot in parsed.slots[8:]} == {0.5}
