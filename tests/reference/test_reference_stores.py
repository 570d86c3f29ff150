"""Grid, PV, batteries and cars in the judge: optima worked out by hand in the comment above each test."""

from __future__ import annotations

from .milp import Reference
from .tiny import at, battery, car, home, near, solved


# Buy 5 kWh at 0.10, sell the stored 5 * 0.9 * 0.8 = 3.6 kWh at 0.30 in the second hour: 0.5 - 1.08.
def test_arbitrage_pays_both_efficiencies() -> None:
    one = battery(charge_efficiency=0.9, discharge_efficiency=0.8)
    answer = solved(home([0.10, 0.50], [0.0, 0.30], batteries=[one]))
    assert answer.money == near(0.5 - 3.6 * 0.3)
    assert answer.plan["grid"]["export_kw"] == near([0.0, 3.6])


# The spread is 0.20; wear of 0.25 per kWh discharged eats it: nothing moves. At 0.15 it pays 5 * 0.05.
def test_wear_blocks_a_thin_spread() -> None:
    def best(wear: float) -> float:
        return solved(home([0.10, 0.30], [0.0, 0.30], batteries=[battery(wear_cost_per_kwh=wear)])).money

    assert best(0.25) == near(0.0)
    assert best(0.15) == near(-0.25)


# 3 kWh are wanted by 3:00. At 2..4 kW the cheap hour 2 (0.1) takes 3 kWh: 0.3. With 1 kWh wanted, the
# minimum power of 2 kW is drawn for the cheapest hour and 2 kWh are bought: 0.2.
def test_ev_minimum_power() -> None:
    def best(soc: float) -> float:
        one = car(3, min_kw=2.0, targets=[{"at": at(3), "soc": soc}])
        return solved(home([0.3, 0.1, 0.2], evs=[one])).money

    assert best(0.3) == near(0.3)
    assert best(0.1) == near(0.2)


# 1 kWh wanted, room for 1.5 kWh below soc_max, minimum 2 kW in hourly steps: charging would overshoot.
def test_ev_that_cannot_charge_below_its_minimum_falls_short() -> None:
    one = car(2, min_kw=2.0, soc_max=0.15, targets=[{"at": at(2), "soc": 0.1}])
    answer = solved(home([0.1, 0.1], evs=[one]))
    assert answer.tiers["wishes_short_kwh"] == near(1.0)
    assert answer.money == near(0.0)


# Half the target hour counts: by 0:30 a car at 4 kW holds 2 kWh, 1 short of 3; all at the dear price 1.0,
# and charging 4 kW for the whole hour costs 4.
def test_target_within_a_step_is_interpolated_and_never_traded_for_money() -> None:
    one = car(2, targets=[{"at": at(0, 30), "soc": 0.3}])
    answer = solved(home([1.0, 0.1], evs=[one]))
    assert answer.tiers["wishes_short_kwh"] == near(1.0)
    assert answer.money == near(4.0)


# A target of 0.9 above soc_max 0.5: 5 kWh can be stored, 4 are short; 4 kW + 1 kW at 0.1.
def test_target_above_soc_max_is_a_shortfall() -> None:
    one = car(2, soc_max=0.5, targets=[{"at": at(2), "soc": 0.9}])
    answer = solved(home([0.1, 0.1], evs=[one]))
    assert answer.tiers["wishes_short_kwh"] == near(4.0)
    assert answer.money == near(0.5)


# Export costs 0.05: 3 kW of sun over 1 kW of load is curtailed to 1 kW. Not curtailable: 2 kWh cost 0.10.
# Import at -0.10 and curtailable: the sun is switched off and 1 kWh bought for -0.10.
def test_negative_prices_and_curtailment() -> None:
    def best(price: float, curtailable: bool) -> Reference:
        sun = {"name": "roof", "forecast_kw": [3.0], "curtailable": curtailable}
        return solved(home([price], [-0.05], load_kw=[1.0], pv=[sun]))

    assert best(0.2, True).money == near(0.0)
    assert best(0.2, True).plan["pv"]["roof"]["curtailed_kw"] == near([2.0])
    assert best(0.2, False).money == near(0.1)
    assert best(-0.1, True).money == near(-0.1)


# Export 0.5 above import 0.1: 1 kW of load and 2 kW of sun may not be bought and sold at once: 1 kWh sold.
def test_export_above_import_does_not_run_in_circles() -> None:
    sun = {"name": "roof", "forecast_kw": [2.0]}
    answer = solved(home([0.1], [0.5], load_kw=[1.0], pv=[sun]))
    assert answer.money == near(-0.5)


