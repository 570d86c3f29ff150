"""EMHASS in closed loop: readings in EMHASS's words, and its plan as setpoints. No EMHASS is needed."""

import sys
from collections.abc import Sequence
from datetime import datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS / "emhass"))
sys.path.insert(0, str(BENCHMARKS))

from closed_loop_controller import Emhass, setpoints  # noqa: E402
from closed_loop_emhass import arguments, end_of, past_of, row, run_emhass, study_of, variants  # noqa: E402
from closed_loop_request import Choices, car, horizon_of, program, request_of, tank  # noqa: E402
from peer import Reply  # noqa: E402

from hems.closed_loop.family import Family  # noqa: E402
from hems.closed_loop.home import PhysicalHome  # noqa: E402
from hems.closed_loop.reference_home import reference_home  # noqa: E402
from hems.closed_loop.results import Outcome, Results, Unmet  # noqa: E402
from hems.closed_loop.series import Series  # noqa: E402
from hems.config.loads import Heat, Program  # noqa: E402
from hems.domain.horizon import Horizon  # noqa: E402
from hems.domain.series import Slot  # noqa: E402
from hems.planner.readings import BatteryReading, EvReading, LoadReading, Readings  # noqa: E402

ZONE = ZoneInfo("Europe/Berlin")
SITE = reference_home()
EVENING = datetime(2020, 2, 3, 19, 0, tzinfo=timezone.utc)  # 20:00 in Berlin
HOUR = timedelta(hours=1)
DAY_STEPS = 48


def horizon(start: datetime = EVENING, steps: int = DAY_STEPS, minutes: float = 30.0) -> Horizon:
    return Horizon(start, (minutes,) * steps)


def readings(now: datetime = EVENING, **changes: Any) -> Readings:
    """An evening at home: prices for ten hours, a plugged car at half, a loaded dishwasher, a warm tank."""
    values: dict[str, Any] = {
        "now": now,
        "spot": (Slot(now, now + 5 * HOUR, 0.05), Slot(now + 5 * HOUR, now + 10 * HOUR, 0.01)),
        "import_limit_kw": 17.25,
        "baseline_kw": 0.4,
        "pv_kw": {"roof": 1.5},
        "pv_forecast": {"roof": (Slot(now - HOUR, now + HOUR, 2.0),)},
        "batteries": {"battery": BatteryReading(0.55, 10.0)},
        "evs": {"car": EvReading(True, 0.5, 0.0, time(7), 0.8)},
        "loads": {
            "dishwasher": LoadReading(False, requested=True),
            "tank": LoadReading(False, temperature_c=55.0, ambient_c=20.0),
        },
    }
    return Readings(**(values | changes))


def request(choices: Choices | None = None, **changes: Any) -> dict[str, Any]:
    seen = readings(**changes)
    ahead = horizon_of(seen, 30)
    assert ahead is not None
    return request_of(SITE, ZONE, seen, ahead, [100.0, 200.0], {}, choices or Choices())


def test_the_horizon_ends_with_the_published_prices_and_begins_at_the_boundary_before_now() -> None:
    now = EVENING + timedelta(minutes=40)
    found = horizon_of(readings(spot=(Slot(EVENING, EVENING + 6 * HOUR, 0.1),), now=now), 30)
    assert found is not None
    assert (found.start, found.end) == (EVENING + timedelta(minutes=30), EVENING + 6 * HOUR)
    assert found.step_minutes == (30.0,) * 11


@pytest.mark.parametrize("spot", [(), (Slot(EVENING, EVENING + 2 * HOUR, 0.1),)])
def test_too_few_prices_are_no_horizon(spot: tuple[Slot, ...]) -> None:
    assert horizon_of(readings(spot=spot), 30) is None


