"""An independent check of every plan before anyone acts on it: the contract's rules on the plan's own series.

It shares no code with the program: what the solver was told wrongly is found here. ``faults_in`` returns sentences;
an empty list means that the plan may be used.
"""

from collections.abc import Generator, Iterator, Sequence

from ..domain.battery import Battery
from ..domain.charge_curve import CurvePoint, curve_kw
from ..domain.ev import Ev
from ..domain.loads import InterruptibleLoad, ShiftableLoad, SwitchedLoad, ThermalLoad
from ..domain.plan import LoadPlan, Plan, StorePlan
from ..domain.problem import Problem, per_step
from .check_bill import bill_faults
from .check_shared import TOLERANCE_KW, shared_faults

# Solver tolerances are 1e-6; this is two watt-hours.
TOLERANCE_KWH = 2e-3
# Powers above this are "on".
_ON_KW = 1e-6


def faults_in(problem: Problem, plan: Plan) -> list[str]:
    """Every rule that the plan breaks, as sentences."""
    lengths = list(_lengths(problem, plan))
    if lengths:
        return lengths
    faults = [*_balance(problem, plan), *_pv(problem, plan), *shared_faults(problem, plan)]
    for battery in problem.batteries:
        faults += _battery(problem, battery, plan.batteries[battery.name])
    for ev in problem.evs:
        faults += _ev(problem, ev, plan.evs[ev.name])
    for program in problem.shiftable_loads:
        faults += _program(problem, program, plan.loads[program.name])
    for load in problem.interruptible_loads:
        faults += _interruptible(problem, load, plan.loads[load.name])
    for thermal in problem.thermal_loads:
        faults += _thermal(problem, thermal, plan.loads[thermal.name])
    return [*faults, *bill_faults(problem, plan)]


def _lengths(problem: Problem, plan: Plan) -> Iterator[str]:
    n = problem.steps
    powers: dict[str, Sequence[float]] = {"grid.import_kw": plan.grid.import_kw, "grid.export_kw": plan.grid.export_kw}
    states: dict[str, Sequence[float]] = {}
    wanted = {
        "pv": {d.name for d in problem.pv},
        "batteries": {d.name for d in problem.batteries},
        "evs": {d.name for d in problem.evs},
        "loads": {d.name for d in problem.shiftable_loads}
        | {d.name for d in problem.interruptible_loads}
        | {d.name for d in problem.thermal_loads},
    }
    for kind, names in wanted.items():
        if set(getattr(plan, kind)) != names:
            yield f"{kind}: the plan has {sorted(getattr(plan, kind))}, the problem {sorted(names)}"
            return
    for name, pv in plan.pv.items():
        powers |= {f"{name}.used_kw": pv.used_kw, f"{name}.curtailed_kw": pv.curtailed_kw}
    for name, store in (plan.batteries | plan.evs).items():
        powers |= {f"{name}.charge_kw": store.charge_kw, f"{name}.discharge_kw": store.discharge_kw}
        states[f"{name}.soc"] = store.soc
    for name, load in plan.loads.items():
        powers[f"{name}.power_kw"] = load.power_kw
    for path, series in powers.items():
        if len(series) != n:
            yield f"{path}: {len(series)} values for {n} steps"
        elif not all(kw >= 0 for kw in series):
            yield f"{path}: is not everywhere a power of 0 or more"
    for path, series in states.items():
        if len(series) != n + 1:
            yield f"{path}: {len(series)} values for {n + 1} fence-posts"


def _balance(problem: Problem, plan: Plan) -> Iterator[str]:
    for k in range(problem.steps):
        taken = problem.load_kw[k] + sum(load.power_kw[k] for load in plan.loads.values())
        stored = sum(s.charge_kw[k] - s.discharge_kw[k] for s in (plan.batteries | plan.evs).values())
        used = sum(pv.used_kw[k] for pv in plan.pv.values())
        over = plan.grid.import_kw[k] - plan.grid.export_kw[k] - taken - stored + used
        if abs(over) > TOLERANCE_KW:
            yield f"step {k}: the balance is off by {over:.4f} kW"
        if min(plan.grid.import_kw[k], plan.grid.export_kw[k]) > TOLERANCE_KW:
            yield f"step {k}: imports and exports at once"


