"""What is remembered between two looks: energy of the day, what runs since when, programs that are done."""

import json
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import pytz

from builders.past import UTC
from builders.site_block import make_site
from hems.config.site import Site
from hems.planner.local_days import local_time
from hems.planner.memory import LoadMemory, Memory, memory_from_dict, memory_to_dict, observe, window_around
from hems.planner.readings import LoadReading, Readings

ZONE = ZoneInfo("Europe/Amsterdam")
SITE = make_site()
NOON = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
ON, OFF, UNKNOWN = LoadReading(True), LoadReading(False), LoadReading(None)


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def lived(
    begin: datetime,
    minutes: list[float],
    load: str,
    reading: LoadReading,
    memory: Memory | None = None,
    site: Site = SITE,
) -> Memory:
    """The memory after looks at these minutes, each with the same reading of one load."""
    memory = memory or Memory()
    for minute in minutes:
        memory = observe(memory, site, Readings(begin + timedelta(minutes=minute), loads={load: reading}), ZONE)
    return memory


def quarters(hours: float) -> list[float]:
    return [15.0 * k for k in range(int(hours * 4) + 1)]


def test_load_that_is_on_counts_its_nominal_energy() -> None:
    assert lived(NOON, quarters(2), "pool", ON).of("pool").kwh == pytest.approx(2 * 1.1)


def test_measured_power_counts_before_the_nominal_one() -> None:
    measured = LoadReading(True, power_kw=0.9)
    assert lived(NOON, quarters(2), "pool", measured).of("pool").kwh == pytest.approx(2 * 0.9)


@pytest.mark.parametrize("reading", [OFF, UNKNOWN])
def test_load_that_is_not_known_to_be_on_counts_nothing(reading: LoadReading) -> None:
    assert lived(NOON, quarters(2), "pool", reading).of("pool").kwh == 0


def test_time_until_it_was_switched_off_counts() -> None:
    memory = lived(NOON, [0, 10], "pool", ON)
    memory = lived(NOON, [16], "pool", OFF, memory)
    assert memory.of("pool").kwh == pytest.approx(1.1 * 16 / 60)
    assert memory.of("pool").on_since is None
    assert lived(NOON, [30], "pool", OFF, memory).of("pool").kwh == pytest.approx(1.1 * 16 / 60)


def test_since_when_it_is_on_is_kept_while_its_state_is_unknown() -> None:
    memory = lived(NOON, [0, 5], "pool", ON)
    assert lived(NOON, [10], "pool", UNKNOWN, memory).of("pool").on_since == NOON


def test_gap_of_a_restart_is_not_counted() -> None:
    memory = lived(NOON, [0, 10], "pool", ON)
    assert lived(NOON, [120], "pool", ON, memory).of("pool").kwh == pytest.approx(1.1 * 10 / 60)


def test_clock_that_was_set_back_takes_nothing_away() -> None:
    memory = lived(NOON, [0, 10], "pool", ON)
    assert lived(NOON, [5], "pool", ON, memory).of("pool").kwh == pytest.approx(1.1 * 10 / 60)


def test_energy_begins_anew_at_local_midnight() -> None:
    evening = local(2026, 6, 1, 22)
    before = lived(evening, quarters(1.75), "pool", ON)
    assert before.of("pool").day == "2026-06-01"
    assert before.of("pool").kwh == pytest.approx(1.75 * 1.1)
    after = lived(evening, [120, 135], "pool", ON, before)
    assert after.of("pool").day == "2026-06-02"
    assert after.of("pool").kwh <= 0.5 * 1.1 + 1e-9  # nothing of the hours before 23:45
    assert after.of("pool").kwh >= 0.25 * 1.1 - 1e-9


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_a_whole_day_counts_its_real_hours(day: date, hours: int) -> None:
    midnight = local(day.year, day.month, day.day)
    memory = lived(midnight, quarters(hours - 0.25), "pool", ON)
    assert memory.of("pool").day == day.isoformat()
    assert memory.of("pool").kwh == pytest.approx((hours - 0.25) * 1.1)


def test_program_that_has_run_for_its_length_is_done_until_its_window_closes() -> None:
    memory = lived(local(2026, 6, 1, 20), quarters(1.5), "dishwasher", ON)
    assert memory.of("dishwasher").done_until == local(2026, 6, 2, 6, 30)


def test_program_that_ends_with_its_window_is_not_done_for_the_next_one() -> None:
    memory = lived(local(2026, 6, 2, 5), [*quarters(1.5), 91], "dishwasher", ON)
    memory = lived(local(2026, 6, 2, 6, 31), [0], "dishwasher", OFF, memory)
    assert memory.of("dishwasher").done_until == local(2026, 6, 2, 6, 30)


def test_program_that_still_runs_is_not_done() -> None:
    assert lived(local(2026, 6, 1, 20), quarters(1.25), "dishwasher", ON).of("dishwasher").done_until is None


