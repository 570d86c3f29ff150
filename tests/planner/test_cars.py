"""A car's memory, its likely trips, and what is planned for it."""

import json
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from builders.past import UTC
from builders.site_block import make_site
from hems.domain.ev import Ev
from hems.domain.horizon import Horizon
from hems.planner.assemble import Notes
from hems.planner.car_memory import CarMemory, car_from_dict, car_to_dict, observe_car
from hems.planner.car_trips import Trip, at_home, driving_kw, likely_trips
from hems.planner.cars import evs
from hems.planner.memory import Memory
from hems.planner.readings import EvReading, Overrides, Readings

ZONE = ZoneInfo("Europe/Amsterdam")
MONDAY = datetime(2026, 6, 1, tzinfo=ZONE)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
KWH = 60.0


def at(day: int, hour: float) -> datetime:
    return (MONDAY + day * DAY).replace(hour=int(hour), minute=round(hour % 1 * 60)).astimezone(UTC)


def lived(days: int, memory: CarMemory | None = None, first: int = 0, until: float | None = None) -> CarMemory:
    """A commuter's weeks, seen every 5 minutes: away 08:00 to 17:00 on weekdays with 12 kWh, at home at weekends."""
    memory, soc = memory or CarMemory(), 0.8
    now, end = at(first, 0), at(first + days - 1, until) if until is not None else at(first + days, 0)
    while now < end:
        local = now.astimezone(ZONE)
        away = local.weekday() < 5 and 8 <= local.hour < 17
        if away:
            soc -= 12.0 / KWH / 9 / 12
        elif local.hour < 6:
            soc = 0.8
        memory = observe_car(memory, not away, round(soc, 4), now, ZONE)
        now += timedelta(minutes=5)
    return memory


def reading(connected: bool | None = True) -> EvReading:
    return EvReading(connected, 0.6, None, time(7), 0.8)


def trips(memory: CarMemory, now: datetime, connected: bool = True) -> tuple[Trip, ...] | None:
    return likely_trips(memory, reading(connected), KWH, Horizon(now, (60.0,) * 48), ZONE)


WEEKS = lived(15)  # until Monday's midnight of the third week, Monday included


def test_nothing_is_known_of_a_new_car() -> None:
    assert trips(CarMemory(), at(3, 12)) is None
    assert trips(lived(3), at(3, 12)) is None


def test_a_commuter_leaves_and_comes_back() -> None:
    found = trips(WEEKS, at(15, 0))  # Tuesday
    assert found is not None
    assert [(trip.leaves, trip.back) for trip in found] == [(at(15, 8), at(15, 17)), (at(16, 8), at(16, 17))]
    assert [trip.kwh for trip in found] == pytest.approx([12.0, 12.0], abs=0.4)


def test_a_weekend_has_no_trips() -> None:
    friday = lived(4, WEEKS, 15, until=20)
    assert trips(friday, at(18, 20)) == ()


def test_a_car_that_is_away_comes_back_at_its_usual_time() -> None:
    tuesday = lived(1, WEEKS, 15, until=12.5)
    found = trips(tuesday, at(15, 12.5), connected=False)
    assert found is not None and (found[0].leaves, found[0].back) == (at(15, 12.5), at(15, 17))
    assert found[0].kwh == pytest.approx(12.0 / 2, abs=0.3)
    assert found[1].leaves == at(16, 8)


def test_a_car_that_is_late_is_expected_soon() -> None:
    away = observe_car(lived(1, WEEKS, 15, until=8), False, 0.7, at(15, 8), ZONE)
    found = trips(away, at(15, 19), connected=False)
    assert found is not None and found[0].back == at(15, 19.5) and found[0].kwh == pytest.approx(0.0)


