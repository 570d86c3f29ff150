"""A problem as a program: the devices in order, the grid, the rules between them, one direction at a time."""

from dataclasses import dataclass, field

from ..domain.problem import Problem
from .battery import add_battery
from .energy_blocks import add_energy_blocks, least_difference
from .ev import add_ev
from .grid import add_grid, objective_prices, one_way
from .interruptible import add_interruptible
from .limits import add_limits
from .node import Node
from .program import Program
from .pv import add_pv
from .recourse import add_recourse
from .rules import rules_between
from .shiftable import add_shiftable, in_order
from .store import one_direction
from .terminal_value import terminal_values
from .thermal import add_thermal


@dataclass
class Model:
    """The program of a problem, and where each device's columns are."""

    problem: Problem
    program: Program
    node: Node
    value_per_kwh: dict[str, float]
    # Rows of the balance in each scenario.
    other_balances: list[list[int | None]]
    one_way: set[int] = field(default_factory=set)
    one_direction: set[tuple[str, int]] = field(default_factory=set)

    # Each direction's binary with the column that it allows and the one that it forbids.
    directions: dict[int, tuple[int, int]] = field(default_factory=dict)

    def forbid_both_ways(self, k: int) -> None:
        """No step both imports and exports: a binary for step k, once."""
        if k not in self.one_way:
            self.one_way.add(k)
            binary = one_way(self.program, self.node, self.problem, k)
            if binary is not None:
                self.directions[binary] = (self.node.imports[k], self.node.exports[k])

    def forbid_both_directions(self, name: str, k: int) -> None:
        """No store both charges and discharges: a binary for step k, once."""
        if (name, k) not in self.one_direction:
            self.one_direction.add((name, k))
            store = self.node.stores()[name]
            binary = one_direction(self.program, store, k)
            if binary is not None:
                self.directions[binary] = (store.charge[k], store.discharge[k])

    def completed(self, values: list[float]) -> list[float]:
        """Values of an earlier, smaller program with the directions that came since, each as its larger flow has it."""
        added = range(len(values), len(self.program.lower))
        flows = (self.directions.get(index) for index in added)
        return values + [float(values[pair[0]] >= values[pair[1]]) if pair else 0.0 for pair in flows]


def build_model(problem: Problem) -> Model:
    """The whole program. Binaries for directions stand only where both at once could pay; see ``solve.py``."""
    program, node = Program(), Node(problem.steps)
    values = terminal_values(problem)
    for pv in problem.pv:
        add_pv(program, node, problem.horizon.hours, pv, problem.objective.cost_function == "self_consumption")
    for battery in problem.batteries:
        add_battery(program, node, problem, battery, values[battery.name])
    charging = {ev.name: add_ev(program, node, problem, ev, values[ev.name]) for ev in problem.evs}
    for program_load in in_order(problem.shiftable_loads):
        add_shiftable(program, node, problem, program_load)
    for interruptible in problem.interruptible_loads:
        add_interruptible(program, node, problem, interruptible)
    for thermal in problem.thermal_loads:
        add_thermal(program, node, problem, thermal, values[thermal.name])
    add_grid(program, node, problem)
    add_energy_blocks(program, node, problem)
    add_limits(program, node, problem)
    rules_between(program, node, problem, charging)
    other_balances = add_recourse(program, node, problem, values)
    model = Model(problem, program, node, values, other_balances)
    _directions_that_matter(model)
    return model


def _directions_that_matter(model: Model) -> None:
    """Both at once pays for the meter where export is worth at least import, and for a store where burning energy pays.

    A binary in every step made the program 2.4 times slower (measured at 48 h in steps of 15 min).
    """
    problem = model.problem
    prices, sold = objective_prices(problem)
    bought = [price + lower for price, lower in zip(prices, least_difference(problem), strict=True)]
    fixed_pv = any(not pv.curtailable for pv in problem.pv)
    for k in range(problem.steps):
        if sold[k] >= bought[k]:
            model.forbid_both_ways(k)
        burning_pays = bought[k] < 0 or (fixed_pv and sold[k] < 0)
        # self_consumption counts what is exported or curtailed, so surplus may be burnt to hide it
        hiding = problem.objective.cost_function == "self_consumption" and any(
            pv.forecast_kw[k] > 0 for pv in problem.pv
        )
        if burning_pays or hiding:
            for name in model.node.stores():
                model.forbid_both_directions(name, k)
