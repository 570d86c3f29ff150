"""Energy blocks of the tariff in the problem: local days and months, and what is used of the one that has begun."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytz

from builders.past import UTC
from builders.site_block import make_site
from hems.domain.grid import EnergyBlock
from hems.domain.series import planning_horizon
from hems.planner.assemble import Notes
from hems.planner.energy_blocks import energy_blocks
from hems.planner.imported import Imported
from hems.planner.memory import Memory

ZONE = ZoneInfo("Europe/Amsterdam")
NOON = datetime(2026, 6, 1, 10, tzinfo=UTC)
DAY = {"kwh_per_day": 10, "price_difference_per_kwh": -0.05}
MONTH = {"kwh_per_month": 300, "price_difference_per_kwh": 0.02}
METER = "sensor.import"


def blocks(
    *written: dict[str, Any], now: datetime = NOON, imported: Imported | None = None, zone: Any = ZONE,
    meter: str | None = METER, notes: Notes | None = None,
) -> list[EnergyBlock]:  # fmt: skip
    site = make_site(**{"grid.energy_blocks": list(written), "grid.import_energy": meter})
    horizon = planning_horizon(now, 48, 15)
    return list(energy_blocks(site, Memory(imported=imported or Imported()), horizon, zone, notes or Notes()))


def seen(now: datetime, **kwh: float) -> Imported:
    return Imported(2000.0, now, {name.replace("_", "-").removeprefix("on-"): value for name, value in kwh.items()})


def test_home_without_blocks_has_none_and_says_nothing() -> None:
    notes = Notes()
    assert blocks(notes=notes) == [] and notes.lines == []


def test_every_local_day_has_its_block_and_today_what_was_used() -> None:
    notes = Notes()
    found = blocks(DAY, imported=seen(NOON, on_2026_06_01=3.2), notes=notes)
    first = datetime(2026, 5, 31, 22, tzinfo=UTC)
    begins = [first + timedelta(days=k) for k in range(4)]
    assert [(block.begin, block.until) for block in found] == list(pairwise(begins))
    assert [block.used_kwh for block in found] == [3.2, 0, 0]
    assert {(block.kwh, block.price_difference_per_kwh) for block in found} == {(10, -0.05)}
    assert notes.lines == []


@pytest.mark.parametrize("zone", [ZONE, pytz.timezone("Europe/Amsterdam")])
@pytest.mark.parametrize(
    ("now", "hours"), [(datetime(2026, 3, 28, 12, tzinfo=UTC), 23), (datetime(2026, 10, 24, 12, tzinfo=UTC), 25)]
)
def test_day_of_the_clock_change_is_one_block_of_its_real_hours(now: datetime, hours: int, zone: Any) -> None:
    imported = Imported(2000.0, now, {now.date().isoformat(): 1.0})
    lengths = [
        (block.until - block.begin) / timedelta(hours=1) for block in blocks(DAY, now=now, imported=imported, zone=zone)
    ]
    assert lengths == [24, hours, 24]


def test_today_is_left_out_where_it_is_not_known_and_that_is_said() -> None:
    notes = Notes()
    found = blocks(DAY, notes=notes)
    assert [block.begin for block in found] == [datetime(2026, 6, day, 22, tzinfo=UTC) for day in (1, 2)]
    assert notes.lines == [
        "grid.energy_blocks: what was imported today is not known (sensor.import was not seen since the begin); "
        "the block of today is left out"
    ]


def test_yesterdays_use_says_nothing_about_today() -> None:
    assert len(blocks(DAY, imported=seen(NOON, on_2026_05_31=3.2))) == 2


def test_at_midnight_nothing_has_been_used_whatever_is_known() -> None:
    notes = Notes()
    found = blocks(DAY, now=datetime(2026, 5, 31, 22, tzinfo=UTC), notes=notes)
    assert [block.used_kwh for block in found] == [0, 0] and notes.lines == []


def test_block_of_a_month_ends_with_it() -> None:
    now = datetime(2026, 6, 29, 20, tzinfo=UTC)
    june, july = blocks(MONTH, now=now, imported=seen(now, on_2026_06=280.5))
    assert (june.begin, june.until) == (datetime(2026, 5, 31, 22, tzinfo=UTC), datetime(2026, 6, 30, 22, tzinfo=UTC))
    assert (june.used_kwh, july.used_kwh, july.begin) == (280.5, 0, june.until)


def test_day_may_be_known_where_the_month_is_not() -> None:
    found = blocks(DAY, MONTH, imported=seen(NOON, on_2026_06_01=3.2))
    assert [block.kwh for block in found] == [10, 10, 10]