def _pv(problem: Problem, plan: Plan) -> Iterator[str]:
    for pv in problem.pv:
        found = plan.pv[pv.name]
        for k, forecast in enumerate(pv.forecast_kw):
            if abs(found.used_kw[k] + found.curtailed_kw[k] - forecast) > TOLERANCE_KW:
                yield f"{pv.name}, step {k}: used and curtailed are not the forecast"
            if not pv.curtailable and found.curtailed_kw[k] > TOLERANCE_KW:
                yield f"{pv.name}, step {k}: curtailed, which it cannot be"


def _store(
    problem: Problem,
    name: str,
    store: StorePlan,
    capacity: float,
    rates: tuple[float, float, float],
    driving_kw: Sequence[float] = (),
) -> Iterator[str]:
    """The energy equation, and no charging while discharging. ``rates``: both efficiencies and the standing loss in kW."""
    into, out, loss = rates
    for k, h in enumerate(problem.horizon.hours):
        flow = store.charge_kw[k] * into - store.discharge_kw[k] / out - loss
        expected = capacity * store.soc[k] + h * flow
        if driving_kw and driving_kw[k] > 0:  # it empties the battery at most
            expected = max(0.0, expected - h * driving_kw[k])
        if abs(capacity * store.soc[k + 1] - expected) > TOLERANCE_KWH and capacity > 0:
            yield f"{name}, step {k}: the state of charge does not follow from the power"
        if min(store.charge_kw[k], store.discharge_kw[k]) > TOLERANCE_KW:
            yield f"{name}, step {k}: charges and discharges at once"


def _battery(problem: Problem, b: Battery, store: StorePlan) -> Iterator[str]:
    yield from _store(
        problem, b.name, store, b.capacity_kwh, (b.charge_efficiency, b.discharge_efficiency, b.standing_loss_kw)
    )
    energy = [soc * b.capacity_kwh for soc in store.soc]
    least, most = b.soc_min * b.capacity_kwh, b.soc_max * b.capacity_kwh
    for k, h in enumerate(problem.horizon.hours):
        yield from _curve(b.name, k, b.charge_curve, store)
        if (
            store.charge_kw[k] > b.charge_limit_kw + TOLERANCE_KW
            or store.discharge_kw[k] > b.discharge_limit_kw + TOLERANCE_KW
        ):
            yield f"{b.name}, step {k}: beyond its power limit"
        if energy[k + 1] < min(least, energy[k] - b.standing_loss_kw * h) - TOLERANCE_KWH:
            yield f"{b.name}, step {k}: discharged below its minimum"
        if energy[k + 1] > max(most, energy[k]) + TOLERANCE_KWH:
            yield f"{b.name}, step {k}: charged above its maximum"


def _curve(name: str, k: int, curve: tuple[CurvePoint, ...], store: StorePlan) -> Iterator[str]:
    """No charging above the curve at the middle of the step."""
    soc = (store.soc[k] + store.soc[k + 1]) / 2
    if curve and store.charge_kw[k] > curve_kw(curve, soc) + TOLERANCE_KW:
        yield f"{name}, step {k}: charges at {store.charge_kw[k]:.3f} kW, its curve allows {curve_kw(curve, soc):.3f} kW"


def _ev(problem: Problem, ev: Ev, store: StorePlan) -> Iterator[str]:
    rates = ev.charge_efficiency, ev.discharge_efficiency, 0.0
    yield from _store(problem, ev.name, store, ev.battery_kwh, rates, ev.driving_kw)
    most = ev.soc_max * ev.battery_kwh
    for k in range(problem.steps):
        charge, discharge = store.charge_kw[k], store.discharge_kw[k]
        if not ev.connected[k] and max(charge, discharge) > TOLERANCE_KW:
            yield f"{ev.name}, step {k}: is away"
        least = ev.min_kw if k < problem.whole_steps else 0.0
        if charge > TOLERANCE_KW and not least - TOLERANCE_KW <= charge <= ev.max_kw + TOLERANCE_KW:
            yield f"{ev.name}, step {k}: charges at {charge:.3f} kW, outside {least:g}..{ev.max_kw:g} kW"
        if discharge > ev.discharge_limit_kw + TOLERANCE_KW or store.soc[k + 1] * ev.battery_kwh < -TOLERANCE_KWH:
            yield f"{ev.name}, step {k}: discharged beyond what it can give"
        yield from _curve(ev.name, k, ev.charge_curve, store)
        if charge > TOLERANCE_KW and store.soc[k + 1] * ev.battery_kwh > most + TOLERANCE_KWH:
            yield f"{ev.name}, step {k}: charged above soc_max"


