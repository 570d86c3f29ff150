"""The check of what devices share: the meter, phases, feeders, energy of others, and their order.

Like ``check.py`` it shares no code with the program: what the solver was told wrongly is found here.
"""

from collections.abc import Iterator, Sequence

from ..domain.plan import Plan
from ..domain.problem import Problem, per_step

# Solver tolerances are 1e-6; this is a watt.
TOLERANCE_KW = 1e-3


def shared_faults(problem: Problem, plan: Plan) -> Iterator[str]:
    """Every rule that names more than one device and that the plan breaks, as sentences."""
    yield from _sources(problem, plan)
    yield from _order(problem, plan)
    if plan.status != "fallback":  # the rules keep the limits as well as they can, and say so
        yield from _limits(problem, plan)


def _running(problem: Problem, plan: Plan) -> dict[str, list[float]]:
    """What runs now and must go on, kW by load and step."""
    running = {
        d.name: list(plan.loads[d.name].power_kw) for d in problem.shiftable_loads if d.running_since is not None
    }
    for held in problem.switched_loads:
        left = held.min_on_minutes - held.on_for_minutes if held.on_now else 0.0
        powers, posts = plan.loads[held.name].power_kw, problem.horizon.posts_minutes
        running[held.name] = [kw if post < left else 0.0 for kw, post in zip(powers, posts, strict=False)]
    return running


def _limits(problem: Problem, plan: Plan) -> Iterator[str]:
    """Each limit, or what cannot be stopped where that is more."""
    grid, n = problem.grid, problem.steps
    every = {device.name: 1.0 for _, device in problem.devices()}
    if grid.import_limit_kw is not None:
        yield from _kept(problem, plan, "import", 1.0, per_step(grid.import_limit_kw, n), 1.0, every)
    if grid.export_limit_kw is not None:
        yield from _kept(problem, plan, "export", -1.0, per_step(grid.export_limit_kw, n), 1.0, every)
    for phase in (1, 2, 3) if grid.phase_limit_a is not None else ():
        share = {d.name: {None: 1 / 3, phase: 1.0}.get(d.phase, 0.0) for _, d in problem.devices()}
        most = [a * grid.phase_voltage_v / 1000 for a in per_step(grid.phase_limit_a or 0.0, n)]
        yield from _kept(problem, plan, f"phase {phase}", 1.0, most, grid.shares_of_load[phase - 1], share)
    for group in problem.groups:
        share = dict.fromkeys(group.devices, 1.0)
        for sign, limit in ((1.0, group.import_limit_kw), (-1.0, group.export_limit_kw)):
            if limit is not None:
                yield from _kept(problem, plan, group.name, sign, per_step(limit, n), 0.0, share)


def _kept(
    problem: Problem,
    plan: Plan,
    name: str,
    sign: float,
    most: Sequence[float],
    load_share: float,
    share: dict[str, float],
) -> Iterator[str]:
    running = _running(problem, plan)
    fixed = {pv.name: pv.forecast_kw for pv in problem.pv if not pv.curtailable}
    for k, limit in enumerate(most):
        load = load_share * problem.load_kw[k]
        taken = sum(part * _taken(plan, device, k) for device, part in share.items())
        if sign > 0:
            forced = load + sum(share.get(device, 0.0) * kw[k] for device, kw in running.items())
        else:
            forced = sum(share.get(device, 0.0) * kw[k] for device, kw in fixed.items())
        if sign * (load + taken) > max(limit, forced) + TOLERANCE_KW:
            yield f"step {k}: {name} is {sign * (load + taken):.3f} kW, the limit is {limit:g} kW"


def _taken(plan: Plan, name: str, k: int) -> float:
    if name in plan.loads:
        return plan.loads[name].power_kw[k]
    if name in plan.pv:
        return -plan.pv[name].used_kw[k]
    store = plan.batteries.get(name) or plan.evs[name]
    return store.charge_kw[k] - store.discharge_kw[k]


def _order(problem: Problem, plan: Plan) -> Iterator[str]:
    """A program does not run before the one that it waits for has ended."""
    posts = problem.horizon.posts_minutes
    for load in problem.shiftable_loads:
        if load.after is None or load.running_since is not None:
            continue
        own = [k for k, kw in enumerate(plan.loads[load.name].power_kw) if kw > TOLERANCE_KW]
        other = next(one for one in problem.shiftable_loads if one.name == load.after)
        others = [k for k, kw in enumerate(plan.loads[other.name].power_kw) if kw > TOLERANCE_KW]
        if own and others and posts[own[0]] < posts[others[-1]]:
            yield f"{load.name}: runs before {load.after} has ended"
        if own and not others and other.running_since is None and min(other.profile_kw) > TOLERANCE_KW:
            yield f"{load.name}: runs, but {load.after}, which it waits for, does not"


def _sources(problem: Problem, plan: Plan) -> Iterator[str]:
    """Who may charge from what, and what may leave the house."""
    free = [b.name for b in problem.batteries if b.grid_export]
    bound = [b.name for b in problem.batteries if not b.grid_charging]
    cars = [ev.name for ev in problem.evs if not ev.from_home_battery]
    for k in range(problem.steps):
        used = sum(pv.used_kw[k] for pv in plan.pv.values())
        from_cars = sum(ev.discharge_kw[k] for ev in plan.evs.values())
        if sum(plan.batteries[name].charge_kw[k] for name in bound) > used + TOLERANCE_KW:
            yield f"step {k}: a battery that charges from PV only charges from the grid"
        exportable = used + from_cars + sum(plan.batteries[name].discharge_kw[k] for name in free)
        if len(free) < len(problem.batteries) and plan.grid.export_kw[k] > exportable + TOLERANCE_KW:
            yield f"step {k}: a battery that may not export does"
        allowed = plan.grid.import_kw[k] + used + from_cars
        if sum(plan.evs[name].charge_kw[k] for name in cars) > allowed + TOLERANCE_KW:
            yield f"step {k}: the home battery feeds a car that it may not feed"
