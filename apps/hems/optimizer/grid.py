"""The grid connection in the program: balance, limits, one direction at a time, and what it costs."""

from ..domain.problem import Problem, per_step
from .node import Node
from .program import INFINITE, Linear, Program, Tier, column


def objective_prices(problem: Problem) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Import and export price per kWh as the objective sees them, shape (N,) each.

    Import carries its carbon; with cost function ``cost`` export is worth nothing.
    """
    grid = problem.grid
    bought, per_kg = grid.import_price, problem.objective.carbon_price_per_kg
    if per_kg and grid.carbon_kg_per_kwh:
        bought = tuple(price + per_kg * kg for price, kg in zip(bought, grid.carbon_kg_per_kwh, strict=True))
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
    stores = node.stores().values()
    for k in range(problem.steps):
        used, controlled = node.pv(k), node.controlled(k)
        terms = [(node.imports[k], 1.0), (node.exports[k], -1.0), *used.terms, *(controlled * -1.0).terms]
        for store in stores:
            terms += ((store.charge[k], -1.0), (store.discharge[k], 1.0))
        known = used.constant - (controlled.constant + problem.load_kw[k])
        node.balance_rows.append(program.constrain(Linear(tuple(terms), known), "="))


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


def one_way(program: Program, node: Node, problem: Problem, k: int) -> int | None:
    """No import and export at once in step k, with b binary (1: import); b's index, where one is needed.

    ``import <= most_in * b`` and ``export <= most_out * (1 - b)``. So that half a b does not buy from the grid what it
    sells to it, every flow has its part on the import's side (sinks) or the export's (sources):
    ``import <= sum(part) + load*b - pv*b`` with ``part <= flow, limit*b``, and
    ``export <= sum(part) - load*(1-b)`` with ``part <= flow, limit*(1-b)``: the convex hull of both ways. Where import
    costs money all PV is used before, so that ``pv`` is its forecast. The bound of a home that may export above the
    import price: 178 cents from the optimum before, 2 after.
    """
    load_kw, used_kw = problem.load_kw[k], pv_before_import(problem, k)
    stores = node.stores().values()
    sinks = [(power[k], node.largest_kw[name][k]) for name, power in node.loads.items()]
    sinks += [(column(store.charge[k]), store.charge_limit_kw[k]) for store in stores]
    sources = [(node.pv(k), sum(pv.forecast_kw[k] for pv in problem.pv))]
    sources += [(column(store.discharge[k]), store.discharge_limit_kw[k]) for store in stores]
    imported, exported = node.imports[k], node.exports[k]
    most_in = min(program.upper[imported], load_kw - used_kw + sum(limit for _, limit in sinks))
    most_out = min(program.upper[exported], sum(limit for _, limit in sources) - load_kw)
    if program.upper[imported] <= 0 or program.upper[exported] <= 0:
        return None
    importing = program.binary()
    b, not_b = column(importing), column(importing, -1.0) + Linear((), 1.0)
    program.constrain(column(imported) + b * -max(most_in, 0.0), "<")
    program.constrain(column(exported) + not_b * -max(most_out, 0.0), "<")
    bought, given = b * (load_kw - used_kw), not_b * -load_kw
    for flow, devices, share, rest in ((imported, sinks, b, bought), (exported, sources, not_b, given)):
        for power, limit in devices:
            if limit > 0:
                part = column(program.add(0.0, limit))
                program.constrain(part + power * -1.0, "<")
                program.constrain(part + share * -limit, "<")
                rest = rest + part
        program.constrain(column(flow) + rest * -1.0, "<")
    return importing


def pv_before_import(problem: Problem, k: int) -> float:
    """PV in kW that is used before anything is imported: all where import costs money, else what cannot be curtailed.

    Limits of phases and groups may hold PV back while the home imports, and a block may make import pay.
    """
    grid = problem.grid
    all_first = grid.import_price[k] >= 0 and not (grid.energy_blocks or grid.phase_limit_a or problem.groups)
    return sum(pv.forecast_kw[k] for pv in problem.pv if all_first or not pv.curtailable)
