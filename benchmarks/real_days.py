"""Solves real days and prints how long it took, how good the plans are, and what they save.

    python benchmarks/real_days.py [--quick] [--seconds 20]

The home has a battery, a car, a dishwasher, a pool pump and a hot-water tank. Exit status 2 where the data are absent.
"""

import argparse
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "apps"))

from real_homes import Tariff, calendar_horizon, full_home
from real_series import NoData, data_folder, finnish_prices, german_prices, house

from hems.domain.bill import bill, discomfort, terminal_value
from hems.domain.plan import Plan
from hems.domain.problem import Problem
from hems.domain.schedule import Schedule
from hems.optimizer.baseline import baseline_schedule
from hems.optimizer.client import Optimizer
from hems.optimizer.model import build_model
from hems.optimizer.terminal_value import terminal_values

# Fees high enough to hide most negative prices, and so low that the meter sees them.
ORDINARY, DIRECT = Tariff("ordinary", fees_per_kwh=0.12), Tariff("direct", fees_per_kwh=0.02)


@dataclass(frozen=True)
class Case:
    """One window to plan: ``days`` market days from ``day`` on."""

    market: str
    day: date
    why: str
    tariff: Tariff = ORDINARY
    days: int = 2
    step_minutes: int = 15


@dataclass(frozen=True)
class Outcome:
    """A case's plan and the size of its program; ``saving`` counts what is stored at the end and discomfort."""

    case: Case
    plan: Plan
    columns: int
    rows: int
    integers: int
    saving: float


CASES = (
    Case("DE", date(2020, 1, 22), "winter"),
    Case("DE", date(2020, 1, 28), "winter, windy"),
    Case("DE", date(2020, 2, 16), "negative, winter", DIRECT),
    Case("DE", date(2020, 4, 12), "negative, Easter", DIRECT),
    Case("DE", date(2020, 4, 20), "negative, 10 h", DIRECT),
    Case("DE", date(2020, 5, 23), "negative, 18 h", DIRECT),
    Case("DE", date(2020, 5, 23), "the same, high fees"),
    Case("DE", date(2020, 6, 18), "summer"),
    Case("DE", date(2020, 7, 5), "negative, summer", DIRECT),
    Case("DE", date(2020, 7, 15), "summer"),
    Case("DE", date(2020, 9, 16), "autumn"),
    Case("FI", date(2026, 3, 22), "15-min prices"),
    Case("FI", date(2026, 3, 23), "15-min prices", DIRECT),
    Case("FI", date(2026, 3, 27), "15-min prices"),
    Case("FI", date(2026, 3, 28), "92 slots on the 29th"),
    Case("FI", date(2026, 3, 28), "the same, low fees", DIRECT),
    Case("DE", date(2020, 1, 22), "winter", days=1, step_minutes=30),
    Case("DE", date(2020, 4, 20), "negative, 10 h", DIRECT, days=1, step_minutes=30),
    Case("FI", date(2026, 3, 29), "92 slots", days=1, step_minutes=30),
    Case("DE", date(2020, 1, 22), "winter", step_minutes=5),
    Case("DE", date(2020, 4, 20), "negative, 10 h", DIRECT, step_minutes=5),
    Case("FI", date(2026, 3, 28), "92 slots on the 29th", step_minutes=5),
)
# One of each kind; 40 s or so on two cores.
QUICK = (CASES[0], CASES[4], CASES[9], CASES[14], CASES[16])

HEAD = (
    "market, day   why                  steps  columns  rows   int  build s  solve s  gap %    "
    "bill  baseline  saving  status"
)


def problem_of(case: Case, folder: Path) -> Problem:
    """The case as a problem. Raises NoData where the series do not cover it."""
    spot = german_prices(folder) if case.market == "DE" else finnish_prices(folder)
    horizon = calendar_horizon(case.day, case.days, case.step_minutes)
    return full_home(spot, house(folder, case.day.year), case.tariff, horizon)


