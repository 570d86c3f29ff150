"""Looks at the home: faults and news only once the past is there, and what the dispatcher knows is in the readings."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from builders.dictionary_home import DictionaryHome
from builders.home_now import NOW, home_now
from builders.site_block import make_site
from hems.config.site import Site
from hems.ha.history_baseline import Baseline
from hems.ha.known_past import KnownPast
from hems.ha.observer import Observer
from hems.ha.records import Records
from hems.ha.reporter import Reporter
from hems.planner.draws import Draws
from hems.planner.memory import Memory
from hems.planner.readings import Overrides

SITE = make_site()


class Bench:
    """An observer of ``home``."""

    def __init__(self, folder: Path, site: Site = SITE) -> None:
        self.home, self.lines = home_now(), list[str]()
        self.records = Records(folder, site, NOW)
        zone = ZoneInfo("Europe/Amsterdam")
        self.reporter = Reporter(DictionaryHome(), zone, lambda words, *more, **rest: self.lines.append(words % more))
        self.observer = Observer(site, zone, self.records, self.reporter, NOW)

    def look(self, minutes: float = 0, dispatcher: Any = None) -> Any:
        return self.observer.look(self.home, NOW + timedelta(minutes=minutes), dispatcher)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    found = Bench(tmp_path)
    yield found
    found.records.close(NOW)


def faults_of(bench: Bench, part: str) -> list[str]:
    return [line for line in bench.reporter.faults if part in line]


def test_what_is_wrong_is_said_once_the_start_is_over(bench: Bench) -> None:
    bench.home.set("sensor.battery_soc", "unavailable", "%")
    bench.look()
    assert bench.reporter.faults == [] and bench.lines == []
    bench.observer.begun = True
    bench.look()
    assert len(faults_of(bench, "sensor.battery_soc is unavailable")) == 1
    bench.home.set("sensor.battery_soc", "55", "%")
    bench.look(1)
    assert faults_of(bench, "sensor.battery_soc") == []


def test_what_is_wrong_with_the_past_and_with_the_disk_is_a_fault_too(bench: Bench) -> None:
    bench.observer.begun = True
    bench.observer.known = KnownPast(Baseline(problems=("sensor.x: has no history",)))
    bench.look()
    assert len(faults_of(bench, "sensor.x: has no history")) == 1


def test_new_prices_ask_for_a_plan_after_the_start(bench: Bench) -> None:
    bench.observer.see(bench.home, NOW, None)
    assert bench.observer.news() == []
    bench.observer.begun = True
    bench.look()
    bench.observer.news()  # the first plan
    state, attributes = bench.home.entities["sensor.nordpool"]
    prices = [{**one, "value": 0.3} for one in attributes["raw_tomorrow"]]
    bench.home.entities["sensor.nordpool"] = state, {**attributes, "raw_tomorrow": prices}
    bench.observer.see(bench.home, NOW + timedelta(seconds=10), None)
    assert bench.observer.news() == ["new prices"] and bench.observer.news() == []


def test_wishes_that_the_dispatcher_has_read_are_the_planners(bench: Bench) -> None:
    wishes = Overrides(hold=frozenset({"battery"}), vacation=True)
    assert bench.look(dispatcher=SimpleNamespace(doing={}, wishes=wishes)).overrides is wishes
    bench.home.set("input_boolean.hems_car_boost", "on")
    for dispatcher in (None, SimpleNamespace(doing={}, wishes=None)):
        assert bench.look(dispatcher=dispatcher).overrides.of("car") == "boost"


def test_plant_that_the_dispatcher_limits_is_held_back_now(bench: Bench) -> None:
    limits = SimpleNamespace(doing={"roof": {"action": "limit", "ok": True}}, wishes=None)
    [slot] = bench.look(dispatcher=limits).pv_curtailed["roof"]
    assert slot.begin <= NOW <= slot.end


def test_plant_of_a_hybrid_inverter_is_held_back_while_its_battery_limits_what_is_fed_in(tmp_path: Path) -> None:
    number = {"entity_id": "number.feed_in", "value": "{power_w}"}
    actions = {
        "self_use": [{"number.set_value": {**number, "value": 9000}}],
        "limit_export": [{"number.set_value": number}],
    }
    site = make_site(**{"batteries.battery.actions": actions, "pv.roof.curtailed_by": "battery"})
    bench = Bench(tmp_path, site)
    for action, held in (("self_use", False), ("limit_export", True)):
        doing = {"battery": {"action": action, "ok": True}}
        found = bench.look(dispatcher=SimpleNamespace(doing=doing, wishes=None)).pv_curtailed["roof"]
        assert bool(found) is held
    bench.records.close(NOW)


def test_a_look_is_remembered_and_a_measurement_shown(bench: Bench, tmp_path: Path) -> None:
    bench.look()
    bench.observer.measure(bench.home, NOW)
    assert bench.observer.now_readings["soc"] == {"battery": 0.55, "car": 0.4}
    assert bench.observer.memory.loads["pool"].on_since == NOW
    bench.records.close(NOW)
    assert Records(tmp_path, SITE, NOW).memory().loads["pool"].on_since == NOW


def test_what_is_read_of_the_past_is_remembered_kept_and_said_once(bench: Bench, tmp_path: Path) -> None:
    bench.look()
    question = bench.observer.missed(NOW)
    assert question is not None and bench.observer.missed(NOW) is None
    bench.look(15)
    days = tuple((f"2026-05-{day}", 24.0, (0.1,) * 48) for day in range(28, 32))
    said = bench.observer.learn(Memory(draws={"tank": Draws(days)}))
    assert said == ["tank: hot water of 4 days read from Home Assistant"]
    assert bench.observer.told() == said and bench.observer.told() == []
    memory = bench.observer.memory
    assert memory.draws["tank"].days[:4] == days and memory.loads["pool"].kwh == pytest.approx(1.1 / 4)
    assert bench.observer.learn(None) == [] and bench.observer.memory is memory
    bench.records.close(NOW)
    assert Records(tmp_path, SITE, NOW).memory().draws["tank"].days[:4] == days


def test_a_look_for_a_switched_load_leaves_the_news_for_the_plan(bench: Bench) -> None:
    bench.observer.begun = True
    bench.look()
    assert "new prices" in bench.observer.news()
