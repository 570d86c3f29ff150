"""Looks become means: energy in is energy out, and a clock that jumps makes no row that nobody measured."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hems.ha.measurements_accumulator import LONGEST_HOLD, Accumulator
from hems.ha.measurements_rows import QUARTER, Batch, Mean, Sample, Series

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=timezone.utc)
PV, SOC = Series("pv.roof", "sensor.pv"), Series("soc.battery", "sensor.soc")
TEN = timedelta(seconds=10)


def look(at: datetime, kw: float | None = 1.0, soc: float | None = None, car: bool | None = None) -> Sample:
    return Sample(at, {PV: kw}, {SOC: soc}, {"car": (car, soc)} if car is not None else {})


def looks(begin: datetime, seconds: int, kw: float | None = 1.0, every: int = 10) -> list[Sample]:
    return [look(begin + timedelta(seconds=k), kw) for k in range(0, seconds + 1, every)]


def means(samples: list[Sample], resumed: tuple[Mean, ...] = ()) -> dict[datetime, Mean]:
    found = Accumulator(resumed)
    for sample in samples:
        found.add(sample)
    return {mean.begin: mean for mean in found.take(samples[-1].at).means}


@given(
    st.lists(
        st.tuples(st.integers(1, int(LONGEST_HOLD.total_seconds()) * 1000), st.floats(-50, 50)), min_size=1, max_size=60
    ),
    st.integers(0, 900_000),
)
def test_energy_in_is_energy_out_whatever_the_sampling(steps: list[tuple[int, float]], offset_ms: int) -> None:
    accumulator, at, energy = Accumulator(), NOW + timedelta(milliseconds=offset_ms), 0.0
    known: dict[datetime, Mean] = {}
    for milliseconds, kw in steps:
        accumulator.add(look(at, kw))
        if accumulator.due(at):
            known |= {mean.begin: mean for mean in accumulator.take(at).means}
        energy += kw * milliseconds / 1000
        at += timedelta(milliseconds=milliseconds)
    accumulator.add(look(at))
    known |= {mean.begin: mean for mean in accumulator.take(at).means}
    assert sum(mean.value * mean.share * 900 for mean in known.values()) == pytest.approx(energy, abs=1e-6)
    covered = sum(milliseconds for milliseconds, _ in steps) / 1000
    assert sum(mean.share * 900 for mean in known.values()) == pytest.approx(covered, abs=1e-6)
    assert all(0 < mean.share <= 1 and mean.length == QUARTER for mean in known.values())


def test_mean_of_a_quarter_is_weighted_with_time() -> None:
    mean = means([look(NOW, 3.0), *looks(NOW + timedelta(minutes=1), 840, 1.5, 60)])[NOW]
    assert (mean.value, mean.share) == (pytest.approx((3 * 60 + 1.5 * 840) / 900), pytest.approx(1.0))


def test_what_is_not_known_is_not_zero_and_the_share_says_so() -> None:
    found = means([*looks(NOW, 300, 2.0), *looks(NOW + timedelta(seconds=310), 590, None)])
    assert (found[NOW].value, found[NOW].share) == (2.0, pytest.approx(310 / 900))
    assert means(looks(NOW, 900, None)) == {}
    assert means(looks(NOW, 900, float("nan"))) == {} == means(looks(NOW, 900, 1e9))


@pytest.mark.parametrize("silence", [LONGEST_HOLD + TEN, timedelta(hours=2), timedelta(days=40)])
def test_a_silence_or_a_clock_that_jumps_ahead_is_a_gap(silence: timedelta) -> None:
    later = NOW + timedelta(minutes=5) + silence
    found = means([*looks(NOW, 300, 7.0), *looks(later, 60, 1.0)])
    seconds = sum(mean.share * 900 for mean in found.values())
    assert seconds == pytest.approx(360)
    assert all(NOW <= begin <= later for begin in found) and len(found) <= 3


@pytest.mark.parametrize("back", [TEN, timedelta(minutes=10), timedelta(hours=3), timedelta(days=400)])
def test_a_clock_that_is_set_back_makes_no_time(back: timedelta) -> None:
    samples = [*looks(NOW, 600, 2.0), *looks(NOW + timedelta(minutes=10) - back, 300, 2.0)]
    found = means(samples)
    assert all(mean.value == pytest.approx(2.0) and 0 < mean.share <= 1 for mean in found.values())
    assert sum(mean.share * 900 for mean in found.values()) <= 900 + 1e-6


def test_time_of_a_computer_that_does_not_know_it_yet_is_left_out() -> None:
    early = datetime(1970, 1, 1, tzinfo=timezone.utc)
    accumulator = Accumulator()
    for sample in [*looks(early, 900), look(NOW, car=True)]:
        accumulator.add(sample)
    batch = accumulator.take(NOW)
    assert batch.means == () and [seen.at for seen in batch.cars] == [NOW]


def test_batches_are_due_every_five_minutes_whatever_the_clock_does() -> None:
    accumulator = Accumulator()
    due = []
    for sample in looks(NOW, 900):
        accumulator.add(sample)
        if accumulator.due(sample.at):
            due.append(sample.at - NOW)
            accumulator.take(sample.at)
    assert due == [timedelta(minutes=5 * k) for k in range(4)]
    assert accumulator.due(NOW - timedelta(days=1))


def test_quarter_in_progress_is_given_again_as_it_grows_and_what_is_over_is_forgotten() -> None:
    accumulator = Accumulator()
    shares = []
    for sample in looks(NOW, 1200):
        accumulator.add(sample)
        if accumulator.due(sample.at):
            shares.append([round(mean.share, 3) for mean in accumulator.take(sample.at).means])
    assert shares == [[], [0.333], [0.667], [1.0], [0.333]]
    assert accumulator.take(NOW + timedelta(hours=1)) == Batch()


def test_a_restart_goes_on_with_the_quarter_as_it_was_written() -> None:
    resumed = (Mean(PV, NOW, QUARTER, 3.0, 1 / 3), Mean(PV, NOW, timedelta(hours=1), 99.0, 1.0))
    found = means(looks(NOW + timedelta(minutes=5), 600, 0.0), resumed)
    assert (found[NOW].value, found[NOW].share) == (pytest.approx(1.0), pytest.approx(1.0))
    assert Accumulator(resumed).take(NOW) == Batch()


def test_state_of_charge_is_kept_at_the_begin_of_each_quarter() -> None:
    accumulator = Accumulator()
    for k in range(0, 1830, 7):
        accumulator.add(look(NOW + timedelta(seconds=k - 3), soc=round(k / 10000, 4)))
    found = accumulator.take(NOW).instants
    assert [(one.series, one.at - NOW, one.value) for one in found] == [
        (SOC, timedelta(0), 0.0007), (SOC, QUARTER, 0.0903), (SOC, 2 * QUARTER, 0.1806),
    ]  # fmt: skip


def test_after_a_silence_no_state_of_charge_is_put_at_a_boundary_that_nobody_saw() -> None:
    accumulator = Accumulator()
    accumulator.add(look(NOW - timedelta(minutes=10), soc=0.5))
    accumulator.add(look(NOW + timedelta(minutes=5), soc=0.9))
    accumulator.add(look(NOW + timedelta(minutes=6), soc=None))
    assert accumulator.take(NOW).instants == ()


def test_car_is_written_when_its_plug_changes_and_once_an_hour() -> None:
    accumulator = Accumulator()
    for k in range(0, 3 * 3600, 10):
        at = NOW + timedelta(seconds=k)
        accumulator.add(look(at, soc=0.5, car=not 1800 <= k < 2400))
    seen = [((one.at - NOW) // timedelta(minutes=1), one.connected) for one in accumulator.take(NOW).cars]
    assert seen == [(0, True), (30, False), (40, True), (100, True), (160, True)]
