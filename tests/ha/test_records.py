"""What is kept on disk: after a restart it is there again."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from builders.home_now import NOW, home_now
from builders.plans import make_latest
from builders.site_block import make_site
from hems.ha.feeds import IMPORT, forecast_name
from hems.ha.inputs import Inputs
from hems.ha.known_past import KnownPast
from hems.ha.look import look
from hems.ha.records import Records
from hems.planner.memory import LoadMemory, Memory

SITE = make_site()
HOUR = timedelta(hours=1)


def lived(folder: Path, now: datetime, hours: int) -> Inputs:
    """A suite that looked at the home each hour until ``now``, and was then ended. A price of 0.25, PV of 2 kW."""
    records, inputs = Records(folder, SITE, now - hours * HOUR), Inputs(SITE)
    records.recall(inputs.feeds, now - hours * HOUR)
    for back in range(hours, -1, -1):
        at = now - back * HOUR
        look(home_now(at), SITE, KnownPast(), at, inputs)
        records.keep_series(inputs.feeds, at)
        records.measure(home_now(at), at, ())
    records.close(now)
    assert records.problems == {}
    return inputs


def test_prices_and_forecasts_of_the_past_are_known_after_a_restart(tmp_path: Path) -> None:
    before = lived(tmp_path, NOW, 30)
    records, inputs = Records(tmp_path, SITE, NOW), Inputs(SITE)
    records.recall(inputs.feeds, NOW)
    found = look(home_now(), SITE, KnownPast(), NOW, inputs)
    assert found.price_history[0].begin <= NOW - 30 * HOUR
    assert found.price_history == before.feeds.past(IMPORT, NOW)
    first = found.pv_forecast_history["roof"][0]
    assert first.begin <= NOW - 28 * HOUR and first.value == 2.0
    assert len(found.pv_forecast_history["roof"]) >= 2 * 28
    records.close(NOW)


def test_prices_of_another_source_are_not_taken_for_those_of_this_one(tmp_path: Path) -> None:
    lived(tmp_path, NOW, 30)
    other = make_site(**{"prices.import": {"source": "nordpool", "entity": "sensor.other"}})
    records, inputs = Records(tmp_path, other, NOW), Inputs(other)
    records.recall(inputs.feeds, NOW)
    assert inputs.feeds.past(IMPORT, NOW) == ()
    assert inputs.feeds.past(forecast_name("roof"), NOW) != ()
    records.close(NOW)


def test_memory_and_plan_are_there_again(tmp_path: Path) -> None:
    records = Records(tmp_path, SITE, NOW)
    memory = Memory(NOW, {"pool": LoadMemory(day="2026-06-01", kwh=1.5)})
    latest = make_latest(NOW)
    assert records.plan(NOW) == (None, "") and records.memory() == Memory()
    records.keep_memory(memory)
    records.keep_plan(latest)
    records.close(NOW)
    again = Records(tmp_path, SITE, NOW)
    assert again.memory().loads == memory.loads
    found, fault = again.plan(NOW + timedelta(minutes=1))
    assert found is not None and found.recalled and (found.number, found.plan) == (latest.number, latest.plan)
    assert fault == ""
    again.close(NOW)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"schema": "hems.latest/1"}', b"[]", b"null"])
def test_broken_plan_is_not_taken_up_and_that_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "plan.json").write_bytes(content)
    records = Records(tmp_path, SITE, NOW)
    latest, fault = records.plan(NOW)
    assert latest is None and fault.startswith(f"{tmp_path / 'plan.json'}: cannot be read, so no plan is taken up")
    records.close(NOW)


def test_what_cannot_be_written_is_a_problem_with_the_name_of_the_file(tmp_path: Path) -> None:
    records = Records(tmp_path / "data", SITE, NOW)
    (tmp_path / "data" / "memory.tmp").mkdir()
    records.keep_memory(Memory())
    records.close(NOW)
    assert list(records.problems.values()) == ["memory.json: cannot be written: Is a directory"]
