"""A device that is on or off has all of its power for a part of a step, not a part of its power for all of it.

A tank of 2 kW that takes the mean of 0.7 kW of sun buys 1.3 kW while it is on, and the sun of the rest of the time is left
over. Each step with sun is divided by which devices are on. In part p, which lasts the share w[p] of the step:

    import[p] - export[p] = w[p]*load + devices + charge[p] - discharge[p] - pv[p],   0 <= flow[p] <= w[p]*limit
    sum(w) = 1,   sum(flow[p]) = flow,   w[p]*least <= power[p] <= w[p]*most where the device is on in p, else 0

with every flow as the mean of the whole step that the part contributes: the perspective of each part's rows, whose sum is
the convex hull of all divisions (Balas, Disjunctive programming, 1979; Ceria and Soares 1999). It holds for any length of
time that a device is on, and without sun it says nothing that the step's own balance does not.

A step in which a car comes or goes has two phases of known length, each with parts of its own: before it comes it takes no
sun, and has emptied no battery that would have room for it.

Left out of account: a car of the simulation that is full before the next look has, over these minutes, a mean below its
least power. That is once a night at most, seldom in the sun.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from ..domain.problem import Problem
from ..optimizer.least_power import least_on_kw
from ..optimizer.model import Model
from ..optimizer.program import Linear, Program, column, total
from .series import Values

# Each device doubles the parts; what a fourth and smaller one adds is not worth twice the rows.
_MOST_DEVICES = 3


@dataclass(frozen=True)
class Switched:
    """A load or a car that is off, or on with ``least_kw`` to ``most_kw``."""

    name: str
    least_kw: float
    most_kw: float


def switched_devices(problem: Problem) -> list[Switched]:
    """The devices of a problem that cannot have any power, three at most, those with the largest least power.

    A car whose power falls near full, by its charge curve, is not among them: it may then have less than its least.
    """
    found = [
        Switched(load.name, least_on_kw(load), load.power_kw)
        for load in problem.switched_loads
        if load.min_power_kw != 0 and load.power_kw > 0
    ]
    found += [Switched(ev.name, ev.min_kw, ev.max_kw) for ev in problem.evs if ev.min_kw > 0 and not ev.charge_curve]
    return sorted(found, key=lambda one: -one.least_kw)[:_MOST_DEVICES]


@dataclass(frozen=True)
class _Phase:
    """A part of a step of which the beginning and the end are known: its share, and the car that is away in it."""

    share: float
    away: str


def divide_steps(model: Model, devices: list[Switched], at_home: Mapping[str, Values]) -> None:
    """Adds the parts of every step with sun to a model whose devices may have any power.

    ``at_home``: by car, the share of each step that it is at home, 0..1, shape (N,); all of it for one that is not named.
    """
    for k in range(model.problem.steps):
        here = {one: power for one in devices if (power := _power(model, one.name, k)).terms}
        if here and sum(pv.forecast_kw[k] for pv in model.problem.pv) > 0:
            _divide(model, here, _phases([one.name for one in here], at_home, k), k)


def _phases(devices: list[str], at_home: Mapping[str, Values], k: int) -> tuple[_Phase, ...]:
    """Before and after a car of the devices comes or goes; nothing where none does, or more than one."""
    partly = [(name, at_home[name]) for name in devices if name in at_home and 0 < at_home[name][k] < 1]
    if len(partly) != 1 or not 0 < k < len(partly[0][1]) - 1:
        return ()
    name, shares = partly[0]
    there, before, after = float(shares[k]), float(shares[k - 1]), float(shares[k + 1])
    if (before, after) == (0.0, 1.0):
        return _Phase(1 - there, name), _Phase(there, "")
    return (_Phase(there, ""), _Phase(1 - there, name)) if (before, after) == (1.0, 0.0) else ()


def _power(model: Model, name: str, k: int) -> Linear:
    """What a load takes, or a car charges, in step k; nothing of a car that is away."""
    node = model.node
    if name in node.loads:
        return node.loads[name][k]
    store = node.evs[name]
    return column(store.charge[k]) if store.charge_limit_kw[k] > 0 else Linear()


def _divide(model: Model, devices: dict[Switched, Linear], phases: tuple[_Phase, ...], k: int) -> None:
    """The parts of step k, in each phase of their own, and their sums."""
    program = model.program
    sums: dict[str, list[Linear]] = {}
    flows = _flows(model, {one.name for one in devices}, k)
    for number, phase in enumerate(phases or (_Phase(1.0, ""),)):
        there = [one for one in devices if one.name != phase.away]
        choices = [dict(zip(there, on, strict=True)) for on in product((False, True), repeat=len(there))]
        shares = [_part(program, model.problem.load_kw[k], flows, running, sums) for running in choices]
        program.constrain(total(shares), "=", phase.share)
        if number == 0 and phases:
            _stored_between(model, sums, phase.share, k)
    for name, (flow, _, _) in flows.items():
        if flow.terms:
            program.constrain(total(sums[name]) + flow * -1.0, "=")
    for one, power in devices.items():
        program.constrain(total(sums[one.name]) + power * -1.0, "=")


def _part(
    program: Program,
    load_kw: float,
    flows: dict[str, tuple[Linear, float, float]],
    running: dict[Switched, bool],
    sums: dict[str, list[Linear]],
) -> Linear:
    """A part's share of the step; its balance is written, and its flows join the ``sums``."""
    share = column(program.add(0.0, 1.0))
    balance = share * -load_kw
    for name, (flow, sign, limit_kw) in flows.items():
        part = _within(program, share, flow, limit_kw)
        sums.setdefault(name, []).append(part)
        balance = balance + part * sign
    for one, is_on in running.items():
        power = _running(program, share, one) if is_on else Linear()
        sums.setdefault(one.name, []).append(power)
        balance = balance + power * -1.0
    program.constrain(balance, "=")
    return share


