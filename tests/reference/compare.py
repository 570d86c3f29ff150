"""Plans of the product against the exact reference: violations, tier gaps, money gaps and solve times.

`PYTHONPATH=apps:tests python -m reference.compare --cases 200 --kind all` prints a table; `--keep FOLDER`
writes the problem and the plan of every case that fails.
"""

from __future__ import annotations

import argparse
import copy
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .cases import KINDS, random_problem
from .evaluate import evaluate
from .linear import UnsolvedError
from .milp import Reference, solve
from .verify import verify

#: kWh by which a tier may be worse before it counts: rounding in the series, and the solver's own tolerances.
TIER_TOLERANCE_KWH = 1e-3

Solver = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass
class Report:
    """Gaps are the plan's value minus the reference's: positive is worse.

    money_gap compares like with like only if no tier gap is beyond the tolerance (`comparable`); 0 where
    terminal values are null.
    """

    violations: list[str]
    tiers: dict[str, float]
    reference_tiers: dict[str, float]
    money: float
    reference_money: float
    money_gap: float
    proven: bool
    reference_seconds: float
    worst_tier: str | None
    worst_tier_gap: float
    status: str

    @property
    def comparable(self) -> bool:
        return abs(self.worst_tier_gap) <= TIER_TOLERANCE_KWH

    def faults(self, money_tolerance: float) -> list[str]:
        found = list(self.violations)
        if self.worst_tier is not None and not self.comparable:
            ours, best = self.tiers[self.worst_tier], self.reference_tiers[self.worst_tier]
            found.append(f"{self.worst_tier} {ours:.6f}, reference {best:.6f}")
        elif self.money_gap > money_tolerance:
            found.append(f"money {self.money:.6f}, reference {self.reference_money:.6f}")
        elif self.money_gap < -1e-3:
            found.append(f"money {self.money:.6f} beats the reference's {self.reference_money:.6f}")
        return found


def compare(problem: dict[str, Any], plan: dict[str, Any], reference: Reference | None = None) -> Report:
    """Judges a plan document by the exact optimum of its problem, tier by tier in order."""
    best = reference or solve(without_nulls(problem))
    found = evaluate(problem, plan)
    worst, gap = None, 0.0
    for name, value in best.tiers.items():
        gap, worst = found.tiers[name] - value, name
        if abs(gap) > TIER_TOLERANCE_KWH:
            break  # the first tier that differs decides; the later ones are not comparable
    return Report(
        violations=verify(problem, plan),
        tiers=found.tiers,
        reference_tiers=best.tiers,
        money=found.money,
        reference_money=best.money,
        money_gap=found.money - best.money if without_nulls(problem) == problem else 0.0,
        proven=best.proven,
        reference_seconds=best.seconds,
        worst_tier=worst,
        worst_tier_gap=gap,
        status=plan.get("status", ""),
    )


def without_nulls(problem: dict[str, Any]) -> dict[str, Any]:
    """Null terminal values as 0: every tier before money is the same, the money is not comparable."""
    changed = copy.deepcopy(problem)
    for key in ("batteries", "evs", "thermal_loads"):
        for one in changed.get(key, []):
            if one.get("terminal_value_per_kwh") is None:
                one["terminal_value_per_kwh"] = 0.0
    return changed


def product(deadline_s: float) -> tuple[Solver, Callable[[], None]]:
    """The product's optimizer as a function of documents, and what closes it."""
    from hems.domain.parse import parse_problem
    from hems.domain.plan import plan_to_dict
    from hems.optimizer.client import Optimizer

    optimizer = Optimizer()

    def run(problem: dict[str, Any]) -> dict[str, Any]:
        plan = plan_to_dict(optimizer.solve(parse_problem(json.dumps(problem)), deadline_s))
        return json.loads(json.dumps(plan, allow_nan=False))

    return run, optimizer.close


