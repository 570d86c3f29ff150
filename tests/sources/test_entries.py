"""The shared rule for lists: times in all their forms, lengths of slots, holes, envelopes."""

from datetime import date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hems.domain.faults import Refused
from hems.domain.series import Slot
from hems.sources.entries import parallel_rows, passed_words, read_entries, read_number, value_at
from hems.sources.envelope import lists_of, places
from hems.sources.slots import filled, holes, slots_of
from hems.sources.times import read_clock, read_day, read_length, read_stamp

UTC = timezone.utc
BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-28T12:00:00Z", "2026-03-28 12:00:00+00:00", "2026-03-28T13:00:00+0100", "2026-03-28T13:00+01:00",
        "2026-03-28T13:00:00.000+01:00", "2026-03-28T12:00:00.0000000Z", "2026-03-28 23:00:00+1100", "20260328T1300",
        "2026-03-28 13:00:00", 1774699200, 1774699200000, "1774699200", 1774699200.0, datetime(2026, 3, 28, 12, tzinfo=UTC),
    ],
)  # fmt: skip
def test_every_way_to_write_a_time(text: Any) -> None:
    stamp = read_stamp(text, BERLIN)
    assert stamp is not None and stamp.at == NOON


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2026-13-01T00:00:00Z", "2026-03-28", None, True, 12, float("nan"), 1e300, 10**400, "9" * 80, [], {}],
)
def test_what_is_no_time(text: Any) -> None:
    assert read_stamp(text, BERLIN) is None


def test_local_times_of_the_clock_changes() -> None:
    assert read_stamp("2026-03-29T02:30:00", BERLIN) is None
    autumn = read_stamp("2026-10-25T02:30:00", BERLIN)
    assert autumn is not None and autumn.naive and autumn.twice
    assert autumn.at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_the_hour_that_comes_twice_is_read_twice() -> None:
    rows = [
        {"time": f"2026-10-25 {hour:02d}:00:00", "price": value} for hour, value in ((1, 1), (2, 2), (2, 3), (3, 4))
    ]
    found = read_entries(rows, ("price",), BERLIN)
    assert found.naive
    begins = [one.begin.hour for one in found.timed]
    assert begins == [23, 0, 1, 2]


@pytest.mark.parametrize(
    ("value", "minutes"),
    [(13, 780), ("13:15", 795), ("13:00:00", 780), ("13-14", 780), ("13:00 - 14:00", 780), ("00h", 0), (24, 1440)],
)
def test_times_of_day(value: Any, minutes: int) -> None:
    assert read_clock(value) == timedelta(minutes=minutes)


def test_what_is_no_time_of_day_no_day_and_no_length() -> None:
    assert [read_clock(value) for value in (25, True, "25:00", "12:61", "noon", None, 1.5)] == [None] * 7
    assert read_day("2026-03-28") == date(2026, 3, 28)
    assert [read_day(value) for value in ("2026-03-28T00:00", "2026-02-30", 5)] == [None] * 3
    lengths = [read_length(value) for value in (30, "30", "PT30M", "00:30:00", "PT1H", "30 min", {"minutes": 30})]
    assert [length / timedelta(minutes=1) if length else None for length in lengths] == [30, 30, 30, 30, 60, 30, 30]
    assert [read_length(value) for value in (0, -5, True, "x", None, 1e300, "PT")] == [None] * 7


@pytest.mark.parametrize(
    ("value", "number"),
    [(0.2, 0.2), ("0.2", 0.2), (" -0,25 ", -0.25), ("1e-3", 0.001), (0, 0), (7, 7)],
)
def test_numbers(value: Any, number: float) -> None:
    assert read_number(value) == number


@pytest.mark.parametrize(
    "value", [None, True, False, "nan", "inf", float("nan"), float("inf"), "unknown", "1_000", "", [], 10**400]
)
def test_what_is_no_number(value: Any) -> None:
    assert read_number(value) is None


def slots(*begins_minutes: int, ends: dict[int, int] | None = None, duration: bool = False) -> list[tuple[int, int]]:
    """Begin and end in minutes after noon of the slots of entries with such begins."""
    rows = []
    for minute in begins_minutes:
        row: dict[str, Any] = {"start": (NOON + timedelta(minutes=minute)).isoformat(), "price": 1.0}
        if ends and minute in ends:
            value: Any = ends[minute] if duration else (NOON + timedelta(minutes=ends[minute])).isoformat()
            row["duration" if duration else "end"] = value
        rows.append(row)
    return minutes_of(slots_of(read_entries(rows, ("price",), UTC).timed))


