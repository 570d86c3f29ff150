"""The baseline load of the past: known only where every sensor is, never negative, and a wrong sign is named."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

import pytest

from builders.site_block import make_site
from hems.config.site import Site
from hems.ha.history import baseline_terms
from hems.ha.history_baseline import Baseline, baseline_past
from hems.ha.history_means import Means

BEGIN = datetime(2026, 6, 1, tzinfo=timezone.utc)
HOUR, FINE = timedelta(hours=1), timedelta(minutes=5)
GRID, PV, BATTERY, CAR = "sensor.grid_power", "sensor.pv_power", "sensor.battery_power", "sensor.charger_power"
ALL = (GRID, PV, BATTERY, CAR, "sensor.dishwasher_power", "sensor.pool_power", "sensor.tank_power")


def hours(*kw: float | None, first: int = 0) -> Means:
    """Hourly means from hour ``first`` on; None is a gap."""
    return Means({BEGIN + (first + k) * HOUR: one for k, one in enumerate(kw) if one is not None})


def baseline(past: Mapping[str, Means], count: int, site: Site | None = None) -> Baseline:
    """Sensors that are not given stood at zero."""
    site = site or make_site()
    zero = hours(*[0.0] * count)
    return baseline_past({**dict.fromkeys(ALL, zero), **past}, baseline_terms(site) or [], site)


def kw_by_hour(found: Baseline) -> dict[int, float]:
    assert all(slot.end - slot.begin == HOUR for slot in found.slots)
    return {(slot.begin - BEGIN) // HOUR: pytest.approx(slot.value) for slot in found.slots}


def test_sensors_add_up_with_their_signs() -> None:
    found = baseline({GRID: hours(-1, 2), PV: hours(3, 0), BATTERY: hours(-0.5, 1), CAR: hours(0.5, 2)}, 2)
    assert kw_by_hour(found) == {0: 1.0, 1: 1.0}
    assert found.negative_share == 0 and found.problems == ()


def test_an_hour_that_one_sensor_does_not_know_is_not_known() -> None:
    assert kw_by_hour(baseline({GRID: hours(1, None, 1)}, 3)) == {0: 1, 2: 1}
    found = baseline({GRID: hours(4, 4, 4), CAR: hours(3, None, 3)}, 3)
    assert kw_by_hour(found) == {0: 1, 2: 1}
    assert kw_by_hour(baseline({GRID: hours(1, 1, 1), BATTERY: hours(2, None, 0)}, 3)) == {0: 3, 2: 1}


def test_a_sensor_that_was_idle_before_and_after_its_gap_was_idle_in_it() -> None:
    night = baseline({GRID: hours(1, 1, 1, 1), PV: hours(0.03, None, None, 0.05)}, 4)
    assert kw_by_hour(night) == {0: pytest.approx(1.03), 1: 1, 2: 1, 3: pytest.approx(1.05)}
    assert kw_by_hour(baseline({GRID: hours(1, 1, 1), CAR: hours(0, None, None)}, 3)) == {0: 1, 1: 1, 2: 1}


def test_a_silence_of_days_is_not_taken_for_idleness() -> None:
    found = baseline({GRID: hours(*[1] * 200), CAR: hours(*[0], *[None] * 198, 0)}, 200)
    assert kw_by_hour(found) == {0: 1, 199: 1}
    ended = baseline({GRID: hours(*[1] * 200), CAR: hours(0)}, 200)
    assert len(ended.slots) == 1 + 72


def test_a_load_that_is_younger_than_the_meter_took_nothing_before() -> None:
    assert kw_by_hour(baseline({GRID: hours(1, 1, 4), CAR: hours(3, first=2)}, 3)) == {0: 1, 1: 1, 2: 1}


@pytest.mark.parametrize("entity", [PV, BATTERY])
def test_before_pv_or_battery_are_known_the_balance_is_not(entity: str) -> None:
    assert kw_by_hour(baseline({GRID: hours(1, 1, 1), entity: hours(2, first=2)}, 3)) == {2: 3}


def test_a_load_without_a_past_is_part_of_the_baseline_and_that_is_said() -> None:
    found = baseline({GRID: hours(4, 1), CAR: Means()}, 2)
    assert kw_by_hour(found) == {0: 4, 1: 1}
    assert found.problems == (f"{CAR}: has no history; what it took is part of the baseline load's past",)


def test_pv_without_a_past_leaves_no_baseline_and_that_is_said() -> None:
    found = baseline({GRID: hours(4, 1), PV: Means()}, 2)
    assert found.slots == ()
    assert found.problems[0].startswith(f"{PV}: has no history, so that the baseline load's past is not known")


def test_without_a_meter_there_is_nothing() -> None:
    assert baseline({GRID: Means()}, 2) == Baseline()
    assert baseline_past({}, [], make_site()) == Baseline()


def fine(values: Mapping[int, float], hourly: Mapping[int, float]) -> Means:
    return Means({BEGIN + k * HOUR: kw for k, kw in hourly.items()}, {BEGIN + k * FINE: kw for k, kw in values.items()})


def test_five_minutes_are_taken_where_all_sensors_have_a_whole_hour_of_them() -> None:
    grid = fine({k: 4.0 if k == 3 else 1.0 for k in range(24)}, {0: 1.25, 1: 1.0})
    car = fine({k: 3.0 if k == 3 else 0.0 for k in range(12)}, {0: 0.25, 1: 0.5})
    site = make_site(pv={}, batteries={}, loads={})
    found = baseline_past({GRID: grid, CAR: car}, baseline_terms(site) or [], site)
    assert [slot.end - slot.begin for slot in found.slots] == [*12 * [FINE], HOUR]
    # The car's start falls into the same five minutes on both sensors; in the second hour only hours can be compared.
    assert [slot.value for slot in found.slots] == pytest.approx([*12 * [1.0], 0.5])


def test_five_minutes_of_the_hour_in_progress_count_where_all_know_them() -> None:
    site = make_site(pv={}, batteries={}, loads={})
    found = baseline_past(
        {GRID: fine({0: 1.0, 1: 2.0, 2: 3.0}, {}), CAR: fine({0: 0.5, 1: 0.5}, {})}, baseline_terms(site) or [], site
    )
    assert [(slot.begin, slot.value) for slot in found.slots] == [(BEGIN, 0.5), (BEGIN + FINE, 1.5)]


def day_and_night(count: int = 48) -> dict[str, Means]:
    """A house of 0.5 kW with sun at noon, and a battery that takes what is left and gives it back in the evening."""
    sun = [3.0 if 9 <= k % 24 < 15 else 0.0 for k in range(count)]
    store = [-2.0 if kw else 0.5 if k % 24 >= 18 else 0.0 for k, kw in enumerate(sun)]
    grid = [0.5 - kw - given for kw, given in zip(sun, store, strict=True)]
    return {GRID: hours(*grid), PV: hours(*sun), BATTERY: hours(*store)}


def test_right_signs_are_no_problem() -> None:
    found = baseline(day_and_night(), 48)
    assert kw_by_hour(found) == dict.fromkeys(range(48), 0.5)
    assert found.problems == ()


def test_a_battery_with_the_wrong_sign_is_named_with_its_remedy() -> None:
    site = make_site(**{"batteries.battery.power": {"entity": BATTERY, "positive": "charge"}})
    found = baseline(day_and_night(), 48, site)
    assert found.negative_share == pytest.approx(0.25)
    assert min(slot.value for slot in found.slots) == 0.0
    assert found.problems == (
        f"the baseline load comes out below zero in 25% of the past: {BATTERY} seems to count the other way round; "
        "write positive: discharge at batteries.battery.power",
    )


def test_a_meter_with_the_wrong_sign_is_named_with_its_remedy() -> None:
    turned = {**day_and_night(), GRID: hours(*(-kw for kw in day_and_night()[GRID].hours.values()))}
    [problem] = baseline(turned, 48).problems
    assert f"{GRID} seems to count the other way round; write positive: export at grid.power" in problem


def test_where_no_single_sign_mends_it_all_sensors_are_named() -> None:
    [problem] = baseline({GRID: hours(*[1.0, -1.0] * 24)}, 48).problems
    assert problem.endswith("look at the signs and units of " + ", ".join(ALL))


def test_a_little_below_zero_is_clipped_without_a_word() -> None:
    found = baseline({GRID: hours(*[1.0] * 99, -0.2, -0.04)}, 101)
    assert found.problems == () and 0 < found.negative_share < 0.01
    assert min(slot.value for slot in found.slots) == 0.0
