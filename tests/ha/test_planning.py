"""One planning run: a plan and its problem on disk, or the sentence that says why there is none."""

import json
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from builders.home_now import NOW, home_now
from builders.plans import make_latest
from builders.site_block import make_site
from hems.domain.plan import Plan
from hems.domain.problem import Problem
from hems.ha.known_past import KnownPast
from hems.ha.look import look
from hems.ha.planning import Planned, plan_now
from hems.ha.store import Store
from hems.optimizer.fallback import fallback_plan
from hems.planner.memory import Memory
from hems.planner.readings import Overrides, Readings

ZONE = ZoneInfo("Europe/Amsterdam")


class Solver:
    """Stands for the optimizer: gives a plan, or raises."""

    def __init__(self, plan: Plan | Exception, last_error: str | None = None) -> None:
        self.plan, self.last_error = plan, last_error
        self.asked: list[tuple[Problem, float]] = []

    def solve(self, problem: Problem, deadline_s: float, last: Plan | None = None) -> Plan:
        self.asked.append((problem, deadline_s))
        if isinstance(self.plan, Exception):
            raise self.plan
        return self.plan


PLAN = make_latest(NOW).plan


def planned(folder: Path, solver: Solver, readings: Readings | None = None) -> Planned:
    site = make_site(solve_seconds=3)
    seen = readings or look(home_now(), site, KnownPast(), NOW)
    return plan_now(site, seen, Memory(), ZONE, solver, Store(folder))  # type: ignore[arg-type]


def test_plan_comes_with_its_problem_and_its_notes(tmp_path: Path) -> None:
    solver = Solver(PLAN)
    result = planned(tmp_path, solver)
    assert result.plan is PLAN
    assert solver.asked == [(result.problem, 3)]
    assert any("no history" in note for note in result.notes)
    assert result.waiting_for == ""


def test_problem_is_on_disk_even_if_the_solver_breaks(tmp_path: Path) -> None:
    result = planned(tmp_path, Solver(RuntimeError("broken")))
    [path] = (tmp_path / "problems").iterdir()
    assert json.loads(path.read_text())["schema"] == "hems.problem/1"
    assert result.plan is None
    assert result.waiting_for == "planning failed: RuntimeError: broken"


def test_without_prices_it_says_what_it_waits_for(tmp_path: Path) -> None:
    home = home_now()
    home.set("sensor.nordpool", "unavailable")
    result = planned(tmp_path, Solver(PLAN), look(home, make_site(), KnownPast(), NOW))
    assert (result.plan, result.waiting_for) == (None, "waiting for prices: sensor.nordpool has none for now")
    assert list((tmp_path / "problems").iterdir()) == []


def test_rule_based_plan_says_why(tmp_path: Path) -> None:
    result = planned(tmp_path, Solver(PLAN, last_error="the solver's worker: ended"))
    assert "plan without the solver, by CBC: the solver's worker: ended" in result.notes


def test_disk_that_is_full_or_gone_does_not_stop_the_planning_for_good(tmp_path: Path) -> None:
    store = Store(tmp_path)
    (tmp_path / "problems").rmdir()
    site = make_site()
    seen = look(home_now(), site, KnownPast(), NOW)
    result = plan_now(site, seen, Memory(), ZONE, Solver(PLAN), store)  # type: ignore[arg-type]
    assert result.waiting_for.startswith("planning failed: FileNotFoundError")


def test_money_of_a_plan_is_what_is_really_paid_and_the_problem_is_what_was_planned(tmp_path: Path) -> None:
    """Boosted export prices are planned with, and never earned."""
    site = make_site(**{"prices.export_boost": {"offset_per_kwh": 0.05}, "batteries": {}, "evs": {}, "loads": {}})
    seen = look(home_now(), site, KnownPast(), NOW)

    class Sells(Solver):
        def solve(self, problem: Problem, deadline_s: float, last: Plan | None = None) -> Plan:
            return fallback_plan(problem, 0.0)

    result = plan_now(site, seen, Memory(), ZONE, Sells(PLAN), Store(tmp_path))  # type: ignore[arg-type]
    latest = result.latest(NOW, "start", 3, ("more",))
    assert latest is not None and result.prices is not None and latest.number == 3 and latest.notes[-1] == "more"
    true, planned_with = result.prices.export_price, latest.problem.grid.export_price
    assert all(a > b for a, b in zip(planned_with, true, strict=True))
    assert latest.paid.grid.export_price == true
    hours, sold = latest.problem.horizon.hours, latest.plan.grid.export_kw
    earned = sum(h * kw * price for h, kw, price in zip(hours, sold, true, strict=True))
    assert sum(sold) > 0 and latest.plan.costs.export == pytest.approx(-earned)


def test_what_the_family_wishes_goes_before_apps_yaml(tmp_path: Path) -> None:
    wishes = Overrides(cost_function="self_consumption", target_soc={"car": 0.9})
    seen = replace(look(home_now(), make_site(), KnownPast(), NOW), overrides=wishes)
    problem = planned(tmp_path, Solver(PLAN), seen).problem
    assert problem is not None and problem.objective.cost_function == "self_consumption"
    assert [target.soc for target in problem.evs[0].targets] == [0.9]
