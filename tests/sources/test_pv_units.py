"""Units of power and energy from names and texts, and means by quarter."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hems.domain.series import Slot
from hems.sources.power import by_quarters, unit_of_key, unit_of_text
from hems.sources.power_keys import percentile

START = datetime(2026, 6, 1, 10, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("key", "unit"),
    [
        *(("power_w", "W"), ("watts", "W"), ("pvPowerW", "W"), ("solar_power_watts", "W"), ("power_kW", "kW")),
        *(("powerKw", "kW"), ("pvPowerkW", "kW"), ("pv_estimate", "kW"), ("pv_estimate10", "kW"), ("kw", "kW")),
        *(("wh_period_15m", "Wh"), ("wh_hours", "Wh"), ("watt_hours_period", "Wh"), ("wattHours", "Wh")),
        *(
            ("energy_wh", "Wh"),
            ("energy_kwh", "kWh"),
            ("powerKWh", "kWh"),
            ("kWh", "kWh"),
            ("solar_yield_forecast", "Wh"),
        ),
        *(("power", None), ("energy", None), ("value", None), ("forecast", None), ("growth", None), ("window", None)),
    ],
)
def test_the_unit_in_a_name(key: str, unit: str | None) -> None:
    found = unit_of_key(key)
    assert (found.name if found is not None else None) == unit


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        *(("W", "W"), ("kW", "kW"), ("MW", "MW"), ("Wh", "Wh"), ("KWH", "kWh"), ("kilowatt hours", "kWh")),
        *(("mW", None), ("%", None), ("EUR/kWh", None), ("", None), (None, None), (1, None)),
    ],
)
def test_the_unit_of_a_text(text: object, unit: str | None) -> None:
    found = unit_of_text(text)
    assert (found.name if found is not None else None) == unit


@pytest.mark.parametrize(
    ("name", "side"),
    [
        *(("pv_estimate10", "low"), ("wh_period_p10", "low"), ("power_low", "low"), ("pv_estimate90", "high")),
        *(("upper", "high"), ("power_flow", None), ("pv_estimate", None), ("wh_period_15m", None), ("", None)),
    ],
)
def test_the_percentile_in_a_name(name: str, side: str | None) -> None:
    assert percentile(name) == side


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 100), st.floats(0, 10)), max_size=20))
def test_means_by_quarter_keep_the_energy_of_what_is_known(parts: list[tuple[int, int, float]]) -> None:
    slots, at = [], START
    for gap, length, kw in parts:
        begin = at + timedelta(minutes=gap)
        at = begin + timedelta(minutes=length)
        slots.append(Slot(begin, at, kw))
    quarters = by_quarters(slots)
    for one in quarters:
        known = [(max(one.begin, slot.begin), min(one.end, slot.end), slot.value) for slot in slots]
        spans = [(end - begin, value) for begin, end, value in known if end > begin]
        total = sum((length for length, _ in spans), timedelta())
        assert total >= 0.8 * (one.end - one.begin)
        assert one.value == pytest.approx(sum(length / total * value for length, value in spans))
    for slot in slots:
        assert any(one.begin <= slot.begin < one.end for one in quarters)
