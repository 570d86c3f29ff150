"""Does the solver's process grow? Solves again and again through one Optimizer and reads the memory of its worker.

    python benchmarks/worker_memory.py [--solves 1000] [--seconds 2]

Real days, mixed: three of four are 24 h in steps of 30 minutes, one is 48 h in steps of 15. Every other starts from the last
plan of its size, every tenth cannot have all its wishes, and every 25th is to fail: it gets no time, or the worker refuses it.
Memory is VmRSS from /proc every 10 solves, when the worker is idle again; every fifth is printed. The exit status is 0 where
the largest is under 100 MB and the line through all after the first 100 solves rises by less than 2 MB, 1 where not, and 2
without the data or /proc. With fewer than 1,000 solves the rise is printed, but it is too uncertain to judge.
"""

import argparse
import itertools
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "apps"))

from real_homes import Tariff, calendar_horizon, full_home
from real_series import NoData, data_folder, german_prices, house

from hems.domain.plan import Plan
from hems.domain.problem import Problem
from hems.optimizer.client import Optimizer

LIMIT_MB, GROWTH_MB = 100.0, 2.0
READ_EVERY, PRINT_EVERY, FAILING = 10, 50, 25
# The first solves fill the process's own heap; the rise from there on is judged over so many.
SETTLED, JUDGED = 100, 900
STATUSES = {"optimal": 7, "feasible": 8, "fallback": 8}
FIRST_DAY, DAYS = date(2020, 4, 1), 60
TARIFFS = Tariff("ordinary", fees_per_kwh=0.12), Tariff("direct", fees_per_kwh=0.02)
# After an answer the worker returns memory to the system; it has this long before it is looked at.
IDLE_SECONDS = 0.2


@dataclass(frozen=True)
class Sample:
    """The worker's memory after ``solves`` solves, MB: now, and the most that it ever had at once."""

    solves: int
    rss_mb: float
    peak_mb: float


def worker_pid(optimizer: Optimizer) -> int | None:
    """The worker's process, None where there is none at the moment."""
    worker = optimizer._worker  # no one else needs the process, so it has no public name
    return worker.pid if worker is not None else None


def memory(pid: int, solves: int) -> Sample:
    """What the system says of the worker. Raises OSError where it says nothing."""
    time.sleep(IDLE_SECONDS)
    lines = Path(f"/proc/{pid}/status").read_text("ascii", "replace").splitlines()
    kb = {name: float(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines) if "Vm" in name}
    return Sample(solves, kb["VmRSS"] / 1024, kb["VmHWM"] / 1024)


def days(folder: Path, length: int, step_minutes: int) -> Iterator[Problem]:
    """Homes on one day after another, for ever; days with a gap in the series are left out."""
    spot, home = german_prices(folder), house(folder, FIRST_DAY.year)
    homes = []
    for number in range(DAYS):
        horizon = calendar_horizon(FIRST_DAY + timedelta(days=number), length, step_minutes)
        try:
            homes.append(full_home(spot, home, TARIFFS[number % 2], horizon))
        except NoData:
            continue
    if not homes:
        raise NoData(f"prices: no whole day is known after {FIRST_DAY}")
    return itertools.cycle(homes)


def unhappy(problem: Problem) -> Problem:
    """The same home, with a car that cannot be full in time: solved tier after tier."""
    car = problem.evs[0]
    target = car.targets[0].model_copy(update={"at": problem.start + timedelta(hours=2), "soc": 0.9})
    return problem.model_copy(update={"evs": (car.model_copy(update={"targets": (target,)}),)})


def refused(problem: Problem) -> Problem:
    """The same home with a state of charge that the worker refuses to read."""
    return problem.model_copy(update={"batteries": (problem.batteries[0].model_copy(update={"soc": 1.4}),)})


def solved(number: int, problem: Problem, optimizer: Optimizer, seconds: float, last: Plan | None) -> Plan:
    """The ``number``-th solve of the mix."""
    if number % FAILING == 0:
        return optimizer.solve(refused(problem), seconds) if number % 2 == 0 else optimizer.solve(problem, 0.0)
    wished = unhappy(problem) if number % 10 == 3 else problem
    return optimizer.solve(wished, seconds, last if number % 2 else None)


