"""Runs: the stretches in which a device is on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hems.web.runs import ON_ABOVE_KW, Run, find_runs, power_words

QUARTER = 0.25


def test_two_runs_and_solver_dust() -> None:
    assert find_runs([0, 2, 2, 1e-7, 0, 1], [QUARTER] * 6) == [Run(1, 2), Run(5, 5)]


def test_a_short_pause_is_bridged_a_longer_one_is_not() -> None:
    power, hours = [1, 0, 1, 0, 0, 0, 1], [QUARTER] * 7
    assert find_runs(power, hours, bridge_hours=0.5) == [Run(0, 2), Run(6, 6)]


def test_bridging_counts_hours_not_steps() -> None:
    assert find_runs([1, 0, 1], [1.0, 1.0, 1.0], bridge_hours=0.5) == [Run(0, 0), Run(2, 2)]


def test_a_pause_in_which_the_battery_turns_round_is_not_bridged() -> None:
    power, hours = [1, 0, 1], [QUARTER] * 3
    assert find_runs(power, hours, 0.5, opposite_kw=[0, 2, 0]) == [Run(0, 0), Run(2, 2)]
    assert find_runs(power, hours, 0.5, opposite_kw=[2, 0, 2]) == [Run(0, 2)]


def test_steady_and_unsteady_power() -> None:
    hours = [QUARTER] * 4
    assert power_words([3.1, 7.4, 7.4, 2.0], Run(0, 3), hours) == "at 7.4 kW"  # partial ends
    assert power_words([1.0, 7.4, 3.0, 7.4], Run(0, 3), hours) == "at up to 7.4 kW"


@given(st.lists(st.sampled_from([0.0, 0.005, 0.5, 3.0]), max_size=60))
def test_every_step_that_is_on_lies_in_exactly_one_run(power: list[float]) -> None:
    runs = find_runs(power, [QUARTER] * len(power))
    covered = [k for run in runs for k in run.indices]
    assert covered == [k for k, p in enumerate(power) if p > ON_ABOVE_KW]
