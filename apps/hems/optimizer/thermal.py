"""Heat stores in the program: hot-water tanks, heat pumps and houses, heating or cooling."""

import math

from ..domain.horizon import Horizon
from ..domain.loads import ThermalLoad
from ..domain.problem import Problem, per_step
from .node import Node
from .program import INFINITE, Linear, Program, Tier, column
from .run_rules import keep_running, minimum_times, power_terms, starts_and_stops


def add_thermal(program: Program, node: Node, problem: Problem, load: ThermalLoad, value_per_kwh: float) -> None:
    """Power and temperature columns, the heat balance, and the price of discomfort."""
    on: list[int] = []
    if load.min_power_kw != 0 or load.timed:
        on = [program.binary() for _ in range(problem.whole_steps)]
    node.running[load.name] = dict(enumerate(on))
    powers = power_terms(program, load, on, problem.steps)
    node.loads[load.name] = powers
    node.largest_kw[load.name] = (load.power_kw,) * problem.steps
    if on and load.timed:
        run_rules(program, node, problem.horizon, load, on)
    temperature = [program.add(-INFINITE, INFINITE) for _ in range(problem.steps)]
    node.temperatures[load.name] = temperature
    heat_balance(program, problem, load, powers, temperature)
    below = comfort(program, problem, load, temperature)
    if below and load.min_power_kw is None and load.mode == "heat" and load.power_kw > 0:
        node.counts[load.name] = whole_runs(program, problem, load, powers, below)
    sign = 1.0 if load.mode == "heat" else -1.0
    program.cost(Tier.MONEY, temperature[-1], -sign * value_per_kwh * load.last_capacity_kwh_per_k)


def run_rules(program: Program, node: Node, horizon: Horizon, load: ThermalLoad, on: list[int]) -> None:
    """The minimum times as far as steps are shorter than they are: no run of longer steps breaks them."""
    needed = max(load.min_on_minutes, load.min_off_minutes)
    short = [k for k, minutes in enumerate(horizon.step_minutes[: len(on)]) if minutes < needed]
    if short:
        near = on[: short[-1] + 2]
        minimum_times(program, horizon, load, near, *starts_and_stops(program, load, near))
    keep_running(program, node, horizon, load, on)


def whole_runs(
    program: Program, problem: Problem, load: ThermalLoad, powers: list[Linear], below: list[int]
) -> list[int]:
    """An on/off load runs whole steps: ``runs[k] + below[k]/(rise*f) >= ceil(need)``, with ``f`` the fraction of ``need``.

    ``need``: the steps that keep the temperature at its minimum at fence-post k+1, were each to raise it by ``rise``, the
    most that one can. Mixed-integer rounding of the heat balance (Nemhauser and Wolsey 1990), on the running count of
    steps that are on, on which the solver branches too. A 48 h tank beside battery, car, pool and dishwasher: from a gap
    of 7.7 cents after 20 s to a closed one in 1.5 to 3 s. Returns the columns of ``runs``.
    """
    n, hours = problem.steps, problem.horizon.hours[: problem.whole_steps]
    cop, loss, capacity = per_step(load.cop, n), per_step(load.loss_kw_per_k, n), per_step(load.capacity_kwh_per_k, n)
    ambient, draw, low = per_step(load.ambient_c, n), per_step(load.draw_kw, n), per_step(load.min_c, n)
    idle, rises, count = load.temperature_c, [0.0] * n, Linear()
    counts: list[int] = []
    for k, h in enumerate(hours):
        per_kw = h / capacity[k]
        kept = 1 - per_kw * loss[k]
        if kept <= 0:
            return counts
        idle = idle * kept + per_kw * (loss[k] * ambient[k] - draw[k])
        for j in range(k):
            rises[j] *= kept
        rises[k] = load.power_kw * cop[k] * per_kw
        runs = program.add(0.0, float(k + 1), integer=True)
        counts.append(runs)
        program.constrain(count + powers[k] * (1 / load.power_kw) + column(runs, -1.0), "=")
        count = column(runs)
        rise = max(rises[: k + 1])
        need = (low[k] - idle) / rise if rise > 0 else 0.0
        fraction = need - math.floor(need)
        if need > 0 and fraction > 1e-3:
            program.constrain(count + column(below[k], 1 / (rise * fraction)), ">", math.ceil(need))
    return counts


def heat_balance(
    program: Program, problem: Problem, load: ThermalLoad, powers: list[Linear], temperature: list[int]
) -> None:
    """``T[k+1] = T[k] + h/C*(+-power*cop - loss*(T[k]-ambient) - draw)``; plus heats, minus cools."""
    n = problem.steps
    cop, loss, capacity = per_step(load.cop, n), per_step(load.loss_kw_per_k, n), per_step(load.capacity_kwh_per_k, n)
    ambient, draw = per_step(load.ambient_c, n), per_step(load.draw_kw, n)
    sign = 1.0 if load.mode == "heat" else -1.0
    for k, h in enumerate(problem.horizon.hours):
        before = column(temperature[k - 1]) if k else Linear((), load.temperature_c)
        per_kw = h / capacity[k]
        after = before * (1 - per_kw * loss[k]) + powers[k] * (sign * cop[k] * per_kw)
        program.constrain(after + column(temperature[k], -1.0), "=", per_kw * (draw[k] - loss[k] * ambient[k]))


def comfort(program: Program, problem: Problem, load: ThermalLoad, temperature: list[int]) -> list[int]:
    """``comfort_penalty * h[k] * K`` for each kelvin outside the band at fence-post k+1, in the money tier.

    Returns the columns of the kelvin below the band, shape (N,); none where discomfort costs nothing.
    """
    if load.comfort_penalty_per_k_hour == 0:
        return []
    lows: list[int] = []
    low, high = per_step(load.min_c, problem.steps), per_step(load.max_c, problem.steps)
    for k, h in enumerate(problem.horizon.hours):
        below, above = program.add(), program.add()
        lows.append(below)
        program.row(((temperature[k], 1.0), (below, 1.0)), ">", low[k])
        program.row(((temperature[k], 1.0), (above, -1.0)), "<", high[k])
        for outside in (below, above):
            program.cost(Tier.MONEY, outside, load.comfort_penalty_per_k_hour * h)
    return lows
