"""The ledger claims nothing for a house that was not planned, and energy is neither made nor lost in either house."""

import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.ledger_house import CAPACITY, ZONE, account_of, house_site, measured_house, series, with_hole
from hems.ledger.batteries import real_energy
from hems.ledger.measured import HOURS, Measured, Values
from hems.ledger.unplanned import unplanned

MIDNIGHT = datetime(2026, 3, 28, tzinfo=ZONE).astimezone(timezone.utc)
SPOT_SITE = house_site(**{"batteries.battery.charge_curve": {80: 5, 100: 1}})
SITE = house_site()
DAYS = 3


def made_load(seed: int, count: int) -> tuple[Values, Values, Values]:
    """Load, PV and spot prices, some of them negative, with noise; shape (N,) each."""
    random = np.random.default_rng(seed)
    hour = np.arange(count) / 4 % 24
    load = 0.3 + random.gamma(1.0, 0.4, count)
    pv = (
        np.maximum(0.0, 5 * np.sin((hour - 6) / 12 * np.pi))
        * random.uniform(0.1, 1.0, count)
        * (hour > 6)
        * (hour < 18)
    )
    return load, pv, random.normal(0.1, 0.1, count)


def self_consuming(seed: int, soc: float = 0.3) -> Measured:
    """A house as it runs without planning: the car at full power when it comes, the pool pump from midnight on."""
    count = 96 * DAYS - 4  # the clock change takes an hour
    load, pv, spot = made_load(seed, count)
    car = series(count, q70_76=7.36, q160_163=7.36)
    pool = series(count, q0_16=1.1, q96_112=1.1, q188_204=1.1)
    stays = [(70, 130, True), (160, 200, True)]
    return measured_house(MIDNIGHT, load, pv, car=car, pool=pool, soc=soc, spot=spot, stays=stays, site=SITE)


@given(st.integers(0, 10_000), st.floats(0.1, 1.0))
@settings(max_examples=25)
def test_house_that_ran_on_self_consumption_saved_exactly_nothing(seed: int, soc: float) -> None:
    found = account_of(SITE, self_consuming(seed, soc))
    assert len(found.days) == DAYS
    for day in found.days:
        assert day.compared == day.quarters
        assert day.saving == pytest.approx(0.0, abs=1e-5)
        assert day.baseline_cost == pytest.approx(day.cost, abs=1e-5)
        assert day.baseline_cycles == pytest.approx(day.cycles, abs=1e-5)
    for row in found.quarters:
        assert (row.baseline_import_kwh, row.baseline_export_kwh) == (
            pytest.approx(row.import_kwh, abs=1e-4),
            pytest.approx(row.export_kwh, abs=1e-4),
        )


@given(st.integers(0, 10_000), st.integers(0, 200), st.integers(1, 80))
@settings(max_examples=25)
def test_nor_did_it_with_a_hole_in_the_measurements(seed: int, first: int, length: int) -> None:
    house = self_consuming(seed)
    # A car that charges unseen is no car that charged: the hole lies beside its hours.
    house = replace(house, car_kw={}, import_kw=house.import_kw, load_kw={})
    for day in account_of(SITE, with_hole(house, first, first + length)).days:
        assert day.saving is None or day.saving == pytest.approx(0.0, abs=1e-5)


@given(st.integers(0, 10_000))
@settings(max_examples=10)
def test_nor_did_a_house_whose_meter_runs_both_ways_within_a_quarter_hour(seed: int) -> None:
    house = self_consuming(seed)
    churn = np.random.default_rng(seed).uniform(0, 0.3, house.count)
    both = replace(house, import_kw=house.import_kw + churn, export_kw=house.export_kw + churn)
    for day in account_of(SITE, both).days:
        assert day.saving == pytest.approx(0.0, abs=1e-5)


@given(st.integers(0, 10_000))
@settings(max_examples=20)
def test_energy_balance_of_the_house_without_planning_closes(seed: int) -> None:
    count = 96 * DAYS - 4
    load, pv, spot = made_load(seed, count)
    told = np.random.default_rng(seed + 1).uniform(-4, 4, count)
    car = series(count, q90_110=3.0)
    house = measured_house(
        MIDNIGHT, load, pv, car=car, battery=told, spot=spot, stays=[(70, 130, True)], site=SPOT_SITE
    )
    other = unplanned(SPOT_SITE, house, CAPACITY, ZONE, 0)
    stored = other.batteries["battery"]
    bought, sold = other.import_kw.sum() * HOURS, other.export_kw.sum() * HOURS
    used = (load.sum() + car.sum() - pv.sum()) * HOURS
    assert bought - sold == pytest.approx(used + stored.net_kw.sum() * HOURS)
    config = SPOT_SITE.batteries["battery"]
    gained = np.where(
        stored.net_kw > 0, stored.net_kw * config.charge_efficiency, stored.net_kw / config.discharge_efficiency
    )
    assert np.diff(stored.energy_kwh) == pytest.approx(gained * HOURS, abs=1e-9)
    assert stored.energy_kwh.min() >= min(1.0, stored.energy_kwh[0]) - 1e-9
    assert stored.energy_kwh.max() <= 10.0 + 1e-9


@given(st.integers(0, 10_000))
@settings(max_examples=15)
def test_savings_of_the_days_add_up_to_the_money_of_all_days_and_what_is_stored_at_the_end(seed: int) -> None:
    count = 96 * DAYS - 4
    load, pv, spot = made_load(seed, count)
    told = np.random.default_rng(seed + 1).uniform(-4, 4, count)
    house = measured_house(MIDNIGHT, load, pv, battery=told, spot=spot, site=SITE)
    days = account_of(SITE, house).days
    other = unplanned(SITE, house, CAPACITY, ZONE, 0)
    paid = sum(day.baseline_cost - day.cost for day in days)  # type: ignore[operator]
    real, _ = real_energy(house.soc["battery"], 10.0)
    ahead = 0.95 * (real[-1] - other.batteries["battery"].energy_kwh[-1])
    saved = sum(day.saving for day in days)  # type: ignore[misc]
    assert saved == pytest.approx(paid + ahead * days[-1].stored_per_kwh, abs=1e-4)


def test_better_plan_shows_a_saving() -> None:
    """The other side of honesty: what is really saved is claimed."""
    spot = np.tile(series(96, 0.10, q8_16=0.02, q68_84=0.40), 2)
    told = np.tile(series(96, q8_16=4.0, q68_84=-1.0), 2)
    house = measured_house(MIDNIGHT + timedelta(days=3), series(192, 1.0), battery=told, soc=0.1, spot=spot, site=SITE)
    assert sum(day.saving for day in account_of(SITE, house).days) > 2.0  # type: ignore[misc]


def test_year_of_quarter_hours_takes_less_than_a_second() -> None:
    count = 365 * 96
    load, pv, spot = made_load(1, count)
    start = datetime(2026, 1, 1, tzinfo=timezone.utc)
    house = measured_house(start, load, pv, car=np.tile(series(96, q4_12=3.0), 365), spot=spot, site=SITE)
    began = time.process_time()
    unplanned(SITE, house, CAPACITY, ZONE, 0)
    assert time.process_time() - began < 1.0
