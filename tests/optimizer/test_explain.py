"""``python -m hems explain``: choices that bind, extra costs known by hand, refusals that a person can read."""

import json
from pathlib import Path
from typing import Any

import pytest

from hems.__main__ import main
from hems.domain.faults import Refused
from hems.domain.parse import parse_problem
from hems.domain.problem import Problem
from hems.optimizer.explain import explain
from hems.optimizer.explain_difference import differences, does
from hems.optimizer.explain_time import step_of
from hems.optimizer.explanation import Alternative, Explanation, alternative_words, explanation_text
from hems.optimizer.model import build_model
from hems.optimizer.otherwise import choices
from hems.optimizer.schedule import schedule_of
from hems.optimizer.solve import solve

CENT_TENTH = 1e-3


def two_hours(**more: Any) -> dict[str, Any]:
    """13:00 to 15:00 local time: a cheap hour without load, then a dear one with 5 kW."""
    return {
        "schema": "hems.problem/1", "start": "2026-03-28T12:00:00Z", "step_minutes": [60, 60],
        "time_zone": "Europe/Amsterdam", "load_kw": [0, 5],
        "grid": {"import_price": [0.1, 0.4], "export_price": [0, 0]},
        **more,
    }  # fmt: skip


BATTERY = {
    "name": "battery", "capacity_kwh": 10, "soc": 0, "charge_limit_kw": 5, "discharge_limit_kw": 5,
    "terminal_value_per_kwh": 0, "charge_efficiency": 0.9, "discharge_efficiency": 0.9,
}  # fmt: skip
CAR = {
    "name": "car", "battery_kwh": 40, "soc": 0.5, "connected": [True, True], "min_kw": 1, "max_kw": 4,
    "targets": [{"at": "2026-03-28T14:00:00Z", "soc": 0.6}],
}  # fmt: skip
WASHER = {
    "name": "washer", "profile_kw": [1], "profile_step_minutes": 60, "earliest_start": "2026-03-28T12:00:00Z",
    "latest_finish": "2026-03-28T14:00:00Z",
}  # fmt: skip
PUMP = {
    "name": "pump", "power_kw": 2,
    "quotas": [{"from": "2026-03-28T12:00:00Z", "until": "2026-03-28T14:00:00Z", "kwh": 2}],
}  # fmt: skip
ROOF = {"name": "roof", "forecast_kw": [0, 3]}
TANK = {
    "name": "tank", "power_kw": 2, "capacity_kwh_per_k": 0.2, "loss_kw_per_k": 0, "ambient_c": 20, "draw_kw": [0, 2],
    "temperature_c": 50, "min_c": 45, "max_c": 70, "comfort_penalty_per_k_hour": 1, "terminal_value_per_kwh": 0,
}  # fmt: skip
DEVICES = {
    "batteries": BATTERY, "evs": CAR, "shiftable_loads": WASHER, "interruptible_loads": PUMP, "pv": ROOF,
    "thermal_loads": TANK,
}  # fmt: skip


def home(*keys: str, **more: Any) -> Problem:
    return parse_problem(json.dumps(two_hours(**{key: [DEVICES[key]] for key in keys}, **more)))


def extra(explained: Explanation) -> dict[str, float | str | None]:
    """By choice: its extra cost, or why it is not possible."""
    return {one.choice: one.not_possible or one.extra_cost for one in explained.alternatives}


def close(wanted: dict[str, Any]) -> dict[str, Any]:
    return {
        key: pytest.approx(value, abs=CENT_TENTH) if value is not str(value) else value for key, value in wanted.items()
    }


# By hand. Plan: 5 kWh at 0.1 bring 4.05 kWh at 0.4, the last 0.95 kWh are bought: 0.88. Without the battery: 2.00.
@pytest.mark.parametrize(
    ("at", "wanted"),
    [
        ("13:00", {"rest": 1.12, "discharge at 5 kW": "it is empty"}),
        ("14:30", {
            "rest": 1.12, "charge at 5 kW": 3.12,
            "discharge at 5 kW": "the limits of the device or the grid leave no room for it",
        }),
    ],
)  # fmt: skip
def test_extra_cost_of_a_batterys_other_choices(at: str, wanted: dict[str, Any]) -> None:
    explained = explain(home("batteries"), "battery", at, 5)
    assert explained.cost == pytest.approx(0.88, abs=CENT_TENTH)
    assert extra(explained) == close(wanted)
    assert explained.does == ("charges at 5.00 kW" if at == "13:00" else "discharges at 4.05 kW")


