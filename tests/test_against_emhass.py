"""The benchmark against EMHASS: the translation of problems and plans, and the checks that the two are the same."""

import sys
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS / "emhass"))
sys.path.insert(0, str(BENCHMARKS))

from against_emhass import arguments, chosen_cases  # noqa: E402
from duel import INCUMBENT, OPTIMAL, Result, Timed, Turn, optimum_faults, plan_faults  # noqa: E402
from environment import NoEmhass, emhass_python, pins  # noqa: E402
from equal_cases import CASES, Case, with_noise  # noqa: E402
from table import consistent, geometric_mean, row  # noqa: E402
from their_plan import from_emhass, tie_break  # noqa: E402
from translation import Untranslatable, load_names, load_w, to_emhass  # noqa: E402

from hems.domain.plan import Plan  # noqa: E402
from hems.domain.problem import Problem  # noqa: E402
from hems.optimizer.check import faults_in  # noqa: E402

START = datetime(2026, 3, 27, 12, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)


def home(**changes: Any) -> Problem:
    """Six hours with one device of every kind that EMHASS can express."""
    end = START + 6 * HOUR
    battery = {
        "name": "battery",
        "capacity_kwh": 10.0,
        "soc": 0.5,
        "soc_min": 0.1,
        "charge_limit_kw": 4.0,
        "discharge_limit_kw": 4.75,
        "charge_efficiency": 0.9,
        "discharge_efficiency": 0.95,
        "wear_cost_per_kwh": 0.02,
        "soc_targets": ({"at": end, "soc": 0.5},),
        "terminal_value_per_kwh": 0.0,
    }
    quota = {"from": START.isoformat(), "until": end.isoformat(), "kwh": 4.0}
    fields: dict[str, Any] = {
        "schema": "hems.problem/1", "start": START, "step_minutes": (60.0,) * 6, "time_zone": "UTC",
        "grid": {"import_price": (0.3, 0.1, 0.2, 0.2, 0.2, 0.2), "export_price": (0.05,) * 6, "import_limit_kw": 17.0,
                 "export_limit_kw": 16.0},
        "load_kw": (0.5,) * 6,
        "pv": ({"name": "roof", "forecast_kw": (0.0, 0.0, 3.0, 0.0, 0.0, 0.0)},),
        "batteries": (battery,),
        "evs": ({"name": "car", "battery_kwh": 50.0, "soc": 0.4, "soc_max": 0.5, "min_kw": 1.0, "max_kw": 4.0,
                 "connected": (False, True, True, True, False, False), "charge_efficiency": 0.8,
                 "targets": ({"at": START + 4 * HOUR, "soc": 0.5},)},),
        "shiftable_loads": ({"name": "dishwasher", "profile_kw": (2.0, 0.1, 1.8, 0.0), "profile_step_minutes": 30.0,
                             "earliest_start": START + HOUR, "latest_finish": START + 5 * HOUR},),
        "interruptible_loads": ({"name": "boiler", "power_kw": 2.0, "quotas": (quota,)},
                                {"name": "pool", "power_kw": 1.0, "min_power_kw": 0.4, "quotas": (quota,)}),
    } | changes  # fmt: skip
    return Problem.model_validate(fields)


def changed(path: str, **fields: Any) -> Problem:
    """The home with some keys of one device, or of the grid, changed."""
    problem = home()
    if path == "grid":
        return problem.model_copy(update={"grid": problem.grid.model_copy(update=fields)})
    devices = getattr(problem, path)
    return problem.model_copy(update={path: (devices[0].model_copy(update=fields), *devices[1:])})


