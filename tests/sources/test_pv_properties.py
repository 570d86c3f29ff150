"""Whatever is in a document: it is read or refused, and energy is the same in every form."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hems.domain.faults import Refused
from hems.sources.load import parse_load
from hems.sources.pv import parse_pv
from hems.sources.temperature import parse_temperature

UTC = timezone.utc
START = datetime(2026, 6, 1, tzinfo=UTC)
KEYS = [
    *("entity_id", "state", "attributes", "unit_of_measurement", "detailedForecast", "period_start", "period_end"),
    *("pv_estimate", "watts", "wh_period", "watt_hours", "watt_hours_period", "forecast", "datetime", "temperature"),
    *(
        "templow",
        "start",
        "end",
        "mean",
        "change",
        "sum",
        "last_changed",
        "value",
        "time",
        "date",
        "response",
        "result",
    ),
    *("2026-06-01T10:00:00Z", "2026-06-01T11:00:00Z", "2026-06-01T11:30:00+02:00", "statistics", "units", "timezone"),
]
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(
        ["", "unknown", "W", "kWh", "°C", "12.5", "nan", "2026-06-01T10:00:00Z", "2026-06-01", "9999-12-31", "sensor.x"]
    ),
    st.text(max_size=5),
)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)),
    max_leaves=25,
)


@pytest.mark.parametrize("parse", [parse_pv, parse_temperature, parse_load])
@given(document=DOCUMENTS)
@settings(max_examples=150)
def test_a_document_is_read_or_refused(parse: Any, document: Any) -> None:
    try:
        found = parse(document, now=START, zone=UTC)
    except Refused as refused:
        assert refused.faults
        return
    assert found.slots
    for before, after in zip(found.slots, found.slots[1:], strict=False):
        assert before.begin < before.end <= after.begin


@given(st.lists(st.integers(0, 20000), min_size=2, max_size=96), st.sampled_from([15, 30, 60]))
@settings(max_examples=60)
def test_energy_is_the_same_as_power_as_energy_and_as_a_sum_by_the_end(energies_wh: list[int], minutes: int) -> None:
    step = timedelta(minutes=minutes)
    stamps = [(START + k * step).isoformat() for k in range(len(energies_wh) + 1)]
    per_hour = 60 / minutes
    forms: list[dict[str, Any]] = [
        {"wh_period": dict(zip(stamps[:-1], energies_wh, strict=True))},
        {"watts": {stamp: wh * per_hour for stamp, wh in zip(stamps[:-1], energies_wh, strict=True)}},
        {"watt_hours_period": dict(zip(stamps[1:], energies_wh, strict=True))},
        {
            "detailedForecast": [
                {"period_start": stamp, "pv_estimate": wh * per_hour / 1000}
                for stamp, wh in zip(stamps[:-1], energies_wh, strict=True)
            ]
        },
    ]
    for form in forms:
        found = parse_pv(form, now=START, zone=UTC)
        assert [slot.begin for slot in found.slots] == [START + k * step for k in range(len(energies_wh))]
        total_kwh = sum(slot.value * ((slot.end - slot.begin) / timedelta(hours=1)) for slot in found.slots)
        assert total_kwh == pytest.approx(sum(energies_wh) / 1000)
