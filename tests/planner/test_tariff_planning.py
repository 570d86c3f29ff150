"""Planned with other prices than are paid: export boost, chip mode, spike protection, sessions; settled at the true ones."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.past import UTC
from builders.site_block import make_site, site_block
from hems.config.site import Site
from hems.config.tariff_modes import ChipMode, ExportBoost
from hems.domain.bill import bill
from hems.domain.horizon import Horizon
from hems.domain.plan import Plan
from hems.domain.problem import Problem
from hems.domain.series import Slot
from hems.optimizer.plan import make_plan
from hems.planner.assemble import Notes, assemble
from hems.planner.latest import Latest
from hems.planner.memory import Memory
from hems.planner.readings import BatteryReading, Readings
from hems.planner.tariff import Tariff
from hems.planner.tariff_planning import at_true_prices, boosted, chipped, loss_prices, planning
from hems.planner.tariff_prices import StepPrices, step_prices
from hems.planner.tariff_sessions import FoundSession
from hems.planner.tariff_settle import schedule_of_plan, settled

ZONE = ZoneInfo("Europe/London")
MIDNIGHT = datetime(2026, 6, 1, tzinfo=ZONE).astimezone(UTC)
HOUR = timedelta(hours=1)
CYCLE = [(0.81, 0.02)]
ONE = (1.0,)


def boost(**keys: Any) -> ExportBoost:
    return ExportBoost.model_validate(keys)


def raised(config: ExportBoost, earned: float, bought: tuple[float, ...], share: float = 1.0) -> float:
    (found,) = boosted(config, (earned,), (earned,), bought, CYCLE, (share,))
    return found


@pytest.mark.parametrize(
    ("keys", "earned", "planned"),
    [
        ({"offset_per_kwh": 0.05}, 0.10, 0.15),
        ({"minimum_per_kwh": 0.20}, 0.10, 0.20),
        ({"minimum_per_kwh": 0.20}, 0.25, 0.25),
        ({"offset_per_kwh": 0.05, "minimum_per_kwh": 0.12}, 0.10, 0.15),
        ({"offset_per_kwh": 0.05, "threshold_per_kwh": 0.10}, 0.10, 0.15),
        ({"offset_per_kwh": 0.05, "threshold_per_kwh": 0.11}, 0.10, 0.10),
        ({"offset_per_kwh": 0.05}, -0.10, -0.05),
        ({"offset_per_kwh": 9.0}, 0.10, 0.299),
        ({"offset_per_kwh": 9.0}, 0.30, 0.3893704),
    ],
)
def test_boost_raises_the_export_price_up_to_its_cap(keys: dict[str, float], earned: float, planned: float) -> None:
    assert raised(boost(**keys), earned, (0.30, 0.50)) == pytest.approx(planned, abs=1e-6)


def test_boost_is_shared_out_where_its_window_covers_a_part_of_a_step() -> None:
    assert raised(boost(offset_per_kwh=0.1), 0.10, (0.5,), share=0.25) == pytest.approx(0.125)
    assert raised(boost(offset_per_kwh=0.1), 0.10, (0.5,), share=0.0) == 0.10


def test_loss_prices_are_import_prices_and_what_they_cost_through_the_battery() -> None:
    # 0.20 / 0.81 + 0.02 = 0.267: bought for 0.20 and sold for 0.25 is a loss, sold for 0.27 it is not.
    assert sorted(loss_prices(0.25, (0.20, 0.30), CYCLE)) == pytest.approx(
        [0.20 / 0.81 + 0.02, 0.30, 0.30 / 0.81 + 0.02]
    )
    assert list(loss_prices(0.50, (0.20,), CYCLE)) == []


@given(
    st.floats(-0.2, 0.6),
    st.floats(0, 1),
    st.floats(0.7, 1.0),
    st.floats(0, 0.1),
    st.lists(st.floats(-0.3, 1), min_size=1),
)
def test_no_trade_that_loses_in_truth_gains_as_it_is_planned(
    earned: float, offset: float, efficiency: float, wear: float, bought: list[float]
) -> None:
    (planned,) = boosted(
        boost(offset_per_kwh=offset + 0.01), (earned,), (earned,), tuple(bought), [(efficiency, wear)], ONE
    )
    assert planned >= round(earned, 6)
    for q in bought:
        for cost in (q, q / efficiency + wear):
            assert not (cost > earned + 1e-6 and planned > cost), (cost, planned)


def test_chip_mode_takes_all_but_nothing_below_its_threshold_and_leaves_what_costs_as_it_is() -> None:
    chip = ChipMode(threshold_per_kwh=0.3)
    found = chipped(chip, (0.4, 0.5, -0.1, 0.2), (0.2, 0.3, -0.1, 0.2), (1, 1, 1, 0.5))
    assert found == pytest.approx((0.001, 0.5, -0.1, 0.1005))


# A home of a battery and PV over a day, planned by the real optimizer.


@dataclass(frozen=True)
class Case:
    """A day from midnight: prices by hour, PV and load in kW by hour, the battery's state of charge."""

    modes: dict[str, Any]
    bought: list[float]
    sold: list[float]
    pv_kw: tuple[float, ...] = (0.0,) * 24
    load_kw: float = 0.4
    soc: float = 0.5
    saving: tuple[FoundSession, ...] = ()
    free: tuple[FoundSession, ...] = ()


