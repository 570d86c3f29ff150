"""Does a plan flap? Plans homes again on nearly equal inputs, and counts what moved, with and without the last plan.

    python benchmarks/calm.py [--homes 6] [--replans 8] [--seconds 10]

Each home of hard_cases.py (both kinds) is planned, then planned again and again with load and PV changed by a few percent.
"moved": kWh of cars and loads that are planned at another time than before; "switches": off-to-on changes in the plan;
"dearer": what the plan costs above the best one that either way found on the same inputs.
"""

import argparse
import random
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "apps"))

from hard_cases import KINDS, hard_problem

from hems.domain.plan import Plan
from hems.domain.problem import Problem
from hems.optimizer.client import Optimizer

NOISE = 0.03


def shaken(problem: Problem, dice: random.Random) -> Problem:
    """The problem with load and PV a few percent off."""
    pv = tuple(
        p.model_copy(update={"forecast_kw": tuple(kw * (1 + dice.gauss(0, NOISE)) for kw in p.forecast_kw)})
        for p in problem.pv
    )
    load = tuple(kw * max(0.0, 1 + dice.gauss(0, NOISE)) for kw in problem.load_kw)
    return problem.model_copy(update={"pv": pv, "load_kw": load})


def powers(plan: Plan) -> list[tuple[float, ...]]:
    """What people see being switched: cars and loads."""
    return [ev.charge_kw for ev in plan.evs.values()] + [load.power_kw for load in plan.loads.values()]


def moved_kwh(before: Plan, after: Plan) -> float:
    """Energy of cars and loads that is planned at another time, kWh."""
    hours = [minutes / 60 for minutes in before.step_minutes]
    pairs = zip(powers(before), powers(after), strict=True)
    return sum(h * abs(a - b) / 2 for one, other in pairs for h, a, b in zip(hours, one, other, strict=True))


def switches(plan: Plan) -> int:
    """Off-to-on changes of cars and loads in the horizon."""
    return sum(
        power[k] > 1e-3 and (k == 0 or power[k - 1] <= 1e-3) for power in powers(plan) for k in range(len(power))
    )


def cost(plan: Plan) -> float:
    """What is minimised, without discomfort, in cents."""
    return 100 * (plan.costs.net - plan.terminal_value)


def main(arguments: list[str] | None = None) -> int:
    """Prints one line a kind; the exit status is 0."""
    parser = argparse.ArgumentParser(description="Counts what moves between plans on nearly equal inputs.")
    parser.add_argument("--homes", type=int, default=6)
    parser.add_argument("--replans", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10.0)
    chosen = parser.parse_args(arguments)
    optimizer = Optimizer()
    print(
        "kind       plans   moved kWh: fresh   with last   switches: fresh   with last   dearer ct: fresh   with last"
    )
    try:
        for kind in KINDS:
            rows: list[tuple[float, float, int, int, float, float]] = []
            for seed in range(chosen.homes):
                dice, problem = random.Random(seed), hard_problem(seed, kind)
                fresh = last = optimizer.solve(problem, chosen.seconds)
                for _ in range(chosen.replans):
                    now = shaken(problem, dice)
                    new, kept = optimizer.solve(now, chosen.seconds), optimizer.solve(now, chosen.seconds, last)
                    best = min(cost(new), cost(kept))
                    rows.append(
                        (
                            moved_kwh(fresh, new), moved_kwh(last, kept), switches(new), switches(kept),
                            cost(new) - best, cost(kept) - best,
                        )
                    )  # fmt: skip
                    fresh, last = new, kept
            means = [statistics.fmean(row[column] for row in rows) for column in range(6)]
            print(
                f"{kind:10} {len(rows):5} {means[0]:18.2f} {means[1]:11.2f} {means[2]:17.1f} {means[3]:11.1f} "
                f"{means[4]:18.2f} {means[5]:11.2f}",
                flush=True,
            )
    finally:
        optimizer.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
