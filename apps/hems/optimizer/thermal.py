"""Heat stores in the program: hot-water tanks, heat pumps and houses, heating or cooling."""

from ..domain.loads import ThermalLoad
from ..domain.problem import Problem, per_step
from .node import Node
from .program import INFINITE, Linear, Program, Tier, column


def add_thermal(program: Program, node: Node, problem: Problem, load: ThermalLoad, value_per_kwh: float) -> None:
    """Power and temperature columns, the heat balance, and the price of discomfort."""
    powers = power_terms(program, load, problem.steps)
    node.loads[load.name] = powers
    node.largest_kw[load.name] = (load.power_kw,) * problem.steps
    temperature = [program.add(-INFINITE, INFINITE) for _ in range(problem.steps)]
    node.temperatures[load.name] = temperature
    heat_balance(program, problem, load, powers, temperature)
    comfort(program, problem, load, temperature)
    sign = 1.0 if load.mode == "heat" else -1.0
    program.cost(Tier.MONEY, temperature[-1], -sign * value_per_kwh * load.capacity_kwh_per_k)


def power_terms(program: Program, load: ThermalLoad, steps: int) -> list[Linear]:
    """``power_kw * on`` (``min_power_kw`` None), ``min * on <= power <= power_kw * on``, or 0 to ``power_kw`` (0)."""
    if load.min_power_kw is None:
        return [column(program.binary(), load.power_kw) for _ in range(steps)]
    powers = program.series([load.power_kw] * steps)
    if load.min_power_kw > 0:
        for power in powers:
            on = program.binary()
            program.constrain(column(power) + column(on, -load.power_kw), "<")
            program.constrain(column(power) + column(on, -load.min_power_kw), ">")
    return [column(power) for power in powers]


def heat_balance(program: Program, problem: Problem, load: ThermalLoad, powers: list[Linear], temperature: list[int]) -> None:
    """``T[k+1] = T[k] + h/C*(+-power*cop - loss*(T[k]-ambient) - draw)``; plus heats, minus cools."""
    n = problem.steps
    cop, loss = per_step(load.cop, n), per_step(load.loss_kw_per_k, n)
    ambient, draw = per_step(load.ambient_c, n), per_step(load.draw_kw, n)
    sign = 1.0 if load.mode == "heat" else -1.0
    for k, h in enumerate(problem.horizon.hours):
        before = column(temperature[k - 1]) if k else Linear((), load.temperature_c)
        per_kw = h / load.capacity_kwh_per_k
        after = before * (1 - per_kw * loss[k]) + powers[k] * (sign * cop[k] * per_kw)
        program.constrain(after + column(temperature[k], -1.0), "=", per_kw * (draw[k] - loss[k] * ambient[k]))


def comfort(program: Program, problem: Problem, load: ThermalLoad, temperature: list[int]) -> None:
    """``comfort_penalty * h[k] * K`` for each kelvin outside the band at fence-post k+1, in the money tier."""
    if load.comfort_penalty_per_k_hour == 0:
        return
    low, high = per_step(load.min_c, problem.steps), per_step(load.max_c, problem.steps)
    for k, h in enumerate(problem.horizon.hours):
        below, above = program.add(), program.add()
        program.constrain(column(temperature[k]) + column(below), ">", low[k])
        program.constrain(column(temperature[k]) + column(above, -1.0), "<", high[k])
        for outside in (below, above):
            program.cost(Tier.MONEY, outside, load.comfort_penalty_per_k_hour * h)