def test_a_car_that_should_have_left_may_leave_at_any_moment() -> None:
    tuesday = lived(1, WEEKS, 15, until=8)
    found = trips(tuesday, at(15, 8.5))
    assert found is not None and found[0].leaves == at(15, 8.75)
    assert trips(tuesday, at(15, 10)) == trips(tuesday, at(15, 10)) and (trips(tuesday, at(15, 10)) or ())[
        0
    ].leaves == at(16, 8)


def test_steps_that_a_trip_touches_are_not_at_home_and_its_energy_is_all_there() -> None:
    horizon, trip = Horizon(at(0, 7), (60.0,) * 6), Trip(at(0, 8.5), at(0, 11), 10.0)
    assert list(at_home([trip], horizon)) == [True, False, False, False, True, True]
    assert list(driving_kw([trip], horizon)) == pytest.approx([0, 2.0, 4.0, 4.0, 0, 0])


def test_a_memory_is_small_and_survives_a_restart() -> None:
    document = json.dumps(car_to_dict(lived(60)))
    assert len(document) < 8000
    assert car_from_dict(json.loads(document)) == lived(60)


def test_what_is_not_known_is_not_written() -> None:
    assert observe_car(WEEKS, None, 0.5, at(16, 0), ZONE) is WEEKS
    assert observe_car(WEEKS, True, 0.5, at(14, 0), ZONE) is WEEKS  # the clock was set back


# Wishes that apps.yaml does not give


def planned(
    memory: CarMemory, now: datetime, notes: Notes | None = None, seen: EvReading | None = None, **wishes: Any
) -> Ev:
    """A car of which apps.yaml gives only ``wishes``."""
    keys = {"evs.car.ready_by": ..., "evs.car.target_soc": ...} | {f"evs.car.{key}": one for key, one in wishes.items()}
    site = make_site(**keys)
    config = site.evs["car"]
    literal = {key: value for key in wishes if not isinstance(value := getattr(config, key), str) and key != "soc_max"}
    seen = replace(seen or EvReading(True, 0.3, None, None, None), **literal)
    readings = Readings(now, evs={"car": seen})
    horizon = Horizon(now, (60.0,) * 48)
    return next(evs(site, readings, Memory(cars={"car": memory}), horizon, ZONE, notes or Notes(), [0.2] * 48))


def wished(car: Ev) -> list[tuple[datetime, float]]:
    return [(target.at, target.soc) for target in car.targets]


TUESDAY_NIGHT = at(15, 0)


def test_car_of_which_nobody_knows_anything_is_ready_at_seven_with_eighty_percent() -> None:
    notes = Notes()
    car = planned(CarMemory(), TUESDAY_NIGHT, notes)
    assert wished(car) == [(at(15, 7), 0.8)]
    assert car.connected == (True,) * 7 + (False,) * 41
    assert notes.lines == ["car: no ready_by and no target_soc given; its habits are not known yet: 80% by Tue 07:00"]


def test_car_with_habits_is_ready_when_it_usually_leaves_with_what_it_usually_needs() -> None:
    notes = Notes()
    # 20 % a day and 20 % in reserve are less than the half that is always kept
    assert wished(planned(WEEKS, TUESDAY_NIGHT, notes)) == [(at(15, 8), 0.5), (at(16, 8), 0.5)]
    assert notes.lines == ["car: no ready_by and no target_soc given; learned from how it was used: 50% by Tue 08:00"]


def test_car_that_drives_far_needs_more() -> None:
    far = CarMemory(tuple(replace(day, used=day.used and 0.55) for day in WEEKS.days), WEEKS.recent)
    assert wished(planned(far, TUESDAY_NIGHT))[0] == (at(15, 8), pytest.approx(0.75))
    assert wished(planned(far, TUESDAY_NIGHT, soc_max=0.7))[0] == (at(15, 8), 0.7)


def test_weekend_asks_for_nothing() -> None:
    friday = lived(4, WEEKS, 15, until=20)
    car = planned(friday, at(18, 20))
    assert car.targets == () and all(car.connected)


