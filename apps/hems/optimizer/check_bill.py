"""The check of a plan's bill: every cost added up again from the plan's series."""

from collections.abc import Iterator

from ..domain.plan import Plan
from ..domain.problem import Problem

# A hundredth of a cent.
TOLERANCE_MONEY = 1e-4


def bill_faults(problem: Problem, plan: Plan) -> Iterator[str]:
    """Every cost, added up again from the plan's series."""
    hours, grid, costs = problem.horizon.hours, problem.grid, plan.costs
    expected = {
        "import_": sum(h * p * kw for h, p, kw in zip(hours, grid.import_price, plan.grid.import_kw, strict=True)),
        "export": -sum(h * p * kw for h, p, kw in zip(hours, grid.export_price, plan.grid.export_kw, strict=True)),
        "wear": sum(
            b.wear_cost_per_kwh * h * kw
            for b in problem.batteries
            for h, kw in zip(hours, plan.batteries[b.name].discharge_kw, strict=True)
        ),
        "net": costs.import_ + costs.export + costs.wear + costs.capacity + costs.starts + costs.carbon,
    }
    for block in grid.energy_blocks:
        shares = problem.horizon.overlap(block.begin, block.until)
        kwh = sum(h * share * kw for h, share, kw in zip(hours, shares, plan.grid.import_kw, strict=True))
        expected["import_"] += block.price_difference_per_kwh * min(kwh, max(0.0, block.kwh - block.used_kwh))
    if grid.capacity_charge is not None:
        peak = max(grid.capacity_charge.peak_so_far_kw, *plan.grid.import_kw)
        expected["capacity"] = grid.capacity_charge.price_per_kw * peak
    for key, value in expected.items():
        if abs(getattr(costs, key) - value) > TOLERANCE_MONEY * max(1.0, abs(value)):
            yield f"costs.{key.rstrip('_')}: {getattr(costs, key):.4f}, but the series add up to {value:.4f}"
