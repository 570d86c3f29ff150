"""When the simulated home is looked at."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hems.closed_loop.family import Family
from hems.closed_loop.home import Flow, PhysicalHome
from hems.closed_loop.look import devices
from hems.closed_loop.loop import looks
from hems.closed_loop.reference_home import reference_home
from hems.closed_loop.seeded_series import seeded_series
from hems.closed_loop.series import Series

SITE, ZONE = reference_home(), ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def monday() -> Series:
    return seeded_series(SITE, ZONE, date(2025, 3, 3), date(2025, 3, 4), seed=1)


def seconds_of(series: Series, k: int, family: Family) -> list[float]:
    return [(begin - series.time(k)).total_seconds() for begin, _ in looks(series, k, family)]


def test_every_five_minutes_and_half_a_minute_after_each_of_these_looks(monday: Series) -> None:
    """A plan that an event asked for is obeyed 30 s later, whenever that is."""
    found = looks(monday, 0, Family(SITE, ZONE))
    assert seconds_of(monday, 0, Family(SITE, ZONE)) == [0, 30, 300, 330, 600, 630]
    assert [end for _, end in found[:-1]] == [begin for begin, _ in found[1:]]
    assert found[-1][1] == monday.time(1)


def test_and_when_a_car_comes_which_is_seen_in_that_look(monday: Series) -> None:
    family, usual = Family(SITE, ZONE), {0.0, 30.0, 300.0, 330.0, 600.0, 630.0}
    for trip in family.trips("car", monday.start, monday.end):
        k = monday.step_at(trip.back)
        after = (trip.back - monday.time(k)).total_seconds()
        if after not in usual:
            break
    assert set(seconds_of(monday, k, family)) == usual | {after, after + 30}
    assert [connected(family, at) for at in (trip.back - timedelta(seconds=1), trip.back)] == [False, True]


def connected(family: Family, now: datetime) -> bool | None:
    """What the planner reads of the car."""
    home = PhysicalHome(SITE, family)
    home.plug(now)
    return devices(SITE, now, home, Flow()).evs["car"].connected