def slots(values: list[float]) -> tuple[Slot, ...]:
    return tuple(Slot(MIDNIGHT + k * HOUR, MIDNIGHT + (k + 1) * HOUR, value) for k, value in enumerate(values))


def site_of(case: Case) -> Site:
    prices = {"import": {"entity": "sensor.bought"}, "export": {"entity": "sensor.sold"}, **case.modes}
    battery = site_block()["batteries"]["battery"] | {"wear_cost_per_kwh": 0.01}
    told = {kind: [{"number.set_value": {"value": 1}}] for kind in ("limit", "release")}
    roof = site_block()["pv"]["roof"] | {"actions": told, "limit_kw": 6}
    devices = {"batteries": {"battery": battery}, "pv": {"roof": roof}, "evs": {}, "loads": {}}
    return make_site(prices=prices, horizon_hours=24, step_minutes=60, **devices)


def solved(case: Case) -> tuple[Problem, Plan, Problem, Plan, StepPrices]:
    """The problem as it is planned and its plan, both again at true prices, and those."""
    readings = Readings(
        MIDNIGHT,
        spot=slots(case.bought),
        export_spot=slots(case.sold),
        history=slots([case.load_kw] * 24),
        baseline_kw=case.load_kw,
        pv_forecast={"roof": slots(list(case.pv_kw))},
        batteries={"battery": BatteryReading(case.soc, 10.0)},
        saving_sessions=case.saving,
        free_sessions=case.free,
    )
    notes = Notes()
    problem = assemble(site_of(case), readings, Memory(), ZONE, notes)
    flat = problem.model_copy(update={"load_kw": (case.load_kw,) * 24})
    plan = make_plan(flat, 20.0)
    assert plan.status != "fallback" and notes.prices is not None
    return flat, plan, at_true_prices(flat, notes.prices), settled(flat, plan, notes.prices), notes.prices


def without(case: Case) -> tuple[Problem, Plan, Problem, Plan, StepPrices]:
    return solved(replace(case, modes={}))


SUNNY = tuple(3.0 if 10 <= hour < 16 else 0.0 for hour in range(24))
EVENING = {"hours": "17-21", "offset_per_kwh": 0.2, "minimum_per_kwh": 0.2}


def exported(plan: Plan, begin: int, end: int) -> float:
    return sum(plan.grid.export_kw[begin:end])


def test_boost_exports_what_is_left_in_the_evening_and_the_bill_is_the_true_one() -> None:
    case = Case({"export_boost": EVENING}, [0.30] * 24, [0.08] * 24, SUNNY, soc=0.9)
    problem, plan, paid, true_plan, true = solved(case)
    assert exported(plan, 17, 21) > exported(without(case)[1], 17, 21) + 0.5
    assert max(problem.grid.export_price) == pytest.approx(0.28)
    assert paid.grid.export_price == true.export_price == (0.08,) * 24
    assert true_plan.costs.net == pytest.approx(bill(paid, schedule_of_plan(problem, plan)).net)
    assert true_plan.costs.export == pytest.approx(-0.08 * sum(plan.grid.export_kw))
    assert true_plan.grid == plan.grid and true_plan.costs.net > plan.costs.net
    latest = Latest(problem, true_plan, MIDNIGHT, "test", 1, prices=true)
    assert latest.paid == paid and latest.problem.grid.export_price[18] == pytest.approx(0.28)
    assert Latest(problem, plan, MIDNIGHT, "test", 1).paid is problem


