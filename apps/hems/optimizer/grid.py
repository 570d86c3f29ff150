"""The grid connection in the program: balance, limits, one direction at a time, and what it costs."""

from ..domain.problem import Problem, per_step
from .node import Node
from .program import INFINITE, Linear, Program, Tier, column, total


def objective_prices(problem: Problem) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Import and export price per kWh as the objective sees them, shape (N,) each.

    Import carries its carbon; with cost function ``cost`` export is worth nothing.
    """
    grid = problem.grid
    carbon = grid.carbon_kg_per_kwh or (0.0,) * problem.steps
    per_kg = problem.objective.carbon_price_per_kg or 0.0
    bought = tuple(price + per_kg * kg for price, kg in zip(grid.import_price, carbon, strict=True))
    sold = grid.export_price if problem.objective.cost_function != "cost" else (0.0,) * problem.steps
    return bought, sold


def add_grid(program: Program, node: Node, problem: Problem) -> None:
    """Import and export columns with their limits and prices; the balance; the capacity charge."""
    hours = problem.horizon.hours
    most_in, most_out = largest_flows(node, problem)
    node.imports = program.series(most_in)
    node.exports = program.series(most_out)
    bought, sold = objective_prices(problem)
    for k, h in enumerate(hours):
        program.cost(Tier.MONEY, node.imports[k], bought[k] * h)
        program.cost(Tier.MONEY, node.exports[k], -sold[k] * h)
        program.cost(Tier.PREFERENCE, node.imports[k], 0.01 * h)
        program.cost(Tier.PREFERENCE, node.exports[k], 0.01 * h)
        if problem.objective.cost_function == "self_consumption":
            program.cost(Tier.SURPLUS, node.exports[k], h)
    balance(program, node, problem)
    limits(program, node, problem)
    capacity_charge(program, node, problem)


def largest_flows(node: Node, problem: Problem) -> tuple[list[float], list[float]]:
    """Upper bounds of import and export in kW: everything on, and everything out."""
    most_in, most_out = [], []
    for k in range(problem.steps):
        taken = problem.load_kw[k] + sum(kw[k] for kw in node.largest_kw.values())
        taken += sum(store.charge_limit_kw[k] for store in node.stores().values())
        given = sum(pv.forecast_kw[k] for pv in problem.pv)
        given += sum(store.discharge_limit_kw[k] for store in node.stores().values())
        most_in.append(taken)
        most_out.append(given)
    return most_in, most_out


def balance(program: Program, node: Node, problem: Problem) -> None:
    """``import - export = load + charging + controlled loads - discharging - pv_used`` in every step."""
    for k in range(problem.steps):
        supplied = column(node.imports[k]) + column(node.exports[k], -1.0) + node.pv(k)
        taken = node.controlled(k) + Linear((), problem.load_kw[k])
        stored = total(column(s.charge[k]) + column(s.discharge[k], -1.0) for s in node.stores().values())
        node.balance_rows.append(program.constrain(supplied + taken * -1.0 + stored * -1.0, "="))


def limits(program: Program, node: Node, problem: Problem) -> None:
    """``import <= limit + excess``: excess is at most what cannot be stopped beyond the limit; so for export."""
    grid, hours = problem.grid, problem.horizon.hours
    running = node.unstoppable_kw.values()
    forced_in = [problem.load_kw[k] + sum(kw[k] for kw in running) for k in range(problem.steps)]
    forced_out = [sum(pv.forecast_kw[k] for pv in problem.pv if not pv.curtailable) for k in range(problem.steps)]
    for flows, limit_kw, forced in (
        (node.imports, grid.import_limit_kw, forced_in),
        (node.exports, grid.export_limit_kw, forced_out),
    ):
        limit = per_step(INFINITE if limit_kw is None else limit_kw, problem.steps)
        for k, flow in enumerate(flows):
            if limit[k] >= program.upper[flow]:
                continue
            if forced[k] > limit[k]:
                excess = program.slack(Tier.GRID, forced[k] - limit[k], cost=hours[k])
                program.constrain(column(flow) + column(excess, -1.0), "<", limit[k])
            else:
                program.upper[flow] = limit[k]


def capacity_charge(program: Program, node: Node, problem: Problem) -> None:
    """``price_per_kw * peak`` with ``peak >= import[k]`` and ``peak >= peak_so_far``."""
    charge = problem.grid.capacity_charge
    if charge is None or charge.price_per_kw == 0:
        return
    peak = program.add(charge.peak_so_far_kw, INFINITE)
    program.cost(Tier.MONEY, peak, charge.price_per_kw)
    for flow in node.imports:
        program.constrain(column(flow) + column(peak, -1.0), "<")


def one_way(program: Program, node: Node, k: int) -> int | None:
    """``import <= most * b`` and ``export <= most * (1 - b)`` with b binary, in step k; b's index, where one is needed."""
    most_in, most_out = program.upper[node.imports[k]], program.upper[node.exports[k]]
    if most_in <= 0 or most_out <= 0:
        return None
    importing = program.binary()
    program.constrain(column(node.imports[k]) + column(importing, -most_in), "<")
    program.constrain(column(node.exports[k]) + column(importing, most_out), "<", most_out)
    return importing
