"""The tiers of a schedule, reckoned from its series: which of two schedules the contract's order prefers."""

from ..domain.bill import bill, discomfort, energy, terminal_value
from ..domain.problem import Problem
from ..domain.schedule import Schedule
from .shortfalls import shortfalls
from .terminal_value import terminal_values

# Tiers are told apart to a hundredth of their unit; less is a solver's noise.
_DECIMALS = 2


def rank(problem: Problem, schedule: Schedule) -> tuple[float, ...]:
    """Grid excess (kWh), SoC out of bounds (kWh h), minutes late, kWh short, surplus (kWh, self_consumption only), money.

    The smaller of two tuples is the better schedule.
    """
    short = shortfalls(problem, schedule)
    limits = {"grid", *(group.name for group in problem.groups)}
    grid = sum(one.short_by for one in short if one.device in limits)
    late = sum(one.short_by for one in short if one.unit == "min")
    missing = sum(one.short_by for one in short if one.unit == "kWh" and one.device not in limits)
    tiers = (grid, out_of_bounds(problem, schedule), late, missing, surplus(problem, schedule))
    return (*(round(tier, _DECIMALS) for tier in tiers), money(problem, schedule))


def out_of_bounds(problem: Problem, schedule: Schedule) -> float:
    """``sum h[k] * kWh outside soc_min..soc_max`` at fence-post k+1 of every battery."""
    found = 0.0
    for battery in problem.batteries:
        low, high = battery.soc_min * battery.capacity_kwh, battery.soc_max * battery.capacity_kwh
        after = schedule.batteries[battery.name].energy_kwh[1:]
        found += sum(h * max(low - kwh, kwh - high, 0.0) for h, kwh in zip(problem.horizon.hours, after, strict=True))
    return found


def surplus(problem: Problem, schedule: Schedule) -> float:
    """Energy exported or curtailed, kWh, where the cost function minimises it; else 0."""
    if problem.objective.cost_function != "self_consumption":
        return 0.0
    hours = problem.horizon.hours
    curtailed = sum(energy(hours, pv.forecast_kw) - energy(hours, schedule.pv_used_kw[pv.name]) for pv in problem.pv)
    return energy(hours, schedule.export_kw) + curtailed


def money(problem: Problem, schedule: Schedule, values: dict[str, float] | None = None) -> float:
    """What the money tier minimises: the bill (export worth nothing with ``cost``), discomfort, less what is stored.

    ``values``: the devices' ``terminal_values``, where they are known already.
    """
    costs = bill(problem, schedule)
    net = costs.net - costs.export if problem.objective.cost_function == "cost" else costs.net
    comfort = sum(price for _, price in discomfort(problem, schedule).values())
    return net + comfort - terminal_value(problem, schedule, values or terminal_values(problem))
