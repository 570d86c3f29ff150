"""What a car did on a day: faults of the plug, of the state of charge and of the observation."""

from datetime import date, datetime, timedelta, timezone

import pytest

from hems.planner.habits_days import CarDay, Observation, car_days

UTC = timezone.utc
FIRST = date(2026, 6, 1)


def seen(*rows: tuple[str, bool | None, float | None], hourly: bool = True) -> list[CarDay]:
    """Rows of day and time ("1 07:30"); in between the car is seen once an hour as it was."""
    known = []
    for text, connected, soc in rows:
        day, clock = text.split()
        hour, minute = clock.split(":")
        at = datetime(2026, 6, int(day), int(hour), int(minute), tzinfo=UTC)
        while hourly and known and at - known[-1].at > timedelta(hours=1):
            known.append(Observation(known[-1].at + timedelta(hours=1), known[-1].connected, known[-1].soc))
        known.append(Observation(at, connected, soc))
    return car_days(known, UTC)


def test_a_trip_has_its_departure_its_length_and_what_it_used() -> None:
    days = seen(("1 00:00", True, 0.8), ("1 07:30", False, 0.8), ("1 17:00", True, 0.6), ("2 23:59", True, 0.8))
    assert days == [CarDay(FIRST, True, 450.0, 9.5, pytest.approx(0.2)), CarDay(date(2026, 6, 2), False, used=0.0)]


def test_two_trips_of_a_day_add_up_and_the_first_is_the_departure() -> None:
    [day] = seen(
        ("1 00:00", True, 0.8), ("1 08:00", False, 0.8), ("1 09:00", True, 0.7), ("1 18:00", False, 0.9),
        ("1 20:00", True, 0.75), ("1 23:59", True, 0.8),
    )  # fmt: skip
    assert (day.departure_minute, day.hours_away, day.used) == (480.0, 1.0, pytest.approx(0.25))


def test_a_plug_that_is_out_for_a_moment_is_no_trip() -> None:
    [day] = seen(("1 00:00", True, 0.8), ("1 12:00", False, 0.8), ("1 12:10", True, 0.8), ("1 23:59", True, 0.8))
    assert (day.left, day.used) == (False, 0.0)
    [short] = seen(("1 00:00", True, 0.8), ("1 12:00", False, 0.8), ("1 12:10", True, 0.75), ("1 23:59", True, 0.8))
    assert short.left is True


def test_state_of_charge_that_comes_late_is_waited_for() -> None:
    [day] = seen(
        ("1 00:00", True, 0.8),
        ("1 08:00", False, 0.8),
        ("1 17:00", True, 0.8),
        ("1 17:30", True, 0.55),
        ("1 23:59", True, 0.8),
    )
    assert day.used == pytest.approx(0.25)


def test_car_that_was_charged_on_the_way_or_is_silent_used_nobody_knows_what() -> None:
    for before, after in ((0.5, 0.9), (None, 0.5), (0.5, None)):
        [day] = seen(
            ("1 00:00", True, before), ("1 08:00", False, before), ("1 17:00", True, after), ("1 23:59", True, after)
        )
        assert (day.left, day.used, day.departure_minute) == (True, None, 480.0)


def test_days_away_are_neither_left_nor_stayed() -> None:
    days = seen(("1 00:00", True, 0.8), ("1 09:00", False, 0.8), ("3 18:00", True, 0.3), ("4 23:59", True, 0.8))
    assert [day.left for day in days] == [True, None, None, False]
    assert (days[0].hours_away, days[0].used) == (57.0, pytest.approx(0.5))


def test_silence_of_the_suite_is_not_staying_at_home() -> None:
    days = seen(("1 00:00", True, 0.8), ("3 23:59", True, 0.8), hourly=False)
    assert [day.left for day in days] == [None, None, None]
    # Gone during the silence: when is not known, so it is no departure of that time.
    gone = seen(("1 06:00", True, 0.8), ("1 12:00", False, 0.8), ("1 17:00", True, 0.6), hourly=False)
    assert [day.left for day in gone] == [None]


def test_trip_that_has_not_ended_has_a_departure_only() -> None:
    [day] = seen(("1 00:00", True, 0.8), ("1 08:00", False, 0.8), ("1 12:00", False, 0.8))
    assert day == CarDay(FIRST, True, 480.0, None, None)


def test_return_during_a_silence_has_a_use_but_no_length() -> None:
    known = [Observation(datetime(2026, 6, 1, k, tzinfo=UTC), k < 8, 0.8) for k in range(10)]
    known.append(Observation(datetime(2026, 6, 1, 20, tzinfo=UTC), True, 0.5))
    [day] = car_days(known, UTC)
    assert (day.left, day.hours_away, day.used) == (True, None, pytest.approx(0.3))


def test_what_is_not_known_of_the_plug_is_left_out() -> None:
    [day] = seen(("1 00:00", True, 0.8), ("1 08:00", None, None), ("1 08:30", True, 0.8), ("1 23:59", True, 0.8))
    assert day.left is False
    assert car_days([], UTC) == [] == seen(("1 00:00", None, 0.5))
