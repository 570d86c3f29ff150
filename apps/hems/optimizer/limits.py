"""Limits on phases and on devices that share an inverter, a feeder or a fuse, in the program."""

from ..domain.limits import FlowLimit, phase_and_group_limits
from ..domain.problem import Problem
from .node import Node
from .program import INFINITE, Linear, Program, Tier, column, total


def add_limits(program: Program, node: Node, problem: Problem) -> None:
    """``sign * (load_share * load + sum share * (taken - given)) <= most + excess`` in every step.

    ``excess`` is in the grid tier, and at most what cannot be stopped beyond the limit.
    """
    for limit in phase_and_group_limits(problem):
        for k, h in enumerate(problem.horizon.hours):
            flow = total(node.taken(name, k) * share for name, share in limit.shares.items() if share)
            flow = (flow + Linear((), limit.load_share * problem.load_kw[k])) * limit.sign
            if largest(program, flow) <= limit.most_kw[k]:
                continue
            beyond = forced_kw(node, problem, limit, k) - limit.most_kw[k]
            if beyond > 0:
                flow = flow + column(program.slack(Tier.GRID, beyond, cost=h), -1.0)
            program.constrain(flow, "<", limit.most_kw[k])


def largest(program: Program, flow: Linear) -> float:
    """The most that an expression can come to within its columns' bounds, slacks opened; such a limit needs no row."""
    opened = {index: upper for slacks in program.slacks.values() for index, upper in slacks.items()}
    most = flow.constant
    for index, coefficient in flow.terms:
        bound = opened.get(index, program.upper[index]) if coefficient > 0 else program.lower[index]
        if abs(bound) == INFINITE:
            return INFINITE
        most += coefficient * bound
    return most


def forced_kw(node: Node, problem: Problem, limit: FlowLimit, k: int) -> float:
    """What flows in step k whatever is planned: load and running loads, or PV that cannot be curtailed."""
    if limit.sign < 0:
        fixed = {pv.name: pv.forecast_kw[k] for pv in problem.pv if not pv.curtailable}
        return sum(share * fixed.get(name, 0.0) for name, share in limit.shares.items())
    running = {name: kw[k] for name, kw in node.unstoppable_kw.items()}
    forced = sum(share * running.get(name, 0.0) for name, share in limit.shares.items())
    return limit.load_share * problem.load_kw[k] + forced
