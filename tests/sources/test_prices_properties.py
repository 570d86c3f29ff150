"""What holds for every document: only Refused is raised, slots are in order and apart, and the order of entries is no matter."""

import json
import random
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from hems.domain.faults import Refused
from hems.sources.parsed import Parsed
from hems.sources.prices import parse_prices

NOW = datetime(2026, 3, 28, 11, 7, tzinfo=timezone.utc)
ZONE = ZoneInfo("Europe/Helsinki")
NAMES = [
    "raw_today", "raw_tomorrow", "today", "tomorrow", "prices", "rates", "forecast", "data", "attributes", "response", "result",
    "success", "event_type", "service_response", "entity_id", "state", "unit_of_measurement", "currency", "unit", "start", "end",
    "value", "price", "total", "startsAt", "time", "duration", "hour", "date", "price_00h", "price_02h_d", "price_next_day_05h",
    "value_inc_vat", "per_kwh", "price_per_kwh", "electricity_price", "tariff_group", "amount", "FI", "unix_seconds", "use_cent",
]  # fmt: skip
WORDS = [
    "EUR/kWh", "c/kWh", "kWh", "EUR", "SEK/MWh", "2026-03-28T12:00:00+02:00", "2026-03-29 03:30:00", "2026-10-25T03:00:00",
    "2026-03-28T12:00:00.0000000Z", "12:00", "0.12", "nan", "unknown", "", "PT30M", "sensor.price_eur", "2199-12-31T23:59:59Z",
]  # fmt: skip
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from([0, 13, 24, 1774650000, 1774650000000, 0.25, -3])
    | st.sampled_from(WORDS)
    | st.text(max_size=8)
)
keys = st.sampled_from(NAMES) | st.sampled_from(WORDS) | st.text(max_size=4)
documents = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=26) | st.dictionaries(keys, inner, max_size=8), max_leaves=60
)


def entry_of(minutes: int, length: int, value: Any, form: int) -> dict[str, Any]:
    start = datetime(2026, 3, 28, tzinfo=timezone.utc) + timedelta(minutes=minutes)
    entry: dict[str, Any] = {"start": start.isoformat(), "value": value}
    if form == 1:
        entry["end"] = (start + timedelta(minutes=length)).isoformat()
    if form == 2:
        entry["duration"] = length
    return entry


entries = st.lists(
    st.builds(
        entry_of,
        st.integers(-600, 3000),
        st.sampled_from([5, 15, 30, 60, 90]),
        st.none() | st.floats(-5, 5) | st.just("0.2") | st.just("no"),
        st.integers(0, 2),
    ),
    max_size=30,
    unique_by=lambda entry: entry["start"],
)


def state(found: list[Any]) -> dict[str, Any]:
    return {"entity_id": "sensor.p", "state": "1", "attributes": {"prices": found, "unit_of_measurement": "EUR/kWh"}}


def orderly(parsed: Parsed) -> None:
    assert parsed.slots
    assert all(slot.end > slot.begin and slot.begin.utcoffset() == timedelta() for slot in parsed.slots)
    assert all(before.end <= after.begin for before, after in pairwise(parsed.slots))
    assert all(round(slot.value, 9) == slot.value and abs(slot.value) <= 1e6 for slot in parsed.slots)


@settings(max_examples=300)
@given(documents)
def test_any_document_is_read_or_refused(document: Any) -> None:
    try:
        orderly(parse_prices(document, now=NOW, zone=ZONE))
    except Refused as refused:
        assert refused.faults and all(isinstance(fault, str) and fault for fault in refused.faults)


@settings(max_examples=200)
@given(entries, st.randoms(use_true_random=False))
def test_slots_are_apart_and_the_order_of_entries_is_no_matter(found: list[Any], chance: random.Random) -> None:
    mixed = list(found)
    chance.shuffle(mixed)
    results = []
    for listed in (found, mixed):
        try:
            results.append(parse_prices(state(listed), now=NOW, zone=ZONE))
        except Refused:
            results.append(None)
    assert results[0] == results[1]
    if results[0] is not None:
        orderly(results[0])


@settings(max_examples=100)
@given(entries)
def test_json_text_and_back_changes_nothing(found: list[Any]) -> None:
    try:
        parsed = parse_prices(state(found), now=NOW, zone=ZONE)
    except Refused:
        return
    assert parse_prices(json.loads(json.dumps(state(found))), now=NOW, zone=ZONE) == parsed


def test_a_document_as_deep_as_json_allows_is_refused() -> None:
    deep: Any = []
    for _ in range(900):
        deep = [deep]
    for document in (deep, {"response": deep}, state([{"start": "2026-03-28T12:00:00Z", "price": deep}])):
        try:
            parse_prices(document, now=NOW, zone=ZONE)
        except Refused:
            continue
        raise AssertionError("nothing can be read of it")
