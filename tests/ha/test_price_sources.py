"""Nord Pool sensors as they really look: units, times as text or datetime, tomorrow missing or stale."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from builders.slot_value import value_at
from hems.ha.price_sources import nordpool_slots, price_scale

UTC = timezone.utc
HELSINKI = timezone(timedelta(hours=3))
MIDNIGHT = datetime(2024, 7, 13, tzinfo=HELSINKI)


def entries(
    begin: datetime, count: int, minutes: int = 60, first: float = 0.0, text: Any = str
) -> list[dict[str, Any]]:
    """A day's list; values rise by 1 an entry."""
    step = timedelta(minutes=minutes)
    return [
        {"start": text(begin + k * step), "end": text(begin + (k + 1) * step), "value": first + k} for k in range(count)
    ]


def sensor(today: Any, tomorrow: Any = (), unit: str = "c/kWh", **more: Any) -> dict[str, Any]:
    return {"unit_of_measurement": unit, "raw_today": today, "raw_tomorrow": tomorrow, **more}


@pytest.mark.parametrize(
    ("unit", "scale"),
    [
        ("EUR/kWh", 1), ("c/kWh", 0.01), ("ct/kWh", 0.01), ("öre/kWh", 0.01), ("Öre/kWh", 0.01), ("øre/kWh", 0.01),
        ("EUR/MWh", 0.001), ("SEK/kWh", 1), ("p/kWh", 0.01), ("¢/kWh", 0.01), ("c/MWh", 0.00001),
    ],
)  # fmt: skip
def test_unit_of_the_sensor_is_read(unit: str, scale: float) -> None:
    assert price_scale({"unit_of_measurement": unit}) == pytest.approx(scale)


def test_prices_in_cents_may_be_a_flag() -> None:
    assert price_scale({"unit_of_measurement": "EUR/kWh", "price_in_cents": True}) == 0.01
    assert price_scale({"unit_of_measurement": "c/kWh", "price_in_cents": True}) == 0.01


@pytest.mark.parametrize("unit", ["", "EUR", "kWh", "EUR/kW", "%", None])
def test_what_is_no_unit_of_a_price_gives_no_prices(unit: str | None) -> None:
    assert price_scale({"unit_of_measurement": unit}) is None
    assert nordpool_slots({"unit_of_measurement": unit, "raw_today": entries(MIDNIGHT, 24)}) == ()
    assert nordpool_slots({"raw_today": entries(MIDNIGHT, 24)}) == ()


@pytest.mark.parametrize("text", [str, datetime.isoformat, lambda time: time])
def test_times_are_taken_as_text_with_a_space_or_as_datetime(text: Any) -> None:
    slots = nordpool_slots(sensor(entries(MIDNIGHT, 24, text=text)))
    assert len(slots) == 24
    assert slots[0].begin == MIDNIGHT and slots[-1].end == MIDNIGHT + timedelta(days=1)
    assert slots[0].begin.tzinfo is UTC
    assert slots[5].value == pytest.approx(0.05)


def test_today_and_tomorrow_are_one_series() -> None:
    tomorrow = entries(MIDNIGHT + timedelta(days=1), 24, first=100)
    slots = nordpool_slots(sensor(entries(MIDNIGHT, 24), tomorrow))
    assert len(slots) == 48
    assert value_at(slots, MIDNIGHT + timedelta(hours=25, minutes=59)) == pytest.approx(1.01)


@pytest.mark.parametrize(
    "missing",
    [(), [], None, "", {}, [None], [{}], entries(MIDNIGHT, 0),
     [{"start": str(MIDNIGHT), "end": str(MIDNIGHT), "value": None}],
     [entry | {"value": None} for entry in entries(MIDNIGHT + timedelta(days=1), 24)],
     [entry | {"value": float("nan")} for entry in entries(MIDNIGHT + timedelta(days=1), 24)],
     [entry | {"value": float("inf")} for entry in entries(MIDNIGHT + timedelta(days=1), 24)]],
)  # fmt: skip
def test_tomorrow_that_is_missing_in_any_of_its_looks_adds_nothing(missing: Any) -> None:
    slots = nordpool_slots(sensor(entries(MIDNIGHT, 24), missing, tomorrow_valid=True))
    assert len(slots) == 24
    assert slots[-1].end == MIDNIGHT + timedelta(days=1)


def test_lists_of_yesterday_are_judged_by_their_times_alone() -> None:
    yesterday = MIDNIGHT - timedelta(days=1)
    slots = nordpool_slots(sensor(entries(yesterday, 24), entries(MIDNIGHT, 24, first=50)))
    assert value_at(slots, MIDNIGHT + timedelta(hours=1)) == pytest.approx(0.51)
    assert value_at(slots, MIDNIGHT + timedelta(hours=24)) is None


def test_tomorrow_that_repeats_today_is_not_counted_twice() -> None:
    slots = nordpool_slots(sensor(entries(MIDNIGHT, 24), entries(MIDNIGHT, 24)))
    assert len(slots) == 24


@pytest.mark.parametrize("quarters", [92, 96, 100])
def test_quarter_hours_of_every_length_of_day(quarters: int) -> None:
    slots = nordpool_slots(sensor(entries(MIDNIGHT, quarters, minutes=15), unit="SEK/kWh"))
    assert len(slots) == quarters
    assert slots[-1].value == quarters - 1


def test_length_of_an_entry_without_end_is_the_distance_to_the_next() -> None:
    without_end = [{key: value for key, value in entry.items() if key != "end"} for entry in entries(MIDNIGHT, 4, 15)]
    slots = nordpool_slots(sensor(without_end[:2] + without_end[3:]))
    assert [slot.end - slot.begin for slot in slots] == [timedelta(minutes=15)] * 3
    assert value_at(slots, MIDNIGHT + timedelta(minutes=40)) is None  # a hole is missing prices, not a long slot


@pytest.mark.parametrize("bad", ["n/a", True, None, [], {"start": "soon", "value": 1}, {"value": 1}, {"start": 7}])
def test_entry_that_is_no_price_is_passed_over(bad: Any) -> None:
    odd = bad if isinstance(bad, dict) else entries(MIDNIGHT + timedelta(hours=2), 1)[0] | {"value": bad}
    assert len(nordpool_slots(sensor([*entries(MIDNIGHT, 2), odd]))) == 2