# At -0.1 a full battery of efficiency 0.5 both ways cannot burn energy by charging and discharging at once.
# It can make room first: d kWh out in hour 0 empties 2d, and 4d may be bought for the refill in hour 1, at
# most 5. d = 1.25: the load of hour 0 is fed, 0.25 kWh go out at a cost of 0.025, then 1 + 5 kWh earn 0.6.
def test_no_simultaneous_charge_and_discharge_at_negative_prices() -> None:
    one = battery(soc=1.0, charge_efficiency=0.5, discharge_efficiency=0.5)
    answer = solved(home([-0.1, -0.1], [-0.1, -0.1], load_kw=[1.0, 1.0], batteries=[one]))
    assert answer.money == near(-0.575)


# soc 0 below soc_min 0.3: 3 kWh must be charged at once at 1 kW although it gets cheaper; outside: 2 + 1 + 0.
def test_soc_below_its_minimum_recovers_first() -> None:
    one = battery(soc_min=0.3, charge_limit_kw=1.0)
    answer = solved(home([1.0, 0.5, 0.1, 0.0], batteries=[one]))
    assert answer.tiers["soc_outside_kwh"] == near(3.0)
    assert answer.money == near(1.6)


# soc 1.0 above soc_max 0.8, discharge 1 kW: out by 1 kWh after the first hour, in after the second, though
# export costs 0.1 now and pays later.
def test_soc_above_its_maximum_recovers_first() -> None:
    one = battery(soc=1.0, soc_max=0.8, discharge_limit_kw=1.0)
    answer = solved(home([0.3, 0.3, 0.3], [-0.1, -0.1, 0.2], batteries=[one]))
    assert answer.tiers["soc_outside_kwh"] == near(1.0)
    assert answer.money == near(0.2 - 0.2)


# At its minimum, with a standing loss of 0.1 kW and charging from PV only: without sun 0.1 kWh is lost an
# hour: outside 0.1 + 0.2. With grid charging it keeps itself: 2 * 0.1 kWh at 0.2.
def test_standing_loss_at_the_minimum() -> None:
    def best(grid_charging: bool) -> Reference:
        one = battery(soc=0.1, soc_min=0.1, standing_loss_kw=0.1, grid_charging=grid_charging)
        return solved(home([0.2, 0.2], batteries=[one]))

    assert best(False).tiers["soc_outside_kwh"] == near(0.3)
    assert best(True).tiers["soc_outside_kwh"] == near(0.0)
    assert best(True).money == near(0.04)


# The limit of 2 kW leaves 1 kW for the car beside 1 kW of load; in hour 2 the load of 3 kW exceeds the limit
# by 1 kWh and the car waits. 2 of 4 kWh are in by 3:00. Cost: 2 + 3 + 2 kWh at 0.1.
def test_import_limit_below_the_load() -> None:
    one = car(3, targets=[{"at": at(3), "soc": 0.4}])
    answer = solved(home([0.1] * 3, load_kw=[1.0, 3.0, 1.0], grid={"import_limit_kw": 2.0}, evs=[one]))
    assert answer.tiers["grid_excess_kwh"] == near(1.0)
    assert answer.tiers["wishes_short_kwh"] == near(2.0)
    assert answer.money == near(0.7)
    assert answer.plan["grid"]["import_kw"] == near([2.0, 3.0, 2.0])


# 3 kW of sun that cannot be curtailed, 1 kW may leave: 2 kWh too much, unless a battery of 1.5 kW takes part.
def test_export_limit_with_stubborn_sun() -> None:
    sun = {"name": "roof", "forecast_kw": [3.0], "curtailable": False}
    limit = {"export_limit_kw": 1.0}
    assert solved(home([0.2], [0.1], grid=limit, pv=[sun])).tiers["grid_excess_kwh"] == near(2.0)
    one = battery(charge_limit_kw=1.5)
    answer = solved(home([0.2], [0.1], grid=limit, pv=[sun], batteries=[one]))
    assert answer.tiers["grid_excess_kwh"] == near(0.5)


# 4 kWh by 4:00: without the charge all in hour 1 at 0.1: 0.4. With 1.0 per kW above the 1.5 kW so far, 1 kW
# more costs 1.0 and saves 0.1: 1.5 kWh at 0.1 and 2.5 kWh at 0.2, plus 1.5 for the peak.
def test_capacity_charge() -> None:
    one = car(4, targets=[{"at": at(4), "soc": 0.4}])
    prices = [0.2, 0.1, 0.2, 0.2]
    assert solved(home(prices, evs=[one])).money == near(0.4)
    charge = {"capacity_charge": {"price_per_kw": 1.0, "peak_so_far_kw": 1.5}}
    answer = solved(home(prices, grid=charge, evs=[one]))
    assert answer.money == near(0.15 + 2.5 * 0.2 + 1.5)
    assert answer.plan["costs"]["capacity"] == near(1.5)


