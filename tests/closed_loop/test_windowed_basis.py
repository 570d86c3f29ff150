"""A long period's linear program from windows: the same least, and where it begins is near it."""

import json
from datetime import date, timedelta
from datetime import time as clock_time
from typing import Any
from zoneinfo import ZoneInfo

import mip
import pytest

from hems.closed_loop import bound, windowed_basis
from hems.closed_loop.bound import solve_bound
from hems.closed_loop.family import Family
from hems.closed_loop.home import PhysicalHome
from hems.closed_loop.reference_home import reference_home
from hems.closed_loop.seeded_series import seeded_series
from hems.closed_loop.study_asked import Study
from hems.closed_loop.whole_period import whole_period
from hems.domain.parse import parse_problem
from hems.domain.problem import Problem
from hems.optimizer import clp
from hems.optimizer.cbc import Solver
from hems.optimizer.engine import loaded_engine
from hems.optimizer.matrix import FREE, Basis
from hems.planner.local_days import local_time
from reference.cases import KINDS, random_problem

ZONE = ZoneInfo("Europe/Berlin")
cbc_alone = pytest.mark.skipif(loaded_engine() != mip.CBC, reason="HiGHS tells no basis")


def summer_days(count: int) -> tuple[Problem, dict[str, Any]]:
    """The reference home from June on, in steps of a quarter of an hour, and when its car is at home."""
    site, first = reference_home(pool=False), date(2024, 6, 1)
    series = seeded_series(site, ZONE, first, first + timedelta(days=count), 1)
    begin, end = (series.step_at(local_time(first + timedelta(days=n), clock_time(), ZONE)) for n in (0, count))
    study = Study(site, series, ZONE, begin, end, replan_minutes=15, seed=1)
    home = PhysicalHome(site, Family(site, ZONE, 1))
    return whole_period(study.truth, begin, end, home), study.truth.at_home(begin, end)


@pytest.fixture
def bases(monkeypatch: pytest.MonkeyPatch) -> list[Basis | None]:
    """Every bound takes windows; the bases that they have found."""
    found: list[Basis | None] = []

    def kept(*given: Any) -> Basis | None:
        found.append(windowed_basis.windowed_basis(*given))
        return found[-1]

    monkeypatch.setattr(bound, "_LONG_HOURS", 0.0)
    monkeypatch.setattr(bound, "windowed_basis", kept)
    return found


def of_hours(monkeypatch: pytest.MonkeyPatch, kept: float, ahead: float) -> None:
    monkeypatch.setattr(windowed_basis, "_KEPT_HOURS", kept)
    monkeypatch.setattr(windowed_basis, "_AHEAD_HOURS", ahead)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"shared"}))
def test_the_least_is_the_same(kind: str, bases: list[Basis | None], monkeypatch: pytest.MonkeyPatch) -> None:
    of_hours(monkeypatch, 2.0, 1.0)
    for seed in range(12):
        case = parse_problem(json.dumps(random_problem(seed, kind=kind)))
        monkeypatch.setattr(bound, "_LONG_HOURS", 1e9)
        usual = solve_bound(case)
        monkeypatch.setattr(bound, "_LONG_HOURS", 0.0)
        found = solve_bound(case)
        assert found.objective == pytest.approx(usual.objective, abs=1e-5)
        assert found.short == pytest.approx(usual.short, rel=1e-5, abs=1e-5)
    assert len(bases) == 12
    assert loaded_engine() != mip.CBC or any(bases)


@cbc_alone
def test_the_basis_is_nearly_that_of_the_optimum(bases: list[Basis | None], monkeypatch: pytest.MonkeyPatch) -> None:
    optimal: list[Basis] = []

    class Told(Solver):
        """Keeps the basis in which the whole ends."""

        def relaxed(self, seconds: float = 20.0) -> Any:
            found = super().relaxed(seconds)
            basis = self.basis()
            assert basis is not None
            optimal.append(basis)
            return found

    monkeypatch.setattr(bound, "Solver", Told)
    of_hours(monkeypatch, 48.0, 24.0)
    problem, at_home = summer_days(10)
    shares: list[float] = []
    solve_bound(problem, at_home, tell=shares.append)
    (begun,), (ended,) = bases, optimal
    assert begun is not None
    assert shares == pytest.approx([0.8 * share for share in (0.3, 0.5, 0.7, 0.9, 1.0)])
    assert begun.columns.count(FREE) + begun.rows.count(FREE) == pytest.approx(len(begun.rows), rel=0.01)
    others = sum(a != b for a, b in zip(begun.columns, ended.columns, strict=True))
    assert others < 0.05 * len(begun.columns)


def test_what_cannot_be_had_is_given_up_as_without_windows(
    bases: list[Basis | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    of_hours(monkeypatch, 48.0, 24.0)
    problem, at_home = summer_days(6)
    (car,) = problem.evs
    # Full a quarter of an hour after it began with nothing.
    wish = car.targets[0].model_copy(update={"at": problem.horizon.time(1), "soc": 1.0})
    empty = car.model_copy(update={"soc": 0.0, "targets": (wish, *car.targets), "connected": (True,) * problem.steps})
    problem = problem.model_copy(update={"evs": (empty,)})
    found = solve_bound(problem, at_home)
    monkeypatch.setattr(bound, "_LONG_HOURS", 1e9)
    usual = solve_bound(problem, at_home)
    assert usual.short["wish"] > 30.0
    assert found.short == pytest.approx(usual.short, rel=1e-5, abs=1e-5)
    assert found.objective == pytest.approx(usual.objective, abs=1e-4)
    assert loaded_engine() != mip.CBC or bases != [None]


@cbc_alone
def test_a_library_that_tells_no_basis_begins_from_nothing(
    bases: list[Basis | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    problem, at_home = summer_days(2)
    found = solve_bound(problem, at_home)
    monkeypatch.setattr(clp, "_GET_BASIS", "not_there")
    assert solve_bound(problem, at_home).objective == pytest.approx(found.objective, abs=1e-5)
    assert bases[0] is not None
    assert bases[1] is None
