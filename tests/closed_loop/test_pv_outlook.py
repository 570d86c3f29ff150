"""The forecast in force: when it is issued, how far it reaches, how wrong it is."""

import math
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import pytz

from hems.closed_loop.pv_outlook import PvOutlook
from hems.closed_loop.series import Series, Values
from hems.domain.series import Slot

UTC = timezone.utc
BERLIN = ZoneInfo("Europe/Berlin")
HALF_HOUR = timedelta(minutes=30)
# Local midnights; the clock is put forward on 2024-03-31.
START, END = datetime(2024, 3, 1, tzinfo=BERLIN), datetime(2024, 5, 1, tzinfo=BERLIN)


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2024, month, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


def sunny(steps: int) -> Values:
    """A plant of 5 kW between 6 and 18 UTC, on days that are clear, cloudy and broken by turns."""
    power = []
    for k in range(steps):
        time = START.astimezone(UTC) + timedelta(minutes=15 * k)
        day = time.toordinal()
        light = (1.0, 0.25, 0.6 + 0.4 * (-1) ** (k // 3))[day % 3]
        power.append(light * max(0.0, 5 * math.sin((time.hour + time.minute / 60 - 6) / 12 * math.pi)))
    return np.array(power)


def series(forecast: bool = False) -> Series:
    begin = START.astimezone(UTC)
    steps = int((END.astimezone(UTC) - begin) / timedelta(minutes=15))
    pv, nothing = sunny(steps), np.zeros(steps)
    kept = {"roof": np.arange(steps, dtype=float)} if forecast else {}
    return Series(begin, 15.0, nothing, {"roof": pv, "barn": nothing}, nothing, kept)


HOME = series()


def energy_kwh(slots: tuple[Slot, ...], day: date) -> float:
    return sum(
        slot.value * (slot.end - slot.begin) / timedelta(hours=1)
        for slot in slots
        if slot.begin.astimezone(BERLIN).date() == day
    )


def true_kwh(day: date) -> float:
    midnight = datetime(day.year, day.month, day.day, tzinfo=BERLIN)
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), BERLIN)
    return float(HOME.pv_kw["roof"][HOME.step_at(midnight) : HOME.step_at(end)].sum()) / 4


def test_reaches_from_midnight_through_the_day_after_tomorrow() -> None:
    slots = PvOutlook(HOME, BERLIN, 1).slots(at(3, 10, 14, 35), "roof")
    assert (slots[0].begin, slots[-1].end) == (at(3, 10, 0), at(3, 13, 0))
    assert all(slot.end - slot.begin == HALF_HOUR for slot in slots)
    assert all(before.end == after.begin for before, after in pairwise(slots))


@pytest.mark.parametrize("zone", [BERLIN, pytz.timezone("Europe/Berlin")], ids=["zoneinfo", "pytz"])
def test_is_issued_three_times_a_day_and_stands_in_between(zone: ZoneInfo) -> None:
    outlook = PvOutlook(HOME, zone, 1)
    issued: list[datetime] = []
    last: tuple[Slot, ...] = ()
    now = at(3, 30, 18)
    while now < at(4, 1, 6):
        slots = outlook.slots(now, "roof")
        assert slots[0].begin <= now
        local = now.astimezone(BERLIN)
        ends = datetime.combine(local.date() + timedelta(days=3), datetime.min.time(), BERLIN)
        assert slots[-1].end >= ends.astimezone(UTC)
        if slots is not last:
            issued.append(local.replace(tzinfo=None))
            last = slots
        now += timedelta(minutes=5)
    assert issued == [
        datetime(2024, 3, 30, 18), datetime(2024, 3, 31, 6), datetime(2024, 3, 31, 12), datetime(2024, 3, 31, 18)
    ]  # fmt: skip


def test_the_night_still_has_the_evening_issue() -> None:
    outlook = PvOutlook(HOME, BERLIN, 1)
    evening = outlook.slots(at(3, 10, 18), "roof")
    assert outlook.slots(at(3, 11, 5, 59), "roof") is evening
    assert (evening[0].begin, evening[-1].end) == (at(3, 10, 0), at(3, 14, 0))
    assert outlook.slots(at(3, 11, 6), "roof") is not evening


def test_ends_where_the_series_ends() -> None:
    outlook = PvOutlook(HOME, BERLIN, 1)
    assert outlook.slots(at(4, 30, 20), "roof")[-1].end == HOME.end
    assert outlook.slots(at(3, 1, 0), "roof")[0].begin == HOME.start


