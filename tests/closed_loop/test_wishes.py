"""Wishes that are not met are counted once, with how much is missing, and whether it could have been."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hems.closed_loop.family import Family
from hems.closed_loop.home import Flow, PhysicalHome
from hems.closed_loop.reference_home import reference_home
from hems.closed_loop.results import Unmet
from hems.closed_loop.wishes import Wishes

ZONE = ZoneInfo("Europe/Berlin")
SITE = reference_home(pool=True)
QUARTER = timedelta(minutes=15)
Change = Callable[[PhysicalHome, datetime, Flow], None]


def watched(begin: str, hours: float, change: Change, device: str) -> list[Unmet]:
    """The device's unmet wishes where ``change`` makes the home what it is in every quarter hour (its local begin) by its end."""
    home = PhysicalHome(SITE, Family(SITE, ZONE, 1))
    wishes = Wishes(SITE, ZONE)
    start = datetime.fromisoformat(begin).replace(tzinfo=ZONE)
    now = start.astimezone(ZoneInfo("UTC"))
    for _ in range(int(hours * 4)):
        flow = Flow(devices=dict.fromkeys(("car", "dishwasher", "tank", "pool"), 0.0))
        change(home, now.astimezone(ZONE), flow)
        wishes.watch(home, flow, now, now + QUARTER)
        now += QUARTER
    return [one for one in wishes.unmet if one.device == device]


def car(soc: float, came: str = "2025-03-03 18:00", left: str = "2025-03-04 08:00") -> Change:
    begin, end = (datetime.fromisoformat(text).replace(tzinfo=ZONE) for text in (came, left))

    def change(home: PhysicalHome, now: datetime, flow: Flow) -> None:
        home.plugged["car"] = begin <= now < end
        home.cars["car"].energy_kwh = soc * 40

    return change


def test_a_car_that_is_not_ready_and_could_have_been() -> None:
    (one,) = watched("2025-03-03 12:00", 36, car(0.6), "car")
    assert (one.short_by, one.unit, one.could_be_met) == (pytest.approx(8.0), "kWh", True)
    assert one.at == datetime(2025, 3, 4, 7, tzinfo=ZONE)


def test_a_car_that_came_too_late() -> None:
    """One hour with 7.36 kW is 6.8 kWh; 8 are missing."""
    (one,) = watched("2025-03-03 12:00", 36, car(0.6, came="2025-03-04 06:00"), "car")
    assert not one.could_be_met


@pytest.mark.parametrize("change", [car(0.8), car(0.795), car(0.6, left="2025-03-04 06:45")])
def test_a_car_that_is_full_or_nearly_or_away(change: Change) -> None:
    assert watched("2025-03-03 12:00", 36, change, "car") == []


def dishes(done: str | None) -> Change:
    """Asked for at 19:30, done at a time or never."""
    asked = datetime(2025, 3, 3, 19, 30, tzinfo=ZONE)
    end = datetime.fromisoformat(done).replace(tzinfo=ZONE) if done else None

    def change(home: PhysicalHome, now: datetime, flow: Flow) -> None:
        home.requested["dishwasher"] = now >= asked and (end is None or now + QUARTER < end)

    return change


def test_a_program_is_late_at_its_windows_end_and_only_once() -> None:
    (one,) = watched("2025-03-03 12:00", 60, dishes(None), "dishwasher")
    assert one.at.astimezone(ZONE) == datetime(2025, 3, 4, 6, 30, tzinfo=ZONE)
    assert one.could_be_met and one.short_by > 0
    assert watched("2025-03-03 12:00", 60, dishes("2025-03-04 06:30"), "dishwasher") == []
    assert len(watched("2025-03-03 12:00", 60, dishes("2025-03-04 09:00"), "dishwasher")) == 1


def water(at_c: float) -> Change:
    def change(home: PhysicalHome, now: datetime, flow: Flow) -> None:
        home.tanks["tank"].temperature_c = at_c

    return change


def test_cold_water_is_counted_by_local_days() -> None:
    """2 K below 45 °C for a day of 24 hours, then for the 23 hours of the clock change."""
    found = watched("2025-03-29 00:00", 48, water(43.0), "tank")
    assert [one.short_by for one in found] == pytest.approx([48, 46], abs=0.6)
    assert watched("2025-03-29 00:00", 48, water(45.0), "tank") == []


def pool(hours: float) -> Change:
    def change(home: PhysicalHome, now: datetime, flow: Flow) -> None:
        flow.devices["pool"] = 1.1 if 10 <= now.hour + now.minute / 60 < 10 + hours else 0.0

    return change


def test_hours_of_the_pool_that_are_missing() -> None:
    found = watched("2025-03-03 00:00", 48.25, pool(2.0), "pool")
    assert [one.short_by for one in found] == pytest.approx([2.2, 2.2])
    assert {one.unit for one in found} == {"kWh"}
    assert watched("2025-03-03 00:00", 48.25, pool(4.0), "pool") == []