# 1 kWh by 2:00: hour 0 at 0.20 with 0.1 kg, or hour 1 at 0.15 with 0.8 kg; at 0.1 per kg: 0.21 against 0.23.
def test_carbon_price() -> None:
    one = car(2, targets=[{"at": at(2), "soc": 0.1}])
    problem = home([0.2, 0.15], grid={"carbon_kg_per_kwh": [0.1, 0.8]}, evs=[one])
    problem["objective"] = {"carbon_price_per_kg": 0.1}
    answer = solved(problem)
    assert answer.money == near(0.21)
    assert answer.plan["costs"]["carbon"] == near(0.01)


# 2 kW of sun in hour 0 at export 0.4; 2 kW of load in hour 1 at import 0.3. profit sells: -0.8 + 0.6.
# cost: export is worth nothing, so it stores: 0. self_consumption stores too: 0 lost, bill 0.
def test_cost_functions_differ() -> None:
    def best(function: str) -> Reference:
        sun = {"name": "roof", "forecast_kw": [2.0, 0.0]}
        problem = home([0.3, 0.3], [0.4, 0.0], load_kw=[0.0, 2.0], pv=[sun], batteries=[battery()])
        return solved({**problem, "objective": {"cost_function": function}})

    assert best("profit").money == near(-0.2)
    assert best("cost").money == near(0.0)
    own = best("self_consumption")
    assert own.tiers["exported_or_curtailed_kwh"] == near(0.0)
    assert own.money == near(0.0)


# A full battery beside 3 kW of sun and 2 kW of load; export 0.5. grid_export false: the battery feeds the
# load and the sun is sold, 3 * 0.5. Otherwise 5 + 3 - 2 = 6 kWh are sold.
def test_battery_kept_from_the_grid() -> None:
    sun = {"name": "roof", "forecast_kw": [3.0]}
    one = battery(soc=1.0, grid_export=False)
    answer = solved(home([0.6], [0.5], load_kw=[2.0], pv=[sun], batteries=[one]))
    assert answer.money == near(-1.5)
    answer = solved(home([0.6], [0.5], load_kw=[2.0], pv=[sun], batteries=[battery(soc=1.0)]))
    assert answer.money == near(-3.0)


# Charging only from 1 kW of sun: 1 kWh an hour although energy costs 0 and is worth 0.2 later.
def test_battery_charges_from_pv_only() -> None:
    sun = {"name": "roof", "forecast_kw": [1.0, 1.0]}
    one = battery(grid_charging=False, terminal_value_per_kwh=0.2)
    assert solved(home([0.0, 0.0], pv=[sun], batteries=[one])).money == near(-0.4)


# The car may not be fed by the home battery: 2 kWh are bought at 0.5; otherwise the battery feeds it for 0.
def test_car_not_fed_by_the_home_battery() -> None:
    def best(allowed: bool) -> float:
        one = car(1, from_home_battery=allowed, targets=[{"at": at(1), "soc": 0.2}])
        return solved(home([0.5], evs=[one], batteries=[battery(soc=1.0)])).money

    assert best(True) == near(0.0)
    assert best(False) == near(1.0)


# Sun 3 kW, load 1 kW: 2 kW of surplus in hour 0; in hour 1 only 0.8 kW, below the car's minimum of 1 kW.
def test_car_charges_from_surplus_only() -> None:
    sun = {"name": "roof", "forecast_kw": [3.0, 1.8]}
    one = car(2, surplus_only=True, min_kw=1.0, targets=[{"at": at(2), "soc": 0.4}])
    answer = solved(home([0.0, 0.0], load_kw=[1.0, 1.0], pv=[sun], evs=[one]))
    assert answer.plan["evs"]["car"]["charge_kw"] == near([2.0, 0.0])
    assert answer.tiers["wishes_short_kwh"] == near(2.0)


# A car with 5 kWh sells 2 kW for an hour at 0.5 and needs 5 kWh back by 2:00 at 0.1: -1.0 + 0.2.
def test_car_that_feeds_the_grid() -> None:
    one = car(2, soc=0.5, discharge_limit_kw=2.0, targets=[{"at": at(2), "soc": 0.5}])
    assert solved(home([0.6, 0.1], [0.5, 0.0], evs=[one])).money == near(-0.8)