def test_program_that_switches_itself_off_at_its_end_is_done() -> None:
    """HEMS switches it on a moment after the step's boundary, so no look falls between its end and its switch-off."""
    evening = local(2026, 6, 1, 20)
    looks = [0.03, *(15.0 * k for k in range(1, 7))]  # on at 20:00:02, looked at until 21:30:00
    memory = lived(evening, looks, "dishwasher", ON)
    memory = lived(evening, [90.05], "dishwasher", OFF, memory)  # off at 21:30:03
    assert memory.of("dishwasher").done_until == local(2026, 6, 2, 6, 30)


def test_program_that_was_broken_off_is_not_done() -> None:
    evening = local(2026, 6, 1, 20)
    memory = lived(evening, [0, 15, 30], "dishwasher", ON)
    assert lived(evening, [40], "dishwasher", OFF, memory).of("dishwasher").done_until is None


@pytest.mark.parametrize(
    ("now", "opens", "closes"),
    [
        (local(2026, 6, 1, 12), local(2026, 6, 1, 20), local(2026, 6, 2, 6, 30)),
        (local(2026, 6, 1, 21), local(2026, 6, 1, 20), local(2026, 6, 2, 6, 30)),
        (local(2026, 6, 1, 5), local(2026, 5, 31, 20), local(2026, 6, 1, 6, 30)),
        (local(2026, 6, 1, 6, 30), local(2026, 6, 1, 20), local(2026, 6, 2, 6, 30)),
        (local(2026, 3, 28, 21), local(2026, 3, 28, 20), datetime(2026, 3, 29, 4, 30, tzinfo=UTC)),
        (local(2026, 10, 24, 21), local(2026, 10, 24, 20), datetime(2026, 10, 25, 5, 30, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("zone", [ZONE, pytz.timezone("Europe/Amsterdam")])
def test_window_that_holds_now_or_the_next_one(
    now: datetime, opens: datetime, closes: datetime, zone: ZoneInfo
) -> None:
    assert window_around((time(20), time(6, 30)), now, zone) == (opens, closes)


def test_window_within_a_day() -> None:
    noon_hours = (time(11), time(13))
    assert window_around(noon_hours, local(2026, 6, 1, 14), ZONE) == (local(2026, 6, 2, 11), local(2026, 6, 2, 13))


@pytest.mark.parametrize("zone", [ZONE, pytz.timezone("Europe/Amsterdam")])
def test_local_times_on_the_days_of_the_clock_change(zone: ZoneInfo) -> None:
    assert local_time(date(2026, 3, 29), time(7), zone) == datetime(2026, 3, 29, 5, tzinfo=UTC)
    assert local_time(date(2026, 10, 25), time(7), zone) == datetime(2026, 10, 25, 6, tzinfo=UTC)
    skipped = local_time(date(2026, 3, 29), time(2, 30), zone)
    assert skipped == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_midnights_of_a_year_never_run_backwards() -> None:
    days = [date(2026, 1, 1) + timedelta(days=k) for k in range(365)]
    midnights = [local_time(day, time(0), ZONE) for day in days]
    lengths = [(later - earlier).total_seconds() / 3600 for earlier, later in pairwise(midnights)]
    assert sorted(lengths)[:1] == [23] and sorted(lengths)[-1:] == [25] and lengths.count(24) == 362


def test_memory_survives_a_restart() -> None:
    memory = lived(local(2026, 6, 1, 20), quarters(1.5), "dishwasher", ON)
    assert memory_from_dict(json.loads(json.dumps(memory_to_dict(memory)))) == memory
    empty = Memory()
    assert memory_from_dict(memory_to_dict(empty)) == empty


@pytest.mark.parametrize(
    "document", [None, [], {}, "x", {"seen": None}, {"seen": "noon", "loads": {}}, {"seen": None, "loads": {"a": {}}},
                 {"seen": None, "loads": {"a": {"on_since": 1, "day": "", "kwh": 0, "done_until": None}}}],
)  # fmt: skip
def test_memory_that_cannot_be_read_is_forgotten(document: object) -> None:
    assert memory_from_dict(document) == Memory()


def test_load_without_memory_has_an_empty_one() -> None:
    assert Memory().of("pool") == LoadMemory()


def test_tank_without_a_switch_is_heated_by_what_its_sensor_measures() -> None:
    def tank(power_kw: float | None) -> Memory:
        memory = Memory()
        for k in range(5):
            reading = LoadReading(None, power_kw, temperature_c=50.0, ambient_c=50.0)
            memory = observe(memory, SITE, Readings(NOON + timedelta(minutes=15 * k), loads={"tank": reading}), ZONE)
        return memory

    assert tank(2.0).of("tank").kwh == pytest.approx(2.0)
    assert sum(tank(2.0).draws["tank"].days[-1][2]) == pytest.approx(2.0)
    # Neither a switch nor a power: nobody knows what was drawn.
    assert tank(None).draws["tank"].days == ()
