"""What the load forecast makes of the outdoor temperature: learned where the house answers to it, else left alone."""

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.past import UTC, slots_from
from hems.domain.horizon import Horizon
from hems.domain.series import Slot
from hems.forecast.load import forecast_load
from hems.forecast.load_model import LoadModel
from hems.forecast.load_outdoor import felt, temperatures

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 2, 1, 23, 0, tzinfo=UTC)  # midnight in Amsterdam, the begin of a Monday
DAYS, AHEAD = 42, Horizon(NOW, (60.0,) * 24)
HOUR = timedelta(hours=1)


def weather_c(seed: int, mean_c: float = 6.0) -> Callable[[datetime], float]:
    """Days that change from one to the next by some degrees, each with 4 K between its night and its day."""
    steps = np.random.default_rng(seed).normal(0, 2.5, DAYS + 4)
    level = [0.0]
    for step in steps:
        level.append(0.8 * level[-1] + float(step))
    begin = NOW - timedelta(days=DAYS + 1)

    def at(time: datetime) -> float:
        return mean_c + level[(time - begin) // timedelta(days=1)] - 2 * math.cos(2 * math.pi * time.hour / 24)

    return at


def noise(seed: int, kw: float) -> Callable[[], float]:
    generator = np.random.default_rng(seed)
    return lambda: float(generator.normal(0, kw))


def past_of(
    outdoor_c: Callable[[datetime], float], load_kw: Callable[[datetime, float], float]
) -> tuple[tuple[Slot, ...], tuple[Slot, ...]]:
    """Load and temperature of the weeks before NOW, by the hour."""
    begin = NOW - timedelta(days=DAYS)
    load = slots_from(begin, NOW, 60, lambda t: max(load_kw(t.astimezone(ZONE), outdoor_c(t)), 0.0))
    return load, slots_from(begin, NOW, 60, outdoor_c)


def heated(seed: int = 1, noise_kw: float = 0.15) -> tuple[tuple[Slot, ...], tuple[Slot, ...]]:
    """0.1 kW for each kelvin below 16 °C, on 0.4 kW by night and 0.7 kW by day."""
    more = noise(seed, noise_kw)
    return past_of(weather_c(seed), lambda t, c: (0.7 if t.hour >= 7 else 0.4) + 0.1 * max(16 - c, 0) + more())


def ahead(outdoor_c: float, hours: int = 24) -> tuple[Slot, ...]:
    return slots_from(NOW, NOW + hours * HOUR, 60, lambda t: outdoor_c)


def test_cold_spell_raises_the_load_of_a_heated_house_by_what_it_answers() -> None:
    load, outdoor = heated()
    model = LoadModel(load, ZONE, outdoor_c=outdoor)
    assert model.warmth is not None
    lowest = min(slot.value for slot in outdoor)
    cold, mild = (model.forecast(None, AHEAD, ahead(c)) for c in (lowest, lowest + 8))
    # The building remembers some hours, so the evening is judged.
    assert cold.mean_kw[-1] - mild.mean_kw[-1] == pytest.approx(0.8, abs=0.25)
    assert cold.mean_kw[-1] == pytest.approx(0.7 + 0.1 * (16 - lowest), abs=0.4)
    assert cold.p50_kw[-1] - mild.p50_kw[-1] > 0.4


def test_expected_load_is_nearer_with_the_temperature_than_without() -> None:
    load, outdoor = heated()
    lowest = min(slot.value for slot in outdoor)
    truth = np.array([(0.7 if hour >= 7 else 0.4) + 0.1 * (16 - lowest) for hour in range(24)])
    with_it = np.array(LoadModel(load, ZONE, outdoor_c=outdoor).forecast(None, AHEAD, ahead(lowest)).mean_kw)
    without = np.array(LoadModel(load, ZONE).forecast(None, AHEAD).mean_kw)
    assert abs(with_it - truth)[6:].mean() < 0.5 * abs(without - truth)[6:].mean()


def test_cooled_house_takes_more_when_it_gets_hot() -> None:
    more = noise(3, 0.1)
    load, outdoor = past_of(weather_c(3, 24.0), lambda t, c: 0.5 + 0.15 * max(c - 22, 0) + more())
    model = LoadModel(load, ZONE, outdoor_c=outdoor)
    assert model.warmth is not None and {one.side for one in model.warmth.answers} == {-1.0}
    hot, warm = (model.forecast(None, AHEAD, ahead(c)).mean_kw[-1] for c in (30.0, 22.0))
    assert hot - warm == pytest.approx(1.2, abs=0.5)


@pytest.mark.parametrize("seed", range(8))
def test_house_that_does_not_answer_is_forecast_as_before(seed: int) -> None:
    """Habits, weekends and noise, and weather that nobody minds. Chance may look like an answer, so a small one is allowed."""
    more = noise(seed, 0.3)
    load, outdoor = past_of(weather_c(seed + 50), lambda t, c: 0.6 + 0.4 * (t.weekday() >= 5) + more())
    model = LoadModel(load, ZONE, outdoor_c=outdoor)
    found, plain = model.forecast(0.6, AHEAD, ahead(2.0)), LoadModel(load, ZONE).forecast(0.6, AHEAD)
    if model.warmth is None:
        assert found == plain
    assert found.mean_kw == pytest.approx(plain.mean_kw, abs=0.12)


def test_most_houses_that_do_not_answer_get_no_answer() -> None:
    found = []
    for seed in range(12):
        more = noise(seed, 0.3)
        load, outdoor = past_of(weather_c(seed + 100), lambda t, c, more=more: 0.8 + more())  # type: ignore[misc]
        found.append(LoadModel(load, ZONE, outdoor_c=outdoor).warmth)
    assert sum(warmth is None for warmth in found) >= 9


def test_only_the_hours_that_heat_answer() -> None:
    more = noise(5, 0.1)
    load, outdoor = past_of(
        weather_c(5), lambda t, c: 0.4 + (0.2 * max(16 - c, 0) if 6 <= t.hour < 10 else 0.0) + more()
    )
    model = LoadModel(load, ZONE, outdoor_c=outdoor)
    assert model.warmth is not None
    [answer] = model.warmth.answers
    assert answer.kw_per_k[12:20].min() > 0.12
    assert answer.kw_per_k[24:].max() < 0.03


def test_never_seen_cold_is_followed_for_five_kelvin_and_no_farther() -> None:
    load, outdoor = heated()
    model = LoadModel(load, ZONE, outdoor_c=outdoor)
    lowest = min(slot.value for slot in outdoor)
    at = {k: model.forecast(None, AHEAD, ahead(lowest - k)).mean_kw for k in (0, 5, 40)}
    assert at[40] == pytest.approx(at[5], abs=1e-9)
    assert 0.2 < at[5][-1] - at[0][-1] < 0.9


@pytest.mark.parametrize("past_c, future_c", [(False, True), (True, False), (False, False)])
def test_without_temperatures_nothing_changes(past_c: bool, future_c: bool) -> None:
    load, outdoor = heated()
    plain = LoadModel(load, ZONE).forecast(1.0, AHEAD)
    model = LoadModel(load, ZONE, outdoor_c=outdoor if past_c else ())
    assert model.forecast(1.0, AHEAD, ahead(0.0) if future_c else ()) == plain
    assert forecast_load(load, 1.0, AHEAD, ZONE, outdoor_history=outdoor if past_c else ()) == plain


def test_hours_without_a_temperature_ahead_are_forecast_without() -> None:
    load, outdoor = heated()
    model, plain = LoadModel(load, ZONE, outdoor_c=outdoor), LoadModel(load, ZONE)
    found = model.forecast(None, AHEAD, ahead(-5.0, hours=12))
    assert found.mean_kw[8:12] > plain.forecast(None, AHEAD).mean_kw[8:12]
    assert found.mean_kw[14:] == pytest.approx(plain.forecast(None, AHEAD).mean_kw[14:], abs=1e-9)


def test_a_week_is_too_little_to_learn_from() -> None:
    load, outdoor = heated()
    assert LoadModel(load[-7 * 24 :], ZONE, outdoor_c=outdoor).warmth is None
    assert LoadModel(load, ZONE, outdoor_c=outdoor[-7 * 24 :]).warmth is None


def test_temperatures_may_come_in_any_order_and_with_gaps() -> None:
    load, outdoor = heated()
    holes = [slot for k, slot in enumerate(outdoor) if k % 50 > 4]
    model = LoadModel(load, ZONE, outdoor_c=holes[::-1])
    whole = LoadModel(load, ZONE, outdoor_c=outdoor)
    assert model.warmth is not None
    found, known = (one.forecast(None, AHEAD, ahead(-2.0)).mean_kw for one in (model, whole))
    assert found == pytest.approx(known, abs=0.3)


def test_numbers_that_are_no_temperatures_are_gaps() -> None:
    slots = [
        Slot(NOW + k * HOUR, NOW + (k + 1) * HOUR, value) for k, value in enumerate((5.0, 999.0, math.nan, -273.0))
    ]
    first = int(NOW.timestamp()) // 1800
    found = temperatures(slots, first - 1, 9)
    assert found[1:3] == pytest.approx([5.0, 5.0])
    assert np.isnan(found[[0, 3, 4, 5, 6, 7, 8]]).all()


def test_building_forgets_what_was_long_ago() -> None:
    outdoor_c = np.append(np.full(200, 10.0), np.full(100, 0.0))
    quick, slow = felt(outdoor_c, 1.0), felt(outdoor_c, 24.0)
    assert quick[-1] == pytest.approx(0.0) and quick[199] == pytest.approx(10.0)
    assert 0.5 < slow[-1] < 2.0 and slow[210] > 7.0


@settings(max_examples=40)
@given(
    st.lists(st.one_of(st.floats(-40, 45), st.none()), min_size=24, max_size=24),
    st.one_of(st.none(), st.floats(0, 12)),
    st.floats(0.0, 0.4),
    st.integers(0, 3),
)
def test_quantiles_are_in_order_finite_and_never_negative(
    future: list[float | None], measured_kw: float | None, kw_per_k: float, seed: int
) -> None:
    more = noise(seed, 0.4)
    load, outdoor = past_of(weather_c(seed), lambda t, c: 0.3 + kw_per_k * max(14 - c, 0) + more())
    slots = [Slot(NOW + k * HOUR, NOW + (k + 1) * HOUR, c) for k, c in enumerate(future) if c is not None]
    found = LoadModel(load, ZONE, outdoor_c=outdoor).forecast(measured_kw, AHEAD, slots)
    columns = np.array([found.p10_kw, found.p50_kw, found.p90_kw])
    assert np.isfinite(columns).all() and np.isfinite(found.mean_kw).all()
    assert (np.diff(columns, axis=0) >= 0).all() and columns.min() >= 0 and min(found.mean_kw) >= 0
    # Not more than the coldest of the past plus 5 K asks for, and what is measured now.
    assert max(found.mean_kw) < 0.3 + 0.5 * 40 + 12