@pytest.mark.parametrize("offset", [0.05, 0.2, 5.0])
@pytest.mark.parametrize("cheap", [0.05, 0.15, 0.28])
def test_boost_never_buys_what_it_sells_at_a_loss(offset: float, cheap: float) -> None:
    bought = [cheap if hour < 6 else 0.30 for hour in range(24)]
    sold = [0.10] * 24
    case = Case({"export_boost": EVENING | {"offset_per_kwh": offset}}, bought, sold, soc=0.1)
    plan, plain = solved(case)[3], without(case)[3]
    assert plan.costs.net <= plain.costs.net + 0.005
    assert sum(plan.grid.import_kw) == pytest.approx(sum(plain.grid.import_kw), abs=0.05)


def test_chip_mode_sells_nothing_of_the_battery_at_night_but_a_spike() -> None:
    sold = [0.20] * 22 + [0.20, 0.50]
    bought = [0.15 if hour < 6 else 0.18 for hour in range(24)]
    chip = {"chip_mode": {"hours": "00-24", "threshold_per_kwh": 0.30}}
    case = Case(chip, bought, sold, soc=1.0)
    plan, plain = solved(case)[1], without(case)[1]
    assert exported(plain, 0, 23) > 1.0
    assert exported(plan, 0, 23) == pytest.approx(0.0, abs=1e-6) and exported(plan, 23, 24) > 1.0


def test_chip_mode_sells_surplus_all_the_same_and_it_is_settled_at_its_price() -> None:
    chip = {"chip_mode": {"hours": "00-24", "threshold_per_kwh": 0.30}}
    case = Case(chip, [0.30] * 24, [0.08] * 24, SUNNY, soc=1.0)
    problem, plan, _, true_plan, _ = solved(case)
    assert problem.pv[0].curtailable and sum(plan.pv["roof"].curtailed_kw) == pytest.approx(0)
    assert true_plan.costs.export == pytest.approx(-0.08 * sum(plan.grid.export_kw)) and sum(plan.grid.export_kw) > 5


def test_spike_protection_charges_nothing_from_the_grid_while_it_lasts() -> None:
    # At eight it costs 1.00 to charge for the 3.00 of nine: the plain plan does.
    bought = [1.0 if hour == 8 else 3.0 if hour == 9 else 1.5 if hour < 8 else 0.3 for hour in range(24)]
    case = Case({"spike_protection": {"threshold_per_kwh": 1.0}}, bought, [0.05] * 24, load_kw=2.0, soc=0.1)
    problem, plan, paid, true_plan, _ = solved(case)
    charged = plan.batteries["battery"].charge_kw
    assert without(case)[1].batteries["battery"].charge_kw[8] > 0.5
    assert charged[:10] == pytest.approx((0.0,) * 10, abs=1e-6)
    assert [group.name for group in problem.groups] == ["spike_protection"] and paid.groups == ()
    assert not plan.shortfalls and true_plan.costs.net == pytest.approx(plan.costs.net)


def test_spike_protection_leaves_surplus_and_cheap_hours_to_the_battery() -> None:
    pv_kw = tuple(4.0 if hour == 8 else 0.0 for hour in range(24))
    bought = [0.2] * 6 + [1.0] * 6 + [0.3] * 12
    case = Case({"spike_protection": {"threshold_per_kwh": 1.0}}, bought, [0.05] * 24, pv_kw, load_kw=1.0, soc=0.1)
    plan = solved(case)[1]
    battery = plan.batteries["battery"]
    assert sum(battery.charge_kw[:6]) > 3.0 and battery.charge_kw[8] == pytest.approx(3.0, abs=0.01)
    assert sum(battery.discharge_kw[6:12]) > 3.0


def test_without_a_spike_there_is_nothing_to_protect_from() -> None:
    case = Case({"spike_protection": {"threshold_per_kwh": 1.0}}, [0.3] * 24, [0.05] * 24)
    problem, plan, paid, true_plan, _ = solved(case)
    assert problem.groups == () and paid is problem and true_plan is plan


SIX = MIDNIGHT + 18 * HOUR
SAVING = {"saving_sessions": {"entity": "event.saving"}}