@dataclass
class Seen:
    """What came out: samples of the memory, plans by status, and the errors of solves that were not meant to fail."""

    samples: list[Sample] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    workers: set[int] = field(default_factory=set)


def run(optimizer: Optimizer, folder: Path, solves: int, seconds: float) -> Seen:
    """Makes the solves; prints a line of the table every 50."""
    small, large = days(folder, 1, 30), days(folder, 2, 15)
    last: dict[int, Plan] = {}
    seen = Seen()
    print("| solves | RSS MB | most MB | optimal | feasible | fallback |", flush=True)
    print("|-------:|-------:|--------:|--------:|---------:|---------:|", flush=True)
    for number in range(1, solves + 1):
        problem = next(large if number % 4 == 0 or number % FAILING == 0 else small)
        plan = solved(number, problem, optimizer, seconds, last.get(problem.steps))
        seen.statuses[plan.status] += 1
        if optimizer.last_error and number % FAILING:
            seen.errors.append(f"solve {number}, {problem.steps} steps: {optimizer.last_error}")
        last[problem.steps] = plan
        if sys.stderr.isatty():
            print(f"\r{number}/{solves}", end="\r", file=sys.stderr, flush=True)
        pid = worker_pid(optimizer)
        seen.workers |= {pid} if pid is not None else set()
        if pid is not None and number % READ_EVERY == 0:
            seen.samples.append(now := memory(pid, number))
        if pid is not None and number % PRINT_EVERY == 0:
            counts = " | ".join(f"{seen.statuses[s]:{width}}" for s, width in STATUSES.items())
            print(f"| {number:6} | {now.rss_mb:6.1f} | {now.peak_mb:7.1f} | {counts} |", flush=True)
    return seen


def verdict(seen: Seen) -> tuple[bool, str]:
    """Whether the worker is small and flat, and the figures. A worker that was replaced proves nothing."""
    settled = [sample for sample in seen.samples if sample.solves >= SETTLED]
    if len(settled) < 2:
        return False, "too few samples: the worker was gone"
    line = statistics.linear_regression([s.solves for s in settled], [s.rss_mb for s in settled])
    span = settled[-1].solves - settled[0].solves
    growth, largest = line.slope * span, max(sample.rss_mb for sample in seen.samples)
    small, one = largest < LIMIT_MB, len(seen.workers) == 1
    flat = growth < GROWTH_MB or span < JUDGED
    said = "flat" if flat else "NOT flat"
    return one and small and flat, (
        f"largest {largest:.1f} MB: {'' if small else 'NOT '}under {LIMIT_MB:g} MB "
        f"(in the middle of a solve {max(sample.peak_mb for sample in seen.samples):.1f} MB)\n"
        f"slope {100 * line.slope:+.3f} MB per 100 solves, {growth:+.2f} MB over the last {span}: "
        f"{said if span >= JUDGED else 'too few to judge'} (limit {GROWTH_MB:g} MB over {JUDGED})"
        + ("" if one else f"\n{len(seen.workers)} workers, one after another: the figures are not those of one process")
        + "".join(f"\n{error}" for error in seen.errors)
    )


def main(arguments: list[str] | None = None) -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description="The memory of the solver's process over many solves.")
    parser.add_argument("--solves", type=int, default=1000, help="how many, 200 or more (default 1000)")
    parser.add_argument("--seconds", type=float, default=2.0, help="solve each for so long at most (default 2)")
    chosen = parser.parse_args(arguments)
    if chosen.solves < 2 * SETTLED:
        parser.error(f"--solves: must be {2 * SETTLED} or more; the first {SETTLED} are not judged")
    optimizer = Optimizer()
    try:
        good, said = verdict(run(optimizer, data_folder(), chosen.solves, chosen.seconds))
    except (NoData, OSError) as absent:
        print(absent, file=sys.stderr)
        return 2
    finally:
        optimizer.close()
    print(f"\n{said}")
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
