"""Home batteries in the program."""

from ..domain.battery import Battery
from ..domain.problem import Problem
from .node import Node, StoreColumns
from .program import INFINITE, Program, Tier, column
from .store import energy_equation, wish_targets

# Nearer to a bound than this, in kWh, a measured state of charge is on it: a thousandth of what the contract reports.
_ON_BOUND_KWH = 1e-6


def add_battery(program: Program, node: Node, problem: Problem, battery: Battery, value_per_kwh: float) -> None:
    """Charge, discharge and energy columns; wear and terminal value in the money tier."""
    horizon, steps = problem.horizon, problem.steps
    usable = battery.capacity_kwh > 0
    store = StoreColumns(
        charge=program.series([battery.charge_limit_kw if usable else 0.0] * steps),
        discharge=program.series([battery.discharge_limit_kw if usable else 0.0] * steps),
        energy=[program.add(-INFINITE, INFINITE) for _ in range(steps)],
        charge_limit_kw=(battery.charge_limit_kw,) * steps,
        discharge_limit_kw=(battery.discharge_limit_kw,) * steps,
    )
    node.batteries[battery.name] = store
    energy = battery.soc * battery.capacity_kwh
    energy_equation(
        program,
        horizon.hours,
        store,
        energy,
        battery.charge_efficiency,
        battery.discharge_efficiency,
        battery.standing_loss_kw,
    )
    at_least_soc_min(program, horizon.hours, store, battery)
    at_most_soc_max(program, horizon.hours, store, battery)
    wish_targets(program, store, horizon, energy, battery.capacity_kwh, battery.soc_targets)
    for k, h in enumerate(horizon.hours):
        program.cost(Tier.MONEY, store.discharge[k], battery.wear_cost_per_kwh * h)
        for power in (store.charge[k], store.discharge[k]):
            program.cost(Tier.PREFERENCE, power, h)  # no energy through the battery for nothing
    program.cost(Tier.MONEY, store.energy[-1], -value_per_kwh)


def at_least_soc_min(program: Program, hours: tuple[float, ...], store: StoreColumns, battery: Battery) -> None:
    """``E + under >= soc_min * capacity``; ``under[k+1] <= under[k] + standing_loss*h``: never further out but by its own loss."""
    least = battery.soc_min * battery.capacity_kwh
    under = max(0.0, least - battery.soc * battery.capacity_kwh)
    if under <= _ON_BOUND_KWH and battery.standing_loss_kw == 0:
        for energy in store.energy:
            program.lower[energy] = min(least, battery.soc * battery.capacity_kwh)
        return
    before: int | None = None
    for energy, h in zip(store.energy, hours, strict=True):
        below = program.slack(Tier.SOC, cost=h)
        program.constrain(column(energy) + column(below), ">", least)
        lost = battery.standing_loss_kw * h
        if before is None:
            program.slacks[Tier.SOC][below] = under + lost
        else:
            program.constrain(column(below) + column(before, -1.0), "<", lost)
        before = below


def at_most_soc_max(program: Program, hours: tuple[float, ...], store: StoreColumns, battery: Battery) -> None:
    """``E - over <= soc_max * capacity``; ``over[k+1] <= over[k]``: a battery above its maximum is never charged further."""
    most = battery.soc_max * battery.capacity_kwh
    over = max(0.0, battery.soc * battery.capacity_kwh - most)
    if over <= _ON_BOUND_KWH:
        for energy in store.energy:
            program.upper[energy] = max(most, battery.soc * battery.capacity_kwh)
        return
    before: int | None = None
    for energy, h in zip(store.energy, hours, strict=True):
        above = program.slack(Tier.SOC, cost=h)
        program.constrain(column(energy) + column(above, -1.0), "<", most)
        if before is None:
            program.slacks[Tier.SOC][above] = over
        else:
            program.constrain(column(above) + column(before, -1.0), "<")
        before = above
