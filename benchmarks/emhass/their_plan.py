"""EMHASS's plan in our words, so that one function reckons both bills and one check judges both plans."""

from translation import load_names

from hems.domain.battery import Battery
from hems.domain.ev import Ev
from hems.domain.plan import Plan, Solver
from hems.domain.problem import Problem
from hems.domain.schedule import Schedule, Series, Store, store_energy
from hems.optimizer.assemble import plan_of

# EMHASS charges this per W curtailed and step, falling to nothing along the horizon, so that it curtails late.
CURTAILMENT_TIE_BREAK = 1e-7
# Less than half a watt is the solver's noise.
NOISE_KW = 5e-4


def from_emhass(problem: Problem, columns: dict[str, list[float]], seconds: float) -> Plan:
    """EMHASS's plan with our bill, shortfalls and series; ``columns`` in W, shape (N,). ``seconds`` is what it took."""
    forecast, battery = problem.pv[0].forecast_kw, problem.batteries[0]
    curtailed = _positive(columns.get("P_PV_curtailment", [0.0] * problem.steps))
    flow = columns["P_batt"]  # above 0 it discharges
    power = {name: _positive(columns[f"P_deferrable{k}"]) for k, name in enumerate(load_names(problem))}
    cars = {ev.name for ev in problem.evs}
    schedule = Schedule(
        import_kw=_positive(columns["P_grid_pos"]),
        export_kw=_positive([-w for w in columns["P_grid_neg"]]),
        pv_used_kw={problem.pv[0].name: tuple(f - c for f, c in zip(forecast, curtailed, strict=True))},
        batteries={battery.name: _store(problem, battery, _positive([-w for w in flow]), _positive(flow))},
        evs={ev.name: _store(problem, ev, power[ev.name], (0.0,) * problem.steps) for ev in problem.evs},
        loads_kw={name: kw for name, kw in power.items() if name not in cars},
    )
    solver = Solver(name="EMHASS", seconds=seconds, build_seconds=0.0, gap=None, bound=None, steps=problem.steps)
    return plan_of(problem, schedule, "feasible", solver, ())


def tie_break(plan: Plan) -> float:
    """What EMHASS's objective adds to a plan's bill for curtailing early, EUR."""
    curtailed = [sum(pv.curtailed_kw[k] for pv in plan.pv.values()) for k in range(len(plan.step_minutes))]
    n = len(curtailed)
    return CURTAILMENT_TIE_BREAK * sum((n - k) / n * 1000 * kw for k, kw in enumerate(curtailed))


def _store(problem: Problem, device: Battery | Ev, charge_kw: Series, discharge_kw: Series) -> Store:
    capacity = device.capacity_kwh if isinstance(device, Battery) else device.battery_kwh
    energy = store_energy(
        device.soc * capacity,
        0.0,
        device.charge_efficiency,
        device.discharge_efficiency,
        problem.horizon.hours,
        charge_kw,
        discharge_kw,
    )
    return Store(charge_kw, discharge_kw, energy)


def _positive(watts: list[float]) -> Series:
    """W as kW; what is below 0 or noise is nothing."""
    return tuple(w / 1000 if w / 1000 > NOISE_KW else 0.0 for w in watts)
