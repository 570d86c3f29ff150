"""A schedule as a plan: its bill, its shortfalls, its reasons. No solver is needed here."""

import math

from ..domain.bill import bill, terminal_value
from ..domain.plan import GridPlan, LoadPlan, Plan, PvPlan, Solver, Status, StorePlan
from ..domain.problem import Problem
from ..domain.schedule import Schedule, Store
from .baseline import baseline_schedule
from .reasons import reasons
from .shortfalls import shortfalls
from .terminal_value import terminal_values


def marginal_prices(problem: Problem, schedule: Schedule) -> tuple[float, ...]:
    """What one more kWh costs in each step of an unplanned home: import price, or the export price while it exports."""
    grid = problem.grid
    steps = zip(grid.import_price, grid.export_price, schedule.export_kw, strict=True)
    return tuple(sold if export > 0 else bought for bought, sold, export in steps)


def plan_of(
    problem: Problem,
    schedule: Schedule,
    status: Status,
    solver: Solver,
    energy_value: tuple[float, ...],
    explained: bool = True,
    values: dict[str, float] | None = None,
) -> Plan:
    """A schedule with its bill, its shortfalls and its reasons. Without shadow prices the marginal ones stand in.

    ``explained`` false: without reasons, and what the home would cost without planning is not a number: where nobody reads
    them. ``values``: the devices' ``terminal_values``, where they are known already.
    """
    values, baseline = values or terminal_values(problem), baseline_schedule(problem) if explained else None
    return Plan(
        status=status,
        start=problem.start,
        step_minutes=problem.step_minutes,
        time_zone=problem.time_zone,
        currency=problem.currency,
        costs=bill(problem, schedule),
        terminal_value=terminal_value(problem, schedule, values),
        baseline_net=bill(problem, baseline).net if baseline is not None else math.nan,
        baseline_terminal_value=terminal_value(problem, baseline, values) if baseline is not None else math.nan,
        grid=GridPlan(import_kw=schedule.import_kw, export_kw=schedule.export_kw),
        pv={pv.name: _pv_plan(pv.forecast_kw, schedule.pv_used_kw[pv.name]) for pv in problem.pv},
        batteries={b.name: _store_plan(schedule.batteries[b.name], b.capacity_kwh, b.soc) for b in problem.batteries},
        evs={e.name: _store_plan(schedule.evs[e.name], e.battery_kwh, e.soc) for e in problem.evs},
        loads={
            name: LoadPlan(power_kw=power, temperature_c=schedule.temperatures_c.get(name))
            for name, power in schedule.loads_kw.items()
        },
        shortfalls=shortfalls(problem, schedule),
        energy_value=tuple(round(value, 9) for value in energy_value or marginal_prices(problem, schedule)),
        reasons=reasons(problem, schedule, energy_value) if explained else {},
        solver=solver,
    )


def _pv_plan(forecast_kw: tuple[float, ...], used_kw: tuple[float, ...]) -> PvPlan:
    return PvPlan(used_kw=used_kw, curtailed_kw=tuple(f - u for f, u in zip(forecast_kw, used_kw, strict=True)))


def _store_plan(store: Store, capacity_kwh: float, soc: float) -> StorePlan:
    fractions = tuple(e / capacity_kwh if capacity_kwh > 0 else soc for e in store.energy_kwh)
    return StorePlan(charge_kw=store.charge_kw, discharge_kw=store.discharge_kw, soc=fractions)