def _program(problem: Problem, load: ShiftableLoad, found: LoadPlan) -> Iterator[str]:
    horizon = problem.horizon
    if load.running_since is not None:
        begins = [horizon.minutes_at(load.running_since)]
    else:
        begins = [horizon.posts_minutes[k] for k in range(horizon.first_post_from(load.earliest_start), problem.steps)]
    for begin in begins:
        expected = horizon.averaged(load.profile_kw, load.profile_step_minutes, begin)
        if all(abs(a - b) <= TOLERANCE_KW for a, b in zip(expected, found.power_kw, strict=True)):
            return
    if any(kw > TOLERANCE_KW for kw in found.power_kw):
        yield f"{load.name}: its power is not its program, run once and uninterrupted inside its window"


def _interruptible(problem: Problem, load: InterruptibleLoad, found: LoadPlan) -> Iterator[str]:
    least = load.power_kw if load.min_power_kw is None else load.min_power_kw
    for k, kw in enumerate(found.power_kw):
        if k >= problem.whole_steps:
            if kw > load.power_kw + TOLERANCE_KW:
                yield f"{load.name}, step {k}: runs at {kw:.3f} kW, above {load.power_kw:g} kW"
        elif kw > _ON_KW and not least - TOLERANCE_KW <= kw <= load.power_kw + TOLERANCE_KW:
            yield f"{load.name}, step {k}: runs at {kw:.3f} kW, outside {least:g}..{load.power_kw:g} kW"
    count = yield from _runs(problem, load, found)
    if load.max_starts is not None and count > load.max_starts:
        yield f"{load.name}: starts {count} times, {load.max_starts} are allowed"


def _runs(problem: Problem, load: SwitchedLoad, found: LoadPlan) -> Generator[str, None, int]:
    """What breaks the minimum times; returns the number of starts."""
    posts = problem.horizon.posts_minutes
    on, since = load.on_now, -load.on_for_minutes if load.on_now else float("-inf")
    count = 0
    for k, kw in enumerate(found.power_kw[: problem.whole_steps]):
        now = kw > _ON_KW
        if now != on:
            needed = load.min_on_minutes if on else load.min_off_minutes
            if posts[k] - since < needed - 1e-6:
                yield f"{load.name}, step {k}: switched {'on' if now else 'off'} before its minimum time"
            count += now
            on, since = now, posts[k]
    return count


def _thermal(problem: Problem, load: ThermalLoad, found: LoadPlan) -> Iterator[str]:
    n = problem.steps
    least = load.power_kw if load.min_power_kw is None else load.min_power_kw
    cop, loss = per_step(load.cop, n), per_step(load.loss_kw_per_k, n)
    ambient, draw = per_step(load.ambient_c, n), per_step(load.draw_kw, n)
    capacity = per_step(load.capacity_kwh_per_k, n)
    sign = 1 if load.mode == "heat" else -1
    if found.temperature_c is None or len(found.temperature_c) != n + 1:
        yield f"{load.name}: temperature_c needs {n + 1} values"
        return
    reached = found.temperature_c
    for k, h in enumerate(problem.horizon.hours):
        kw, low = found.power_kw[k], least if k < problem.whole_steps else 0.0
        if kw > TOLERANCE_KW and not low - TOLERANCE_KW <= kw <= load.power_kw + TOLERANCE_KW:
            yield f"{load.name}, step {k}: runs at {kw:.3f} kW, outside {low:g}..{load.power_kw:g} kW"
        heat = sign * kw * cop[k] - loss[k] * (reached[k] - ambient[k]) - draw[k]
        if abs((reached[k + 1] - reached[k]) * capacity[k] - h * heat) > TOLERANCE_KWH:
            yield f"{load.name}, step {k}: the temperature does not follow from the power"
    yield from _runs(problem, load, found)
