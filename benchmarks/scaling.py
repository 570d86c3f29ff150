"""How does the cost of a plan grow with the number of steps, and with the number of devices?

    python benchmarks/scaling.py [--quick] [--seconds 30] [--plot benchmarks/scaling.svg]

Steps: one home (battery, car, dishwasher, pool pump, modulating hot-water tank) on four real days, from 24 h in steps of 30
minutes to 48 h in steps of 5. Devices: 48 h in steps of 30 minutes with 1 to 10 devices in a row of ORDER, as a circle, from
each of BEGINS on each of the days: devices differ much in what they cost (a battery alone is one linear program, a pump is
not), so that a home of one device is all of them in turn. Rows are means, planned by a worker that is warm; the median of so
many hangs on which device is alone. ``e`` in the fit "seconds ~ steps^e" is the slope of a straight line through the logarithms
of the means. 1 is linear; up to NEAR_LINEAR counts as near linear. Below it stand the means as a straight line, and whether
the second half of the sizes costs more for each step or device than the first. Exit status 2 where the data are absent.
"""

import argparse
import math
import os
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "apps"))

from real_homes import Tariff, calendar_horizon, full_home, local
from real_series import NoData, data_folder, finnish_prices, german_prices, house

from hems.domain.loads import ShiftableLoad, ThermalLoad
from hems.domain.problem import Problem
from hems.optimizer.client import Optimizer
from hems.optimizer.model import build_model

NEAR_LINEAR = 1.3
ORDINARY, DIRECT = Tariff("ordinary", fees_per_kwh=0.12), Tariff("direct", fees_per_kwh=0.02)
# No clock change within the two days from any, so that a size has as many steps on each.
DAYS = (
    (date(2020, 1, 22), ORDINARY),
    (date(2020, 4, 20), DIRECT),
    (date(2020, 7, 15), ORDINARY),
    (date(2026, 3, 27), ORDINARY),
)
# Days of the market and minutes of a step: 48 to 576 steps.
SIZES = (1, 30), (1, 15), (2, 30), (2, 15), (1, 5), (2, 5)
DEVICES_AT = 2, 30
ORDER = (
    "battery", "car", "dishwasher", "pool", "tank",
    "second battery", "second car", "washer", "dryer", "heat pump",
)  # fmt: skip
# Where the order begins, in a circle; not at the dryer, which needs the washer before it.
BEGINS = 0, 1, 2, 3, 4, 5, 6, 7, 9
KINDS = "batteries", "evs", "shiftable_loads", "interruptible_loads", "thermal_loads"
OURS, BUILD = "#0072b2", "#d55e00"


@dataclass(frozen=True)
class Row:
    """One size on all days: seconds of each home; ``open_``: plans that were not proved within half a cent.

    A plan by the rules has no build seconds: 0.
    """

    label: str
    steps: int
    devices: int
    columns: int
    rows: int
    build_s: tuple[float, ...]
    solve_s: tuple[float, ...]
    open_: int

    def line(self) -> str:
        """One line of the table."""
        build, solve = statistics.fmean(self.build_s), statistics.fmean(self.solve_s)
        return (
            f"| {self.label:18} | {self.steps:5} | {self.columns:7} | {self.rows:5} | {build:7.3f} | {solve:7.2f} | "
            f"{statistics.median(self.solve_s):8.2f} | {max(self.solve_s):7.2f} | {1000 * solve / self.steps:11.2f} | {self.open_:4} |"
        )


HEAD = (
    "| {:18} | steps | columns |  rows | build s | solve s | median s | worst s | ms per step | open |\n"
    "|--------------------|------:|--------:|------:|--------:|--------:|---------:|--------:|------------:|-----:|"
)


def largest_home(day: date, tariff: Tariff, folder: Path, days: int, step_minutes: int) -> Problem:
    """The home with all ten devices. Raises NoData where the series do not cover the days."""
    spot = finnish_prices(folder) if day.year == 2026 else german_prices(folder)
    horizon = calendar_horizon(day, days, step_minutes)
    home = full_home(spot, house(folder, day.year), tariff, horizon)
    battery, car, tank = home.batteries[0], home.evs[0], home.thermal_loads[0]
    small = {"name": "second battery", "capacity_kwh": 5.0, "charge_limit_kw": 2.5, "discharge_limit_kw": 2.5}
    other = {"name": "second car", "battery_kwh": 40.0, "soc": 0.5, "max_kw": 3.68}
    programs = [("washer", (2.0, 0.4, 0.3, 0.5), None), ("dryer", (2.2, 2.0, 1.6), "washer")]
    laundry = tuple(
        ShiftableLoad(
            name=name,
            profile_kw=profile_kw,
            profile_step_minutes=30.0,
            earliest_start=local(day, 8),
            latest_finish=local(day, 20),
            after=after,
        )
        for name, profile_kw, after in programs
    )
    warmth_c = 10 - 8 * math.cos(math.tau * (day.month - 1) / 12)
    heat_pump = ThermalLoad(
        name="heat pump",
        power_kw=2.5,
        min_power_kw=0.8,
        cop=3.0,
        capacity_kwh_per_k=8.0,
        loss_kw_per_k=0.15,
        ambient_c=warmth_c,
        temperature_c=21.0,
        min_c=20.0,
        max_c=23.0,
        comfort_penalty_per_k_hour=0.5,
    )
    return home.model_copy(
        update={
            "batteries": (battery, battery.model_copy(update=small)),
            "evs": (car, car.model_copy(update=other)),
            "shiftable_loads": (*home.shiftable_loads, *laundry),
            "thermal_loads": (tank.model_copy(update={"min_power_kw": 0.5}), heat_pump),
        }
    )


