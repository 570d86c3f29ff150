"""The columns of an answer as a schedule: noise removed, states reckoned again from the powers."""

from collections.abc import Iterable

from ..domain.ev import Ev
from ..domain.problem import Problem, per_step
from ..domain.schedule import Schedule, Series, Store, store_energy, temperatures
from .model import Model
from .node import StoreColumns
from .program import Linear

# Nine decimals: far below the contract's six, far above the last digits of a double in kW.
_DECIMALS = 9


def schedule_of(model: Model, values: list[float]) -> Schedule:
    """What every device does, in kW, shape (N,); energies and temperatures follow from their own equations."""
    problem, node = model.problem, model.node
    batteries = {
        b.name: _store(
            problem,
            values,
            node.batteries[b.name],
            b.soc * b.capacity_kwh,
            b.standing_loss_kw,
            b.charge_efficiency,
            b.discharge_efficiency,
        )
        for b in problem.batteries
    }
    evs = {e.name: _car(problem, values, node.evs[e.name], e) for e in problem.evs}
    loads = {name: _series(_value(power, values) for power in powers) for name, powers in node.loads.items()}
    used = {
        pv.name: tuple(
            min(kw, forecast)
            for kw, forecast in zip(
                _series(_value(u, values) for u in node.pv_used[pv.name]), pv.forecast_kw, strict=True
            )
        )
        for pv in problem.pv
    }
    return balanced(problem, used, batteries, evs, loads)


def balanced(
    problem: Problem,
    used: dict[str, Series],
    batteries: dict[str, Store],
    evs: dict[str, Store],
    loads: dict[str, Series],
) -> Schedule:
    """The schedule with import and export as what the balance leaves over, and the heat stores' temperatures."""
    net = list(problem.load_kw)
    for load in loads.values():
        net = [kw + more for kw, more in zip(net, load, strict=True)]
    for store in (*batteries.values(), *evs.values()):
        net = [kw + c - d for kw, c, d in zip(net, store.charge_kw, store.discharge_kw, strict=True)]
    for pv in used.values():
        net = [kw - less for kw, less in zip(net, pv, strict=True)]
    return Schedule(
        import_kw=_series(max(kw, 0.0) for kw in net),
        export_kw=_series(max(-kw, 0.0) for kw in net),
        pv_used_kw=used,
        batteries=batteries,
        evs=evs,
        loads_kw=loads,
        temperatures_c=heat(problem, loads),
    )


def heat(problem: Problem, loads: dict[str, Series]) -> dict[str, Series]:
    """Temperatures of the heat stores at fence-posts, shape (N+1,)."""
    n, hours = problem.steps, problem.horizon.hours
    return {
        t.name: temperatures(
            t.temperature_c,
            1.0 if t.mode == "heat" else -1.0,
            per_step(t.capacity_kwh_per_k, n),
            hours,
            loads[t.name],
            per_step(t.cop, n),
            per_step(t.loss_kw_per_k, n),
            per_step(t.ambient_c, n),
            per_step(t.draw_kw, n),
        )
        for t in problem.thermal_loads
    }


def _store(
    problem: Problem,
    values: list[float],
    store: StoreColumns,
    energy_kwh: float,
    loss_kw: float,
    into: float,
    out: float,
) -> Store:
    charge, discharge = _flows(values, store)
    return Store(
        charge, discharge, store_energy(energy_kwh, loss_kw, into, out, problem.horizon.hours, charge, discharge)
    )


def _car(problem: Problem, values: list[float], store: StoreColumns, ev: Ev) -> Store:
    charge, discharge = _flows(values, store)
    return Store(charge, discharge, ev.energy(problem.horizon.hours, charge, discharge))


def _flows(values: list[float], store: StoreColumns) -> tuple[Series, Series]:
    """Charge and discharge in kW within their limits, one of them 0."""
    charge = _series(min(values[i], limit) for i, limit in zip(store.charge, store.charge_limit_kw, strict=True))
    discharge = _series(
        min(values[i], limit) for i, limit in zip(store.discharge, store.discharge_limit_kw, strict=True)
    )
    return _net(charge, discharge)


def _net(charge: Series, discharge: Series) -> tuple[Series, Series]:
    """Where both carry a solver's noise, the larger one stays."""
    pairs = [(c, 0.0) if c >= d else (0.0, d) for c, d in zip(charge, discharge, strict=True)]
    return tuple(c for c, _ in pairs), tuple(d for _, d in pairs)


def _value(linear: Linear, values: list[float]) -> float:
    return linear.constant + sum(coefficient * values[index] for index, coefficient in linear.terms)


def _series(values: Iterable[float]) -> Series:
    return tuple(0.0 if value < 10**-_DECIMALS else round(value, _DECIMALS) for value in values)