@pytest.mark.parametrize(
    ("wishes", "target"),
    [
        ({"ready_by": "06:30"}, (at(15, 6.5), 0.5)),
        ({"target_soc": 0.9}, (at(15, 8), 0.9)),
        ({"ready_by": "06:30", "target_soc": 0.9}, (at(15, 6.5), 0.9)),
    ],
)
def test_wish_that_is_given_goes_before_what_is_learned(wishes: dict[str, Any], target: tuple[datetime, float]) -> None:
    notes = Notes()
    assert wished(planned(WEEKS, TUESDAY_NIGHT, notes, **wishes))[0] == target
    assert len(notes.lines) == (len(wishes) < 2)


def test_wish_whose_entity_says_nothing_is_no_wish_and_nothing_is_learned_in_its_place() -> None:
    both = {"ready_by": "input_datetime.ready", "target_soc": "input_number.target"}
    assert planned(WEEKS, TUESDAY_NIGHT, **both).targets == ()
    assert planned(CarMemory(), TUESDAY_NIGHT, **both).targets == ()
    assert planned(WEEKS, TUESDAY_NIGHT, target_soc="input_number.target").targets == ()


def test_car_that_is_away_is_ready_for_the_trip_after_the_one_it_is_on() -> None:
    tuesday = lived(1, WEEKS, 15, until=12.5)
    away = EvReading(False, 0.3, None, None, None)
    assert wished(planned(tuesday, at(15, 12.5), seen=away)) == [(at(16, 8), 0.5), (at(17, 8), 0.5)]
    assert planned(CarMemory(), TUESDAY_NIGHT, seen=away).targets == ()


def test_on_vacation_nothing_is_wished_for_the_car() -> None:
    site = make_site(**{"evs.car.ready_by": ..., "evs.car.target_soc": ...})
    cars = {"car": EvReading(True, 0.3, None, None, None)}
    readings = Readings(TUESDAY_NIGHT, evs=cars, overrides=Overrides(vacation=True))
    horizon, memory = Horizon(TUESDAY_NIGHT, (60.0,) * 48), Memory(cars={"car": WEEKS})
    [car] = evs(site, readings, memory, horizon, ZONE, Notes(), [0.2] * 48)
    assert car.targets == ()


def test_what_a_silent_car_was_charged_is_added_to_its_last_word() -> None:
    memory = CarMemory()
    for minute, kwh in ((0, 0.0), (5, 0.5), (10, 0.5)):
        memory = observe_car(memory, True, 0.6, at(0, 1) + timedelta(minutes=minute), ZONE, kwh)
    assert memory.soc_now(reading(), KWH, 0.9) == pytest.approx(0.6 + 1.0 * 0.9 / KWH)
    assert car_from_dict(json.loads(json.dumps(car_to_dict(memory)))) == memory


def test_a_car_that_speaks_is_believed() -> None:
    memory = observe_car(CarMemory(), True, 0.6, at(0, 1), ZONE)
    memory = observe_car(memory, True, 0.6, at(0, 1.5), ZONE, 3.0)
    heard = observe_car(memory, True, 0.63, at(0, 2), ZONE, 3.0)
    assert heard.soc_now(EvReading(True, 0.63, None, None, None), KWH, 0.9) == 0.63
    assert memory.soc_now(EvReading(True, 0.7, None, None, None), KWH, 0.9) == 0.7  # newer than the memory
    assert memory.soc_now(EvReading(True, None, None, None, None), KWH, 0.9) is None


def test_a_full_car_is_no_more_than_full_and_a_trip_ends_the_reckoning() -> None:
    memory = observe_car(CarMemory(), True, 0.6, at(0, 1), ZONE)
    memory = observe_car(memory, True, 0.6, at(0, 1.5), ZONE, 100.0)
    assert memory.soc_now(reading(), KWH, 0.9) == 1.0
    away = observe_car(memory, False, 0.6, at(0, 2), ZONE, 1.0)
    assert away.soc_now(reading(False), KWH, 0.9) == 0.6