def with_devices(home: Problem, count: int, begin: int = 0) -> Problem:
    """The home with the first ``count`` devices of ORDER from ``begin`` on; PV and load stay."""
    kept = set((ORDER[begin:] + ORDER[:begin])[:count])
    return home.model_copy(update={kind: tuple(d for d in getattr(home, kind) if d.name in kept) for kind in KINDS})


def measured(label: str, problems: Sequence[Problem], devices: int, optimizer: Optimizer, seconds: float) -> Row:
    """Plans the same size on every day; columns and rows are the median day's."""
    programs = [build_model(problem).program for problem in problems]
    plans = []
    for problem in problems:
        if sys.stderr.isatty():
            print(f"\r{label}: {len(plans) + 1}/{len(problems)}  ", end="\r", file=sys.stderr, flush=True)
        plans.append(optimizer.solve(problem, seconds))
    return Row(
        label,
        problems[0].steps,
        devices,
        round(statistics.median(len(program.lower) for program in programs)),
        round(statistics.median(len(program.rows) for program in programs)),
        tuple(plan.solver.build_seconds for plan in plans),
        tuple(plan.solver.seconds for plan in plans),
        sum(plan.status != "optimal" for plan in plans),
    )


def exponent(xs: Sequence[float], ys: Sequence[float]) -> float:
    """The slope of the straight line with the least squares through the logarithms."""
    return statistics.linear_regression([math.log(x) for x in xs], [math.log(y) for y in ys]).slope


def straight(xs: Sequence[float], means: Sequence[float], what: str) -> str:
    """The means as ``a + b * size``, how far they are from it, and what the second half costs against the first.

    The slope through the logarithms hangs on the smallest sizes, where a plan is one linear program of milliseconds; this
    line hangs on the largest. Cost is linear in both senses only where the halves cost the same.
    """
    b, a = statistics.linear_regression(xs, means)
    away = max(abs(y - a - b * x) for x, y in zip(xs, means, strict=True))
    middle = len(xs) // 2
    early = (means[middle] - means[0]) / (xs[middle] - xs[0])
    late = (means[-1] - means[middle]) / (xs[-1] - xs[middle])
    compared = "more than" if late > 1.1 * early else "less than" if late < 0.9 * early else "about as much as"
    return (
        f"means as a straight line: {a:.3f} s + {1000 * b:.3g} ms for each of the {what}, at most {away:.3f} s from it; "
        f"from {xs[middle]:g} to {xs[-1]:g} each costs {1000 * late:.3g} ms, {compared} the {1000 * early:.3g} ms before"
    )


def verdict(what: str, rows: Sequence[Row], size: Callable[[Row], int]) -> str:
    """The exponents fitted to the means, and whether that is near linear, said plainly."""
    xs = [float(size(row)) for row in rows]
    solve, columns = [statistics.fmean(row.solve_s) for row in rows], [float(row.columns) for row in rows]
    e, build = exponent(xs, solve), exponent(xs, [statistics.fmean(row.build_s) for row in rows])
    times, plans = solve[-1] / solve[0], sum(len(row.solve_s) for row in rows)
    judged = "near linear" if e <= NEAR_LINEAR else "NOT near linear"
    late = sum(row.open_ for row in rows)
    line = straight(xs, solve, what)
    return (
        f"solve s ~ {what}^{e:.2f}: {judged} (limit {NEAR_LINEAR:g}); build s ~ {what}^{build:.2f}; "
        f"solve s ~ columns^{exponent(columns, solve):.2f}\n"
        f"{size(rows[-1]) / size(rows[0]):.3g} times the {what} cost {times:.3g} times the seconds\n"
        f"{line}"
        + (f"\nnot proved within half a cent: {late} of {plans}; a proof would cost them more" if late else "")
    )


