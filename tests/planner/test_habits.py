"""When a car leaves and what it uses, learned from made-up families over a few weeks."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta, timezone
from random import Random
from zoneinfo import ZoneInfo

import pytest

from hems.planner.habits import Habits, Observation, habits_of
from hems.planner.local_days import local_time

ZONE = ZoneInfo("Europe/Amsterdam")
MONDAY = date(2026, 6, 1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Trip = tuple[datetime, datetime, float]
Family = Callable[[date], list[tuple[str, float, float]]]


def trips(family: Family, first: date, days: int) -> Iterator[Trip]:
    """``family`` says of a day: departures (local time), hours away, and how much of the capacity is used."""
    for k in range(days):
        day = first + k * DAY
        for clock, hours, used in family(day):
            begin = local_time(day, time.fromisoformat(clock), ZONE)
            yield begin, begin + timedelta(hours=hours), used


def seen(family: Family, first: date, days: int, *, soc_known: bool = True) -> list[Observation]:
    """What the store has seen by the midnight after: once an hour, and when the plug changed. It charges to 80 % at home."""
    begin, end = (local_time(day, time(), ZONE) for day in (first, first + days * DAY))
    away = list(trips(family, first, days))

    def at(now: datetime) -> Observation:
        past = [trip for trip in away if trip[0] <= now]
        if past and now < past[-1][1]:
            return Observation(now, False, 0.8 if soc_known else None)
        since = (now - past[-1][1]) / HOUR if past else 99.0
        soc = 0.8 - past[-1][2] + 0.1 * since if past else 0.8
        return Observation(now, True, round(min(soc, 0.8), 4) if soc_known else None)

    instants = {begin + k * HOUR for k in range(int((end - begin) / HOUR))} | {
        t for trip in away for t in trip[:2] if t < end
    }
    return [at(now) for now in sorted(instants)]


def commuter(day: date) -> list[tuple[str, float, float]]:
    """Monday to Friday at about half past seven; on some Saturdays a little later to the shops."""
    random = Random(day.toordinal())
    if day.weekday() < 5:
        return [(f"07:{random.randrange(20, 45)}", 9.5, 0.15 + 0.05 * random.random())]
    return [("10:30", 1.5, 0.05)] if day.weekday() == 5 else []


def shift_worker(day: date) -> list[tuple[str, float, float]]:
    """Nights from Monday to Thursday, back in the morning; home otherwise."""
    return [("21:30", 9.0, 0.2)] if day.weekday() < 4 else []


def rarely(day: date) -> list[tuple[str, float, float]]:
    """Every eleventh day, far."""
    return [("09:00", 5.0, 0.4)] if day.toordinal() % 11 == 0 else []


def learn(family: Family, days: int, first: date = MONDAY, **more: bool) -> Habits:
    observations = seen(family, first, days, **more)
    return habits_of(observations, ZONE, local_time(first + days * DAY, time(), ZONE))


def next_departure(habits: Habits, now: datetime) -> datetime | None:
    """The next usual departure after ``now``; None: none within a week, or nobody knows."""
    days = (now.astimezone(ZONE).date() + ahead * DAY for ahead in range(8))
    clocks = ((day, habits.departure_time(day)) for day in days)
    departures = (local_time(day, clock, ZONE) for day, clock in clocks if clock is not None)
    return next((departure for departure in departures if departure > now), None)


def clock_after(habits: Habits, now: datetime) -> str | None:
    found = next_departure(habits, now)
    return None if found is None else found.astimezone(ZONE).strftime("%a %H:%M")


def minutes(clock: time | None) -> int:
    assert clock is not None
    return clock.hour * 60 + clock.minute


@pytest.mark.parametrize("weeks", [1, 2, 6])
def test_commuter_is_expected_to_leave_early_on_workdays(weeks: int) -> None:
    habits = learn(commuter, 7 * weeks)
    assert habits.days_seen == 7 * weeks
    monday = MONDAY + 7 * weeks * DAY
    for day in (monday + k * DAY for k in range(5)):
        assert 7 * 60 + 20 <= minutes(habits.departure_time(day)) <= 7 * 60 + 35
        assert habits.leaves(day) == pytest.approx(1.0, abs=0.1)
        assert habits.used_away(day) == pytest.approx(0.175, abs=0.03)
        assert habits.energy_away_kwh(day, 60.0) == pytest.approx(10.5, abs=1.8)
        assert habits.needed_soc(day) == pytest.approx(0.2 + 0.185, abs=0.02)
    sunday = monday + 6 * DAY
    assert habits.departure_time(sunday) is None
    assert (habits.leaves(sunday) or 0.0) < 0.4 and (habits.used_away(sunday) or 0.0) < 0.03
    assert minutes(habits.departure_time(monday + 5 * DAY)) == 630


def test_next_departure_skips_the_days_on_which_the_car_stays() -> None:
    habits = learn(commuter, 14)
    saturday = local_time(MONDAY + 19 * DAY, time(12), ZONE)
    departure = next_departure(habits, saturday)
    assert departure is not None and departure.tzinfo is not None
    assert (clock_after(habits, saturday) or "").startswith("Mon 07:")
    back = habits.arrival_after(departure)
    assert back is not None and back - departure == timedelta(hours=9.5)
    noon = local_time(MONDAY + 15 * DAY, time(12), ZONE)
    assert (clock_after(habits, noon) or "").startswith("Wed 07:")


def test_shift_worker_leaves_in_the_evening_and_is_back_in_the_morning() -> None:
    habits = learn(shift_worker, 14)
    tuesday = local_time(MONDAY + 15 * DAY, time(8), ZONE)
    assert clock_after(habits, tuesday) == "Tue 21:30"
    departure = next_departure(habits, tuesday)
    assert departure is not None
    assert habits.arrival_after(departure) == departure + 9 * HOUR
    assert clock_after(habits, local_time(MONDAY + 17 * DAY, time(23), ZONE)) == "Mon 21:30"
    assert habits.needed_soc(MONDAY + 15 * DAY, reserve=0.1) == pytest.approx(0.3)


def test_car_that_is_rarely_used_has_no_departure_but_a_need() -> None:
    habits = learn(rarely, 44)
    assert next_departure(habits, local_time(MONDAY + 44 * DAY, time(), ZONE)) is None
    for day in (MONDAY + k * DAY for k in range(44, 51)):
        assert 0.0 < (habits.leaves(day) or 0.0) < 0.4
    needed = [habits.needed_soc(MONDAY + k * DAY) for k in range(44, 51)]
    assert {round(soc, 6) for soc in needed if soc is not None} == {0.6}


@pytest.mark.parametrize("days", [0, 1, 2])
def test_who_has_hardly_been_seen_is_not_known(days: int) -> None:
    habits = learn(commuter, days)
    sunday = MONDAY + 13 * DAY
    assert habits.leaves(sunday) is None and habits.departure_time(sunday) is None
    assert habits.used_away(sunday) is None and habits.needed_soc(sunday) is None


def test_some_days_are_enough_for_days_like_them() -> None:
    habits = learn(commuter, 3)
    assert clock_after(habits, local_time(MONDAY + 4 * DAY, time(12), ZONE)) == clock_after(
        habits, local_time(MONDAY + 6 * DAY, time(12), ZONE)
    )
    assert minutes(habits.departure_time(MONDAY + 7 * DAY)) < 7 * 60 + 45
    assert learn(commuter, 2).needed_soc(MONDAY + 7 * DAY) is not None  # a Monday was seen


def test_nothing_seen_is_no_habit() -> None:
    habits = habits_of([], ZONE, datetime(2026, 6, 1, tzinfo=timezone.utc))
    assert habits.days_seen == 0 and next_departure(habits, datetime(2026, 6, 1, tzinfo=timezone.utc)) is None
    assert habits.arrival_after(datetime(2026, 6, 1, tzinfo=timezone.utc)) is None


@pytest.mark.parametrize("change", [date(2026, 3, 29), date(2026, 10, 25)])
def test_on_the_days_of_the_clock_change_the_wall_clock_counts(change: date) -> None:
    def always(day: date) -> list[tuple[str, float, float]]:
        return [("07:30", 9.0, 0.1)]

    first = change - 14 * DAY
    habits = learn(always, 14, first)
    for ahead in range(3):
        day = change - DAY + ahead * DAY
        begin = local_time(day, time(), ZONE)
        departure = next_departure(habits, begin)
        assert departure is not None and departure.astimezone(ZONE).replace(tzinfo=None) == datetime.combine(
            day, time(7, 30)
        )
    # Learned over the change, too: the same wall clock before and after it.
    after = learn(always, 14, change - 7 * DAY)
    assert {one.departure_minute for one in after.days} == {450.0}
    assert all(one.left and one.used == pytest.approx(0.1) for one in after.days)


def test_holidays_are_like_sundays() -> None:
    def with_holiday(day: date) -> list[tuple[str, float, float]]:
        return [] if day == MONDAY + 21 * DAY else commuter(day)

    observations = seen(with_holiday, MONDAY, 28)
    now = local_time(MONDAY + 28 * DAY, time(), ZONE)
    free = MONDAY + 28 * DAY
    knowing = habits_of(observations, ZONE, now, holidays=[MONDAY + 21 * DAY, free])
    assert knowing.departure_time(free) is None
    assert knowing.departure_time(free + 7 * DAY) is not None
    assert (knowing.leaves(free + 7 * DAY) or 0) > (habits_of(observations, ZONE, now).leaves(free + 7 * DAY) or 0)


def test_new_habits_take_over_within_weeks() -> None:
    def moved(day: date) -> list[tuple[str, float, float]]:
        return [("06:00" if day >= MONDAY + 28 * DAY else "09:00", 8.0, 0.1)] if day.weekday() < 5 else []

    assert minutes(learn(moved, 28).departure_time(MONDAY + 28 * DAY)) == 540
    assert minutes(learn(moved, 42).departure_time(MONDAY + 42 * DAY)) == 360
