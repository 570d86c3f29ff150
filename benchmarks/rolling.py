"""A chain of real days, planned again every hour: which value of what is left at the horizon's end gives the lowest bill?

    python benchmarks/rolling.py [--quick] [--days 14]

Load, PV and a battery; the forecast is what really came, so only the horizon's end is uncertain. Compared are the
optimizer's own terminal value, none, and the mean import price. The bound is one plan of the whole chain. A window that
reaches the chain's end stops there and values what is left at nothing, for every rule alike, so the bills are comparable.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "apps"))

from real_homes import Tariff, battery_home, calendar_horizon
from real_series import House, NoData, data_folder, german_prices, house

from hems.domain.horizon import Horizon
from hems.domain.plan import Plan
from hems.domain.problem import Problem
from hems.domain.series import Slot
from hems.optimizer.client import Optimizer
from hems.optimizer.terminal_value import battery_value

STEP_MINUTES = 30  # the house's own
REPLAN_STEPS = 2
START_SOC = 0.5
SECONDS = 10.0


@dataclass(frozen=True)
class Chain:
    """Consecutive market days under one tariff."""

    name: str
    day: date
    tariff: Tariff


DIRECT, FEED_IN = Tariff("direct", fees_per_kwh=0.02), Tariff("fixed feed-in", fees_per_kwh=0.12, feed_in_per_kwh=0.07)
ORDINARY = Tariff("ordinary", fees_per_kwh=0.12)
CHAINS = (
    Chain("winter, ordinary", date(2020, 1, 16), ORDINARY),
    Chain("winter, direct", date(2020, 1, 16), DIRECT),
    Chain("spring, direct (negative prices)", date(2020, 4, 12), DIRECT),
    Chain("summer, fixed feed-in", date(2020, 7, 1), FEED_IN),
    Chain("autumn, ordinary", date(2020, 9, 16), ORDINARY),
)

Rule = Callable[[Problem], float]


def chosen(problem: Problem) -> float:
    """The optimizer's own value."""
    return battery_value(problem, problem.batteries[0])


def nothing(problem: Problem) -> float:
    """What is left is worth nothing."""
    return 0.0


def mean_price(problem: Problem) -> float:
    """What is left is worth the horizon's mean import price."""
    return sum(problem.grid.import_price) / problem.steps


RULES: dict[str, Rule] = {"chosen": chosen, "zero": nothing, "mean price": mean_price}


class Days:
    """A chain's series, and windows of them as problems."""

    def __init__(self, chain: Chain, days: int, spot: tuple[Slot, ...], home: House) -> None:
        whole = calendar_horizon(chain.day, days, STEP_MINUTES)
        self._home = battery_home(spot, home, chain.tariff, whole, START_SOC, 0.0)
        self.steps = whole.steps

    def window(self, first: int, steps: int, soc: float, rule: Rule) -> Problem:
        """Steps ``first`` and on. What is left is worth nothing where the window reaches the chain's end."""
        last = min(first + steps, self.steps)
        part, home = slice(first, last), self._home
        grid = home.grid.model_copy(
            update={"import_price": home.grid.import_price[part], "export_price": home.grid.export_price[part]}
        )
        pv = home.pv[0].model_copy(update={"forecast_kw": home.pv[0].forecast_kw[part]})
        horizon = Horizon(home.horizon.time(first), home.step_minutes[part])
        window = Problem(
            schema="hems.problem/1",
            start=horizon.start,
            step_minutes=horizon.step_minutes,
            time_zone=home.time_zone,
            grid=grid,
            load_kw=home.load_kw[part],
            pv=(pv,),
            batteries=(
                home.batteries[0].model_copy(update={"soc": min(max(soc, 0.0), 1.0), "terminal_value_per_kwh": None}),
            ),
        )
        value = rule(window) if last < self.steps else 0.0
        battery = window.batteries[0].model_copy(update={"terminal_value_per_kwh": value})
        return window.model_copy(update={"batteries": (battery,)})


def lived(days: Days, hours: int, rule: Rule, optimizer: Optimizer) -> float:
    """The bill of the chain in EUR, wear included, when the first hour of each plan is carried out."""
    bill, soc = 0.0, START_SOC
    for first in range(0, days.steps, REPLAN_STEPS):
        problem = days.window(first, hours * 60 // STEP_MINUTES, soc, rule)
        plan = optimizer.solve(problem, SECONDS)
        done = min(REPLAN_STEPS, problem.steps)
        bill += spent(problem, plan, done)
        soc = plan.batteries["battery"].soc[done]
    return bill


def spent(problem: Problem, plan: Plan, steps: int) -> float:
    """Import, export and wear of the plan's first steps, EUR."""
    grid, store, wear = problem.grid, plan.batteries["battery"], problem.batteries[0].wear_cost_per_kwh
    return sum(
        problem.horizon.hours[k]
        * (
            grid.import_price[k] * plan.grid.import_kw[k]
            - grid.export_price[k] * plan.grid.export_kw[k]
            + wear * store.discharge_kw[k]
        )
        for k in range(steps)
    )


def compared(chain: Chain, days: Days, horizons: tuple[int, ...], optimizer: Optimizer) -> dict[tuple[int, str], float]:
    """The bill of each rule beyond the bound, EUR; prints the chain's lines."""
    whole = optimizer.solve(days.window(0, days.steps, START_SOC, nothing), 6 * SECONDS)
    print(
        f"{chain.name}: bound {whole.costs.net:.2f} EUR ({whole.status}), unplanned {whole.baseline_net:.2f}",
        flush=True,
    )
    beyond: dict[tuple[int, str], float] = {}
    for hours in horizons:
        began = time.perf_counter()
        for name, rule in RULES.items():
            beyond[hours, name] = lived(days, hours, rule, optimizer) - whole.costs.net
        best = min(RULES, key=lambda name: beyond[hours, name])
        bills = "   ".join(
            f"{name} {whole.costs.net + beyond[hours, name]:8.3f} (+{beyond[hours, name]:.3f})" for name in RULES
        )
        print(f"  horizon {hours} h: {bills}   best: {best}   [{time.perf_counter() - began:.0f} s]", flush=True)
    return beyond


def main(arguments: list[str] | None = None) -> int:
    """The exit status: 0 done, 2 no data."""
    parser = argparse.ArgumentParser(description="Terminal values compared over a chain of real days.")
    parser.add_argument("--quick", action="store_true", help="two chains of three days, a horizon of 24 h")
    parser.add_argument("--days", type=int, default=14, help="days in a chain (default 14)")
    options = parser.parse_args(arguments)
    chains, days, horizons = (CHAINS[1:3], 3, (24,)) if options.quick else (CHAINS, options.days, (24, 48))
    totals: dict[tuple[int, str], float] = {}
    optimizer = Optimizer()
    try:
        folder = data_folder()
        spot, home = german_prices(folder), house(folder, 2020)
        for chain in chains:
            for key, value in compared(chain, Days(chain, days, spot, home), horizons, optimizer).items():
                totals[key] = totals.get(key, 0.0) + value
    except NoData as absent:
        print(absent, file=sys.stderr)
        return 2
    finally:
        optimizer.close()
    print("\nEUR beyond the bound, all chains together")
    for hours in horizons:
        print(f"  horizon {hours} h: " + "   ".join(f"{name} {totals[hours, name]:.2f}" for name in RULES))
    return 0


if __name__ == "__main__":
    sys.exit(main())