def columns(**changed_columns: list[float]) -> dict[str, list[float]]:
    """A plan of that home as EMHASS tells it, in W; noise of the solver's included."""
    dishwasher, boiler = [0, 0, 1050, 900, 0, 0], [0, 2000, 0, 0, 0, 2000]
    pool = [0, 1000, 1000, 1000, 0, 1000]
    car = [0, 4000, 0, 2250, 0, 0]
    battery = [950, -1000 / 0.9, 0, 0, 1e-5, 0]
    rest = [500 + sum(w) for w in zip(dishwasher, boiler, pool, car, strict=True)]
    net = [r - p - b for r, p, b in zip(rest, [0, 0, 3000, 0, 0, 0], battery, strict=True)]
    return {
        "P_grid_pos": [max(w, 0.0) for w in net],
        "P_grid_neg": [min(w, 0.0) for w in net],
        "P_batt": [float(w) for w in battery],
        "P_deferrable0": [float(w) for w in dishwasher],
        "P_deferrable1": [float(w) for w in boiler],
        "P_deferrable2": [float(w) + 1e-4 for w in pool],
        "P_deferrable3": [float(w) for w in car],
    } | changed_columns


def plan(**changed_columns: list[float]) -> Plan:
    return from_emhass(home(), columns(**changed_columns), 1.0)


def ours(net: float, bound: float | None, status: str = "optimal") -> Plan:
    """A plan of ours with a bill and a bound, and the series of EMHASS's."""
    base = plan()
    costs = base.costs.model_copy(update={"net": net})
    return base.model_copy(
        update={"costs": costs, "status": status, "solver": base.solver.model_copy(update={"bound": bound})}
    )


def test_every_load_becomes_one_of_emhass_s_lists_in_w_and_hours() -> None:
    case = to_emhass(home())
    assert load_names(home()) == ["dishwasher", "boiler", "pool", "car"]
    # kW of half hours, averaged onto hours
    assert case["optim"]["nominal_power_of_deferrable_loads"] == [[1050.0, 900.0], 2000.0, 1000.0, 4000.0]
    assert case["optim"]["minimum_power_of_deferrable_loads"] == [0.0, 0.0, 400.0, 1000.0]
    assert case["optim"]["treat_deferrable_load_as_semi_cont"] == [False, True, False, False]
    # the car: 10 % of 50 kWh, 80 % of what is drawn arrives, hours at 4 kW
    assert case["hours"] == pytest.approx([0.0, 2.0, 4.0, 5.0 / 0.8 / 4.0])
    assert case["starts"] == [1, 0, 0, 1] and case["ends"] == [5, 0, 0, 4]


def test_battery_s_discharging_limit_is_raised_because_emhass_lowers_it() -> None:
    plant = to_emhass(home())["plant"]
    assert plant["battery_discharge_power_max"] * plant["battery_discharge_efficiency"] == pytest.approx(4750.0)
    assert plant["battery_charge_power_max"] == 4000.0
    assert plant["battery_nominal_energy_capacity"] == 10000.0
    assert (plant["battery_minimum_state_of_charge"], plant["battery_maximum_state_of_charge"]) == (0.1, 1.0)


def test_defaults_that_would_make_it_another_problem_are_turned_off() -> None:
    case = to_emhass(home(), gap=0.003, seconds=7.0)
    optim = case["optim"]
    assert optim["set_nodischarge_to_grid"] is False and optim["set_nocharge_from_grid"] is False
    assert optim["weight_battery_discharge"] == 0.02 and optim["weight_battery_charge"] == 0.0
    assert optim["num_threads"] == 1
    assert (optim["lp_solver_mip_rel_gap"], optim["lp_solver_timeout"]) == (0.003, 7.0)
    assert (case["soc_init"], case["soc_final"]) == (0.5, 0.5)
    assert case["plant"]["maximum_power_from_grid"] == [17000.0] * 6
    assert case["plant"]["maximum_power_to_grid"] == [16000.0] * 6


def test_only_a_curtailable_plant_is_curtailed() -> None:
    assert to_emhass(home())["plant"]["compute_curtailment"] is True
    assert to_emhass(changed("pv", curtailable=False))["plant"]["compute_curtailment"] is False