def _stored_between(model: Model, sums: Mapping[str, list[Linear]], share: float, k: int) -> None:
    """``min <= E[k] + h*(charge*efficiency - discharge/efficiency) - lost <= max`` at the end of a step's first phase."""
    program, h = model.program, model.problem.horizon.hours[k]
    for battery in model.problem.batteries:
        energy = model.node.batteries[battery.name].energy
        charged = total(sums[f"{battery.name} in"]) * (h * battery.charge_efficiency)
        discharged = total(sums[f"{battery.name} out"]) * (h / battery.discharge_efficiency)
        stored = column(energy[k - 1]) + charged + discharged * -1.0
        lost = battery.standing_loss_kw * h * share
        ends = energy[k - 1], energy[k]
        program.constrain(stored, "<", max(program.upper[end] for end in ends) + lost)
        program.constrain(stored, ">", min(program.lower[end] for end in ends) + lost)


def _flows(model: Model, divided: set[str], k: int) -> dict[str, tuple[Linear, float, float]]:
    """What else flows in step k by name: its mean, its sign in ``supply - demand = 0``, and its limit in kW."""
    program, node = model.program, model.node
    found = {
        " import": (column(node.imports[k]), 1.0, program.upper[node.imports[k]]),
        " export": (column(node.exports[k]), -1.0, program.upper[node.exports[k]]),
    }
    for pv in model.problem.pv:
        found[pv.name] = node.pv_used[pv.name][k], 1.0, pv.forecast_kw[k]
    for name, store in node.stores().items():
        if name not in divided:
            found[f"{name} in"] = column(store.charge[k]), -1.0, store.charge_limit_kw[k]
        found[f"{name} out"] = column(store.discharge[k]), 1.0, store.discharge_limit_kw[k]
    for name, powers in node.loads.items():
        if name not in divided:
            found[name] = powers[k], -1.0, node.largest_kw[name][k]
    return found


def _within(program: Program, share: Linear, flow: Linear, limit_kw: float) -> Linear:
    """The part of a flow: ``0 <= part <= share * limit``; of one that is given, its share."""
    if not flow.terms:
        return share * flow.constant
    part = column(program.add(0.0, limit_kw))
    program.constrain(part + share * -limit_kw, "<")
    return part


def _running(program: Program, share: Linear, one: Switched) -> Linear:
    """``share * least <= power <= share * most``."""
    if one.least_kw == one.most_kw:
        return share * one.most_kw
    power = column(program.add(0.0, one.most_kw))
    program.constrain(power + share * -one.most_kw, "<")
    program.constrain(power + share * -one.least_kw, ">")
    return power
