"""Electric cars in the program: semi-continuous charging while connected, V2H where the car can."""

from ..domain.ev import Ev
from ..domain.problem import Problem
from .charge_curve import add_charge_curve
from .node import Node, StoreColumns
from .program import Program, Tier, column
from .store import energy_equation, wish_targets


def add_ev(program: Program, node: Node, problem: Problem, ev: Ev, value_per_kwh: float) -> dict[int, int]:
    """Charge, discharge and energy columns. Returns the binary "charges" by step, where there is one."""
    horizon = problem.horizon
    energy, most = ev.soc * ev.battery_kwh, ev.soc_max * ev.battery_kwh
    full_for_good = energy > most and ev.discharge_limit_kw == 0 and not any(ev.driving_kw)
    charge_kw = tuple(ev.max_kw if on and ev.battery_kwh > 0 and not full_for_good else 0.0 for on in ev.connected)
    discharge_kw = tuple(ev.discharge_limit_kw if on and ev.battery_kwh > 0 else 0.0 for on in ev.connected)
    store = StoreColumns(
        charge=program.series(charge_kw),
        discharge=program.series(discharge_kw),
        energy=[program.add(0.0, max(most, energy)) for _ in range(problem.steps)],
        charge_limit_kw=charge_kw,
        discharge_limit_kw=discharge_kw,
    )
    node.evs[ev.name] = store
    efficiencies = ev.charge_efficiency, ev.discharge_efficiency
    energy_equation(program, horizon.hours, store, energy, *efficiencies, driving_kw=ev.driving_kw)
    charging = semi_continuous(program, store, ev, problem.whole_steps)
    node.running[ev.name] = charging
    if energy > most and not full_for_good:
        not_charged_above_soc_max(program, store, ev)
    add_charge_curve(program, store, energy, ev.battery_kwh, ev.charge_curve)
    wish_targets(program, store, horizon, energy, ev.battery_kwh, ev.targets)
    length = horizon.posts_minutes[-1]
    for k, h in enumerate(horizon.hours):
        # Earlier rather than later, and nothing through the car for nothing.
        program.cost(Tier.PREFERENCE, store.charge[k], h * (0.5 + 0.5 * horizon.posts_minutes[k] / length))
        program.cost(Tier.PREFERENCE, store.discharge[k], h)
    not_at_full_power(program, horizon.hours, store, ev)
    program.cost(Tier.MONEY, store.energy[-1], -value_per_kwh)
    return charging


def semi_continuous(program: Program, store: StoreColumns, ev: Ev, whole_steps: int) -> dict[int, int]:
    """``min_kw * on <= charge <= max_kw * on`` with ``on`` binary; only where 0 and ``min_kw`` differ.

    In rough steps (from ``whole_steps`` on) there is no least power, and ``on`` only where surplus alone may be charged.
    """
    charging: dict[int, int] = {}
    for k, limit in enumerate(store.charge_limit_kw):
        least = ev.min_kw if k < whole_steps else 0.0
        if limit > 0 and (least > 0 or ev.surplus_only):
            charging[k] = program.binary()
            program.row(((store.charge[k], 1.0), (charging[k], -limit)), "<", 0.0)
            program.row(((store.charge[k], 1.0), (charging[k], -least)), ">", 0.0)
    return charging


def not_at_full_power(program: Program, hours: tuple[float, ...], store: StoreColumns, ev: Ev) -> None:
    """``fast >= charge - max_kw / 2``, in the preference tier: no haste for nothing, which weighs more than being early."""
    gentle = max(ev.max_kw / 2, ev.min_kw)
    for k, h in enumerate(hours):
        if store.charge_limit_kw[k] > gentle:
            fast = program.add()
            program.row(((store.charge[k], 1.0), (fast, -1.0)), "<", gentle)
            program.cost(Tier.PREFERENCE, fast, 0.6 * h)


def not_charged_above_soc_max(program: Program, store: StoreColumns, ev: Ev) -> None:
    """``charge[k] <= max_kw * (1 - z[k])`` and ``E[k], E[k+1] <= soc_max*battery + over * z[k]`` with z binary."""
    most = ev.soc_max * ev.battery_kwh
    over = ev.soc * ev.battery_kwh - most
    for k, limit in enumerate(store.charge_limit_kw):
        if k == 0:
            program.upper[store.charge[0]] = 0.0
            continue
        above = program.binary()
        program.constrain(column(store.charge[k]) + column(above, limit), "<", limit)
        for energy in (store.energy[k - 1], store.energy[k]):
            program.constrain(column(energy) + column(above, -over), "<", most)