def test_prices_are_the_tariff_and_forecasts_are_in_watts() -> None:
    found = request()
    assert found["import_price"][0] == pytest.approx((0.05 + 0.12) * 1.2)
    assert found["export_price"][-1] == pytest.approx(0.01 - 0.003)
    assert found["pv_w"][:3] == [2000.0, 2000.0, 0.0]
    assert (found["load_now_w"], found["pv_now_w"]) == (400.0, 1500.0)
    assert len(found["pv_w"]) == len(found["import_price"]) == 20


def test_the_history_ends_where_the_horizon_begins() -> None:
    assert request()["history"] == {"start": (EVENING - HOUR).isoformat(), "load_w": [100.0, 200.0]}


def test_the_battery_may_feed_the_grid_and_has_its_power_on_the_ac_side() -> None:
    found = request()
    assert found["optim"]["set_nodischarge_to_grid"] is False
    plant = found["plant"]
    assert plant["battery_nominal_energy_capacity"] == 10000
    assert plant["battery_discharge_power_max"] * plant["battery_discharge_efficiency"] == pytest.approx(5000)
    assert plant["battery_charge_power_max"] == 5000
    assert plant["maximum_power_from_grid"] == 17250
    assert plant["compute_curtailment"] is True


@pytest.mark.parametrize(("soc", "said"), [(0.02, 0.1), (0.55, 0.55), (None, 0.1)])
def test_a_state_of_charge_beyond_its_bounds_is_clamped_as_emhass_would_drop_it(soc: float | None, said: float) -> None:
    assert request(batteries={"battery": BatteryReading(soc, 10.0)})["soc_init"] == said


def test_the_parallel_lists_of_loads_have_one_length() -> None:
    optim = request()["optim"]
    lists = [value for value in optim.values() if isinstance(value, list)]
    assert len(lists) > 10
    assert {len(value) for value in lists} == {optim["number_of_deferrable_loads"]} == {3}


def test_the_car_gets_whole_steps_until_it_is_to_be_ready() -> None:
    found = car(SITE.evs["car"], readings().evs["car"], horizon(), ZONE, "on_off")
    # 12 kWh into the battery, 13.04 kWh at the charger, 1.77 h at 7.36 kW; 11 h until 07:00.
    assert (found.hours, found.start, found.end, found.on_or_off) == (2.0, 0, 22, True)


def test_a_car_that_modulates_gets_exactly_its_energy() -> None:
    found = car(SITE.evs["car"], readings().evs["car"], horizon(), ZONE, "range")
    assert found.hours * found.nominal_w / 1000 == pytest.approx(12 / 0.92)
    assert (found.least_w, found.on_or_off) == (1380.0, False)


@pytest.mark.parametrize("how", ["on_off", "range"])
def test_what_the_car_cannot_get_in_time_is_cut_as_it_would_cost_the_whole_plan(how: str) -> None:
    late = datetime(2020, 2, 4, 5, 0, tzinfo=timezone.utc)
    found = car(SITE.evs["car"], readings().evs["car"], horizon(late), ZONE, how)
    assert (found.hours, found.end) == (1.0, 2)


@pytest.mark.parametrize(
    ("reading", "steps"),
    [
        (EvReading(False, 0.5, 0.0, time(7), 0.8), DAY_STEPS),
        (EvReading(True, 0.8, 0.0, time(7), 0.8), DAY_STEPS),
        (EvReading(True, None, 0.0, time(7), 0.8), DAY_STEPS),
        (EvReading(True, 0.5, 0.0, time(7), 0.8), 21),  # its departure is beyond the published prices
    ],
)
def test_a_car_that_needs_nothing_within_the_horizon_has_no_hours(reading: EvReading, steps: int) -> None:
    assert car(SITE.evs["car"], reading, horizon(steps=steps), ZONE, "on_off").hours == 0


def dishwasher() -> Program:
    load = SITE.loads["dishwasher"]
    assert isinstance(load, Program)
    return load


