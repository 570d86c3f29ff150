"""What cars, programs and quotas would have done without planning, and what of it crosses midnight."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from builders.ledger_house import CAPACITY, ZONE, account_of, house_site, measured_house, series
from hems.ledger.cars import on_arrival
from hems.ledger.measured import QUARTER, Stay
from hems.ledger.programs import unplanned_programs, unplanned_quota, window_of
from hems.ledger.silence import without_silence
from hems.ledger.unplanned import unplanned

MIDNIGHT = datetime(2026, 6, 1, tzinfo=ZONE).astimezone(timezone.utc)
NIGHT = house_site(
    **{"prices.import": {"time_of_use": [{"per_kwh": 0.10, "hours": "00:00-06:00"}, {"per_kwh": 0.30}]},
       "prices.export": {"fixed_per_kwh": 0.0}}
)  # fmt: skip
CAR = NIGHT.evs["car"]


def test_car_charges_on_arrival_what_it_took_in_that_stay() -> None:
    real = series(192, q104_112=3.68)
    measured = measured_house(MIDNIGHT, series(192, 0.5), car=real, stays=[(70, 124, True)])
    found = on_arrival(measured, "car", CAR)
    assert found.sum() == pytest.approx(real.sum())
    # 7.36 kWh at 7.36 kW: one hour from half past five on.
    assert found[70:74] == pytest.approx(7.36)
    assert np.count_nonzero(found) == 4


def test_car_that_comes_within_a_quarter_hour_charges_from_then_on() -> None:
    real = series(96, q80_81=7.36)
    stay = Stay(MIDNIGHT + 70.5 * QUARTER, MIDNIGHT + 90 * QUARTER)
    measured = replace(measured_house(MIDNIGHT, series(96, 0.5), car=real), stays={"car": (stay,)})
    assert on_arrival(measured, "car", CAR)[70:73] == pytest.approx([3.68, 3.68, 0.0])


def test_what_was_charged_while_nobody_saw_the_plug_stays_where_it_was() -> None:
    real = series(96, q20_24=3.0, q60_64=3.0)
    measured = measured_house(MIDNIGHT, series(96, 0.5), car=real, stays=[(50, 70, True)])
    found = on_arrival(measured, "car", CAR)
    assert found[20:24] == pytest.approx(3.0)
    assert found[50:52] == pytest.approx([7.36, 3.0 * 4 - 7.36])


def test_quarter_hour_in_which_one_stay_ends_and_the_next_begins_is_the_first_ones() -> None:
    real = series(96, q59_60=2.0, q60_61=4.0, q61_62=2.0)
    stays = (
        Stay(MIDNIGHT + 50 * QUARTER, MIDNIGHT + 60.3 * QUARTER),
        Stay(MIDNIGHT + 60.6 * QUARTER, MIDNIGHT + 90 * QUARTER),
    )
    measured = replace(measured_house(MIDNIGHT, series(96, 0.5), car=real), stays={"car": stays})
    found = on_arrival(measured, "car", CAR)
    assert found.sum() == pytest.approx(real.sum())
    assert found[50] == pytest.approx(6.0)
    assert found[60] == pytest.approx(2.0)


def test_car_for_surplus_only_stays_as_measured() -> None:
    config = CAR.model_copy(update={"surplus_only": True})
    measured = measured_house(MIDNIGHT, series(96, 0.5), car=series(96, q60_64=3.0), stays=[(50, 70, True)])
    assert on_arrival(measured, "car", config) == pytest.approx(measured.car_kw["car"])


def test_car_session_over_midnight_saves_on_the_day_it_came_only_what_it_will_not_pay_later() -> None:
    real = series(192, q100_108=3.68)  # 7.36 kWh between one and three o'clock, at 0.10
    measured = measured_house(MIDNIGHT, series(192, 0.5), car=real, stays=[(76, 124, True)], soc=0.1, site=NIGHT)
    measured = replace(measured, discharge_kw={"battery": series(192)}, charge_kw={"battery": series(192)})
    one, two = account_of(NIGHT, measured).days
    # Arrival at seven in the evening: 0.30. The least price of the day is what is still to be paid.
    assert one.saving == pytest.approx(7.36 * (0.30 - 0.10))
    assert two.saving == pytest.approx(0.0, abs=1e-9)
    assert one.baseline_cost - one.cost == pytest.approx(7.36 * 0.30)


def test_session_that_begins_in_the_month_before_is_not_paid_twice() -> None:
    real = series(288, q100_108=3.68)
    measured = measured_house(MIDNIGHT, series(288, 0.5), car=real, stays=[(76, 124, True)], soc=0.1, site=NIGHT)
    begin = MIDNIGHT + timedelta(days=1)
    first, second = account_of(NIGHT, measured, begin=begin).days
    assert first.baseline_cost == pytest.approx(first.cost - 7.36 * 0.10)
    assert first.saving == pytest.approx(0.0, abs=1e-9)
    assert second.saving == pytest.approx(0.0, abs=1e-9)


PROGRAM = NIGHT.loads["dishwasher"]
QUOTA = NIGHT.loads["pool"]
RUN = {"q96_98": 2.0, "q98_100": 0.1, "q100_102": 1.8}


def test_program_begins_when_it_was_asked_for_in_its_window() -> None:
    real = series(192, **RUN)
    house = measured_house(MIDNIGHT, series(192, 0.5), dishwasher=real)
    asked = {"dishwasher": (MIDNIGHT + timedelta(hours=21, minutes=7),)}
    found = unplanned_programs(replace(house, asked=asked), {"dishwasher": PROGRAM}, ZONE)["dishwasher"]  # type: ignore[dict-item]
    assert found[85:91] == pytest.approx([2.0, 2.0, 0.1, 0.1, 1.8, 1.8])
    assert found.sum() == pytest.approx(real.sum())


def test_program_asked_for_before_its_window_begins_with_it() -> None:
    house = measured_house(MIDNIGHT, series(192, 0.5), dishwasher=series(192, **RUN))
    asked = {"dishwasher": (MIDNIGHT + timedelta(hours=12),)}
    found = unplanned_programs(replace(house, asked=asked), {"dishwasher": PROGRAM}, ZONE)["dishwasher"]  # type: ignore[dict-item]
    assert np.flatnonzero(found)[0] == 80


def test_program_stays_where_it_was_when_nobody_knows_when_it_was_asked_for() -> None:
    real = series(192, **RUN)
    house = measured_house(MIDNIGHT, series(192, 0.5), dishwasher=real)
    found = unplanned_programs(house, {"dishwasher": PROGRAM}, ZONE)["dishwasher"]  # type: ignore[dict-item]
    assert found == pytest.approx(real)


def test_program_asked_for_two_days_ago_or_after_it_began_was_not_asked_for() -> None:
    real = series(288, q192_194=2.0)
    house = measured_house(MIDNIGHT, series(288, 0.5), dishwasher=real)
    asked = {"dishwasher": (MIDNIGHT + timedelta(hours=20), MIDNIGHT + timedelta(hours=49))}
    found = unplanned_programs(replace(house, asked=asked), {"dishwasher": PROGRAM}, ZONE)["dishwasher"]  # type: ignore[dict-item]
    assert found == pytest.approx(real)


def test_program_outside_its_window_stays_where_it_was() -> None:
    real = series(192, q40_42=2.0)
    house = measured_house(MIDNIGHT, series(192, 0.5), dishwasher=real)
    every = PROGRAM.model_copy(update={"requested": None})
    found = unplanned_programs(house, {"dishwasher": every}, ZONE)["dishwasher"]  # type: ignore[dict-item]
    assert found == pytest.approx(real)


def test_program_that_nobody_asks_for_begins_with_its_window_and_the_dryer_waits_for_it() -> None:
    washer = PROGRAM.model_copy(update={"requested": None})
    dryer = washer.model_copy(update={"after": "washer", "program_kw": (1.5,)})
    house = measured_house(MIDNIGHT, series(192, 0.5))
    house = replace(house, load_kw={"washer": series(192, **RUN), "dryer": series(192, q104_106=1.5)})
    found = unplanned_programs(house, {"dryer": dryer, "washer": washer}, ZONE)  # type: ignore[dict-item]
    assert np.flatnonzero(found["washer"]).tolist() == [80, 81, 82, 83, 84, 85]
    assert np.flatnonzero(found["dryer"]).tolist() == [86, 87]


def test_window_over_midnight_on_the_night_of_the_clock_change() -> None:
    start = datetime(2026, 3, 29, 3, 30, tzinfo=ZONE).astimezone(timezone.utc)
    opened = window_of(start, PROGRAM, ZONE)  # type: ignore[arg-type]
    assert opened == datetime(2026, 3, 28, 20, tzinfo=ZONE)
    assert window_of(start + timedelta(hours=3), PROGRAM, ZONE) is None  # type: ignore[arg-type]


def test_quota_runs_from_the_begin_of_its_day_with_that_days_energy() -> None:
    real = series(192, q48_56=1.1, q150_151=1.1)
    house = measured_house(MIDNIGHT, series(192, 0.5), pool=real)
    found = unplanned_quota(house, "pool", QUOTA, ZONE)  # type: ignore[arg-type]
    assert np.flatnonzero(found).tolist() == [*range(8), 96]
    assert found.sum() == pytest.approx(real.sum())


def test_silence_between_idle_values_is_nothing_and_other_gaps_stay() -> None:
    kw = np.array([0.0, np.nan, 0.05, 2.0, np.nan, 0.0, np.nan])
    assert np.nan_to_num(without_silence(kw), nan=-1).tolist() == [0.0, 0.0, 0.05, 2.0, -1, 0.0, 0.0]
    long = np.concatenate(([0.0], np.full(300, np.nan), [0.0]))
    assert np.isnan(without_silence(long)[1:-1]).all()


def test_car_that_the_home_battery_never_feeds_is_not_fed_without_planning_either() -> None:
    site = house_site(0.30, 0.05, **{"evs.car.from_home_battery": False})
    car = series(96, q70_74=3.0)
    house = measured_house(MIDNIGHT, series(96, 0.5), car=car, battery=series(96), soc=0.9, stays=[(70, 96, True)])
    fed = unplanned(house_site(0.30, 0.05), house, CAPACITY, ZONE, 60)
    other = unplanned(site, house, CAPACITY, ZONE, 60)
    # The car's 3 kWh come at 7.36 kW, most in the first quarter hour: a battery that may gives its 4 kW.
    assert fed.batteries["battery"].net_kw[70] == pytest.approx(-4.0)
    assert other.batteries["battery"].net_kw[70] == pytest.approx(-0.5)
    assert other.import_kw[70] == pytest.approx(7.36)


def test_house_without_planning_keeps_its_export_limit_and_has_the_pv_that_was_held_back() -> None:
    site = house_site(0.30, 0.05, **{"grid.export_limit_kw": 3.0})
    house = measured_house(MIDNIGHT, series(96, 1.0), series(96, q40_48=2.0), battery=series(96), soc=1.0, site=site)
    house = replace(house, curtailed_kw={"roof": series(96, q40_44=1.0, q44_48=4.0)})
    found = unplanned(site, house, CAPACITY, ZONE, 40)
    assert found.export_kw[40:48] == pytest.approx([2.0] * 4 + [3.0] * 4)


def test_losses_within_a_quarter_hour_and_at_rest_are_those_of_both_batteries() -> None:
    site = house_site(0.30, 0.05, **{"batteries.battery.standing_loss_kw": 0.02})
    house = measured_house(MIDNIGHT, series(96), battery=series(96), soc=0.5, site=site)
    both = {"battery": series(96, 1.0)}
    found = unplanned(site, replace(house, charge_kw=both, discharge_kw=both), CAPACITY, ZONE, 0)
    energy = found.batteries["battery"].energy_kwh
    assert np.diff(energy[:8]) == pytest.approx(-0.25 * (1 / 0.95 - 0.95 + 0.02))


def test_battery_takes_its_last_tenths_slowly_where_its_curve_says_so() -> None:
    site = house_site(0.30, 0.05, **{"batteries.battery.charge_curve": {80: 5.0, 100: 1.0}})
    house = measured_house(MIDNIGHT, series(96), series(96, 5.0), battery=series(96), soc=0.8, site=site)
    flows = unplanned(site, house, CAPACITY, ZONE, 0).batteries["battery"].net_kw
    assert 4.0 < flows[0] < 5.0
    assert 1.0 < flows[2] < flows[1] < flows[0]
