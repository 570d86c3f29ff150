"""The past that forecasts learn from, read in one go."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from builders.dictionary_home import DictionaryHome
from builders.home_now import NOW, home_now
from builders.site_block import make_site
from hems.ha.history_past import Past
from hems.ha.inputs import Inputs
from hems.ha.known_past import KnownPast, next_reading, read_past
from hems.ha.look import look
from hems.ha.measurements import Measurements
from hems.ha.measurements_sample import sample
from hems.ha.port import Outcome

HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
_LIMIT: dict[str, Any] = {"number.set_value": {"entity_id": "number.pv", "value": "{power_w}"}}
CURTAILABLE = make_site(**{"pv.roof.limit_kw": 6, "pv.roof.actions": {"curtail": [_LIMIT], "release": [_LIMIT]}})


def with_statistics(home: DictionaryHome) -> DictionaryHome:
    """The meter took 1.5 kW in each of the last three hours, the plant gave 0.5; all else stood still."""

    def answer(service: str, data: Any) -> Outcome:
        if data["period"] != "hour":
            return Outcome(True, "", {"statistics": {}})
        means = {"sensor.grid_power": 1.5, "sensor.pv_power": 0.5}
        rows = {
            entity: [{"start": (NOW - k * HOUR).isoformat(), "mean": means.get(entity, 0.0)} for k in (3, 2, 1)]
            for entity in data["statistic_ids"]
        }
        return Outcome(True, "", {"statistics": rows})

    home.answers = answer
    return home


def test_baseline_and_plants_are_known_from_home_assistant_and_from_the_store(tmp_path: Path) -> None:
    home, site, store = with_statistics(home_now()), make_site(), Measurements(tmp_path, NOW)
    for k in range(0, 901, 60):
        store.add(sample(home, site, NOW - HOUR + timedelta(seconds=k)))
    found = read_past(Past(home), site, store, NOW)
    plant = [((slot.begin - NOW) / HOUR, slot.end - slot.begin, slot.value) for slot in found.pv["roof"]]
    assert plant == [(-3, HOUR, 0.5), (-2, HOUR, 0.5), (-1, QUARTER, 2.0), (-0.75, HOUR - QUARTER, 0.5)]
    # What the store knows of the last hour's first quarter goes before the meter's hour.
    values = [round(slot.value, 3) for slot in found.baseline.slots]
    assert values == [2.0, 2.0, 0.4, 2.0] and bool(found)
    readings = look(home, site, found, NOW)
    assert readings.history == found.baseline.slots and readings.pv_history == {"roof": found.pv["roof"]}
    store.close(NOW)


def test_home_that_knows_nothing_of_its_past_has_none(tmp_path: Path) -> None:
    home, store = home_now(), Measurements(tmp_path, NOW)
    home.answers = lambda service, data: Outcome(False, "not connected")
    assert not read_past(Past(home), make_site(), store, NOW)
    store.close(NOW)


def test_hours_in_which_the_plant_was_held_back_are_known_after_a_restart(tmp_path: Path) -> None:
    home, store = home_now(), Measurements(tmp_path, NOW)
    for k in range(0, 3601, 60):
        limited = {"roof"} if 1200 <= k < 1500 else set()
        store.add(sample(home, CURTAILABLE, NOW - HOUR + timedelta(seconds=k), limited))
    store.close(NOW)
    again = Measurements(tmp_path, NOW)
    found = read_past(Past(home), CURTAILABLE, again, NOW)
    begins = [(slot.begin - NOW) / HOUR for slot in look(home, CURTAILABLE, found, NOW).pv_curtailed["roof"]]
    assert begins == [-0.75]  # the second quarter of the hour
    again.close(NOW)


def test_plant_that_is_held_back_now_is_known_at_once() -> None:
    inputs = Inputs(CURTAILABLE)
    inputs.limited = frozenset({"roof"})
    [slot] = look(home_now(), CURTAILABLE, KnownPast(), NOW, inputs).pv_curtailed["roof"]
    assert slot.begin <= NOW <= slot.end
    inputs.limited = frozenset()
    later = NOW + timedelta(minutes=3)
    [slot] = look(home_now(later), CURTAILABLE, KnownPast(), later, inputs).pv_curtailed["roof"]
    assert slot.end < later


@pytest.mark.parametrize(
    ("now", "seconds"),
    [(NOW, 90), (NOW + timedelta(seconds=89), 1), (NOW + timedelta(seconds=90), 3600), (NOW + 0.5 * HOUR, 1890)],
)
def test_past_is_read_again_when_an_hour_has_ended_and_its_statistics_are_there(now: datetime, seconds: float) -> None:
    assert next_reading(now).total_seconds() == seconds