def test_a_program_is_one_block_of_its_energy_within_its_window() -> None:
    found = program(dishwasher(), LoadReading(False, requested=True), horizon(), ZONE, 0)
    assert found.nominal_w * found.hours / 1000 == pytest.approx(0.5 * (2.0 + 0.1 + 1.8))
    assert (found.start, found.end, found.one_block, found.runs) == (0, 21, True, False)


def test_a_window_that_is_yet_to_open_begins_later() -> None:
    noon = datetime(2020, 2, 3, 11, tzinfo=timezone.utc)
    found = program(dishwasher(), LoadReading(False, requested=True), horizon(noon), ZONE, 0)
    assert (found.start, found.end) == (14, 37)


def test_a_running_program_has_its_rest_from_now_on() -> None:
    found = program(dishwasher(), LoadReading(True, requested=True), horizon(), ZONE, 2)
    assert (found.hours, found.start, found.end, found.runs) == (1.0, 0, 2, True)


@pytest.mark.parametrize(("requested", "steps"), [(False, DAY_STEPS), (True, 2)])
def test_a_program_that_is_not_asked_for_or_does_not_fit_has_no_hours(requested: bool, steps: int) -> None:
    assert program(dishwasher(), LoadReading(False, requested=requested), horizon(steps=steps), ZONE, 0).hours == 0


def heat(temperature_c: float | None, margin_k: float = 0.0) -> dict[str, Any]:
    load = SITE.loads["tank"]
    assert isinstance(load, Heat)
    reading = LoadReading(False, temperature_c=temperature_c, ambient_c=20.0)
    found = tank(load, reading, horizon(), ZONE, margin_k)
    return dict(found.model["thermal_battery"]) if found.model else {}


def test_the_tank_is_a_thermal_battery_with_what_the_family_draws() -> None:
    model = heat(55.0)
    assert sum(model["draw_off_demand"]) == pytest.approx(4.0)
    assert model["draw_off_demand"][22] == pytest.approx(0.4)  # 07:00 local
    assert model["density"] * model["heat_capacity"] * model["volume"] / 3600 == pytest.approx(0.2326, abs=2e-4)
    assert set(model["min_temperatures"]) == {45.0}
    assert set(model["max_temperatures"]) == {65.0}


def test_a_cold_tank_is_asked_for_no_more_than_its_heater_can_do() -> None:
    bounds = heat(40.0)["min_temperatures"]
    assert bounds[0] == 39.5
    # 1 kWh heats by 4.3 K, and 0.2 kWh are drawn at 20:00.
    assert 42 < bounds[1] < 43
    assert bounds[-1] == 45.0


def test_a_hot_tank_is_left_to_cool_and_a_margin_raises_its_floor() -> None:
    assert heat(70.0)["max_temperatures"][0] == 70.5
    assert heat(70.0)["max_temperatures"][-1] == 65.0
    assert heat(55.0, 3.0)["min_temperatures"][10] == 48.0


def test_a_tank_without_a_reading_has_no_model() -> None:
    assert heat(None) == {}


def step(**changes: float) -> dict[str, float]:
    """One step of a plan in EMHASS's columns: the car, the dishwasher and the tank are loads 0, 1 and 2."""
    values = {"P_grid": 1000.0, "P_batt": 0.0, "P_PV": 2000.0, "P_PV_curtailment": 0.0}
    return values | {f"P_deferrable{k}": 0.0 for k in range(3)} | changes


@pytest.mark.parametrize(
    ("grid", "power", "how", "action", "kw"),
    [
        (1000.0, -2500.0, "forced", "charge", 2.5),
        (-800.0, 1500.0, "forced", "discharge", 1.5),
        (1000.0, 20.0, "forced", "hold", 0.0),
        (0.0, 1500.0, "forced", "discharge", 1.5),
        (0.0, 1500.0, "by_grid", "self_use", 0.0),
        (3000.0, -2500.0, "by_grid", "charge", 2.5),
        (3000.0, 0.0, "by_grid", "hold", 0.0),
    ],
)
def test_the_battery_follows_the_plan(grid: float, power: float, how: str, action: str, kw: float) -> None:
    found = setpoints(SITE, readings(), step(P_grid=grid, P_batt=power), how)["battery"]
    assert (found.action, found.power_kw) == (action, kw)


