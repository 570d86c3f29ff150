"""Planning against scenarios: what is decided now must do for all of them, what comes later follows what has come.

A two-stage stochastic program with recourse (Birge and Louveaux, Introduction to Stochastic Programming, ch. 2). For each
scenario s with probability p[s] the home has flows of its own at the meter, of PV and of its batteries; cars and loads, and
the batteries in the first ``common_steps``, are those of the plan itself. The objective is

    sum_s p[s] * (bill of s - what its batteries hold at the end) + what is the same in all scenarios

the plan being the scenario of the problem's own series, with the probability that the others leave.
"""

from ..domain.battery import Battery
from ..domain.problem import Problem
from ..domain.scenario import Scenario
from .grid import balance, largest_flows, objective_prices
from .node import Node, StoreColumns
from .program import INFINITE, Program, Tier, column
from .pv import add_pv
from .rules import from_home_battery, grid_charging, grid_export
from .store import energy_equation

# What exceeds the grid's limits in a scenario costs so many times the dearest kWh: no plan can rule it out beforehand.
_BEYOND = 5.0


def add_recourse(program: Program, node: Node, problem: Problem, values: dict[str, float]) -> list[list[int | None]]:
    """The scenarios' columns and rows; the plan's own costs that differ between scenarios get its probability.

    Returns the rows of each scenario's balance. ``values``: what a stored kWh is worth at the end, by device.
    """
    if not problem.scenarios:
        return []
    own = 1.0 - sum(scenario.probability for scenario in problem.scenarios)
    apart = [*node.imports, *node.exports]
    for store in node.batteries.values():
        apart += [*store.charge, *store.discharge, *store.energy]
    money = program.costs[Tier.MONEY]
    money.update({index: own * money[index] for index in apart if index in money})
    return [_add_scenario(program, node, problem, scenario, values) for scenario in problem.scenarios]


def _add_scenario(
    program: Program, node: Node, problem: Problem, scenario: Scenario, values: dict[str, float]
) -> list[int | None]:
    plants = tuple(
        pv.model_copy(update={"forecast_kw": scenario.pv_kw.get(pv.name, pv.forecast_kw)}) for pv in problem.pv
    )
    load_kw = (*problem.load_kw[:1], *scenario.load_kw[1:])
    other = problem.model_copy(update={"load_kw": load_kw, "pv": plants})
    here = Node(problem.steps, evs=node.evs, loads=node.loads, largest_kw=node.largest_kw)
    for pv in plants:
        add_pv(program, here, problem.horizon.hours, pv, False)
    for battery in problem.batteries:
        _add_battery(program, node, here, other, battery, scenario.probability, values[battery.name])
    _add_meter(program, here, other, scenario.probability)
    balance(program, here, other)
    grid_charging(program, here, other)
    grid_export(program, here, other)
    from_home_battery(program, here, other)
    return here.balance_rows


def _add_battery(
    program: Program, node: Node, here: Node, problem: Problem, battery: Battery, probability: float, value: float
) -> None:
    """A battery's flows after the common steps: its energy equation, its bounds as wide as it is out of them now."""
    own, first, hours = node.batteries[battery.name], problem.common_steps, problem.horizon.hours
    usable = 1.0 if battery.capacity_kwh > 0 else 0.0
    later = problem.steps - first
    energy = battery.soc * battery.capacity_kwh
    lost = battery.standing_loss_kw * sum(hours)
    least = min(battery.soc_min * battery.capacity_kwh, energy) - lost
    most = max(battery.soc_max * battery.capacity_kwh, energy)
    store = StoreColumns(
        charge=own.charge[:first] + program.series([battery.charge_limit_kw * usable] * later),
        discharge=own.discharge[:first] + program.series([battery.discharge_limit_kw * usable] * later),
        energy=own.energy[:first] + [program.add(least, most) for _ in range(later)],
        charge_limit_kw=own.charge_limit_kw,
        discharge_limit_kw=own.discharge_limit_kw,
    )
    here.batteries[battery.name] = store
    tail = StoreColumns(store.charge[first:], store.discharge[first:], store.energy[first:], (), ())
    efficiencies = battery.charge_efficiency, battery.discharge_efficiency
    energy_equation(
        program, hours[first:], tail, column(own.energy[first - 1]), *efficiencies, battery.standing_loss_kw
    )
    for k, h in enumerate(hours):
        program.cost(Tier.MONEY, store.discharge[k], probability * battery.wear_cost_per_kwh * h)
        if k >= first and battery.charge_limit_kw > 0 and battery.discharge_limit_kw > 0:
            # No binary: at most one of both ways in all.
            ways = column(store.charge[k], 1 / battery.charge_limit_kw)
            program.constrain(ways + column(store.discharge[k], 1 / battery.discharge_limit_kw), "<", 1.0)
    program.cost(Tier.MONEY, store.energy[-1], -probability * value)


def _add_meter(program: Program, here: Node, problem: Problem, probability: float) -> None:
    """Import and export at their prices; beyond the limits at a multiple of the dearest. Never sold dearer than bought."""
    most_in, most_out = largest_flows(here, problem)
    here.imports, here.exports = program.series(most_in), program.series(most_out)
    bought, sold = objective_prices(problem)
    dearest = _BEYOND * max(max(map(abs, bought)), max(map(abs, sold)), 0.01)
    limits = problem.grid.import_limit_kw, problem.grid.export_limit_kw
    for k, h in enumerate(problem.horizon.hours):
        program.cost(Tier.MONEY, here.imports[k], probability * bought[k] * h)
        program.cost(Tier.MONEY, here.exports[k], -probability * min(sold[k], bought[k]) * h)
        for flow, limit in zip((here.imports[k], here.exports[k]), limits, strict=True):
            at = limit[k] if isinstance(limit, tuple) else limit
            if at is not None and at < program.upper[flow]:
                beyond = program.add(0.0, INFINITE)
                program.cost(Tier.MONEY, beyond, probability * dearest * h)
                program.constrain(column(flow) + column(beyond, -1.0), "<", at)
