"""What was imported today and this month, as the import meter counts it; unknown is not zero."""

import json
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from builders.past import UTC
from builders.site_block import make_site
from hems.planner.imported import Imported, imported_from_dict, imported_to_dict, observe_import
from hems.planner.local_days import local_time, periods
from hems.planner.memory import Memory, memory_from_dict, memory_to_dict, observe
from hems.planner.readings import Readings

ZONE = ZoneInfo("Europe/Amsterdam")
MIDNIGHT = datetime(2026, 5, 31, 22, tzinfo=UTC)  # June begins in Amsterdam

EVENING = (-0.1, 2000.0)


def at(hours: float) -> datetime:
    return MIDNIGHT + timedelta(hours=hours)


def counted(*looks: tuple[float, float | None], zone: ZoneInfo = ZONE) -> Imported:
    """The memory after looks at (hours after midnight, what the meter shows)."""
    found = Imported()
    for hours, counter_kwh in looks:
        found = observe_import(found, counter_kwh, at(hours), zone)
    return found


def day_kwh(*looks: tuple[float, float | None]) -> float | None:
    return counted(*looks).since_begin("day", at(looks[-1][0]), ZONE)


def test_first_look_does_not_know_what_was_imported_before_it() -> None:
    assert day_kwh((9, 2000.0)) is None
    assert day_kwh((9, 2000.0), (9.25, 2001.0)) is None


def test_meter_that_was_seen_at_midnight_counts_the_day() -> None:
    assert day_kwh((-0.25, 2000.0), (0, 2000.5), (9, 2004.0), (9.1, 2004.5)) == pytest.approx(4.0)


def test_energy_of_the_look_across_midnight_is_shared_by_time() -> None:
    assert day_kwh((-0.2, 2000.0), (0.05, 2001.0)) == pytest.approx(0.2)


def test_restart_during_the_day_loses_nothing() -> None:
    assert day_kwh(EVENING, (0, 2000.0), (1, 2001.0), (11, 2009.0)) == pytest.approx(9.0)


def test_restart_over_midnight_makes_the_day_unknown_but_not_the_next_one() -> None:
    night_off = [(-2.0, 2000.0), (7.0, 2003.0), (23.9, 2010.0)]
    assert day_kwh(*night_off) is None
    assert day_kwh(*night_off, (24.0, 2010.1), (25.0, 2011.1)) == pytest.approx(1.0)


def test_meter_that_is_not_known_for_long_leaves_the_day_unknown_until_it_is_back() -> None:
    looks: list[tuple[float, float | None]] = [EVENING, (0.0, 2000.0), (3.0, 2002.0), (3.25, None)]
    assert day_kwh(*looks) == pytest.approx(2.0)
    assert day_kwh(*looks, (3.5, None)) is None
    assert day_kwh(*looks, (3.5, None), (4.0, 2003.0)) == pytest.approx(3.0)


def test_month_is_counted_beside_the_day() -> None:
    month = counted((-0.1, 2000.0), (0, 2000.0), (23.9, 2008.0), (24, 2008.0), (30, 2011.0))
    assert month.since_begin("day", at(30), ZONE) == pytest.approx(3.0)
    assert month.since_begin("month", at(30), ZONE) == pytest.approx(11.0)
    assert set(month.kwh) == {"2026-06-02", "2026-06"}


def test_meter_that_begins_anew_each_midnight_counts_from_there() -> None:
    assert day_kwh((-0.1, 12.3), (0.0, 12.3), (0.02, 0.01), (2, 1.5)) == pytest.approx(1.5)


def test_meter_that_falls_a_little_takes_back_what_it_gave() -> None:
    assert day_kwh(EVENING, (0, 2000.0), (0.1, 2000.2), (0.2, 2000.1), (0.3, 2000.2)) == pytest.approx(0.2)
    assert day_kwh(EVENING, (0, 2000.0), (0.1, 1999.9)) == 0


def test_meter_that_shows_nothing_for_a_moment_costs_no_month() -> None:
    looks = [(-0.1, 20000.0), (0.0, 20000.0), (1.0, 20003.0), (1.1, 0.0), (1.2, 20003.2)]
    assert day_kwh(*looks) == pytest.approx(3.0)


def test_another_meter_after_a_long_time_makes_the_day_unknown() -> None:
    assert day_kwh((-0.1, 20.0), (0, 20.0), (1, 21.0), (5, 9000.0)) is None