def comfort(problem: Problem, temperatures_c: dict[str, tuple[float, ...]]) -> float:
    """The price of discomfort, EUR."""
    heat = Schedule(import_kw=(), export_kw=(), temperatures_c=temperatures_c)
    return sum(price for _, price in discomfort(problem, heat).values())


def saving(problem: Problem, plan: Plan) -> float:
    """What the plan is better than the unplanned home: bill and discomfort less what is stored at the end, EUR."""
    rules = baseline_schedule(problem)
    left = terminal_value(problem, rules, terminal_values(problem))
    unplanned = bill(problem, rules).net + comfort(problem, rules.temperatures_c) - left
    reached = {name: load.temperature_c for name, load in plan.loads.items() if load.temperature_c is not None}
    return unplanned - (plan.costs.net + comfort(problem, reached) - plan.terminal_value)


def run(case: Case, folder: Path, optimizer: Optimizer, seconds: float) -> Outcome:
    """Plans one case."""
    problem = problem_of(case, folder)
    program = build_model(problem).program
    plan = optimizer.solve(problem, seconds)
    return Outcome(case, plan, len(program.lower), len(program.rows), sum(program.integer), saving(problem, plan))


def row(outcome: Outcome) -> str:
    """One line of the table."""
    case, plan, solver = outcome.case, outcome.plan, outcome.plan.solver
    gap = "-" if solver.gap is None else f"{solver.gap:.3%}".rstrip("%")
    return (
        f"{case.market} {case.day} {case.why:20} {solver.steps:6} {outcome.columns:8} {outcome.rows:5} {outcome.integers:5} "
        f"{solver.build_seconds:8.3f} {solver.seconds:8.2f} {gap:>6} {plan.costs.net:7.2f} {plan.baseline_net:9.2f} "
        f"{outcome.saving:7.2f}  {plan.status}"
        + (f", short of {len(plan.shortfalls)} wishes" if plan.shortfalls else "")
    )


def summary(outcomes: Sequence[Outcome]) -> list[str]:
    """Median and 90th percentile by length of step, and how many plans were proved."""
    lines = []
    for minutes in sorted({outcome.case.step_minutes for outcome in outcomes}):
        some = [outcome for outcome in outcomes if outcome.case.step_minutes == minutes]
        solve, build = [o.plan.solver.seconds for o in some], [o.plan.solver.build_seconds for o in some]
        proved = sum(o.plan.status == "optimal" for o in some)
        lines.append(
            f"steps of {minutes:2} min: {len(some):2} windows, solve median {statistics.median(solve):.2f} s, "
            f"p90 {percentile(solve, 0.9):.2f} s, build median {statistics.median(build):.3f} s; {proved} optimal; "
            f"saving median {statistics.median(o.saving for o in some):.2f} EUR"
        )
    return lines


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that ``share`` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 100) * len(ordered) // 100) - 1))]


def main(arguments: list[str] | None = None) -> int:
    """The exit status: 0 done, 2 no data."""
    parser = argparse.ArgumentParser(description="Plans real days; prints speed, quality and savings.")
    parser.add_argument("--quick", action="store_true", help="a few windows, well under a minute")
    parser.add_argument("--seconds", type=float, default=20.0, help="solve each for so long at most (default 20)")
    chosen = parser.parse_args(arguments)
    optimizer = Optimizer()
    outcomes = []
    try:
        folder = data_folder()
        print("saving: EUR, what is stored at the end and comfort included; two market days a window, one at 30 min\n")
        print(HEAD, flush=True)
        for case in QUICK if chosen.quick else CASES:
            outcomes.append(run(case, folder, optimizer, chosen.seconds))
            print(row(outcomes[-1]), flush=True)
    except NoData as absent:
        print(absent, file=sys.stderr)
        return 2
    finally:
        optimizer.close()
    print("", *summary(outcomes), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
