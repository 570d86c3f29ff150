"""The bill of a schedule, reckoned from its series alone: the one place where money is added up."""

from .plan import Costs
from .problem import Problem, per_step
from .schedule import Schedule, Series


def energy(hours: Series, power_kw: Series) -> float:
    """Energy in kWh of mean powers in kW."""
    return sum(h * p for h, p in zip(hours, power_kw, strict=True))


def starts(power_kw: Series, on_now: bool) -> int:
    """How often a load goes from off to on; ``on_now`` counts as the step before the first."""
    before, count = on_now, 0
    for power in power_kw:
        count += power > 1e-6 and not before
        before = power > 1e-6
    return count


def bill(problem: Problem, schedule: Schedule) -> Costs:
    """Import, export, wear, capacity, start and carbon costs of a schedule; ``net`` is their sum.

    import = sum h*price*import, and what priced blocks make dearer or cheaper; export = -sum h*price*export; wear = per kWh discharged; capacity =
    price_per_kw * max(peak_so_far, max import); carbon of the import only.
    """
    hours, grid = problem.horizon.hours, problem.grid
    imported = sum(h * p * x for h, p, x in zip(hours, grid.import_price, schedule.import_kw, strict=True))
    imported += block_cost(problem, schedule.import_kw)
    exported = -sum(h * p * x for h, p, x in zip(hours, grid.export_price, schedule.export_kw, strict=True))
    wear = sum(b.wear_cost_per_kwh * energy(hours, schedule.batteries[b.name].discharge_kw) for b in problem.batteries)
    charge = grid.capacity_charge
    capacity = charge.price_per_kw * max(charge.peak_so_far_kw, *schedule.import_kw) if charge else 0.0
    start_costs = sum(
        load.start_cost * starts(schedule.loads_kw[load.name][: problem.whole_steps], load.on_now)
        for load in problem.interruptible_loads
    )
    emitted = 0.0
    price_per_kg = problem.objective.carbon_price_per_kg
    if grid.carbon_kg_per_kwh is not None and price_per_kg is not None:
        per_kwh = zip(hours, grid.carbon_kg_per_kwh, schedule.import_kw, strict=True)
        emitted = price_per_kg * sum(h * kg * x for h, kg, x in per_kwh)
    parts = {
        "import": imported,
        "export": exported,
        "wear": wear,
        "capacity": capacity,
        "starts": start_costs,
        "carbon": emitted,
    }
    return Costs.model_validate({**parts, "net": sum(parts.values())})


def block_cost(problem: Problem, import_kw: Series) -> float:
    """``price_difference_per_kwh * min(what is left of the block, import in its window)``, over all blocks."""
    horizon, cost = problem.horizon, 0.0
    for block in problem.grid.energy_blocks:
        shares = horizon.overlap(block.begin, block.until)
        kwh = sum(h * share * kw for h, share, kw in zip(horizon.hours, shares, import_kw, strict=True))
        cost += block.price_difference_per_kwh * min(block.left_kwh, kwh)
    return cost


def discomfort(problem: Problem, schedule: Schedule) -> dict[str, tuple[float, float]]:
    """Per heat store: kelvin hours outside its band (``h[k]`` times the distance at fence-post k+1), and their price."""
    found = {}
    for load in problem.thermal_loads:
        low, high = per_step(load.min_c, problem.steps), per_step(load.max_c, problem.steps)
        reached = schedule.temperatures_c[load.name][1:]
        outside = sum(
            h * max(lo - t, t - hi, 0.0) for h, lo, hi, t in zip(problem.horizon.hours, low, high, reached, strict=True)
        )
        found[load.name] = (outside, outside * load.comfort_penalty_per_k_hour)
    return found


def terminal_value(problem: Problem, schedule: Schedule, value_per_kwh: dict[str, float]) -> float:
    """Worth of what is stored at the end: ``value * E[N]``; heat: ``value * C * (T[N] - T[0])``, reversed for cooling."""
    worth = 0.0
    for name, store in (schedule.batteries | schedule.evs).items():
        worth += value_per_kwh.get(name, 0.0) * store.energy_kwh[-1]
    for load in problem.thermal_loads:
        reached = schedule.temperatures_c[load.name]
        sign = 1 if load.mode == "heat" else -1
        worth += sign * value_per_kwh.get(load.name, 0.0) * load.last_capacity_kwh_per_k * (reached[-1] - reached[0])
    return worth
