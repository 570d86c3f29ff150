"""What is said in the log and published: once when it comes, once when it goes."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from builders.dictionary_home import DictionaryHome
from builders.plans import make_latest
from hems.ha.health import Found
from hems.ha.reporter import Reporter, found_problems

START = datetime(2026, 6, 1, 12, 0, tzinfo=timezone.utc)


class Bench:
    """A reporter with its home and its log."""

    def __init__(self) -> None:
        self.home, self.lines = DictionaryHome(), list[str]()
        self.reporter = Reporter(self.home, ZoneInfo("Europe/Amsterdam"), self.log)

    def log(self, words: str, *arguments: Any, **more: Any) -> None:
        self.lines.append(words % arguments)

    def see(self, minutes: float, **found: Found) -> None:
        self.reporter.see(found, timedelta(), START + timedelta(minutes=minutes))


def test_new_plan_is_logged_and_published() -> None:
    bench = Bench()
    bench.reporter.planned(make_latest(START), 0.5, START)
    assert bench.lines == ["plan 7 (new prices): optimal, net 1.25 EUR, saves 1.00, 0.50 s"]
    assert bench.home.published["sensor.hems_status"][0] == "ok"
    assert {"sensor.hems_import_price", "sensor.hems_health"} <= set(bench.home.published)
    assert bench.reporter.message == "planned"


def test_plan_of_before_the_restart_is_published_as_such() -> None:
    bench = Bench()
    bench.reporter.recalled(replace(make_latest(START), recalled=True), START)
    state, attributes = bench.home.published["sensor.hems_status"]
    assert (state, attributes["message"]) == ("ok", "the plan of 14:00, from before the restart")
    assert "sensor.hems_pool_power" in bench.home.published
    assert bench.lines == ["plan 7 of 14:00 is taken up again until there is a new one"]


def test_what_is_waited_for_is_said_once_and_is_a_fault_until_there_is_a_plan() -> None:
    bench = Bench()
    for minutes in (0, 1):
        bench.reporter.waiting("waiting for prices", None)
        bench.see(minutes)
    assert bench.lines == ["waiting for prices"]
    assert bench.home.published["sensor.hems_health"][0] == "failed"
    bench.reporter.planned(make_latest(START), 0.5, START)
    bench.see(2)
    assert bench.home.published["sensor.hems_health"][0] == "ok" and bench.reporter.faults == []


def test_plan_without_the_solver_is_a_fallback_and_leaves_health_degraded() -> None:
    bench, latest = Bench(), make_latest(START)
    bench.reporter.planned(replace(latest, plan=latest.plan.model_copy(update={"status": "fallback"})), 0.5, START)
    bench.see(1)
    assert bench.home.published["sensor.hems_status"][0] == "fallback"
    assert bench.home.published["sensor.hems_health"][0] == "degraded"


def test_problem_in_which_only_a_number_changes_is_the_same_fault() -> None:
    bench = Bench()
    for share in (25, 26):
        problems = found_problems([f"the baseline load comes out below zero in {share}% of the past"])
        bench.reporter.see(problems, timedelta(), START)
    assert len(bench.lines) == 1
    assert bench.reporter.faults == [
        "since 2026-06-01 14:00: the baseline load comes out below zero in 26% of the past"
    ]
    bench.see(60)
    assert bench.lines[1].endswith("over, after 1 h")


def test_refused_configuration_is_said_fault_by_fault() -> None:
    bench = Bench()
    bench.reporter.refused(["hems.grid: is missing", "hems.pv: 100% wrong"])
    assert bench.lines == ["hems.grid: is missing", "hems.pv: 100% wrong"]
    assert bench.home.published["sensor.hems_status"][0] == "refused"
    assert bench.reporter.message == "hems.grid: is missing; hems.pv: 100% wrong"