def minutes_of(found: tuple[Slot, ...]) -> list[tuple[int, int]]:
    minute = timedelta(minutes=1)
    return [((one.begin - NOON) // minute, (one.end - NOON) // minute) for one in found]


def test_lengths_come_from_the_next_begin_and_a_hole_stays_one() -> None:
    assert slots(0, 60, 120, 300) == [(0, 60), (60, 120), (120, 180), (300, 360)]
    assert slots(0, 15, 30, 1680, 1695) == [(0, 15), (15, 30), (30, 45), (1680, 1695), (1695, 1710)]


def test_mixed_steps_without_ends() -> None:
    assert slots(0, 5, 10, 15, 45, 75) == [(0, 5), (5, 10), (10, 15), (15, 45), (45, 75), (75, 105)]
    assert slots(0, 5, 10, 15, 20, 25, 30, 60, 90)[-3:] == [(30, 60), (60, 90), (90, 120)]


def test_a_lone_entry_is_taken_as_an_hour() -> None:
    assert slots(0) == [(0, 60)]


def test_own_ends_hold_and_an_end_before_its_start_does_not() -> None:
    assert slots(0, 60, 600, ends={0: 60, 60: 300, 600: 590}) == [(0, 60), (60, 300), (600, 660)]


def test_ends_that_are_the_last_minute_meet_the_next_begin() -> None:
    assert slots(0, 60, ends={0: 59, 60: 119}) == [(0, 60), (60, 119)]


def test_durations_are_minutes_unless_most_do_not_fit() -> None:
    assert slots(0, 5, 35, ends={0: 5, 5: 30, 35: 30}, duration=True) == [(0, 5), (5, 35), (35, 65)]
    assert slots(0, 15, 30, ends={0: 900, 15: 900, 30: 900}, duration=True) == [(0, 15), (15, 30), (30, 45)]


def test_the_finer_cuts_the_coarser() -> None:
    assert slots(0, 15, 60, ends={0: 60, 15: 30, 60: 120}) == [(0, 15), (15, 30), (30, 60), (60, 120)]


def test_starts_of_one_second_past_and_ends_of_59_seconds() -> None:
    rows = [
        {"start_time": "2026-03-28T12:00:01+00:00", "end_time": "2026-03-28T12:04:59+00:00", "per_kwh": 1},
        {"start_time": "2026-03-28T12:05:01+00:00", "end_time": "2026-03-28T12:10:00+00:00", "per_kwh": 2},
    ]
    assert minutes_of(slots_of(read_entries(rows, ("per_kwh",), UTC).timed)) == [(0, 5), (5, 10)]


def test_the_later_of_two_with_the_same_start_holds() -> None:
    rows = [{"start": NOON.isoformat(), "price": 1}, {"start": "2026-03-28T13:00:00+01:00", "price": 2}]
    assert [slot.value for slot in slots_of(read_entries(rows, ("price",), UTC).timed)] == [2]


def test_mappings_pairs_and_lists_side_by_side() -> None:
    by_time = {"2026-03-28T12:00:00Z": 1, "2026-03-28T13:00:00Z": {"price": 2}}
    assert [one.value for one in read_entries(by_time, ("price", "value"), UTC).timed] == [1, 2]
    pairs = [[1774699200000, 1], [1774702800000, 2]]
    assert minutes_of(slots_of(read_entries(pairs, ("value",), UTC).timed)) == [(0, 60), (60, 120)]
    holder = {"unix_seconds": [1774699200, 1774702800], "price": [5, 6]}
    rows = parallel_rows(holder, holder["price"])
    assert [one.value for one in read_entries(rows, ("value",), UTC).timed] == [5, 6]
    assert parallel_rows(holder, holder["unix_seconds"]) == []


def test_what_is_passed_over_is_said_once_with_the_earliest() -> None:
    rows = [
        {"start": "2026-03-28T14:00:00Z", "price": "no"},
        {"start": "2026-03-28T13:00:00Z", "price": None},
        {"message": "x"},
    ]
    found = read_entries(rows, ("price",), UTC)
    assert not found.timed and len(found.passed) == 3
    (words,) = passed_words("prices", found.passed[:2], "price")
    assert words.startswith("prices: 2 entries hold no price") and "13:00" in words
    assert passed_words("prices", (), "price") == []


def test_an_end_and_a_period_give_the_start() -> None:
    rows = [{"period_end": "2026-03-28T12:30:00.0000000Z", "period": "PT30M", "pv_estimate": 1}]
    assert minutes_of(slots_of(read_entries(rows, ("pv_estimate",), UTC).timed)) == [(0, 30)]


def test_hours_counted_by_their_ends() -> None:
    rows = [{"date": "2026-03-28", "hour": hour, "price": hour} for hour in range(1, 25)]
    found = read_entries(rows, ("price",), UTC)
    assert [one.begin.hour for one in found.timed] == list(range(24))


def test_a_value_below_other_keys() -> None:
    entry = {"price": {"amount": 3}, "a.b": 4, "rates": [{"x": 5}]}
    assert [value_at(entry, key) for key in ("price.amount", "a.b", "rates.x", "price.none", "rates.x.y")] == [
        3,
        4,
        5,
        None,
        None,
    ]


def test_filling_takes_only_what_is_free() -> None:
    hour = timedelta(hours=1)
    known = (Slot(NOON, NOON + hour, 1), Slot(NOON + 2 * hour, NOON + 3 * hour, 1))
    assert holes(known) == [(NOON + hour, NOON + 2 * hour)]
    more = filled(known, (Slot(NOON - hour, NOON + 4 * hour, 9),))
    assert minutes_of(more) == [(-60, 0), (0, 60), (60, 120), (120, 180), (180, 240)]
    assert [slot.value for slot in more] == [9, 1, 9, 1, 9]


STATE = {"entity_id": "sensor.a", "state": "1", "attributes": {"prices": [{"start": "x"}]}}
ANSWER = {"FI": [{"start": "x"}]}


@pytest.mark.parametrize(
    ("document", "where"),
    [
        (STATE, "sensor.a"), ([STATE, STATE], "sensor.a"), ({"sensor.a": STATE}, "sensor.a"), ([[STATE]], "sensor.a"),
        (ANSWER, "the response"), ({"response": ANSWER}, "the response"), ({"service_response": ANSWER}, "the response"),
        ({"changed_states": [], "service_response": ANSWER}, "the response"), ({"result": {"response": ANSWER}}, "the response"),
        ({"id": 3, "type": "result", "success": True, "result": {"context": {}, "response": ANSWER}}, "the response"),
        ({"id": 3, "type": "result", "success": True, "result": ANSWER}, "the response"), ([ANSWER, ANSWER], "the response"),
        ({"event_type": "rates", "data": {"rates": []}}, "the event rates"),
        ({"id": 3, "type": "event", "event": {"event_type": "rates", "data": {"rates": []}}}, "the event rates"),
        ({"event_type": "state_changed", "data": {"entity_id": "sensor.a", "new_state": STATE}}, "sensor.a"),
        ([{"start": "x", "price": 1}], "the list"), ([], "the list"), ({"entity_id": "sensor.a", "state": "unknown"}, "sensor.a"),
    ],
)  # fmt: skip
def test_every_wrapping(document: Any, where: str) -> None:
    assert {place.where for place in places(document)} == {where}


@pytest.mark.parametrize("document", [None, 5, "text", True, {"success": False, "error": {"message": "no data"}}])
def test_what_holds_nothing_is_refused(document: Any) -> None:
    with pytest.raises(Refused) as refused:
        places(document)
    words = refused.value.faults[0]
    assert "no data" in words if isinstance(document, dict) else repr(document) in words


def test_lists_are_found_below_homes_and_areas() -> None:
    (place,) = places(
        {"data": {"homes": [{"name": "cabin", "info": {"today": [{"total": 1}]}}]}, "prices": {"flat": [{"price": 2}]}}
    )
    assert {".".join(listed.path) for listed in lists_of(place)} >= {"data.homes.cabin.info.today", "prices.flat"}
    today = next(listed for listed in lists_of(place) if listed.name == "today")
    assert today.where == "data.homes.cabin.info.today of the response"
    assert today.holders[-1] is place.content and "today" in today.holders[0]