@dataclass
class _Row:
    kind: str
    cases: int = 0
    violations: int = 0
    fallbacks: int = 0
    tier_gaps: int = 0
    worst_tier: float = 0.0
    worst_money: float = 0.0
    money: float = 0.0
    beyond: int = 0
    ours_s: float = 0.0
    worst_ours_s: float = 0.0
    reference_s: float = 0.0

    def add(self, report: Report, seconds: float, tolerance: float) -> None:
        self.cases += 1
        self.violations += bool(report.violations)
        self.fallbacks += report.status == "fallback"
        self.ours_s += seconds
        self.worst_ours_s = max(self.worst_ours_s, seconds)
        self.reference_s += report.reference_seconds
        if report.comparable:
            self.worst_money = max(self.worst_money, report.money_gap)
            self.money += report.money_gap
            self.beyond += report.money_gap > tolerance
        else:
            self.tier_gaps += 1
            self.worst_tier = max(self.worst_tier, report.worst_tier_gap)

    def text(self) -> str:
        compared = max(1, self.cases - self.tier_gaps)
        return (
            f"{self.kind:<10}{self.cases:>5}{self.violations:>6}{self.fallbacks:>6}{self.tier_gaps:>6}"
            f"{self.worst_tier:>11.4f}{self.beyond:>8}{self.worst_money:>11.5f}{self.money / compared:>11.6f}"
            f"{self.ours_s / max(1, self.cases):>9.3f}{self.worst_ours_s:>8.2f}"
            f"{self.reference_s / max(1, self.cases):>9.3f}"
        )


_HEAD = (
    f"{'kind':<10}{'n':>5}{'viol':>6}{'fallb':>6}{'tiers':>6}{'worst kWh':>11}{'money>':>8}"
    f"{'worst':>11}{'mean':>11}{'ours s':>9}{'max':>8}{'ref s':>9}"
)


def run_table(run: Solver, options: argparse.Namespace) -> int:
    """One row a kind; returns the number of cases with a fault."""
    kinds = KINDS if options.kind == "all" else (options.kind,)
    rows = {kind: _Row(kind) for kind in kinds}
    bad = 0
    for number in range(options.cases):
        kind, seed = kinds[number % len(kinds)], options.first + number // len(kinds)
        problem = random_problem(seed, kind, options.null)
        began = time.perf_counter()
        plan = run(problem)
        seconds = time.perf_counter() - began
        try:
            report = compare(problem, plan, solve(without_nulls(problem), options.reference_seconds))
        except UnsolvedError as error:
            print(f"{kind} {seed}: the reference found nothing: {error}", flush=True)
            continue
        rows[kind].add(report, seconds, options.money)
        faults = report.faults(options.money)
        if faults:
            bad += 1
            doubt = "" if report.proven else " (the reference is not proven)"
            print(f"{kind} {seed} ({len(problem['load_kw'])} steps, {report.status}){doubt}:", flush=True)
            print("".join(f"    {fault}\n" for fault in faults[:6]), end="", flush=True)
            if options.keep:
                folder = Path(options.keep)
                folder.mkdir(parents=True, exist_ok=True)
                (folder / f"{kind}-{seed}.problem.json").write_text(json.dumps(problem))
                (folder / f"{kind}-{seed}.plan.json").write_text(json.dumps(plan))
    print(_HEAD)
    for row in rows.values():
        print(row.text())
    return bad


def main() -> None:
    parser = argparse.ArgumentParser(prog="reference.compare", description=__doc__)
    parser.add_argument("--cases", type=int, default=60, help="how many in all")
    parser.add_argument("--kind", choices=("all", *KINDS), default="all")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--deadline", type=float, default=10.0, help="seconds for the product's solve")
    parser.add_argument("--reference-seconds", type=float, default=30.0, help="seconds a tier for the reference")
    parser.add_argument("--money", type=float, default=0.02, help="the money gap that counts as a fault")
    parser.add_argument("--keep", default="", help="a folder for the failing cases")
    parser.add_argument("--null", action="store_true", help="null terminal values: money is not compared")
    options = parser.parse_args()
    run, close = product(options.deadline)
    try:
        bad = run_table(run, options)
    finally:
        close()
    raise SystemExit(1 if bad else 0)


if __name__ == "__main__":
    main()
