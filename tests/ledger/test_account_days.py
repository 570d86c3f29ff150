"""Days made by hand: what they cost, and what the same house would have cost on plain self-consumption."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from builders.ledger_house import ZONE, account_of, house_site, measured_house, series, with_hole
from hems.ledger.measured import Measured, Stay
from hems.planner.tariff_sessions import Reward

MIDNIGHT = datetime(2026, 6, 1, tzinfo=ZONE).astimezone(timezone.utc)
PLAIN = house_site(0.30, 0.05)


def test_cost_is_import_less_export_at_their_prices() -> None:
    measured = measured_house(MIDNIGHT, series(96, 1.0), series(96, q40_48=5.0), battery=series(96), site=PLAIN)
    (day,) = account_of(PLAIN, measured).days
    # 22 h of 1 kW bought, 2 h of 4 kW sold.
    assert (day.import_kwh, day.export_kwh) == (pytest.approx(22.0), pytest.approx(8.0))
    assert day.cost == pytest.approx(22 * 0.30 - 8 * 0.05)
    assert (day.house_kwh, day.pv_kwh, day.energy_from) == (pytest.approx(24.0), pytest.approx(10.0), "power")
    assert (day.quarters, day.measured, day.compared, day.partial) == (96, 96, 96, False)


def test_battery_that_stood_still_is_compared_with_one_that_took_the_surplus() -> None:
    measured = measured_house(
        MIDNIGHT, series(96, 1.0), series(96, q40_48=5.0), battery=series(96), soc=0.1, site=PLAIN
    )
    (day,) = account_of(PLAIN, measured).days
    # Without planning: 8 kWh surplus into the battery, 7.6 stored, and 7.6 * 0.95 given back before midnight.
    assert day.baseline_cost == pytest.approx((22 - 7.6 * 0.95) * 0.30)
    assert day.saving == pytest.approx(day.baseline_cost - day.cost)
    assert day.saving < 0
    assert day.stored == pytest.approx(0.0, abs=1e-9)
    assert day.baseline_cycles == pytest.approx(7.6 * 0.95 / 10)


def test_battery_that_ends_fuller_is_worth_the_least_price_of_the_day() -> None:
    spot = series(96, 0.20, q8_12=0.05)
    site = house_site(**{"prices.import": {"source": "nordpool", "entity": "sensor.nordpool"}})
    charged = measured_house(MIDNIGHT, series(96, 0.5), battery=series(96, q8_12=4.0), soc=0.1, spot=spot, site=site)
    (day,) = account_of(site, charged).days
    # 4 kWh bought at 0.05, of which 3.8 are stored at midnight and give 3.61: at the least price less than they cost.
    assert day.stored == pytest.approx(4 * 0.95 * 0.95 * 0.05)
    assert day.saving == pytest.approx(4 * 0.95 * 0.95 * 0.05 - 4 * 0.05)
    assert day.losses_kwh == pytest.approx(0.2)


def test_what_was_stored_at_midnight_is_given_back_the_next_day_and_days_add_up() -> None:
    spot = np.tile(series(96, 0.20, q8_12=0.05), 2)
    site = house_site(**{"prices.import": {"source": "nordpool", "entity": "sensor.nordpool"}})
    told = np.concatenate((series(96, q8_12=4.0), series(96, q64_96=-4.0)))
    measured = measured_house(MIDNIGHT, series(192, 0.5), battery=told, soc=0.1, spot=spot, site=site)
    # It gave more than the house took; what was sold earned the spot price less 0.02.
    one, two = account_of(site, measured).days
    both = one.saving + two.saving
    paid = (one.baseline_cost - one.cost) + (two.baseline_cost - two.cost)
    assert two.stored == pytest.approx(-one.stored)
    assert both == pytest.approx(paid)


def test_negative_price_earns_by_import() -> None:
    site = house_site(-0.10, -0.15)
    measured = measured_house(MIDNIGHT, series(96, 1.0), battery=series(96, q0_4=4.0), soc=0.1, site=site)
    (day,) = account_of(site, measured).days
    assert day.cost == pytest.approx(-0.10 * 28)
    # What is stored is worth nothing when the least price is below nothing.
    assert (day.stored, day.saving) == (pytest.approx(0.0), pytest.approx(0.40))


@pytest.mark.parametrize(("date", "quarters"), [((2026, 3, 29), 92), ((2026, 10, 25), 100), ((2026, 6, 1), 96)])
def test_local_day_has_as_many_quarter_hours_as_the_clock_gives_it(date: tuple[int, int, int], quarters: int) -> None:
    begin = datetime(*date, tzinfo=ZONE).astimezone(timezone.utc)
    site = house_site(**{"prices.import": {"time_of_use": [{"per_kwh": 0.1, "hours": "22:00-06:00"}, {"per_kwh": 0.3}]},
                         "prices.export": {"fixed_per_kwh": 0.0}})  # fmt: skip
    measured = measured_house(begin, series(quarters + 96, 1.0), battery=series(quarters + 96), soc=0.1, site=site)
    first, second = account_of(site, measured).days
    assert (first.quarters, second.quarters) == (quarters, 96)
    assert first.import_kwh == pytest.approx(quarters / 4)
    # 16 hours of the day at the high price on each; the night is what is shorter or longer.
    assert first.cost == pytest.approx(16 * 0.3 + (quarters / 4 - 16) * 0.1)


def test_hole_is_said_and_counts_for_nothing_in_either_house() -> None:
    whole = measured_house(MIDNIGHT, series(96, 1.0), series(96, q40_48=5.0), site=PLAIN)
    (day,) = account_of(PLAIN, with_hole(whole, 42, 60)).days
    known = np.r_[0:42, 60:96]
    assert (day.quarters, day.measured, day.compared) == (96, 78, 78)
    assert day.partial
    assert day.import_kwh == pytest.approx(whole.import_kw[known].sum() / 4)
    assert day.saving == pytest.approx(0.0, abs=1e-9)
    rows = account_of(PLAIN, with_hole(whole, 42, 60)).quarters
    assert [rows[50].import_kwh, rows[50].cost, rows[50].saving] == [None, None, None]


def test_day_of_which_nothing_is_known_has_no_sums() -> None:
    whole = measured_house(MIDNIGHT, series(96, 1.0), site=PLAIN)
    (day,) = account_of(PLAIN, with_hole(whole, 0, 96)).days
    assert (day.cost, day.saving, day.import_kwh, day.pv_kwh, day.measured) == (None, None, None, None, 0)


def test_price_that_nobody_saw_makes_no_cost() -> None:
    spot = series(96, 0.1, q20_24=np.nan)
    site = house_site()
    (day,) = account_of(site, measured_house(MIDNIGHT, series(96, 1.0), soc=0.1, spot=spot, site=site)).days
    assert day.measured == 92
    assert day.import_kwh == pytest.approx(24.0)
    assert day.cost == pytest.approx(23 * (0.1 + 0.1) * 1.2)


def test_battery_whose_state_of_charge_falls_silent_is_compared_for_an_hour_longer() -> None:
    measured = measured_house(MIDNIGHT, series(96, 1.0), site=PLAIN)
    soc = measured.soc["battery"].copy()
    soc[41:] = np.nan
    (day,) = account_of(PLAIN, replace(measured, soc={"battery": soc})).days
    assert (day.measured, day.compared) == (96, 44)
    assert day.losses_kwh is None


def test_battery_whose_power_nobody_measures_leaves_nothing_to_compare_with() -> None:
    measured = replace(measured_house(MIDNIGHT, series(96, 1.0), site=PLAIN), charge_kw={}, discharge_kw={})
    (day,) = account_of(PLAIN, measured).days
    assert day.cost is not None
    assert (day.saving, day.baseline_cost, day.compared, day.house_kwh) == (None, None, 0, None)


def test_counters_of_the_meter_go_before_its_power_and_bridge_a_hole() -> None:
    measured = measured_house(MIDNIGHT, series(96, 1.0), battery=series(96), soc=0.1, site=PLAIN)
    counter = 1000 + np.concatenate(([0.0], np.cumsum(np.full(96, 0.26))))
    counter[30:36] = np.nan
    counter[60:] -= 1000  # a new meter, or one that was set back
    counted = replace(with_hole(measured, 30, 36), import_counter_kwh=counter, export_counter_kwh=np.zeros(97))
    (day,) = account_of(PLAIN, counted).days
    assert day.energy_from == "counter"
    # One quarter hour is the one in which it began anew: what it shows then is what came since.
    assert day.import_kwh == pytest.approx(95 * 0.26 + counter[60])
    assert day.saving == pytest.approx(0.0, abs=1e-6)
    assert day.partial


def test_first_kwh_of_a_day_at_another_price() -> None:
    block = [{"kwh_per_day": 10.0, "price_difference_per_kwh": -0.05}]
    changes = {"grid.import_energy": "sensor.energy", "grid.energy_blocks": block}
    site = house_site(0.30, 0.0, **changes)
    measured = measured_house(MIDNIGHT, series(192, 1.0), battery=series(192), soc=0.1, site=site)
    days = account_of(site, measured).days
    assert [day.cost for day in days] == [pytest.approx(24 * 0.30 - 10 * 0.05)] * 2


def test_free_session_costs_what_it_says() -> None:
    measured = measured_house(MIDNIGHT, series(96, 1.0), battery=series(96), soc=0.1, site=PLAIN)
    window = (MIDNIGHT + timedelta(hours=2), MIDNIGHT + timedelta(hours=4))
    (day,) = account_of(PLAIN, replace(measured, free=(window,), free_per_kwh=0.0)).days
    assert day.cost == pytest.approx(22 * 0.30)


def test_saving_session_rewards_what_was_taken_less_than_without_planning() -> None:
    measured = measured_house(
        MIDNIGHT, series(96, 1.0), battery=series(96, q8_12=4.0, q72_76=-2.0), soc=0.1, site=PLAIN
    )
    session = Reward(MIDNIGHT + timedelta(hours=18), MIDNIGHT + timedelta(hours=19), 2.0)
    plain = account_of(PLAIN, measured).days[0]
    (day,) = account_of(PLAIN, replace(measured, rewards=(session,))).days
    # It gave 2 kWh in that hour; the battery of the other house was empty and gave nothing.
    assert day.reward == pytest.approx(4.0)
    assert day.cost == pytest.approx(plain.cost - 4.0)
    assert day.saving == pytest.approx(plain.saving + 4.0)
    assert day.baseline_cost == pytest.approx(plain.baseline_cost)


def test_saving_session_that_is_still_on_has_earned_nothing_yet() -> None:
    measured = measured_house(
        MIDNIGHT, series(74, 1.0), battery=series(74, q8_12=4.0, q72_74=-2.0), soc=0.1, site=PLAIN
    )
    session = Reward(MIDNIGHT + timedelta(hours=18), MIDNIGHT + timedelta(hours=19), 2.0)
    assert account_of(PLAIN, replace(measured, rewards=(session,))).days[0].reward == 0.0


def test_plan_is_compared_where_both_are_known() -> None:
    measured = measured_house(MIDNIGHT, series(96, 1.0), battery=series(96), soc=0.1, site=PLAIN)
    planned = replace(measured, planned_import_kw=series(96, 1.2, q0_48=np.nan), planned_export_kw=series(96))
    (day,) = account_of(PLAIN, planned).days
    assert day.planned == 48
    assert day.planned_cost == pytest.approx(12 * 1.2 * 0.30)
    assert day.against_plan == pytest.approx(12 * 0.2 * 0.30)


def test_carbon_only_where_it_is_known() -> None:
    measured = measured_house(MIDNIGHT, series(96, 1.0), battery=series(96), soc=0.1, site=PLAIN)
    assert account_of(PLAIN, measured).days[0].carbon_kg is None
    (day,) = account_of(PLAIN, replace(measured, carbon=series(96, 0.4, q0_4=np.nan))).days
    assert day.carbon_kg == pytest.approx(23 * 0.4)
    assert day.baseline_carbon_kg == pytest.approx(23 * 0.4)


def test_inverter_that_sleeps_at_night_leaves_no_hole() -> None:
    pv = series(96, np.nan, q24_84=0.0, q40_48=5.0)
    measured = measured_house(MIDNIGHT, series(96, 1.0), np.nan_to_num(pv), site=PLAIN)
    (day,) = account_of(PLAIN, replace(measured, pv_kw={"roof": pv})).days
    assert day.pv_kwh == pytest.approx(10.0)
    assert day.house_kwh == pytest.approx(24.0 * 72 / 96)  # before the first value of all nobody knows it


def test_day_is_final_a_day_later_unless_a_car_that_came_in_it_is_still_there() -> None:
    measured = measured_house(MIDNIGHT, series(96, 1.0), stays=[(70, 96, False)], site=PLAIN)
    left = replace(measured, stays={"car": (Stay(MIDNIGHT, MIDNIGHT + timedelta(hours=20)),)})

    def final(one: Measured, hours: float) -> bool:
        return account_of(PLAIN, one, now=lambda end: end + timedelta(hours=hours)).days[0].final

    assert [final(left, hours) for hours in (0, 23, 25)] == [False, False, True]
    assert [final(measured, hours) for hours in (25, 24 * 8)] == [False, True]


def test_what_the_batteries_did_while_nobody_looked_is_nobodys_gain() -> None:
    """The real battery is 5.7 kWh ahead when the measurements stop, and empty like the other when they go on."""
    told = series(96, q8_16=3.0, q30_40=-4.0)
    house = measured_house(MIDNIGHT, series(96, 0.0), battery=told, soc=0.1, site=PLAIN)
    (whole,) = account_of(PLAIN, house).days
    (day,) = account_of(PLAIN, with_hole(house, 28, 44)).days
    assert whole.stored == pytest.approx(0.0, abs=1e-6)
    assert day.stored == pytest.approx(3.0 * 2 * 0.95 * 0.95 * 0.30)
    assert day.saving == pytest.approx(day.stored - 6.0 * 0.30)
