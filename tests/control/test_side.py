"""On which side of the meter a home is taken to be."""

import random
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hems.control.side import STAY, Side, Watched, side_of, watched

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=timezone.utc)
LOOK = timedelta(seconds=10)


def lived(kws: list[float | None], look: timedelta = LOOK) -> list[Watched | None]:
    """What is known after each look."""
    found: list[Watched | None] = []
    for k, kw in enumerate(kws):
        found.append(watched(found[-1] if found else None, kw, NOW + k * look))
    return found


def sides(kws: list[float | None]) -> list[Side | None]:
    return [one.side if one is not None and one.is_known else None for one in lived(kws)]


@pytest.mark.parametrize(
    ("kw", "side"),
    [(0.5, "export"), (0.1, "neither"), (0.0, "neither"), (-0.1, "neither"), (-0.5, "import"), (None, None)],
)
def test_the_meters_noise_is_no_side(kw: float | None, side: Side | None) -> None:
    assert side_of(kw) == side


def test_nothing_is_said_for_three_minutes() -> None:
    found = sides([1.0] * 30)
    assert found[:18] == [None] * 18 and found[18:] == ["export"] * 12


def test_a_lasting_change_shows_within_minutes_once_the_last_one_is_ten_minutes_old() -> None:
    found = sides([1.0] * 120 + [-1.0] * 120)
    assert found[119] == "export" and found[119 + 24] == "import"  # four minutes
    early = sides([1.0] * 24 + [-1.0] * 120)
    assert early[18 + 59] == "export" and early[18 + 61] == "import"


def test_a_phantom_of_half_a_minute_is_not_seen_whatever_its_power() -> None:
    """A battery's power sensor that still shows 10 kW of charging when it has stopped."""
    quiet: list[float | None] = [-0.3] * 60
    found = lived(quiet + [10.0] * 4 + [-0.3] * 60)
    assert all(one is not None and one.kw == pytest.approx(-0.3) for one in found)


def test_what_is_around_nothing_stays_where_it_was_but_not_for_ever() -> None:
    found = sides([1.0] * 60 + [0.0] * 200)
    nothing = found.index("neither")
    assert timedelta(minutes=10) < (nothing - 60) * LOOK < timedelta(minutes=20)
    assert set(found[nothing:]) == {"neither"}


def test_a_clock_that_is_set_begins_anew() -> None:
    one = lived([1.0] * 60)[-1]
    assert one is not None and one.is_known
    for at in (NOW, NOW + timedelta(hours=2)):
        after = watched(one, -1.0, at)
        assert after is not None and not after.is_known and after.kw == -1.0


def test_a_meter_that_comes_and_goes_changes_nothing_sooner() -> None:
    found = lived(([1.0] * 24 + [None] * 14) * 20)  # known for four minutes, then not for more than two
    changes = [k for k in range(1, len(found)) if _side(found[k - 1]) != _side(found[k])]
    begins = [k for k in changes if _side(found[k]) == "export"]
    assert len(begins) > 3 and all(b - a > 60 for a, b in pairwise(begins))


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    noise_kw=st.floats(0.0, 2.0),
    swing_kw=st.floats(0.0, 6.0),
    period_s=st.floats(10.0, 3000.0),
    lost=st.floats(0.0, 0.5),
)
def test_under_any_sky_a_side_lasts_ten_minutes(
    seed: int, noise_kw: float, swing_kw: float, period_s: float, lost: float
) -> None:
    rng, kws = random.Random(seed), list[float | None]()
    for k in range(1080):  # three hours
        kw = swing_kw * (1 if (10 * k) % period_s < period_s / 2 else -1) + rng.gauss(0.0, noise_kw)
        kws.append(None if rng.random() < lost else kw)
    found = lived(kws)
    changes = [k for k in range(1, len(found)) if _side(found[k - 1]) != _side(found[k])]
    # Only a meter that is silent for long ends it sooner.
    early = [b for a, b in pairwise(changes) if b - a < STAY / LOOK]
    assert all(_side(found[k]) == "neither" and None in kws[k - 12 : k + 1] for k in early)
    assert all(abs(one.kw) <= swing_kw + 5 * noise_kw + 0.01 for one in found if one is not None)


def _side(one: Watched | None) -> Side:
    return one.side if one is not None else "neither"
