"""The baseline load: what is usual in this house at this time, what has changed lately, and what is measured now."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import pytz
from hypothesis import example, given, settings
from hypothesis import strategies as st

from builders.past import UTC, slots_from
from hems.domain.horizon import Horizon
from hems.domain.series import Slot
from hems.forecast.load import forecast_load
from hems.forecast.load_model import LoadModel

ZONE = ZoneInfo("Europe/Amsterdam")
MONDAY = datetime(2026, 6, 7, 22, 0, tzinfo=UTC)  # midnight in Amsterdam, the begin of a Monday
DAY = (60.0,) * 24


def mean_kw(history: Sequence[Slot], measured_kw: float | None, horizon: Horizon, zone: tzinfo) -> list[float]:
    return list(forecast_load(history, measured_kw, horizon, zone).mean_kw)


def past(days: int, now: datetime = MONDAY, minutes: float = 60) -> tuple[Slot, ...]:
    """Working days draw their hour in tenths of a kW, weekends 5 kW more."""
    begin = now - timedelta(days=days)
    return slots_from(begin, now, minutes, lambda t: t.hour / 10 + (5 if t.weekday() >= 5 else 0), ZONE)


def test_working_days_and_weekends_have_hours_of_their_own() -> None:
    found = LoadModel(past(28), ZONE).forecast(None, Horizon(MONDAY, DAY * 6))
    working, weekend = np.array(found.mean_kw[:24]), np.array(found.mean_kw[120:])
    assert working[12:23] == pytest.approx(np.arange(12, 23) / 10, abs=0.25)  # midnight's neighbour is smoothed
    assert weekend == pytest.approx(5 + np.arange(24) / 10, abs=0.5)
    assert found.p50_kw[12:24] == pytest.approx(np.arange(12, 24) / 10, abs=0.11)


def test_new_habit_is_expected_after_three_days() -> None:
    """A load of 4 kW at 13:00 since three days: the mean of four weeks would still say 0.7 kW."""
    since = MONDAY - timedelta(days=3)

    def load(t: datetime) -> float:
        return 4.0 if t.hour == 13 and t >= since else 0.3

    found = forecast_load(
        slots_from(MONDAY - timedelta(days=28), MONDAY, 60, load, ZONE), 0.3, Horizon(MONDAY, DAY), ZONE
    )
    assert found.mean_kw[13] > 2.2
    assert found.p90_kw[13] == pytest.approx(4.0, abs=0.1)
    assert max(found.mean_kw[:12]) < 0.6 and max(found.mean_kw[15:]) < 0.6


def test_ended_habit_is_forgotten_within_days() -> None:
    until = MONDAY - timedelta(days=4)

    def load(t: datetime) -> float:
        return 4.0 if t.hour == 13 and t < until else 0.3

    found = mean_kw(slots_from(MONDAY - timedelta(days=28), MONDAY, 60, load, ZONE), 0.3, Horizon(MONDAY, DAY), ZONE)
    assert found is not None and found[13] < 1.5


def test_one_wild_day_does_not_move_the_median() -> None:
    calm = slots_from(MONDAY - timedelta(days=28), MONDAY - timedelta(days=1), 60, lambda t: 0.5, ZONE)
    wild = slots_from(MONDAY - timedelta(days=1), MONDAY, 60, lambda t: 20.0, ZONE)
    found = forecast_load((*calm, *wild), 0.5, Horizon(MONDAY, DAY), ZONE)
    assert found.p50_kw[2:] == pytest.approx((0.5,) * 22, abs=0.05)


def test_measured_load_fades_into_the_usual_one() -> None:
    flat = slots_from(MONDAY - timedelta(days=7), MONDAY, 60, lambda t: 1.0)
    found = forecast_load(flat, 3.0, Horizon(MONDAY, (15.0,) * 48), ZONE)
    assert found.mean_kw[0] > 2.4
    assert (np.diff(found.mean_kw) < 1e-3).all()
    assert found.mean_kw[-1] == pytest.approx(1.0, abs=0.01)
    assert found.p90_kw[0] - found.p10_kw[0] < 1.0  # what is measured now is nearly sure to go on for minutes


def test_deviations_last_as_long_as_they_do_in_this_house() -> None:
    noise = np.random.default_rng(7)

    def house(kept: float) -> float:
        """Share of a deviation of 1 kW that is expected two hours later; ``kept`` of it is left from hour to hour."""
        apart, values = 0.0, []
        for _ in range(28 * 24):
            apart = kept * apart + 0.3 * np.sqrt(1 - kept**2) * noise.standard_normal()
            values.append(2.0 + apart)
        begin = MONDAY - timedelta(days=28)
        hour = timedelta(hours=1)
        slots = [Slot(begin + k * hour, begin + (k + 1) * hour, kw) for k, kw in enumerate(values)]
        model = LoadModel(slots, ZONE)
        horizon = Horizon(MONDAY, (60.0,) * 4)
        return model.forecast(3.0, horizon).mean_kw[2] - model.forecast(2.0, horizon).mean_kw[2]

    assert house(0.9) > 0.45
    assert house(0.0) < 0.2


def test_last_half_hour_stands_in_for_a_measurement() -> None:
    flat = slots_from(MONDAY - timedelta(days=14), MONDAY, 30, lambda t: 1.0)
    risen = (*flat[:-2], Slot(flat[-2].begin, flat[-1].end, 3.0))
    soon, later = Horizon(MONDAY, (30.0,)), Horizon(MONDAY + timedelta(hours=5), (30.0,))
    found = [LoadModel(risen, ZONE).forecast(None, horizon).mean_kw[0] for horizon in (soon, later)]
    assert found[0] > 1.5
    assert found[1] < 1.3


@pytest.mark.parametrize("minutes", [5.0, 15.0, 30.0, 60.0])
def test_history_of_any_slot_length_teaches_the_same_hours(minutes: float) -> None:
    horizon = Horizon(MONDAY, DAY)
    found = mean_kw(past(14, minutes=minutes), None, horizon, ZONE)
    assert found == pytest.approx(mean_kw(past(14), None, horizon, ZONE), abs=0.02)


def test_finer_history_shows_what_happens_within_the_hour() -> None:
    begin = MONDAY - timedelta(days=14)
    fine = slots_from(begin, MONDAY, 30, lambda t: 4.0 if (t.hour, t.minute) == (13, 30) else 0.2, ZONE)
    found = forecast_load(fine, None, Horizon(MONDAY, (30.0,) * 48), ZONE)
    assert found.p50_kw[27] == pytest.approx(4.0, abs=0.05)
    assert found.p50_kw[26] < 0.5
    assert found.mean_kw[27] > 3.0 > 1.0 > found.mean_kw[26]


def test_steps_of_any_length_carry_the_same_energy() -> None:
    model = LoadModel(past(28), ZONE)
    begin = MONDAY + timedelta(hours=10)
    lengths = [(15.0,) * 192, (30.0,) * 96, (60.0,) * 48, (8.0, 7.0, *(15.0,) * 23, *(30.0,) * 36, *(60.0,) * 24)]
    energies = [np.dot(model.forecast(None, Horizon(begin, one)).mean_kw, one) / 60 for one in lengths]
    assert energies == pytest.approx([energies[0]] * 4, rel=0.01)


def test_gaps_stay_gaps() -> None:
    gone = np.random.default_rng(3).random(28 * 24) < 0.3
    day = timedelta(days=1)
    kept = [
        slot
        for slot, away in zip(past(28), gone, strict=True)
        if not away and not MONDAY - 9 * day <= slot.begin < MONDAY - 6 * day
    ]
    holes = (*kept, Slot(MONDAY - day, MONDAY - day + timedelta(hours=1), float("nan")))
    found = forecast_load(holes, None, Horizon(MONDAY, DAY), ZONE)
    assert found.p50_kw[12:] == pytest.approx(np.arange(12, 24) / 10, abs=0.2)
    assert np.isfinite(found.mean_kw).all()


def test_holidays_are_like_sundays() -> None:
    model = LoadModel(past(28), ZONE, holidays={date(2026, 6, 9)})
    found = model.forecast(None, Horizon(MONDAY, DAY * 2)).mean_kw
    assert found[24 + 12] > 5.0
    assert found[12] < 2.0


def test_without_any_knowledge_it_is_a_usual_household() -> None:
    found = LoadModel((), ZONE).forecast(None, Horizon(MONDAY, DAY))
    assert np.mean(found.mean_kw) == pytest.approx(0.3, abs=0.01)
    assert found.mean_kw[19] > 2 * found.mean_kw[3]
    assert all(low < middle < high for low, middle, high in zip(found.p10_kw, found.p50_kw, found.p90_kw, strict=True))


def test_first_day_takes_its_level_from_what_is_measured() -> None:
    noon = MONDAY + timedelta(hours=12)
    low, high = (np.mean(mean_kw((), kw, Horizon(noon, DAY), ZONE)) for kw in (0.1, 2.0))
    assert 0.15 < low < 0.3 < 0.6 < high < 1.5
    assert mean_kw((), 2.0, Horizon(noon, (15.0,)), ZONE)[0] > 1.5
    assert mean_kw((), -0.2, Horizon(noon, (15.0,)), ZONE)[0] >= 0


@pytest.mark.parametrize(("days", "apart"), [(1, 0.5), (3, 0.25), (7, 0.15)])
def test_standard_profile_gives_way_to_the_houses_own_days(days: int, apart: float) -> None:
    """A house that draws 1 kW by night and nothing by day, the contrary of the standard."""

    def load(t: datetime) -> float:
        return 1.0 if t.hour < 6 else 0.0

    history = slots_from(MONDAY - timedelta(days=days), MONDAY, 60, load, ZONE)
    found = forecast_load(history, None, Horizon(MONDAY, DAY), ZONE)
    own = np.array([1.0] * 6 + [0.0] * 18)
    assert np.abs(np.array(found.mean_kw) - own)[2:].max() < apart


def test_hour_that_the_past_does_not_hold_takes_the_standard_at_the_houses_level() -> None:
    nights = slots_from(MONDAY, MONDAY + timedelta(hours=6), 60, lambda t: 2.0)
    evening = Horizon(MONDAY + timedelta(days=2, hours=19), (60.0,))
    found = mean_kw(nights, None, evening, ZONE)
    assert found is not None and found[0] > 2.0


@pytest.mark.parametrize("zone", [ZONE, pytz.timezone("Europe/Amsterdam")])
@pytest.mark.parametrize("day", [datetime(2026, 3, 29), datetime(2026, 10, 25)])
def test_day_of_the_clock_change_follows_local_hours(day: datetime, zone: ZoneInfo) -> None:
    before = (day - timedelta(days=1)).replace(hour=12, tzinfo=ZONE).astimezone(UTC)
    history = slots_from(before - timedelta(days=21), before, 60, lambda t: 3.0 if t.hour == 18 else 1.0, ZONE)
    load = forecast_load(history, None, Horizon(before, (60.0,) * 36), zone).p50_kw
    peaks = [(before + timedelta(hours=k)).astimezone(ZONE).hour for k in range(36) if load[k] > 2]
    assert peaks == [18, 18]


def test_it_is_asked_often_and_answers_the_same() -> None:
    model = LoadModel(past(28), ZONE)
    horizons = [Horizon(MONDAY + timedelta(minutes=15 * k), (15.0,) * 96 + (60.0,) * 48) for k in range(8)]
    first = [model.forecast(0.4, horizon) for horizon in horizons]
    assert [model.forecast(0.4, horizon) for horizon in reversed(horizons)] == first[::-1]
    assert first[3] == LoadModel(past(28), ZONE).forecast(0.4, horizons[3])


def test_quantiles_hold_what_they_promise() -> None:
    """Random days: about eight of ten half-hours lie between p10 and p90, half of them below p50."""
    chance = np.random.default_rng(11)
    begin, half_hour = MONDAY - timedelta(days=60), timedelta(minutes=30)
    kw = chance.gamma(1.5, 0.4, size=90 * 48)
    slots = [Slot(begin + k * half_hour, begin + (k + 1) * half_hour, value) for k, value in enumerate(kw.tolist())]
    inside, below = [], []
    for day in range(30):
        now = MONDAY + timedelta(days=day)
        k = (60 + day) * 48
        found = LoadModel(slots[k - 28 * 48 : k], ZONE).forecast(None, Horizon(now, (30.0,) * 48))
        came = kw[k : k + 48]
        inside.append(np.mean((came >= found.p10_kw) & (came <= found.p90_kw)))
        below.append(np.mean(came <= found.p50_kw))
    assert np.mean(inside) == pytest.approx(0.8, abs=0.06)
    assert np.mean(below) == pytest.approx(0.5, abs=0.06)


@example(kw=[0.0, 1.5], minutes=60.0, measured=None, late=1298, steps=[1.0, 30.0, 60.0, 1.0])
@settings(max_examples=60)
@given(
    kw=st.lists(st.one_of(st.floats(0, 15), st.just(float("nan"))), max_size=300),
    minutes=st.sampled_from([5.0, 15.0, 30.0, 60.0, 90.0]),
    measured=st.one_of(st.none(), st.floats(-1, 20)),
    late=st.integers(0, 3000),
    steps=st.lists(st.sampled_from([1.0, 7.0, 15.0, 30.0, 60.0]), min_size=1, max_size=80),
)
def test_every_answer_is_finite_ordered_and_not_negative(
    kw: list[float], minutes: float, measured: float | None, late: int, steps: list[float]
) -> None:
    length = timedelta(minutes=minutes)
    history = [Slot(MONDAY + k * length, MONDAY + (k + 1) * length, value) for k, value in enumerate(kw)]
    horizon = Horizon(MONDAY + len(kw) * length + timedelta(minutes=late), tuple(steps))
    found = forecast_load(history, measured, horizon, ZONE)
    table = np.array([found.mean_kw, found.p10_kw, found.p50_kw, found.p90_kw])
    assert table.shape == (4, len(steps))
    assert np.isfinite(table).all() and (table >= 0).all()
    assert (np.diff(table[1:], axis=0) >= 0).all()
