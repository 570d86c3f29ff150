"""Home batteries in the program."""

from ..domain.battery import Battery
from ..domain.problem import Problem
from .charge_curve import add_charge_curve
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
    add_charge_curve(program, store, energy, battery.capacity_kwh, battery.charge_curve)
    wish_targets(program, store, horizon, energy, battery.capacity_kwh, battery.soc_targets)
    for k, h in enumerate(horizon.hours):
        program.cost(Tier.MONEY, store.discharge[k], battery.wear_cost_per_kwh * h)
        for power in (store.charge[k], store.discharge[k]):
            program.cost(Tier.PREFERENCE, power, h)  # no energy through the battery for nothing
    program.cost(Tier.MONEY, store.energy[-1], -value_per_kwh)


def at_least_soc_min(program: Program, hours: tuple[float, ...], store: StoreColumns, battery: Battery) -> None:
    """``E + under >= soc_min * capacity`` with ``under`` in the SoC tier, and no discharging into it:
    ``E[k+1] >= soc_min * capacity - out * z[k]``, ``discharge[k] <= discharge_limit * (1 - z[k])``, z binary.

    So a battery below its minimum never moves further out but by its own standing loss.
    """
    energy = battery.soc * battery.capacity_kwh
    least = battery.soc_min * battery.capacity_kwh
    if least - energy <= _ON_BOUND_KWH and battery.standing_loss_kw == 0:
        for column_index in store.energy:
            program.lower[column_index] = min(least, energy)
        return
    out = max(0.0, least - energy) + battery.standing_loss_kw * sum(hours)
    for k, h in enumerate(hours):
        after = column(store.energy[k])
        program.constrain(after + column(program.slack(Tier.SOC, cost=h)), ">", least)
        below = program.slack(Tier.SOC, 1.0, cost=0.0, integer=True)
        program.constrain(after + column(below, out), ">", least)
        limit = battery.discharge_limit_kw
        program.constrain(column(store.discharge[k]) + column(below, limit), "<", limit)


def at_most_soc_max(program: Program, hours: tuple[float, ...], store: StoreColumns, battery: Battery) -> None:
    """``E - over <= soc_max * capacity`` with ``over`` in the SoC tier, and no charging into it:
    ``E[k+1] <= soc_max * capacity + out * z[k]``, ``charge[k] <= charge_limit * (1 - z[k])``, z binary.
    """
    energy = battery.soc * battery.capacity_kwh
    most = battery.soc_max * battery.capacity_kwh
    if energy - most <= _ON_BOUND_KWH:
        for column_index in store.energy:
            program.upper[column_index] = max(most, energy)
        return
    for k, h in enumerate(hours):
        after = column(store.energy[k])
        program.constrain(after + column(program.slack(Tier.SOC, cost=h), -1.0), "<", most)
        above = program.slack(Tier.SOC, 1.0, cost=0.0, integer=True)
        program.constrain(after + column(above, most - energy), "<", most)
        limit = battery.charge_limit_kw
        program.constrain(column(store.charge[k]) + column(above, limit), "<", limit)