def draw(by_steps: Sequence[Row], by_devices: Sequence[Row], file: Path) -> str | None:
    """Writes both as two panels, log-log; returns a sentence where it cannot be drawn."""
    try:
        from matplotlib import rc_context  # only here: the tables need no picture
        from matplotlib.figure import Figure
    except ImportError:
        return f"{file}: not drawn, matplotlib is not installed; pip install matplotlib"
    figure = Figure(figsize=(10, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    panels = (left, [row.steps for row in by_steps], by_steps), (right, [row.devices for row in by_devices], by_devices)
    for axes, xs, rows in panels:
        for colour, name, series in (
            (OURS, "solve", [r.solve_s for r in rows]),
            (BUILD, "build", [r.build_s for r in rows]),
        ):
            axes.plot(xs, [statistics.fmean(s) for s in series], "o-", color=colour, label=f"{name}, mean")
            dots = [(x, s) for x, seconds in zip(xs, series, strict=True) for s in seconds]
            axes.scatter(*zip(*dots, strict=True), s=12, color=colour, alpha=0.35, linewidths=0)
        first = statistics.fmean(rows[0].solve_s)
        axes.plot((xs[0], xs[-1]), (first, first * xs[-1] / xs[0]), "--", color="#888888", label="slope 1")
        axes.set(xscale="log", yscale="log")
        axes.set_xticks(sorted(set(xs)), [str(x) for x in sorted(set(xs))])
        axes.minorticks_off()
        axes.yaxis.set_major_formatter("{x:g}")
        axes.grid(which="major", color="#eeeeee", zorder=0)
    left.set(xlabel="steps (24 h of 30 min to 48 h of 5 min), 5 devices", ylabel="seconds, one thread")
    right.set(xlabel=f"devices, {by_devices[0].steps} steps")
    left.legend(frameon=False)
    file.parent.mkdir(parents=True, exist_ok=True)
    with rc_context({"svg.hashsalt": file.name}):  # the same numbers give the same file
        figure.savefig(file, format="svg", metadata={"Date": None})
    return None


def tables(folder: Path, optimizer: Optimizer, seconds: float, quick: bool) -> tuple[list[Row], list[Row]]:
    """Measures and prints both tables: by steps, and by devices."""
    days, busy = DAYS[:2] if quick else DAYS, os.getloadavg()[0]
    small = [with_devices(largest_home(*day, folder, 1, 30), 5) for day in days]
    optimizer.solve(small[0], seconds)  # the first solve of a process is slower
    print(
        f"means of {len(days)} days; at most {seconds:g} s a plan; load average {busy:.1f} on {os.cpu_count()} cores\n"
    )
    print(HEAD.format("five devices"), flush=True)
    by_steps, by_devices = [], []
    for length, minutes in SIZES[:4] if quick else SIZES:
        homes = [with_devices(largest_home(*day, folder, length, minutes), 5) for day in days]
        by_steps.append(measured(f"{24 * length} h at {minutes} min", homes, 5, optimizer, seconds))
        print(by_steps[-1].line(), flush=True)
    print(f"\n{verdict('steps', by_steps, lambda row: row.steps)}\n")
    length, minutes = DEVICES_AT
    print(HEAD.format(f"{24 * length} h, {minutes} min"), flush=True)
    largest = [largest_home(*day, folder, length, minutes) for day in days]
    for count in range(1, len(ORDER) + 1):
        begins = BEGINS[::3] if quick else BEGINS
        homes = [with_devices(home, count, begin) for home in largest for begin in begins]
        by_devices.append(measured(f"{count} device{'s' if count > 1 else ''}", homes, count, optimizer, seconds))
        print(by_devices[-1].line(), flush=True)
    print(f"\n{verdict('devices', by_devices, lambda row: row.devices)}")
    return by_steps, by_devices


def main(arguments: list[str] | None = None) -> int:
    """The exit status: 0 done, 2 no data."""
    parser = argparse.ArgumentParser(description="How the cost of a plan grows with steps and devices.")
    parser.add_argument("--quick", action="store_true", help="two days and up to 192 steps")
    parser.add_argument("--seconds", type=float, default=30.0, help="solve each for so long at most (default 30)")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="draws both tables")
    chosen = parser.parse_args(arguments)
    optimizer = Optimizer()
    try:
        by_steps, by_devices = tables(data_folder(), optimizer, chosen.seconds, chosen.quick)
    except NoData as absent:
        print(absent, file=sys.stderr)
        return 2
    finally:
        optimizer.close()
    if chosen.plot and (undrawn := draw(by_steps, by_devices, chosen.plot)):
        print(undrawn, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
