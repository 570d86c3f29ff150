"""Loads that go on and off: quotas, minimum on and off times, starts."""

from ..domain.loads import InterruptibleLoad
from ..domain.problem import Problem
from .node import Node
from .program import Program, Tier, column, total
from .run_rules import keep_running, minimum_times, power_terms, starts_and_stops


def add_interruptible(program: Program, node: Node, problem: Problem, load: InterruptibleLoad) -> None:
    """Power columns (or ``power_kw * on``), the run rules, and the quotas as wishes."""
    counted = load.timed or load.max_starts is not None or load.start_cost > 0
    on: list[int] = []
    if load.min_power_kw is None or load.min_power_kw > 0 or counted:
        on = [program.binary() for _ in range(problem.whole_steps)]
    node.running[load.name] = dict(enumerate(on))
    node.loads[load.name] = power_terms(program, load, on, problem.steps)
    node.largest_kw[load.name] = (load.power_kw,) * problem.steps
    if on and counted:
        run_rules(program, node, problem, load, on)
    for quota in load.quotas:
        shares = problem.horizon.overlap(quota.begin, quota.until)
        energy = total(
            power * (h * share)
            for power, h, share in zip(node.loads[load.name], problem.horizon.hours, shares, strict=True)
            if share
        )
        if energy.terms:
            program.constrain(energy + column(program.slack(Tier.WISH)), ">", quota.kwh)


def run_rules(program: Program, node: Node, problem: Problem, load: InterruptibleLoad, on: list[int]) -> None:
    """``sum of start <= max_starts``, ``start_cost`` for each, and the minimum times."""
    start, stop = starts_and_stops(program, load, on)
    if load.start_cost:
        for begin in start:
            program.cost(Tier.MONEY, begin, load.start_cost)
    if load.max_starts is not None:
        program.constrain(total(column(begin) for begin in start), "<", float(load.max_starts))
    minimum_times(program, problem.horizon, load, on, start, stop)
    keep_running(program, node, problem.horizon, load, on)
