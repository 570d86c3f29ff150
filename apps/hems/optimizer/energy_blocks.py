"""Priced blocks of energy in the program: the first kWh of a day at another price."""

from ..domain.grid import EnergyBlock
from ..domain.problem import Problem
from .node import Node
from .program import Linear, Program, Tier, column, total


def add_energy_blocks(program: Program, node: Node, problem: Problem) -> None:
    """``price_difference_per_kwh * in_block`` in the money tier, for each block of the tariff."""
    for block in problem.grid.energy_blocks:
        imported = imported_kwh(node, problem, block)
        if imported.terms and block.price_difference_per_kwh != 0 and block.left_kwh > 0:
            in_block = program.add(0.0, block.left_kwh)
            program.cost(Tier.MONEY, in_block, block.price_difference_per_kwh)
            if block.price_difference_per_kwh < 0:
                cheaper(program, imported, in_block)
            else:
                dearer(program, imported, in_block, block)


def imported_kwh(node: Node, problem: Problem, block: EnergyBlock) -> Linear:
    """The energy imported in the block's window, kWh."""
    shares = problem.horizon.overlap(block.begin, block.until)
    steps = zip(node.imports, problem.horizon.hours, shares, strict=True)
    return total(column(flow, h * share) for flow, h, share in steps if share > 0)


def cheaper(program: Program, imported: Linear, in_block: int) -> None:
    """``in_block <= imported``, and at most what is left of the block: what is cheaper is used by itself."""
    program.constrain(column(in_block) + imported * -1.0, "<")


def dearer(program: Program, imported: Linear, in_block: int, block: EnergyBlock) -> None:
    """``in_block >= left * beyond`` and ``in_block >= imported - most * beyond`` with ``beyond`` binary.

    So ``in_block >= min(left, imported)``: no energy goes past a dear block to the cheaper price behind it.
    """
    most = sum(coefficient * min(program.upper[index], 1e6) for index, coefficient in imported.terms)
    beyond = program.binary()
    program.constrain(column(in_block) + column(beyond, -block.left_kwh), ">")
    program.constrain(column(in_block) + imported * -1.0 + column(beyond, most), ">")


def least_difference(problem: Problem) -> tuple[float, ...]:
    """By how much blocks may lower the price of import in each step, per kWh, shape (N,); never above 0."""
    lowest = [0.0] * problem.steps
    for block in problem.grid.energy_blocks:
        for k, share in enumerate(problem.horizon.overlap(block.begin, block.until)):
            if share > 0:
                lowest[k] += min(0.0, block.price_difference_per_kwh)
    return tuple(lowest)