def test_clock_that_was_set_back_a_little_counts_nothing_twice() -> None:
    assert day_kwh(EVENING, (0, 2000.0), (1, 2001.0), (0.99, 2001.0), (1.1, 2001.2)) == pytest.approx(1.2)


def test_clock_that_was_far_ahead_begins_anew() -> None:
    assert day_kwh(EVENING, (0, 2000.0), (1, 2001.0), (500, 2001.0), (2, 2002.0)) is None


@given(
    st.lists(st.tuples(st.floats(0.01, 0.33), st.one_of(st.none(), st.floats(0, 3))), min_size=1, max_size=200),
    st.sampled_from([date(2026, 3, 28), date(2026, 10, 24), date(2026, 6, 1)]),
)
def test_what_is_counted_is_what_the_meter_gained_since_midnight(
    steps: list[tuple[float, float | None]], day: date
) -> None:
    """Looks at any times over up to three days, one of them a day of the clock change; some find no meter."""
    now = seen = local_time(day, datetime.min.time(), ZONE)
    counter, missed = 5000.0, 0.0
    imported = Imported(counter, now - timedelta(minutes=1))
    imported = observe_import(imported, counter, now, ZONE)
    gains: list[tuple[datetime, datetime, float]] = []
    for hours, gain in steps:
        now += timedelta(hours=hours)
        counter += gain or 0.0
        missed += gain or 0.0
        imported = observe_import(imported, counter if gain is not None else None, now, ZONE)
        if gain is not None:
            gains.append((seen, now, missed))
            seen, missed = now, 0.0
        [(midnight, _)] = periods("day", now, now + timedelta(microseconds=1), ZONE)
        most = sum(part for _, until, part in gains if until > midnight)
        least = sum(part for since, _, part in gains if since >= midnight)
        kwh = imported.since_begin("day", now, ZONE)
        assert kwh is None or least - 1e-6 <= kwh <= most + 1e-6
        if all(one is not None for _, one in steps):
            assert kwh is not None


@pytest.mark.parametrize("zone", [ZONE, pytz.timezone("Europe/Amsterdam"), ZoneInfo("UTC"), ZoneInfo("Asia/Kolkata")])
@given(moment=st.datetimes(datetime(2020, 1, 1), datetime(2030, 12, 31)), hours=st.floats(0.1, 48))
def test_days_and_months_follow_each_other_without_a_gap(zone: ZoneInfo, moment: datetime, hours: float) -> None:
    begin = moment.replace(tzinfo=UTC)
    end = begin + timedelta(hours=hours)
    for period, shortest, longest in (("day", 23, 25), ("month", 28 * 24 - 1, 31 * 24 + 1)):
        found = list(periods(period, begin, end, zone))  # type: ignore[arg-type]
        assert found[0][0] <= begin < found[0][1] and found[-1][0] < end <= found[-1][1]
        assert all(one[1] == other[0] for one, other in pairwise(found))
        for opens, closes in found:
            assert shortest <= (closes - opens) / timedelta(hours=1) <= longest
            assert opens.astimezone(zone).hour == 0


def test_memory_keeps_it_over_a_restart_and_older_memories_are_read() -> None:
    site = make_site(**{"grid.import_energy": "sensor.import"})
    memory = Memory()
    for hours, counter in ((-0.1, 2000.0), (0.0, 2000.0), (2.0, 2003.0)):
        memory = observe(memory, site, Readings(at(hours), import_counter_kwh=counter), ZONE)
    assert memory.imported.since_begin("day", at(2), ZONE) == pytest.approx(3.0)
    document = json.loads(json.dumps(memory_to_dict(memory)))
    assert memory_from_dict(document) == memory
    for key in ("imported", "draws", "cars"):  # newer than the first memories
        del document[key]
    assert memory_from_dict(document) == Memory(memory.seen, memory.loads)


@pytest.mark.parametrize(
    "document", [None, [], {}, {"counter_kwh": None, "at": None, "kwh": {}}, {"counter_kwh": 1, "at": "noon", "kwh": {}},
                 {"counter_kwh": 1, "at": "2026-06-01T00:00:00Z", "kwh": [1]}],
)  # fmt: skip
def test_what_cannot_be_read_is_forgotten(document: object) -> None:
    assert imported_from_dict(document) == Imported()
    assert imported_from_dict(imported_to_dict(Imported())) == Imported()
