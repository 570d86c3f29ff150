"""What the load forecast is made of: half-hours of local days, weights fitted to the house, weighted quantiles."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from builders.past import UTC
from hems.domain.series import Slot
from hems.forecast.half_hours import HALF_HOUR_S, day_matrix, half_hour_means, local_places
from hems.forecast.load_present import last_day_kw, persistence
from hems.forecast.load_quantiles import weighted_quantiles
from hems.forecast.load_weights import fitted_weights
from hems.forecast.standard_profile import level_kw, standard_days

START = datetime(2026, 6, 8, 0, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def slot(begin_minutes: float, end_minutes: float, kw: float) -> Slot:
    return Slot(START + timedelta(minutes=begin_minutes), START + timedelta(minutes=end_minutes), kw)


def test_half_hours_are_time_weighted_means() -> None:
    first, means = half_hour_means([slot(0, 60, 2.0), slot(60, 75, 1.0), slot(75, 90, 3.0)])
    assert first * HALF_HOUR_S == START.timestamp()
    assert means == pytest.approx([2.0, 2.0, 2.0])


def test_half_hour_that_is_known_by_less_than_half_is_a_gap() -> None:
    _, means = half_hour_means([slot(0, 10, 5.0), slot(45, 60, 1.0), slot(60, 90, float("nan")), slot(90, 120, 4.0)])
    assert means == pytest.approx([np.nan, 1.0, np.nan, 4.0], nan_ok=True)


def test_later_of_two_overlapping_slots_counts_and_order_does_not() -> None:
    _, means = half_hour_means([slot(30, 60, 9.0), slot(0, 60, 1.0)])
    assert means == pytest.approx([1.0, 9.0])


def test_empty_history_has_no_half_hours() -> None:
    assert len(half_hour_means([])[1]) == 0
    assert len(half_hour_means([slot(0, 30, float("inf"))])[1]) == 0


@pytest.mark.parametrize(
    ("day", "seen", "twice"), [(datetime(2026, 3, 29), 46, []), (datetime(2026, 10, 25), 50, [4, 5]), (START, 48, [])]
)
def test_places_of_days_with_23_24_and_25_hours(day: datetime, seen: int, twice: list[int]) -> None:
    midnight = day.replace(tzinfo=BERLIN)
    first = int(midnight.timestamp()) // HALF_HOUR_S
    days, places = local_places(first, seen, BERLIN)
    assert set(days.tolist()) == {day.toordinal()}
    found = places.tolist()
    assert len(set(found)) == min(seen, 48)
    assert (found[0], found[-1]) == (0, 47)
    assert [place for place in range(48) if found.count(place) == 2] == twice
    matrix = day_matrix(days, places, np.arange(float(seen)))
    assert matrix.shape == (1, 48)
    assert int(np.isfinite(matrix).sum()) == len(set(found))
    if twice:
        assert matrix[0, 4] == pytest.approx((4 + 6) / 2)


def test_weights_go_to_the_opinion_that_is_right_and_add_up_to_one() -> None:
    chance = np.random.default_rng(5)
    load = chance.random((28, 48))
    opinions = np.stack((load + 0.02 * chance.standard_normal(load.shape), chance.random(load.shape)), axis=-1)
    weights = fitted_weights(opinions, load, np.array([0.5, 0.5]))
    assert weights.sum() == pytest.approx(1.0)
    assert weights[0] > 0.8


def test_weights_stay_the_usual_ones_where_nothing_can_be_learned() -> None:
    usual = np.array([0.3, 0.7])
    same = np.ones((5, 48, 2))
    assert fitted_weights(same, np.ones((5, 48)), usual) == pytest.approx(usual)
    unknown = np.random.default_rng(1).random((5, 48, 2))
    assert fitted_weights(unknown, np.full((5, 48), np.nan), usual) == pytest.approx(usual)


def test_weighted_quantiles_lie_in_the_middle_of_their_weights() -> None:
    samples = np.array([[3.0, 1.0, 2.0], [3.0, 1.0, 2.0]])
    weights = np.array([[1.0, 1.0, 1.0], [8.0, 1.0, 1.0]])
    found = weighted_quantiles(samples, weights)
    assert found[0] == pytest.approx([1.0, 2.0, 3.0])
    assert found[1][1] > 2.7
    assert (np.diff(found, axis=1) >= 0).all()


def test_persistence_follows_the_house_and_falls() -> None:
    chance = np.random.default_rng(2)
    apart = np.zeros(28 * 48)
    for k in range(1, len(apart)):
        apart[k] = 0.9 * apart[k - 1] + chance.standard_normal()
    lasting, short = persistence(apart), persistence(chance.standard_normal(len(apart)))
    hours = np.array([0.0, 0.25, 1.0, 2.5, 12.0])
    for found in (lasting, short):
        shares = found.share(hours)
        assert shares[0] == 1.0 and shares[-1] == 0.0
        assert (np.diff(shares) <= 0).all()
    assert lasting.share(np.array([1.0]))[0] > 0.6 > 0.2 > short.share(np.array([1.0]))[0]


def test_level_of_a_house_whose_weeks_differ_goes_on() -> None:
    """Two weeks above, two weeks below what is expected, against days that are above and below by turns."""
    weeks = np.repeat([1.0, -1.0], 14 * 48)
    turns = np.tile(np.repeat([1.0, -1.0], 48), 14)
    assert persistence(weeks).level > 0.5
    assert persistence(turns).level < 0.1


def test_last_day_needs_half_a_day() -> None:
    assert last_day_kw(np.full(20, 2.0)) == 0.0
    assert last_day_kw(np.append(np.full(48, 7.0), np.full(48, 2.0))) == 2.0


def test_standard_days_are_one_on_average_and_their_level_leans_on_a_usual_household() -> None:
    days = standard_days(np.array([0, 6]))
    assert days.mean(axis=1) == pytest.approx([1.0, 1.0])
    assert np.abs(days[0] - days[1]).max() > 0.2
    assert level_kw([], []) == pytest.approx(0.3)
    assert level_kw(np.full(480, 1.2), np.ones(480)) == pytest.approx(1.2, abs=0.01)
