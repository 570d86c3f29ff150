"""Preferences between plans of nearly equal cost, and where a last plan's whole numbers go."""

import json
from typing import Any

import pytest

from hems.domain.parse import parse_problem
from hems.optimizer.calm import TIDY_BUDGET, calmed
from hems.optimizer.cbc import Solver
from hems.optimizer.hints import hints
from hems.optimizer.model import Model, build_model
from hems.optimizer.plan import make_plan
from hems.optimizer.program import Tier
from hems.optimizer.runs import Fixed, bits_of, runs_of, switches, with_bits
from hems.optimizer.schedule import schedule_of
from hems.optimizer.solve import solve


class Home:
    """A model with a solver for fixed whole numbers, and values in which some bits are set."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.model: Model = build_model(parse_problem(json.dumps(document)))
        self._solver = Solver(self.model.program)

    def solve(self, values: list[float], most: float = float("inf")) -> Fixed | None:
        costs = self.model.program.costs
        found = self._solver.minimise_fixed(costs[Tier.MONEY], values, costs[Tier.PREFERENCE], 1e-6, most)
        if found is None:
            return None
        least, preferred = found
        hours = self.model.problem.horizon.hours
        rows = self.model.node.balance_rows
        duals = [least.duals[row] / h if row is not None else 0.0 for row, h in zip(rows, hours, strict=True)]
        return Fixed(preferred, least.objective, tuple(duals))

    def with_pattern(self, name: str, pattern: str) -> Fixed:
        bits: list[bool | None] = [mark == "1" for mark in pattern]
        found = self.solve(with_bits(self.model, [0.0] * len(self.model.program.lower), name, bits))
        assert found is not None
        return found

    def pattern(self, name: str, answer: Fixed) -> str:
        return "".join("1" if on else "0" for on in bits_of(self.model, answer.values, name))


def pool_home(prices: list[float], **more: Any) -> dict[str, Any]:
    n = len(prices)
    pool = {
        "name": "pool", "power_kw": 1.0,
        "quotas": [{"from": "2026-06-10T00:00:00Z", "until": "2026-06-11T00:00:00Z", "kwh": 0.5}],
    }  # fmt: skip
    return {
        "schema": "hems.problem/1", "start": "2026-06-10T00:00:00Z", "step_minutes": [15] * n, "time_zone": "UTC",
        "grid": {"import_price": prices, "export_price": [0.0] * n}, "load_kw": [0.2] * n, "interruptible_loads": [pool],
    } | more  # fmt: skip


def test_runs_at_one_price_are_joined() -> None:
    home = Home(pool_home([0.2] * 6))
    calm = calmed(home.model, home.with_pattern("pool", "100100"), home.solve, None)
    assert switches(home.model, calm.values) == 1
    assert home.pattern("pool", calm).count("1") == 2


def test_what_is_on_goes_on_where_later_costs_the_same() -> None:
    document = pool_home([0.2] * 6)
    document["interruptible_loads"][0]["on_now"] = True
    home = Home(document)
    later = home.with_pattern("pool", "001100")
    assert switches(home.model, later.values) == 1
    calm = calmed(home.model, later, home.solve, None)
    assert (home.pattern("pool", calm), switches(home.model, calm.values)) == ("110000", 0)


def test_a_join_that_costs_much_is_left() -> None:
    home = Home(pool_home([0.1, 0.5, 0.5, 0.1]))
    calm = calmed(home.model, home.with_pattern("pool", "1001"), home.solve, None)
    assert home.pattern("pool", calm) == "1001"


def test_a_join_that_costs_a_tenth_of_a_cent_is_made() -> None:
    home = Home(pool_home([0.2, 0.205, 0.205, 0.2]))
    before = home.with_pattern("pool", "1001")
    calm = calmed(home.model, before, home.solve, None)
    assert switches(home.model, calm.values) == 1
    assert 0 < calm.objective - before.objective <= TIDY_BUDGET


def test_a_program_is_run_early_where_hours_cost_the_same() -> None:
    washer = {
        "name": "washer", "profile_kw": [1.0], "profile_step_minutes": 15, "earliest_start": "2026-06-10T00:15:00Z",
        "latest_finish": "2026-06-10T02:00:00Z",
    }  # fmt: skip
    plan = make_plan(
        parse_problem(json.dumps(pool_home([0.2] * 8, interruptible_loads=[], shiftable_loads=[washer]))), 5
    )
    assert plan.loads["washer"].power_kw.index(1.0) == 1


def test_the_last_plan_stays_where_it_costs_no_more_than_a_cent() -> None:
    home = Home(pool_home([0.2, 0.2, 0.21, 0.21]))
    last = home.with_pattern("pool", "0011")
    calm = calmed(home.model, home.with_pattern("pool", "1100"), home.solve, list(last.values))
    assert home.pattern("pool", calm) == "0011"


@pytest.mark.parametrize(("later", "stays"), [(0.205, True), (0.21, False)])
def test_a_fifth_of_it_where_only_the_first_hour_has_whole_numbers(later: float, stays: bool) -> None:
    prices = [0.2025, 0.2025, later, later] + [0.5] * 20
    home = Home(pool_home(prices, on_off_until="2026-06-10T01:00:00Z"))
    last = home.with_pattern("pool", "0011" + "0" * 20)
    calm = calmed(home.model, home.with_pattern("pool", "1100" + "0" * 20), home.solve, list(last.values))
    assert (home.pattern("pool", calm)[:4] == "0011") is stays


def test_a_device_stays_where_another_must_move() -> None:
    document = pool_home([0.2, 0.2, 0.3, 0.3])
    pool = document["interruptible_loads"][0]
    quota = pool["quotas"][0] | {"kwh": 0.005}
    document["interruptible_loads"].append(pool | {"name": "pump", "power_kw": 0.01, "quotas": [quota]})
    home = Home(document)
    zeros = [0.0] * len(home.model.program.lower)

    def both(pool: list[bool | None], pump: list[bool | None]) -> Fixed:
        found = home.solve(with_bits(home.model, with_bits(home.model, zeros, "pool", pool), "pump", pump))
        assert found is not None
        return found

    early: list[bool | None] = [True, True, False, False]
    late: list[bool | None] = [False, False, True, True]
    calm = calmed(home.model, both(early, early), home.solve, list(both(late, late).values))
    assert (home.pattern("pool", calm), home.pattern("pump", calm)) == ("1100", "0011")


def test_a_load_that_must_keep_running_is_never_moved() -> None:
    document = pool_home([0.2] * 6)
    document["interruptible_loads"][0] |= {"on_now": True, "min_on_minutes": 15}
    plan = make_plan(parse_problem(json.dumps(document)), 5)
    assert plan.loads["pool"].power_kw[0] == 1.0


def test_the_last_plan_is_left_for_a_gain() -> None:
    home = Home(pool_home([0.2, 0.2, 0.3, 0.3]))
    last = home.with_pattern("pool", "0011")
    calm = calmed(home.model, home.with_pattern("pool", "1100"), home.solve, list(last.values))
    assert home.pattern("pool", calm) == "1100"


def test_a_plan_made_with_the_last_one_repeats_it_on_nearly_equal_prices() -> None:
    first = make_plan(parse_problem(json.dumps(pool_home([0.2, 0.2, 0.2, 0.19, 0.19, 0.2]))), 5)
    again = parse_problem(json.dumps(pool_home([0.19, 0.19, 0.2, 0.2, 0.2, 0.2])))
    assert make_plan(again, 5, first).loads["pool"].power_kw == first.loads["pool"].power_kw
    assert make_plan(again, 5).loads["pool"].power_kw != first.loads["pool"].power_kw


def test_a_car_charges_no_faster_than_it_needs_to() -> None:
    car = {
        "name": "car", "battery_kwh": 40, "soc": 0.5, "connected": [True] * 8, "min_kw": 1.0, "max_kw": 8.0,
        "targets": [{"at": "2026-06-10T02:00:00Z", "soc": 0.7}],
    }  # fmt: skip
    problem = parse_problem(json.dumps(pool_home([0.2] * 8, interruptible_loads=[], evs=[car])))
    power = make_plan(problem, 5).evs["car"].charge_kw
    assert sum(power) * 0.25 == pytest.approx(8.0)
    assert max(power) == pytest.approx(4.0, abs=0.01)


def test_hints_are_the_whole_numbers_of_a_schedule() -> None:
    tank = {
        "name": "tank", "power_kw": 2.0, "capacity_kwh_per_k": 0.2, "loss_kw_per_k": 0.01, "ambient_c": 20.0,
        "temperature_c": 46.0, "min_c": 45.0, "max_c": 60.0, "comfort_penalty_per_k_hour": 1.0,
    }  # fmt: skip
    washer = {
        "name": "washer", "profile_kw": [1.0, 0.5], "profile_step_minutes": 15, "earliest_start": "2026-06-10T00:15:00Z",
        "latest_finish": "2026-06-10T02:00:00Z",
    }  # fmt: skip
    home = Home(pool_home([0.3, 0.2, 0.2, 0.1] * 2, thermal_loads=[tank], shiftable_loads=[washer]))
    answer = solve(home.model, 5)
    assert answer is not None
    found = hints(home.model, schedule_of(home.model, answer.values))
    whole = [i for i, integer in enumerate(home.model.program.integer) if integer]
    assert [found[i] for i in whole] == [round(answer.values[i]) for i in whole]


def test_runs_are_found() -> None:
    assert runs_of([None, True, True, False, True]) == [(1, 3), (4, 5)]
