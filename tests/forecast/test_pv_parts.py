"""The parts of the PV forecast: sunlight, the hours of the past, opinions, how long deviations last, bands."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.past import UTC, slots_from
from hems.domain.series import Slot
from hems.forecast.pv_opinions import mixture
from hems.forecast.pv_past import MOST_DAYS, PvPast, pv_past
from hems.forecast.pv_present import deviations, present
from hems.forecast.pv_quantiles import banded, quantiles
from hems.forecast.sun import Roof, clear_sky_kw_per_m2

NOW = datetime(2026, 6, 21, 12, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


def seconds(*moments: datetime) -> np.ndarray:
    return np.array([moment.timestamp() for moment in moments])


def light(roof: Roof, hour: float, day: datetime = NOW) -> float:
    """At an hour of UTC."""
    begin = day.replace(hour=0, minute=0)
    return float(clear_sky_kw_per_m2(seconds(begin + hour * HOUR), roof)[0])


def days_of(measured: np.ndarray, issued: np.ndarray) -> PvPast:
    """A past of whole days; the last one is all known."""
    last = float(len(measured) * 86400)
    return PvPast(0.0, last, measured, issued)


def test_sun_of_both_solstices_at_noon() -> None:
    # On the flat, the beam goes with the sine of the height: 90 - 50 +- 23.44 degrees.
    flat = Roof(50.0, 0.0, tilt=0.0)
    summer, winter = light(flat, 12.0), light(flat, 12.0, datetime(2026, 12, 21, tzinfo=UTC))
    assert 0.9 < summer < 1.05 and 0.1 < winter < 0.25


def test_azimuth_moves_the_peak() -> None:
    hours = [4 + k / 4 for k in range(64)]
    peak = {
        azimuth: hours[int(np.argmax([light(Roof(48.0, 0.0, 40.0, azimuth), hour) for hour in hours]))]
        for azimuth in (90.0, 180.0, 270.0)
    }
    assert peak[90.0] < 10.5 < peak[180.0] < 13.5 < peak[270.0]


def test_without_an_azimuth_a_roof_faces_the_equator() -> None:
    assert light(Roof(48.0, 15.0, 30.0), 9.0) == light(Roof(48.0, 15.0, 30.0, 180.0), 9.0)
    assert light(Roof(-35.0, 15.0, 30.0), 9.0) == light(Roof(-35.0, 15.0, 30.0, 0.0), 9.0)
    assert light(Roof(-35.0, 15.0, 30.0), 11.0) > light(Roof(-35.0, 15.0, 30.0, 180.0), 11.0)


@given(st.floats(-89, 89), st.floats(-180, 180), st.floats(0, 90), st.floats(0, 360), st.integers(0, 2**31))
def test_light_is_bounded_everywhere(latitude: float, longitude: float, tilt: float, azimuth: float, at: int) -> None:
    found = float(clear_sky_kw_per_m2(np.array([float(at)]), Roof(latitude, longitude, tilt, azimuth))[0])
    assert 0.0 <= found < 1.25


def test_past_is_laid_on_hours_of_utc() -> None:
    history = slots_from(NOW.replace(minute=0) - 30 * 24 * HOUR, NOW.replace(minute=0), 60, lambda t: float(t.hour))
    past = pv_past(NOW, history, (), (), ())
    assert past.measured_kw.shape == (MOST_DAYS + 1, 24)
    assert past.measured_kw[0].tolist() == [float(hour) for hour in range(24)]
    assert np.isfinite(past.measured_kw[-1]).tolist() == [True] * 12 + [False] * 12
    assert datetime.fromtimestamp(past.middles_s[-1, 11], UTC) == NOW.replace(hour=11, minute=30)


def test_half_an_hour_is_no_hour_and_power_is_not_negative() -> None:
    begin = NOW.replace(hour=9, minute=0)
    half = Slot(begin, begin + HOUR / 2, 3.0)
    whole = Slot(begin + HOUR, begin + 2 * HOUR, -0.004)
    measured = pv_past(NOW, (half, whole), (), (), ()).measured_kw
    assert np.isnan(measured[-1, 9]) and measured[-1, 10] == 0.0


def test_what_was_issued_comes_before_what_the_source_says_of_today() -> None:
    begin = NOW.replace(hour=9, minute=0)
    stood = (Slot(begin, begin + HOUR, 1.0),)
    today = slots_from(begin, begin + 2 * HOUR, 30, lambda t: 2.0)
    assert pv_past(NOW, (), stood, today, ()).issued_kw[-1, 9:11].tolist() == [1.0, 2.0]


def test_curtailed_touches_every_hour_it_lies_in_and_none_beside() -> None:
    history = slots_from(NOW.replace(hour=0, minute=0), NOW.replace(minute=0), 60, lambda t: 1.0)
    held = Slot(NOW.replace(hour=8, minute=59), NOW.replace(hour=10, minute=0), 0.0)
    measured = pv_past(NOW, history, (), (), (held,)).measured_kw[-1, :12]
    assert np.isnan(measured).nonzero()[0].tolist() == [8, 9]


def test_a_source_that_is_right_gets_all_of_the_mixture_and_one_that_is_noise_little() -> None:
    chance = np.random.default_rng(5)
    shape = np.maximum(np.sin(np.pi * (np.arange(24) - 5) / 14), 0.0)
    came = shape * chance.uniform(0.1, 1.0, (21, 1))
    right = mixture(days_of(came, came), None, None).share
    noise = mixture(days_of(came, shape * chance.uniform(0.1, 1.0, (21, 1))), None, None).share
    assert right > 0.9 and noise < 0.5


def test_the_day_in_question_is_left_out() -> None:
    came = np.ones((10, 24))
    came[4] = 9.0
    usual = mixture(days_of(came, np.full((10, 24), np.nan)), None, None).usual
    assert usual.past_kw[4].tolist() == pytest.approx([1.0] * 24)
    assert usual.past_kw[5, 0] > 1.5


def test_one_mad_day_does_not_make_a_mad_ratio() -> None:
    said, came = np.full((21, 24), 0.001), np.full((21, 24), 5.0)
    assert mixture(days_of(came, said), None, None).source.ratio.max() <= 4.0


@pytest.mark.parametrize(("memory", "later"), [(0.9, 0.45), (0.0, 0.15)])
def test_share_that_is_left_is_learned(memory: float, later: float) -> None:
    chance, days = np.random.default_rng(3), []
    for _ in range(20):
        day = [chance.normal()]
        for _ in range(23):
            day.append(memory * day[-1] + (1 - memory**2) ** 0.5 * chance.normal())
        days.append(day)
    past = days_of(np.ones((20, 24)) + 0.2 * np.array(days), np.ones((20, 24)))
    left = present(past, deviations(past, np.ones((20, 24)), np.ones(24)), None)
    share = left.known_share(np.array([2.5]))[0]
    assert share > later if memory else share < later


def test_low_sun_says_nothing_of_clouds() -> None:
    most = np.array([0.0] * 6 + [0.05, 1.0, 3.0] + [0.0] * 15)
    found = deviations(days_of(np.ones((2, 24)), np.ones((2, 24))), np.zeros((2, 24)), most)
    assert np.isfinite(found).nonzero()[0].tolist() == [7, 8, 31, 32]
    assert np.nanmax(found) <= 1.0


def test_deviation_is_that_of_the_last_hour_with_light() -> None:
    past = PvPast(0.0, 86400.0 + 12.25 * 3600, np.ones((2, 24)), np.ones((2, 24)))
    deviation = np.full(48, np.nan)
    deviation[24 + 10] = -0.4
    found = present(past, deviation, None)
    assert found.hour == -0.4 and found.hour_age == pytest.approx(1.75)
    deviation[24 + 10], deviation[24 + 5] = np.nan, -0.4
    assert present(past, deviation, None).hour is None


def test_more_is_missed_under_broken_clouds_and_less_of_what_is_seen() -> None:
    chance = np.random.default_rng(1)
    index = np.repeat([0.1, 0.9], 100)
    missed = np.concatenate((chance.normal(0, 0.02, 100), chance.normal(0, 0.3, 100)))
    low, middle, high = quantiles(np.array([0.4, 3.6, 3.6]), np.full(3, 4.0), missed, index, np.array([0.0, 0.0, 0.95]))
    width = high - low
    assert (low <= middle).all() and (middle <= high).all()
    assert width[1] > 2 * width[0] and width[2] < 0.5 * width[1]


def test_band_of_a_source_that_says_nothing_is_nothing() -> None:
    zero = np.zeros(2)
    found = banded(np.array([0.0, 1.0]), zero, zero, zero, zero)
    assert np.isfinite(found).all()