# The house is 2.00; each of these devices adds its own: the car 4 kWh, washer 1, pump 2, in the cheap hour.
@pytest.mark.parametrize(
    ("kind", "device", "at", "wanted"),
    [
        ("evs", "car", "13:00", {"charge at 1 kW": 0.9, "not charge": 1.2}),
        ("evs", "car", "14:00", {"charge at 4 kW": 1.6 - 0.4, "charge at 1 kW": 0.4 - 0.1}),
        ("shiftable_loads", "washer", "13:00", {"start at another time": 0.3}),
        ("shiftable_loads", "washer", "14:00", {"start 14:00": 0.3}),
        ("interruptible_loads", "pump", "13:00", {"not run": 0.6}),
        ("interruptible_loads", "pump", "14:00", {"run at 2 kW": 0.6}),
        ("pv", "roof", "14:00", {"curtail all of it (3 kW)": 1.2}),
        ("pv", "roof", "13:00", {}),
        # 2 kWh are drawn, 1 kWh may be: 5 K of the band are left, and one hour of heating brings 10 K
        ("thermal_loads", "tank", "13:00", {"not run": 0.6}),
    ],
)
def test_extra_cost_of_other_choices(kind: str, device: str, at: str, wanted: dict[str, Any]) -> None:
    assert extra(explain(home(kind), device, at, 5)) == close(wanted)


@pytest.mark.parametrize("key", sorted(DEVICES))
@pytest.mark.parametrize("k", [0, 1])
def test_fixed_choices_bind_and_the_plans_own_is_none_of_them(key: str, k: int) -> None:
    problem, name = home(key), str(DEVICES[key]["name"])  # type: ignore[index]
    seen = []
    for choice in [None, *choices(build_model(problem), planned(problem, None), name, k)]:
        if choice is None or choice.never is None:
            schedule = planned(problem, choice)
            if schedule is not None:
                store = (schedule.batteries | schedule.evs).get(name)
                series = (schedule.loads_kw | schedule.pv_used_kw).get(name)
                power = store.charge_kw[k] - store.discharge_kw[k] if store else series[k] if series else None
                seen.append(round(power, 3))
    assert len(set(seen)) == len(seen), "two choices gave the same power in the step"


def planned(problem: Problem, choice: Any) -> Any:
    model = build_model(problem)
    if choice is not None:
        choice.restrict(model)
    answer = solve(model, 5)
    return schedule_of(model, answer.values) if answer is not None else None


def test_an_alternative_that_breaks_a_wish_says_so() -> None:
    problem = home("evs", grid={"import_price": [0.1, 0.4], "export_price": [0, 0], "import_limit_kw": 7})
    (one,) = [a for a in explain(problem, "car", "13:00", 5).alternatives if a.choice == "not charge"]
    # 2 kW are left beside the house in the second hour: 2 kWh of 4 are charged, for 0.8 instead of 0.4
    assert one.extra_cost == pytest.approx(0.4, abs=CENT_TENTH)
    assert one.extra_shortfalls == ("car: soc 0.60 by 2026-03-28 15:00 is missed by 2.00 kWh more",)


def test_equal_prices_make_another_choice_no_dearer() -> None:
    problem = home("shiftable_loads", grid={"import_price": [0.4, 0.4005], "export_price": [0, 0]})
    explained = explain(problem, "washer", "13:00", 5)
    (one,) = explained.alternatives
    assert (one.extra_cost, one.within_gap, one.because) == (0.0, True, ())
    assert explanation_text(explained).splitlines()[-1].endswith(": no dearer (within 0.002 EUR)")


def test_first_step_takes_no_more_than_there_is_room_for() -> None:
    nearly_full = BATTERY | {"soc": 0.95, "charge_efficiency": 1}
    problem = parse_problem(json.dumps(two_hours(batteries=[nearly_full])))
    names = [one.choice for one in explain(problem, "battery", None, 5).alternatives]
    assert "charge at 0.5 kW (all that it takes)" in names
    full = parse_problem(json.dumps(two_hours(batteries=[BATTERY | {"soc": 1}])))
    assert extra(explain(full, "battery", None, 5))["charge at 5 kW"] == "it is full"


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("evs", ["charges at 4.00 kW", "does not charge"]),
        ("shiftable_loads", ["runs at 1.00 kW", "is off"]),
        ("pv", ["gives 0.00 of 0.00 kW", "gives 3.00 of 3.00 kW"]),
    ],
)
def test_what_the_plan_does_is_said_with_its_power(kind: str, wanted: list[str]) -> None:
    problem = home(kind)
    schedule = planned(problem, None)
    name = str(DEVICES[kind]["name"])  # type: ignore[index]
    assert [does(problem, schedule, name, k) for k in (0, 1)] == wanted


def test_differences_name_what_is_bought_when_and_at_what_price() -> None:
    problem = home("batteries")
    base = planned(problem, None)
    (rest,) = [one for one in choices(build_model(problem), base, "battery", 0) if one.name == "rest"]
    found = differences(problem, base, planned(problem, rest), 0)
    assert found == ("imports 4.05 kWh more at 0.400 from 14:00", "imports 5.00 kWh less at 0.100 from 13:00")