def test_saving_session_imports_nothing_exports_more_and_earns_its_reward() -> None:
    session = FoundSession(SIX, SIX + HOUR, 1600.0, True)
    case = Case(SAVING, [0.30] * 24, [0.05] * 24, load_kw=1.0, soc=0.4, saving=(session,))
    problem, plan, paid, true_plan, true = solved(case)
    assert problem.grid.import_price[18] == pytest.approx(2.30) and problem.grid.export_price[18] == pytest.approx(2.05)
    assert paid.grid.import_price[18] == pytest.approx(0.30) and [one.per_kwh for one in true.rewards] == [2.0]
    assert plan.grid.import_kw[18] == pytest.approx(0) and plan.grid.export_kw[18] > 1.0
    # The unplanned home's battery is empty by then: it would take 1 kWh from the grid.
    saved = 1.0 + plan.grid.export_kw[18]
    bare = bill(paid, schedule_of_plan(problem, plan))
    assert bare.net - true_plan.costs.net == pytest.approx(2.0 * saved)
    assert true_plan.costs.net == pytest.approx(true_plan.costs.import_ + true_plan.costs.export + true_plan.costs.wear)
    assert true_plan.saving > 1.5


def test_session_that_is_not_joined_changes_nothing() -> None:
    session = FoundSession(SIX, SIX + HOUR, 1600.0, False)
    case = Case(SAVING, [0.30] * 24, [0.05] * 24, soc=0.4, saving=(session,))
    problem, plan, paid, true_plan, _ = solved(case)
    assert paid is problem and true_plan is plan and set(problem.grid.import_price) == {0.30}


def test_free_session_is_paid_as_free_and_fills_the_battery() -> None:
    session = FoundSession(MIDNIGHT + 13 * HOUR, MIDNIGHT + 14 * HOUR, 0.0, False)
    case = Case({"free_sessions": {"entity": "event.saving"}}, [0.30] * 24, [0.05] * 24, soc=0.1, free=(session,))
    problem, plan, _, true_plan, true = solved(case)
    assert true.import_price[13] == 0.0 and problem.grid.import_price == true.import_price
    assert plan.batteries["battery"].charge_kw[13] == pytest.approx(5.0, abs=0.01)
    assert true_plan.costs.import_ == pytest.approx(0.30 * (sum(plan.grid.import_kw) - plan.grid.import_kw[13]))


def test_half_a_free_hour_is_half_the_price() -> None:
    session = FoundSession(MIDNIGHT + 13 * HOUR, MIDNIGHT + 13.5 * HOUR)
    case = Case({"free_sessions": {"entity": "event.free", "per_kwh": 0.1}}, [0.30] * 24, [0.05] * 24, free=(session,))
    assert solved(case)[4].import_price[12:15] == pytest.approx((0.30, 0.20, 0.30))


def test_chip_mode_lets_a_session_through_and_boost_sees_its_reward() -> None:
    session = FoundSession(SIX, SIX + HOUR, 1600.0, True)
    modes = {**SAVING, "chip_mode": {"threshold_per_kwh": 0.5}, "export_boost": {"offset_per_kwh": 0.1}}
    case = Case(modes, [0.30] * 24, [0.05] * 24, saving=(session,))
    prices = solved(case)[0].grid.export_price
    assert prices[18] == pytest.approx(2.15) and prices[17] == pytest.approx(0.001)


def test_session_whose_reward_nobody_knows_is_said() -> None:
    site = site_of(Case(SAVING, [0.3] * 24, [0.05] * 24))
    readings = Readings(
        MIDNIGHT,
        spot=slots([0.3] * 24),
        export_spot=slots([0.05] * 24),
        baseline_kw=0.4,
        saving_sessions=(FoundSession(SIX, SIX + HOUR, None, True),),
    )
    notes = Notes()
    assemble(site, readings, Memory(), ZONE, notes)
    wanted = "prices.saving_sessions: what the session of 2026-06-01 18:00 earns is not known; give reward_per_kwh"
    assert wanted in notes.lines


@settings(max_examples=30)
@given(st.integers(0, 23), st.integers(1, 23), st.sampled_from([15.0, 60.0]))
def test_boost_holds_in_its_window_and_nowhere_else(begin: int, length: int, step_minutes: float) -> None:
    end = (begin + length) % 24
    case = Case({"export_boost": {"hours": f"{begin}-{end}", "offset_per_kwh": 0.1}}, [0.9] * 24, [0.1] * 24)
    site = site_of(case)
    readings = Readings(MIDNIGHT, spot=slots(case.bought), export_spot=slots(case.sold))
    horizon = Horizon(MIDNIGHT, (step_minutes,) * round(24 * 60 / step_minutes))
    true = step_prices(site.prices, readings, horizon, ZONE)
    found = planning(site, true, horizon, Tariff(site.prices, ZONE).calendar).export_price
    for k, price in enumerate(found):
        hour = horizon.time(k).astimezone(ZONE).hour
        inside = (hour - begin) % 24 < length
        assert price == pytest.approx(0.2 if inside else 0.1)