@pytest.mark.parametrize(
    ("problem", "word"),
    [
        (changed("grid", import_price=(-0.1,) * 6), "exactly"),
        (changed("grid", import_limit_kw=None), "limits"),
        (changed("pv", curtailable=False).model_copy(update={"grid": changed("grid", export_price=(-0.1,) * 6).grid}),
         "surplus"),
        (changed("batteries", terminal_value_per_kwh=None), "worth"),
        (changed("batteries", soc_targets=()), "target"),
        (changed("batteries", standing_loss_kw=0.1), "stands"),
        (changed("batteries", grid_export=False), "battery and grid"),
        (changed("evs", soc_max=0.9), "more than it must"),
        (changed("evs", connected=(True, False, True, True, False, False)), "one window"),
        (changed("evs", discharge_limit_kw=2.0), "more than a load"),
        (changed("shiftable_loads", profile_kw=(2.0, 0.1, 1.8)), "end with a step"),
        (changed("shiftable_loads", latest_finish=START + 2 * HOUR), "fit"),
        (changed("interruptible_loads", min_on_minutes=60.0), "run rules"),
        (changed("interruptible_loads", power_kw=1.5), "whole steps"),
        (changed("interruptible_loads", quotas=home().interruptible_loads[0].quotas * 2), "one quota"),
        (home(step_minutes=(60.0, 60.0, 60.0, 60.0, 60.0, 30.0)), "differ in length"),
    ],
)  # fmt: skip
def test_what_emhass_cannot_express_is_refused(problem: Problem, word: str) -> None:
    with pytest.raises(Untranslatable, match=word):
        to_emhass(problem)


def test_emhass_s_plan_read_back_obeys_our_rules_and_has_our_bill() -> None:
    found = plan()
    assert faults_in(home(), found) == [] and found.shortfalls == ()
    hand = [0.0, 0.1 * (0.5 + 2 + 1 + 4 + 1 / 0.9), 0.0, 0.2 * (0.5 + 0.9 + 1 + 2.25), 0.2 * 0.5, 0.2 * 3.5]
    sold = 0.05 * (0.95 - 0.5 + 3.0 - 0.5 - 1.05 - 1.0)
    assert found.costs.net == pytest.approx(sum(hand) - sold + 0.02 * 0.95, abs=1e-5)
    assert found.evs["car"].soc[-1] == pytest.approx(0.5)
    assert found.batteries["battery"].soc[-1] == pytest.approx(0.5)
    assert found.loads["pool"].power_kw[0] == 0.0  # noise


def test_curtailed_power_is_not_used_and_costs_emhass_its_tie_break() -> None:
    found = plan(P_PV_curtailment=[0.0, 0.0, 500.0, 0.0, 0.0, 0.0])
    assert found.pv["roof"].used_kw[2] == pytest.approx(2.5)
    assert tie_break(found) == pytest.approx(1e-7 * 500 * 4 / 6)
    assert tie_break(plan()) == 0.0


def test_a_plan_of_another_problem_is_found_out() -> None:
    bill = plan().costs.net
    good = Timed(plan(), 1.0)
    assert plan_faults(home(), ours(bill, bill - 0.001), good) == []
    assert "below our bound" in plan_faults(home(), ours(bill, bill + 0.001), good)[0]
    broken = Timed(plan(P_deferrable1=[0.0, 1000.0, 0.0, 0.0, 0.0, 2000.0]), 1.0)
    assert "breaks a rule" in plan_faults(home(), ours(bill, bill - 1), broken)[0]
    assert plan_faults(home(), ours(bill, None), good) == ["ours proved nothing"]


def test_a_plan_that_emhass_relaxed_is_not_judged() -> None:
    bill = plan().costs.net
    assert plan_faults(home(), ours(bill, bill + 1), Timed(plan(), 1.0, "Optimal (Relaxed)")) == []
    assert plan_faults(home(), ours(bill, bill + 1), Timed(plan(), 1.0, INCUMBENT)) != []


