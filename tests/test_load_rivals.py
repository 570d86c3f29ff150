"""What the load forecast is compared with does what its benchmark says."""

import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks" / "emhass"))
from load_forecast import Errors, errors, mean_of
from load_rivals import AHEAD, DAY, WEEK, History, Issued, rivals

from hems.closed_loop.series import Series

START = datetime(2020, 1, 5, 23, tzinfo=timezone.utc)  # a Monday's midnight in Berlin
WEEKS = 12


def home(kw: np.ndarray) -> History:
    """A home of these half-hours."""
    series = Series(START, 15.0, np.repeat(kw, 2), {}, np.zeros(2 * len(kw)))
    return History.of(series, ZoneInfo("Europe/Berlin"))


COUNTED = home(np.arange(float(WEEKS * WEEK)))


def test_yesterday_is_the_newest_day_that_is_known() -> None:
    k = 20 * DAY
    ahead = rivals(COUNTED, None, False)["yesterday, EMHASS naive"].issue(k).mean_kw
    assert ahead[:DAY] == pytest.approx(np.arange(k - DAY, k))
    assert ahead[DAY:] == pytest.approx(ahead[:DAY])


def test_eight_same_weekdays_are_a_mean_of_those_that_are_there() -> None:
    eight = rivals(COUNTED, None, False)["eight same weekdays"]
    assert eight.issue(10 * WEEK).mean_kw[0] == pytest.approx(np.mean([week * WEEK for week in range(2, 10)]))
    assert eight.issue(2 * WEEK).mean_kw[0] == pytest.approx(WEEK / 2)
    assert np.isnan(eight.issue(DAY).mean_kw).all()


@pytest.mark.parametrize(("label", "wanted"), [("28 days, hourly mean", 13.0 / 4), ("28 days, hourly median", 1.0)])
def test_what_stood_before_takes_four_weeks_by_hour_and_kind_of_day(label: str, wanted: float) -> None:
    """Each Sunday 1 kW but for the last, 10 kW; each working day nothing; measured is 2 kW."""
    kw = np.zeros(6 * WEEK)
    for week in range(6):
        kw[week * WEEK + 5 * DAY : (week + 1) * WEEK] = 1.0
    k = 5 * WEEK
    kw[k - 2 * DAY : k] = 10.0
    ahead = rivals(home(kw), None, False)[label].issue(k + 5 * DAY - DAY).mean_kw
    assert ahead[4:DAY] == pytest.approx(np.zeros(DAY - 4))
    assert ahead[DAY + 4] == pytest.approx(wanted)


def test_typical_load_of_the_house_itself_leaves_its_own_day_out() -> None:
    kw = np.random.default_rng(1).random(WEEKS * WEEK)
    french = home(kw)
    k = 4 * DAY + 20  # Friday the 10th; January has the 17th, 24th and 31st too
    others = [kw[k + week * WEEK] for week in range(1, 4)]
    assert rivals(french, french, True)["EMHASS typical"].issue(k).mean_kw[0] == pytest.approx(np.mean(others))
    of_other_home = rivals(home(2 * kw), french, False)
    assert of_other_home["EMHASS typical"].issue(k).mean_kw[0] == pytest.approx(np.mean([kw[k], *others]))
    own_level = of_other_home["EMHASS typical, own level"].issue(k).mean_kw[0]
    assert own_level == pytest.approx(2 * np.mean([kw[k], *others]), rel=0.02)


def test_nothing_is_known_before_the_house_begins() -> None:
    young = COUNTED.since(START + timedelta(days=3))
    assert np.isnan(young.kw[: 3 * DAY]).all()
    assert np.isfinite(young.kw[3 * DAY :]).all()


def test_errors_are_of_the_steps_that_are_asked_for() -> None:
    kw = np.full(AHEAD, 1.0)
    one = Issued(kw, (kw - 1, kw, kw + 1))
    actual = np.full((1, AHEAD), 3.0)
    actual[0, DAY:] = 100.0
    found = errors([one], actual, slice(DAY))
    assert found == Errors(2.0, 2.0, -2.0, (pytest.approx(0.3), pytest.approx(1.0), pytest.approx(0.9)))
    assert mean_of([found, Errors(4.0, 2.0, 0.0, (0.3, 1.0, 0.9))]).mae == pytest.approx(3.0)
