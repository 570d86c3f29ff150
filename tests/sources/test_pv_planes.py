"""Several entities of PV: days are joined, planes are summed where all are known."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from hems.domain.series import Slot
from hems.sources.parsed import Parsed
from hems.sources.pv import parse_pv

UTC = timezone.utc
START = datetime(2026, 6, 1, tzinfo=UTC)


def at(hour: float) -> datetime:
    return START + timedelta(hours=hour)


def parsed(*documents: Any) -> Parsed:
    return parse_pv(list(documents), now=START, zone=UTC)


def entity(name: str, first_hour: float, watts: list[float], minutes: int = 60) -> dict[str, Any]:
    powers = {at(first_hour + k * minutes / 60).isoformat(): value for k, value in enumerate(watts)}
    return {"entity_id": f"sensor.{name}", "state": "1", "attributes": {"watts": powers}}


def test_days_of_one_plant_are_joined() -> None:
    found = parsed(entity("today", 0, [100] * 24), entity("tomorrow", 24, [200] * 24))
    assert len(found.slots) == 48
    assert {slot.value for slot in found.slots} == {0.1, 0.2}
    assert found.problems == ()


def test_a_slot_that_two_days_share_is_not_summed() -> None:
    found = parsed(entity("today", 0, [100] * 25), entity("tomorrow", 24, [200] * 24))
    assert [slot.value for slot in found.slots[23:25]] == [0.1, 0.2]


def test_planes_are_summed_over_their_days() -> None:
    found = parsed(
        entity("east_today", 0, [100] * 24),
        entity("west_today", 0, [20] * 24),
        entity("east_tomorrow", 24, [200] * 24),
        entity("west_tomorrow", 24, [40] * 24),
    )
    assert [slot.value for slot in found.slots] == pytest.approx([0.12] * 24 + [0.24] * 24)


def test_planes_with_other_steps_are_summed_on_the_finer() -> None:
    found = parsed(entity("east", 10, [100, 200]), entity("west", 10, [10, 20, 30, 40, 50, 60, 70, 80], 15))
    assert [slot.value for slot in found.slots] == pytest.approx([0.11, 0.12, 0.13, 0.14, 0.25, 0.26, 0.27, 0.28])
    assert found.slots[0] == Slot(at(10), at(10.25), pytest.approx(0.11))


def test_a_time_that_one_plane_does_not_know_is_a_hole_and_said() -> None:
    found = parsed(entity("east", 0, [100] * 48), entity("west", 0, [20] * 24))
    assert found.slots[-1].end == at(24)
    assert any("not all of 2 planes are known for 24 h, first from 2026-06-02T00:00Z" in one for one in found.problems)


def test_an_entity_that_is_given_twice_counts_once_and_the_later_holds() -> None:
    found = parsed(entity("roof", 0, [100] * 24), entity("roof", 12, [300] * 24))
    assert [slot.value for slot in found.slots] == pytest.approx([0.1] * 12 + [0.3] * 24)


def test_two_that_are_the_same_are_summed_with_a_warning() -> None:
    found = parsed(entity("roof", 0, [100] * 24), entity("copy", 0, [100] * 24))
    assert found.slots[0].value == pytest.approx(0.2)
    assert any("are the same" in one for one in found.problems)


def test_percentiles_are_summed_only_where_every_plane_has_them() -> None:
    def with_bands(name: str) -> dict[str, Any]:
        rows = [
            {"period_start": at(hour).isoformat(), "pv_estimate": 1, "pv_estimate10": 0.5, "pv_estimate90": 2}
            for hour in range(10, 14)
        ]
        return {"entity_id": f"sensor.{name}", "state": "1", "attributes": {"detailedForecast": rows}}

    both = parsed(with_bands("east"), with_bands("west"))
    assert {slot.value for slot in both.low} == {1.0}
    assert {slot.value for slot in both.high} == {4.0}
    one = parsed(with_bands("east"), entity("west", 10, [100] * 4))
    assert one.low == one.high == ()
    assert any("low percentile" in words for words in one.problems)


def test_a_state_without_a_forecast_is_passed_over_and_said() -> None:
    other = {"entity_id": "sensor.api_used", "state": "3", "attributes": {}}
    found = parsed(entity("roof", 10, [100] * 4), other)
    assert len(found.slots) == 4
    assert any("sensor.api_used has no list of PV power" in one for one in found.problems)


def test_among_all_states_of_a_home_forecasts_of_other_things_are_passed_over() -> None:
    load = entity("house_load_forecast", 10, [900] * 4)
    found = parsed(entity("roof", 10, [100] * 4), load)
    assert [slot.value for slot in found.slots] == pytest.approx([0.1] * 4)
    others = [{"entity_id": f"sensor.other_{k}", "state": "3", "attributes": {}} for k in range(50)]
    assert len(parsed(entity("roof", 10, [100] * 4), *others).problems) == 4