def test_our_bill_below_emhass_s_optimum_is_a_fault_and_so_is_one_beyond_our_gap() -> None:
    bill = plan().costs.net
    best = Timed(plan(), 1.0)
    assert optimum_faults(home(), ours(bill + 0.001, bill - 0.001), best) == []
    assert "below EMHASS's optimum" in optimum_faults(home(), ours(bill - 0.001, bill - 0.003), best)[0]
    assert "can be had" in optimum_faults(home(), ours(bill + 0.01, bill), best)[0]
    assert optimum_faults(home(), ours(bill + 0.01, bill, "feasible"), best) == []
    assert optimum_faults(home(), ours(bill - 0.001, bill - 0.003), Timed(plan(), 1.0, INCUMBENT)) == []


def result(faults: tuple[str, ...] = (), status: str = OPTIMAL) -> Result:
    bill = plan().costs.net
    turn = Turn(
        Timed(ours(bill + 0.001, bill - 0.001), 0.2),
        Timed(plan(), 0.8),
        Timed(ours(bill, bill - 0.001, "feasible"), 0.1),
        Timed(plan(), 0.4, status),
    )
    return Result(Case("DE", date(2020, 1, 22), 2, 15, True), 192, (turn,), Timed(plan(), 3.0), 0.6, 2.5, faults)


def test_row_of_the_table() -> None:
    cells = [cell.strip() for cell in row(result()).strip("|").split("|")]
    assert cells[:8] == ["48 h @ 15 min, car", "192", "0.20", "0.80", "0.25", "0.10", "0.40", "0.25"]
    assert cells[11:16] == ["+0.10", "+0.00", "+0.00", "0.60", "2.50"]
    assert cells[16] == "yes; ours: 1 of 2 not proved"
    assert "1 of 2 Optimal (Relaxed)" in consistent(result(status="Optimal (Relaxed)"))
    assert consistent(result(("so and so",))) == "NO: so and so"


def test_geometric_mean() -> None:
    assert geometric_mean([0.5, 2.0, 8.0]) == pytest.approx(2.0)


def test_noise_is_the_same_for_both_and_changes_nothing_but_the_load() -> None:
    one, same, other = with_noise(home(), 1), with_noise(home(), 1), with_noise(home(), 2)
    assert one == same and one.load_kw != other.load_kw != home().load_kw
    assert one.model_copy(update={"load_kw": home().load_kw}) == home()
    assert all(abs(kw / 0.5 - 1) < 0.3 for kw in one.load_kw)
    assert load_w(one) == [1000 * kw for kw in one.load_kw]


def test_eight_cases_from_24_h_in_half_hours_to_48_h_in_5_minutes() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == 8
    assert "24 h @ 30 min" in names and "48 h @ 15 min, car" in names and "48 h @ 5 min, car" in names
    assert [case.name for case in chosen_cases(False, "car")] == ["48 h @ 15 min, car", "48 h @ 5 min, car"]
    assert [case.name for case in chosen_cases(False, "15 min, car", True)] == ["48 h @ 15 min, car, pool from 0"]


def test_command_line_refuses_a_case_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        arguments(["--only", "96 h"])
    assert stopped.value.code == 2 and "48 h @ 15 min, car" in capsys.readouterr().err


def test_pins() -> None:
    assert pins("# a comment\n\nemhass==0.18.7\ncvxpy==1.7.5  # its solver\n") == {"emhass": "0.18.7", "cvxpy": "1.7.5"}
    assert pins((BENCHMARKS / "emhass" / "requirements.txt").read_text("utf-8"))["emhass"] == "0.18.7"


def test_where_emhass_cannot_be_installed_a_sentence_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoEmhass, match="no-python"):
        emhass_python(tmp_path / "venv", str(tmp_path / "no-python"))
