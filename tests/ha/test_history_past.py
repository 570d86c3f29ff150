"""The past put together: statistics, else states, and before both what the suite measured itself."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders.dictionary_home import DictionaryHome
from builders.home_now import NOW, home_now
from builders.site_block import make_site
from hems.config.site import Site
from hems.forecast.half_hours import half_hour_means
from hems.ha.history import baseline_terms
from hems.ha.history_baseline import Baseline
from hems.ha.history_means import Means
from hems.ha.history_past import Past, baseline_of
from hems.ha.measurements import Measurements
from hems.ha.measurements_sample import sample
from hems.ha.port import Outcome
from hems.simulation.home import House
from hems.simulation.settings import HomeSettings

HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)


class OnlyStates:
    """A recorder that knows 700 W of every sensor."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def history(self, entity: str, begin: datetime, end: datetime) -> list[Mapping[str, Any]]:
        self.asked.add(entity)
        return [{"state": "700", "last_changed": begin, "attributes": {"unit_of_measurement": "W"}}]


def two_sensors() -> DictionaryHome:
    home = DictionaryHome()
    home.set("sensor.a", "1", "W")
    home.set("sensor.b", "1", "W")
    home.set("sensor.c", "1", "%")
    row = {"start": (NOW - HOUR).isoformat(), "mean": 0.3}
    home.answers = lambda service, data: Outcome(True, "", {"statistics": {"sensor.a": [row]}})
    return home


def test_states_stand_in_for_statistics_that_are_missing() -> None:
    recorder = OnlyStates()
    found = Past(two_sensors(), recorder).read(["sensor.a", "sensor.b", "sensor.c"], NOW)
    assert found["sensor.a"].hours == {NOW - HOUR: 0.3}
    assert list(found["sensor.b"].hours.values()) == pytest.approx([0.7] * 252)
    assert not found["sensor.c"] and recorder.asked == {"sensor.b"}


def test_home_without_states_of_the_past_has_statistics_only() -> None:
    found = Past(two_sensors()).read(["sensor.a", "sensor.b"], NOW)
    assert found["sensor.a"] and not found["sensor.b"]


def test_the_simulated_home_gives_the_forecast_a_past_of_five_minutes_and_hours() -> None:
    start = datetime(2026, 5, 6, 10, tzinfo=timezone.utc)
    house = House(HomeSettings(), start)
    home = DictionaryHome()
    home.set("sensor.grid_power", "0", "W")
    home.answers = lambda service, data: Outcome(True, "", house.call(*service.split("."), data))
    slots = Past(home).read(["sensor.grid_power"], start)["sensor.grid_power"].slots()
    assert {slot.end - slot.begin for slot in slots} == {HOUR, timedelta(minutes=5)}
    assert sum(((slot.end - slot.begin) for slot in slots), timedelta()) == timedelta(days=28)
    assert max(abs(slot.value) for slot in slots) < 20
    _, half_hours = half_hour_means(slots)
    assert np.isfinite(half_hours).sum() == 28 * 48


def meter_only(*kw: float, first: int = -1) -> dict[str, Means]:
    """Hours of the meter from ``first`` hours after NOW on; all else has stood still."""
    site = make_site()
    times = [NOW + (first + k) * HOUR for k in range(len(kw))]
    zero = Means(dict.fromkeys(times, 0.0))
    terms = baseline_terms(site) or []
    return {**{entity: zero for entity, _ in terms}, terms[0][0]: Means(dict(zip(times, kw, strict=True)))}


def an_hour_of(site: Site, folder: Path) -> Measurements:
    store = Measurements(folder, NOW)
    for k in range(0, 3601, 60):
        store.add(sample(home_now(), site, NOW + timedelta(seconds=k)))
    return store


def test_what_was_measured_goes_before_what_home_assistant_knows(tmp_path: Path) -> None:
    site, later = make_site(), NOW + 2 * HOUR
    store = an_hour_of(site, tmp_path)
    found = baseline_of(meter_only(9.0, 9.0, 9.0), site, store, later)
    # 1 kW bought + 2 kW sun - 1.5 kW into the battery - 1.1 kW pool pump
    assert [(slot.begin, slot.end, round(slot.value, 3)) for slot in found.slots] == [
        (NOW - HOUR, NOW, 9.0),
        *((NOW + k * QUARTER, NOW + (k + 1) * QUARTER, 0.4) for k in range(4)),
        (NOW + HOUR, NOW + 2 * HOUR, 9.0),
    ]
    assert (found.negative_share, found.problems) == (0.0, ())
    assert [slot.value for slot in baseline_of(meter_only(9.0, 9.0), site, None, later).slots] == [9.0, 9.0]
    store.close(later)


def test_what_was_measured_with_another_sign_is_not_believed_once_it_is_mended(tmp_path: Path) -> None:
    wrong = make_site(**{"grid.power": {"entity": "sensor.grid_power", "positive": "export"}})
    later = NOW + 2 * HOUR
    store = an_hour_of(wrong, tmp_path)
    found = baseline_of({}, wrong, store, later)
    assert [slot.value for slot in found.slots] == [0.0] * 4 and found.negative_share == 1.0
    assert "below zero in 100% of the past" in found.problems[0] and "sensor.grid_power" in found.problems[0]
    assert baseline_of({}, make_site(), store, later).slots == ()
    store.close(later)


def test_home_whose_baseline_cannot_be_reckoned_has_none(tmp_path: Path) -> None:
    site = make_site(**{"pv.roof.power": ...})
    assert baseline_of(meter_only(1.0), site, None, NOW) == Baseline()