def test_loads_are_on_where_the_plan_has_power_for_them() -> None:
    found = setpoints(SITE, readings(), step(P_deferrable0=7360.0, P_deferrable1=1300.0), "forced")
    assert {name: found[name].action for name in ("car", "dishwasher", "tank")} == {
        "car": "charge",
        "dishwasher": "on",
        "tank": "off",
    }
    assert found["car"].power_kw == 7.36


def test_the_cars_own_limit_ends_its_charging() -> None:
    full = readings(evs={"car": EvReading(True, 0.8, 7.36, time(7), 0.8)})
    assert setpoints(SITE, full, step(P_deferrable0=7360.0), "forced")["car"].action == "stop"


def test_pv_is_limited_to_what_the_plan_keeps_and_released_otherwise() -> None:
    limited = setpoints(SITE, readings(), step(P_PV_curtailment=1500.0), "forced")["roof"]
    assert (limited.action, limited.power_kw) == ("limit", 0.5)
    assert setpoints(SITE, readings(), step(P_PV_curtailment=10.0), "forced")["roof"].action == "release"


def columns(batt: Sequence[float]) -> dict[str, list[float]]:
    return {name: [value] * len(batt) for name, value in step().items()} | {"P_batt": list(batt)}


class Scripted:
    """Stands in for EMHASS: says what it was told to say, and remembers what it was asked."""

    def __init__(self, *replies: Reply) -> None:
        self.replies, self.asked = list(replies), list[dict[str, Any]]()

    def __call__(self, asked: dict[str, Any]) -> Reply:
        self.asked.append(asked)
        return self.replies.pop(0)


class Standin:
    """A peer that is scripted."""

    def __init__(self, ask: Scripted) -> None:
        self.ask = ask


def controller(ask: Scripted) -> Emhass:
    return Emhass(SITE, ZONE, ask, lambda now, steps: [300.0] * steps, Choices(battery="forced"))


def at(minutes: float, **changes: Any) -> Readings:
    """Some minutes later, with the same prices as at the beginning."""
    return readings(EVENING + timedelta(minutes=minutes), **({"spot": readings().spot} | changes))


def test_it_asks_once_a_step_and_a_plan_takes_effect_at_the_next_look() -> None:
    ask = Scripted(Reply(0.2, "Optimal", columns([-1000.0, -2000.0])), Reply(0.3, "Optimal", columns([-3000.0])))
    emhass = controller(ask)
    assert emhass.setpoints(at(0)) == {}
    assert emhass.setpoints(at(0.5))["battery"].power_kw == 1.0
    assert emhass.setpoints(at(25))["battery"].power_kw == 1.0
    assert len(ask.asked) == 1
    assert emhass.setpoints(at(30))["battery"].power_kw == 2.0  # still the plan before
    assert emhass.setpoints(at(30.5))["battery"].power_kw == 3.0
    assert emhass.seconds == [0.2, 0.3]
    assert len(ask.asked[0]["history"]["load_w"]) == 144


@pytest.mark.parametrize("reply", [Reply(0.1, "Infeasible", columns([0.0])), Reply(0.1, "ValueError: x", {})])
def test_without_a_plan_it_goes_on_with_the_plan_before(reply: Reply) -> None:
    emhass = controller(Scripted(Reply(0.1, "Optimal", columns([-1000.0, -2000.0])), reply))
    for minutes in (0, 0.5, 30):
        emhass.setpoints(at(minutes))
    assert emhass.setpoints(at(35))["battery"].power_kw == 2.0
    assert emhass.fallbacks == 1
    assert emhass.statuses == {"Optimal": 1, reply.status: 1}


