"""500 random homes of the kinds that are hard to plan: two-level tariffs, where hours are alike, and export above import.

    python benchmarks/hard_cases.py [--cases 500] [--seconds 10]

48 h in steps of 15 minutes; battery, car, dishwasher, pool pump, hot water. Prints seconds and gaps by kind.
"""

import argparse
import json
import math
import random
import sys
import time
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "apps"))

from hems.domain.parse import parse_problem
from hems.domain.problem import Problem
from hems.optimizer.client import Optimizer

KINDS = "two-level", "inverted"
STEPS, STEP_MINUTES = 192, 15.0
START = datetime(2026, 5, 4, tzinfo=timezone.utc)


def hour_of(k: int) -> float:
    """Hour of the day at the start of step k."""
    return k * STEP_MINUTES / 60 % 24


def prices(dice: random.Random, kind: str) -> tuple[list[float], list[float]]:
    """Import and export price per kWh: two levels and a feed-in price; or spot with a bonus on some exported hours."""
    if kind == "two-level":
        low, high = round(dice.uniform(0.1, 0.2), 3), round(dice.uniform(0.22, 0.4), 3)
        begin, end = dice.choice(((7, 23), (6, 22), (9, 21)))
        bought = [high if begin <= hour_of(k) < end else low for k in range(STEPS)]
        return bought, [round(dice.uniform(0.0, 0.12), 3)] * STEPS
    spot = [
        0.14 + 0.06 * math.sin((hour_of(k) - 13) / 24 * 4 * math.pi) + 0.04 * dice.uniform(-1, 1) for k in range(STEPS)
    ]
    above = {hour for hour in range(48) if dice.random() < 0.25}
    sold = [price + (0.05 if k // 4 in above else -0.04) for k, price in enumerate(spot)]
    return [round(price, 4) for price in spot], [round(price, 4) for price in sold]


def document(seed: int, kind: str) -> dict[str, Any]:
    """The same home for the same seed and kind, as a problem document."""
    dice = random.Random(f"{kind}-{seed}")
    bought, sold = prices(dice, kind)
    peak, cloud = dice.uniform(2, 8), dice.uniform(0.1, 0.9)
    sun = [max(0.0, math.sin((hour_of(k) - 6) / 14 * math.pi)) if 6 <= hour_of(k) <= 20 else 0.0 for k in range(STEPS)]
    load = [
        0.25 + 0.5 * dice.random() ** 3 + (0.8 * dice.random() if 17 <= hour_of(k) < 22 else 0.0) for k in range(STEPS)
    ]
    start = dice.randrange(24)
    days = [START + timedelta(days=day) for day in range(3)]

    def at(hours: float) -> str:
        return (START + timedelta(hours=hours)).isoformat()

    tank: dict[str, Any] = {
        "name": "tank", "power_kw": 3.0, "min_power_kw": 0.8, "capacity_kwh_per_k": 0.23, "loss_kw_per_k": 0.002,
        "ambient_c": 20.0, "temperature_c": round(dice.uniform(46, 60), 1), "min_c": 45.0, "max_c": 65.0,
        "draw_kw": [round(dice.uniform(0.5, 2.0), 2) if int(hour_of(k)) in (7, 19) else 0.0 for k in range(STEPS)],
        "comfort_penalty_per_k_hour": 0.5,
    }  # fmt: skip
    return {
        "schema": "hems.problem/1", "start": at(0), "step_minutes": [STEP_MINUTES] * STEPS, "time_zone": "Europe/Berlin",
        "grid": {"import_price": bought, "export_price": sold, "import_limit_kw": dice.choice((11.0, 17.25))},
        "load_kw": [round(kw, 3) for kw in load],
        "pv": [{"name": "roof", "forecast_kw": [round(peak * s * (1 - cloud * dice.random()), 3) for s in sun]}],
        "batteries": [{
            "name": "battery", "capacity_kwh": dice.choice((5.0, 10.0, 15.0)), "soc": round(dice.uniform(0.1, 1), 3),
            "soc_min": 0.1, "charge_limit_kw": 5.0, "discharge_limit_kw": 5.0, "charge_efficiency": 0.95,
            "discharge_efficiency": 0.95, "wear_cost_per_kwh": dice.choice((0.0, 0.01, 0.03)),
        }],
        "evs": [{
            "name": "car", "battery_kwh": 60.0, "soc": round(dice.uniform(0.2, 0.7), 3), "soc_max": 0.9, "min_kw": 1.38,
            "max_kw": 7.36, "charge_efficiency": 0.92, "connected": [not 8 <= (hour_of(k) + start) % 24 < 17 for k in range(STEPS)],
            "targets": [{"at": at(dice.randrange(20, 40)), "soc": round(dice.uniform(0.5, 0.9), 2)}],
        }],
        "shiftable_loads": [{
            "name": "dishwasher", "profile_kw": [2.0, 0.1, 1.8], "profile_step_minutes": 30,
            "earliest_start": at(dice.randrange(12)), "latest_finish": at(dice.randrange(20, 40)),
        }],
        "interruptible_loads": [{
            "name": "pool", "power_kw": 1.1, "min_on_minutes": 60, "max_starts": 6,
            "quotas": [
                {"from": a.isoformat(), "until": b.isoformat(), "kwh": 4.4} for a, b in pairwise(days)
            ],
        }],
        "thermal_loads": [tank],
    }  # fmt: skip


def hard_problem(seed: int, kind: str) -> Problem:
    """The document as a problem."""
    return parse_problem(json.dumps(document(seed, kind)))


def at_share(values: list[float], share: float) -> float:
    """The value that ``share`` of the sorted values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def main(arguments: list[str] | None = None) -> int:
    """The exit status: 0 where every case got a plan from the solver, else 1."""
    parser = argparse.ArgumentParser(description="Plans random homes of the hard kinds; prints seconds and gaps.")
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=10.0, help="solve each for so long at most (default 10)")
    chosen = parser.parse_args(arguments)
    optimizer, without = Optimizer(), 0
    try:
        print("kind        cases  median s   p90 s   p99 s   max s  worst gap ct  feasible  no plan")
        for kind in KINDS:
            seconds: list[float] = []
            gaps: list[float] = []
            missing = feasible = 0
            count = chosen.cases // len(KINDS)
            for seed in range(chosen.first, chosen.first + count):
                problem = hard_problem(seed, kind)
                began = time.perf_counter()
                plan = optimizer.solve(problem, chosen.seconds)
                seconds.append(time.perf_counter() - began)
                missing += plan.status == "fallback"
                feasible += plan.status == "feasible"
                if plan.solver.gap is not None:
                    gaps.append(100 * plan.solver.gap * max(abs(plan.costs.net - plan.terminal_value), 0.01))
                if sys.stderr.isatty():
                    print(f"\r{kind} {seed - chosen.first + 1}/{count}", end="", file=sys.stderr, flush=True)
            shares = "".join(f"{at_share(seconds, share):8.2f}" for share in (0.5, 0.9, 0.99, 1.0))
            print(
                f"{kind:11} {count:5}  {shares}  {max(gaps, default=math.nan):12.2f}  {feasible:8}  {missing:7}",
                flush=True,
            )
            without += missing
    finally:
        optimizer.close()
    return 1 if without else 0


if __name__ == "__main__":
    sys.exit(main())