@pytest.mark.parametrize(
    ("kind", "changed", "at", "why"),
    [
        ("evs", {"connected": [False, True]}, "13:00", "it is away then"),
        ("evs", {"soc": 1.0, "targets": []}, "13:00", "it is full"),
        ("shiftable_loads", {"earliest_start": "2026-03-28T12:30:00Z"}, "13:00", "that is before its earliest start"),
        ("shiftable_loads", {"latest_finish": "2026-03-28T13:30:00Z"}, "14:00", "it would end 30 minutes late"),
        ("shiftable_loads", {"running_since": "2026-03-28T12:00:00Z"}, "14:00", "it runs already and cannot be moved"),
        ("interruptible_loads", {"on_now": True, "min_on_minutes": 30}, "13:00", "once on it stays on for 30 minutes"),
        ("thermal_loads", {"on_now": True, "min_on_minutes": 90}, "14:00", "once on it stays on for 90 minutes"),
        ("pv", {"curtailable": False}, "14:00", "it cannot be curtailed"),
    ],
)
def test_what_is_not_possible_says_why(kind: str, changed: dict[str, Any], at: str, why: str) -> None:
    device = DEVICES[kind] | changed  # type: ignore[operator]
    problem = parse_problem(json.dumps(two_hours(**{kind: [device]})))
    assert why in extra(explain(problem, str(device["name"]), at, 5)).values()


# The night of 29 March 2026 has no 02:30 in Amsterdam; that of 25 October has two.
@pytest.mark.parametrize(
    ("start", "at", "step"),
    [
        ("2026-03-28T12:00:00Z", None, 0),
        ("2026-03-28T12:00:00Z", "13:59", 0),
        ("2026-03-28T12:00:00Z", "14:00", 1),
        ("2026-03-28T12:00:00Z", "2026-03-28T12:00:00Z", 0),
        ("2026-03-28T12:00:00Z", "2026-03-28T14:30", 1),
        ("2026-10-25T00:00:00Z", "02:30", 0),
        ("2026-10-25T01:00:00Z", "02:30", 0),
        ("2026-03-29T00:00:00Z", "03:00", 1),
    ],
)
def test_step_that_holds_a_time(start: str, at: str | None, step: int) -> None:
    assert step_of(parse_problem(json.dumps(two_hours(batteries=[BATTERY], start=start))), "battery", at) == step


@pytest.mark.parametrize(
    ("device", "at", "fault"),
    [
        ("batery", None, "--device batery: no such device; did you mean battery? (there are: battery)"),
        ("battery", "12:59", "--at 12:59: lies outside the horizon, 2026-03-28 13:00 to 2026-03-28 15:00 (Europe/Amsterdam)"),
        ("battery", "15:00", "--at 15:00: lies outside the horizon, 2026-03-28 13:00 to 2026-03-28 15:00 (Europe/Amsterdam)"),
        ("battery", "24:00", "--at 24:00: is not a time of day; write it like 18:00"),
        ("battery", "noon", "--at noon: is not a time; write 18:00 or 2026-03-28T18:00:00+01:00"),
    ],
)  # fmt: skip
def test_refusals_are_sentences(device: str, at: str | None, fault: str) -> None:
    with pytest.raises(Refused) as refused:
        step_of(home("batteries"), device, at)
    assert refused.value.faults == [fault]


def test_a_time_that_the_clocks_skip_lies_outside() -> None:
    problem = parse_problem(json.dumps(two_hours(batteries=[BATTERY], start="2026-03-29T00:00:00Z")))
    with pytest.raises(Refused, match="02:30: lies outside"):
        step_of(problem, "battery", "02:30")


def test_command_line_prints_text_or_json_alone(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(two_hours(batteries=[BATTERY])))
    command = ["explain", str(path), "--device", "battery", "--at", "13:00"]
    assert main(command) == 0
    assert capfd.readouterr().out.splitlines() == [
        "battery, 2026-03-28 13:00 to 14:00 (Europe/Amsterdam)",
        "  plan: charges at 5.00 kW",
        "  why:  charges at 0.100 (import): worth 0.324 at 14:00 after losses",
        "  cost: 0.880 EUR for the whole plan, less what is stored at its end",
        "  rest instead: 1.120 EUR dearer"
        " (imports 4.05 kWh more at 0.400 from 14:00, imports 5.00 kWh less at 0.100 from 13:00)",
        "  discharge at 5 kW instead: not possible: it is empty",
    ]
    assert main([*command, "--json"]) == 0
    out, err = capfd.readouterr()
    assert Explanation.model_validate_json(out).alternatives[0].choice == "rest"
    assert err == ""


def test_command_line_refuses_with_2_and_a_sentence(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(two_hours(batteries=[BATTERY | {"soc": 5}])))
    assert main(["explain", str(path), "--device", "battery"]) == 2
    out, err = capfd.readouterr()
    assert (out, err) == ("", "batteries[0].soc: 5 is not within 0..1; write 0.05 for 5 %\n")


def test_a_plan_stopped_by_the_clock_claims_no_more_than_it_knows() -> None:
    explained = explain(home("batteries"), "battery", "13:00", 5)
    unsure = Alternative(choice="rest", extra_cost=0.5, proved=False)
    better = Alternative(choice="rest", extra_cost=-0.5, proved=False)
    assert alternative_words(unsure, explained) == "rest instead: at most 0.500 EUR dearer"
    assert alternative_words(better, explained) == "rest instead: at least 0.500 EUR cheaper"