def test_a_series_that_begins_within_a_half_hour_keeps_the_grid() -> None:
    late = Series(at(3, 10, 9, 15), 15.0, np.zeros(300), {"roof": np.ones(300)}, np.zeros(300))
    slots = PvOutlook(late, BERLIN, 1).slots(at(3, 10, 9, 20), "roof")
    assert [(slot.begin, slot.end) for slot in slots[:2]] == [
        (at(3, 10, 9, 15), at(3, 10, 9, 30)),
        (at(3, 10, 9, 30), at(3, 10, 10)),
    ]


@pytest.mark.parametrize(("month", "day", "slots"), [(3, 30, 48), (3, 31, 46)])
def test_a_day_of_the_clock_change_has_its_own_length(month: int, day: int, slots: int) -> None:
    found = PvOutlook(HOME, BERLIN, 1).slots(at(month, day, 12), "roof")
    assert sum(slot.begin.astimezone(BERLIN).day == day for slot in found) == slots


def test_a_kept_forecast_is_the_forecast() -> None:
    slots = PvOutlook(series(forecast=True), BERLIN, 1).slots(at(3, 1, 7), "roof")
    assert [slot.value for slot in slots[:3]] == [0.5, 2.5, 4.5]


def test_is_the_same_for_a_seed_whatever_was_asked_before() -> None:
    now = at(4, 10, 8)
    asked_before = PvOutlook(HOME, BERLIN, 1)
    asked_before.slots(at(4, 2, 8), "roof")
    asked_before.slots(now, "barn")
    fresh = PvOutlook(HOME, BERLIN, 1).slots(now, "roof")
    assert asked_before.slots(now, "roof") == fresh
    assert PvOutlook(HOME, BERLIN, 2).slots(now, "roof") != fresh


def test_a_day_errs_to_one_side_and_less_as_it_nears() -> None:
    day = date(2024, 4, 10)
    sides = set()
    for seed in range(12):
        outlook = PvOutlook(HOME, BERLIN, seed)
        errors = [energy_kwh(outlook.slots(at(4, 10 - ahead, 7), "roof"), day) for ahead in (2, 1, 0)]
        # The shape is the same at every issue, and so is the surprise: only the factor moves, by 25, 18 and 8 parts of it.
        assert (errors[0] - errors[2]) * 10 == pytest.approx((errors[1] - errors[2]) * 17, rel=0.02)
        assert (errors[0] > true_kwh(day)) == (errors[0] > errors[2])
        sides.add(errors[0] > errors[2])
    assert sides == {True, False}


def test_days_miss_their_total_by_as_much_as_rooftop_forecasts_do() -> None:
    misses: dict[int, list[float]] = {0: [], 1: [], 2: []}
    for seed in range(6):
        outlook = PvOutlook(HOME, BERLIN, seed)
        for day in range(4, 25):
            slots = outlook.slots(at(4, day, 6), "roof")
            for ahead, found in misses.items():
                target = date(2024, 4, day) + timedelta(days=ahead)
                found.append(energy_kwh(slots, target) / true_kwh(target) - 1)
    spread = [float(np.std(misses[ahead])) for ahead in (0, 1, 2)]
    assert spread == pytest.approx([0.08, 0.18, 0.25], rel=0.3)
    assert abs(np.mean(misses[0])) < 0.03


def test_never_negative_never_above_what_the_plant_can_and_dark_at_night() -> None:
    for seed in range(20):
        slots = PvOutlook(HOME, BERLIN, seed).slots(at(4, 10, 6), "roof")
        assert all(0 <= slot.value <= 1.05 * 5 for slot in slots)
        night = [slot.value for slot in slots if not 6 <= slot.begin.hour < 18]
        assert len(night) > 60 and max(night) < 1e-9
        assert max(slot.value for slot in slots) > 1


def test_passing_clouds_are_not_foreseen() -> None:
    """On a day of broken cloud the truth jumps from one quarter of an hour to the next; the forecast does not."""
    broken = next(day for day in range(5, 9) if (date(2024, 4, day).toordinal()) % 3 == 2)
    slots = PvOutlook(HOME, BERLIN, 1).slots(at(4, broken, 6), "roof")
    forecast = np.array([slot.value for slot in slots if slot.begin.day == broken and 9 <= slot.begin.hour < 15])
    first = HOME.step_at(datetime(2024, 4, broken, 9, tzinfo=UTC))
    truth = HOME.pv_kw["roof"][first : first + 24].reshape(-1, 2).mean(axis=1)
    assert np.abs(np.diff(truth)).max() > 2
    assert np.abs(np.diff(forecast)).max() < 0.8


def test_a_plant_that_never_works_is_forecast_to_be_dark() -> None:
    assert not any(slot.value for slot in PvOutlook(HOME, BERLIN, 1).slots(at(4, 10, 8), "barn"))


def test_an_unknown_plant_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        PvOutlook(HOME, BERLIN, 1).slots(at(4, 10, 8), "shed")
