"""Rules between devices: who may charge from what, and what may leave the house."""

from ..domain.problem import Problem
from .node import Node
from .program import Linear, Program, column, total


def rules_between(program: Program, node: Node, problem: Problem, charging: dict[str, dict[int, int]]) -> None:
    """All rules that name more than one device. ``charging``: the cars' binaries by step."""
    grid_charging(program, node, problem)
    grid_export(program, node, problem)
    from_home_battery(program, node, problem)
    surplus_only(program, node, problem, charging)


def grid_charging(program: Program, node: Node, problem: Problem) -> None:
    """Batteries with ``grid_charging`` false: the sum of their charging is at most ``pv_used``."""
    bound = [node.batteries[b.name] for b in problem.batteries if not b.grid_charging]
    if bound:
        for k in range(problem.steps):
            program.constrain(total(column(store.charge[k]) for store in bound) + node.pv(k) * -1.0, "<")


def grid_export(program: Program, node: Node, problem: Problem) -> None:
    """``export <= pv_used + discharging of the batteries that may export and of cars``."""
    if all(b.grid_export for b in problem.batteries):
        return
    free = [node.batteries[b.name] for b in problem.batteries if b.grid_export] + list(node.evs.values())
    for k in range(problem.steps):
        exportable = node.pv(k) + total(column(store.discharge[k]) for store in free)
        program.constrain(column(node.exports[k]) + exportable * -1.0, "<")


def from_home_battery(program: Program, node: Node, problem: Problem) -> None:
    """Cars with ``from_home_battery`` false: their charging is at most ``import + pv_used + discharging of cars``."""
    bound = [node.evs[ev.name] for ev in problem.evs if not ev.from_home_battery]
    if not bound or not problem.batteries:
        return
    for k in range(problem.steps):
        allowed = column(node.imports[k]) + node.pv(k) + total(column(s.discharge[k]) for s in node.evs.values())
        program.constrain(total(column(s.charge[k]) for s in bound) + allowed * -1.0, "<")


def surplus_only(program: Program, node: Node, problem: Problem, charging: dict[str, dict[int, int]]) -> None:
    """While such a car charges: ``charge <= pv_used - load - controlled loads - other charging``."""
    for ev in (ev for ev in problem.evs if ev.surplus_only):
        for k, on in charging[ev.name].items():
            others = [s for name, s in node.stores().items() if name != ev.name]
            taken = node.controlled(k) + total(column(s.charge[k]) for s in others) + Linear((), problem.load_kw[k])
            most = problem.load_kw[k] + sum(kw[k] for kw in node.largest_kw.values())
            most += sum(s.charge_limit_kw[k] for s in others)
            left = column(node.evs[ev.name].charge[k]) + taken + node.pv(k) * -1.0 + column(on, most)
            program.constrain(left, "<", most)