def test_it_counts_the_steps_of_a_running_program_for_emhass() -> None:
    ask = Scripted(*(Reply(0.1, "Optimal", columns([0.0] * 4)) for _ in range(3)))
    emhass = controller(ask)
    runs = {**readings().loads, "dishwasher": LoadReading(True, requested=True)}
    emhass.setpoints(at(0))
    for minutes in (0.5, 30, 60):
        emhass.setpoints(at(minutes, loads=runs))
    hours = [asked["optim"]["operating_hours_of_each_deferrable_load"][1] for asked in ask.asked]
    assert hours == [1.5, 1.0, 0.5]
    assert [asked["optim"]["def_current_state"][1] for asked in ask.asked] == [False, True, True]


def series(quarters: int) -> Series:
    load = np.arange(quarters) / 1000
    return Series(EVENING, 15.0, load, {"roof": load * 0}, load * 0)


def test_the_past_is_the_steps_before_now_and_nothing_later() -> None:
    known = series(12)
    assert past_of(known, EVENING + 2 * HOUR, 30, 3) == pytest.approx([2.5, 4.5, 6.5])
    assert past_of(known, EVENING + HOUR, 30, 9) == pytest.approx([0.5, 2.5])
    assert past_of(known, EVENING, 30, 9) == []


def test_a_study_is_whole_local_days() -> None:
    study = study_of(datetime(2020, 2, 5).date(), 1, series(96 * 4))
    begin, end = (study.series.time(k).astimezone(ZONE) for k in (study.first, study.last))
    assert (begin, end) == (datetime(2020, 2, 5, tzinfo=ZONE), datetime(2020, 2, 6, tzinfo=ZONE))


def test_what_is_left_stored_is_money_and_not_energy() -> None:
    study = study_of(datetime(2020, 2, 5).date(), 1, series(96 * 5))
    begun = PhysicalHome(study.site, Family(study.site, study.zone, study.seed)).stored_kwh()
    ask = Scripted(*(Reply(0.1, "Infeasible", {}) for _ in range(49)))

    outcome, _ = run_emhass(study, Standin(ask), Choices())  # type: ignore[arg-type]

    # Without any plan the car leaves and is not charged again: 20 kWh are missing.
    assert -0.2 * begun < outcome.stored_value < -0.5
    assert outcome.bill == pytest.approx(sum(day.bill for day in outcome.days) - outcome.stored_value)
    assert outcome.fallbacks == 48


def test_a_row_says_the_share_of_the_possible_gain_and_unmet_wishes() -> None:
    outcomes = {"self_consumption": Outcome(20.0, 0, 0, 0), "bound": Outcome(10.0, 0, 0, 0)}
    results = Results("", (EVENING, EVENING), "UTC", "EUR", "mpc", outcomes)  # type: ignore[arg-type]
    cold = Unmet("tank", "warm water", EVENING, 1.0, "K h", True)
    found = row("emhass", Outcome(12.5, 30.0, 5.0, 1.0, unmet=(cold,), fallbacks=2), results)
    assert found == "| emhass | 12.50 | 75.0% | 30 | 5 | 1.0 | 1 (1) | 2 | - |"


def test_the_command_line_makes_every_combination() -> None:
    options = arguments(["--load", "naive", "typical", "--end", "now", "0.1+0.9", "--battery", "forced"])
    found = dict(variants(options))
    assert len(found) == 4
    assert found["emhass forced typical end 0.1+0.9"] == Choices(load="typical", battery="forced")
    assert found["emhass forced naive end now"].soc_final is None


@pytest.mark.parametrize(("text", "end"), [("now", (None, 0.0)), ("0.6", (0.6, 0.0)), ("0.1+0.9", (0.1, 0.9))])
def test_the_end_of_the_horizon_is_a_state_of_charge_and_perhaps_a_reward(
    text: str, end: tuple[float | None, float]
) -> None:
    assert end_of(text) == end
