"""What a device could do otherwise in one step: each choice by name, as a restriction on a freshly built model.

A restriction only adds rows, so that the columns of every device stay where they are.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..domain.battery import Battery
from ..domain.charge_curve import most_charge_kw
from ..domain.ev import Ev
from ..domain.loads import ShiftableLoad, SwitchedLoad
from ..domain.problem import Problem
from ..domain.pv import Pv
from ..domain.schedule import Schedule, Store
from .model import Model
from .program import Linear, column
from .reason_scene import NOISE_KW, Scene

Restriction = Callable[[Model], None]
# Verb, charge in kW, discharge in kW, the limit in kW, and why it cannot where both are nothing.
_Flow = tuple[str, float, float, float, str | None]


@dataclass(frozen=True)
class Choice:
    """Something else that a device could do. ``never``: why it cannot, where that is known without solving."""

    name: str
    restrict: Restriction
    never: str | None = None


def _nothing(model: Model) -> None:
    """For what cannot be chosen anyway."""


def choices(model: Model, schedule: Schedule, name: str, k: int) -> list[Choice]:
    """What the device ``name`` could do in step ``k`` other than what the schedule has; [] where nothing can change."""
    problem = model.problem
    device = next(device for _, device in problem.devices() if device.name == name)
    if isinstance(device, Battery):
        return _battery(problem, device, schedule.batteries[name], k)
    if isinstance(device, Ev):
        return _ev(problem, device, schedule.evs[name], k)
    if isinstance(device, ShiftableLoad):
        return list(_program(model, schedule, device, k))
    if isinstance(device, Pv):
        return list(_pv(device, schedule.pv_used_kw[name][k], k))
    return list(_on_off(problem, device, schedule.loads_kw[name][k], k))


def exactly(linear: Callable[[Model], Linear], value: float) -> Restriction:
    """``linear = value``."""
    return lambda model: _hold(model, linear(model), value)


def _hold(model: Model, linear: Linear, value: float) -> None:
    if model.program.constrain(linear, "=", value) is None and abs(linear.constant - value) > NOISE_KW:
        impossible = model.program.add(0.0, 0.0)  # nothing can vary, and it is not the wanted value
        model.program.constrain(column(impossible), "=", 1.0)


def _flow(name: str, k: int, charge_kw: float, discharge_kw: float) -> Restriction:
    """A store's two powers in step k, kW."""

    def restrict(model: Model) -> None:
        store = model.node.stores()[name]
        _hold(model, column(store.charge[k]), charge_kw)
        _hold(model, column(store.discharge[k]), discharge_kw)

    return restrict


def _battery(problem: Problem, battery: Battery, store: Store, k: int) -> list[Choice]:
    hours, energy = problem.horizon.hours[k], store.energy_kwh[0]
    into, out = _taken_kw(problem, battery, battery.charge_limit_kw, store, k), battery.discharge_limit_kw
    if k == 0:  # later steps can have room made for them, the first one has what is measured
        room = max(battery.soc_max * battery.capacity_kwh - energy + battery.standing_loss_kw * hours, 0.0)
        above = max(energy - battery.soc_min * battery.capacity_kwh - battery.standing_loss_kw * hours, 0.0)
        into = min(into, room / battery.charge_efficiency / hours)
        out = min(out, above * battery.discharge_efficiency / hours)
    nothing = "it has no capacity" if battery.capacity_kwh == 0 else None
    wanted: list[_Flow] = [
        ("charge", into, 0.0, battery.charge_limit_kw, nothing or "it is full"),
        ("rest", 0.0, 0.0, 0.0, None),
        ("discharge", 0.0, out, battery.discharge_limit_kw, nothing or "it is empty"),
    ]
    return list(_flows(battery.name, store, k, wanted))


def _taken_kw(problem: Problem, device: Battery | Ev, limit_kw: float, store: Store, k: int) -> float:
    """The most that a store takes in step k by its charge curve, holding what the plan has stored until then."""
    capacity = device.capacity_kwh if isinstance(device, Battery) else device.battery_kwh
    gain = problem.horizon.hours[k] * device.charge_efficiency
    return most_charge_kw(device.charge_curve, limit_kw, capacity, store.energy_kwh[k], gain)


def _ev(problem: Problem, ev: Ev, store: Store, k: int) -> list[Choice]:
    if not ev.connected[k]:
        return [Choice(f"charge at {ev.max_kw:g} kW", _nothing, "it is away then")]
    hours, energy = problem.horizon.hours[k], store.energy_kwh[0]
    most, out = _taken_kw(problem, ev, ev.max_kw, store, k), ev.discharge_limit_kw
    if k == 0:
        most = min(most, max(ev.soc_max * ev.battery_kwh - energy, 0.0) / ev.charge_efficiency / hours)
        out = min(out, energy * ev.discharge_efficiency / hours)
    full = "it is full" if most <= NOISE_KW else f"less than its least power of {ev.min_kw:g} kW fits"
    wanted: list[_Flow] = [("charge", most if most >= ev.min_kw else 0.0, 0.0, ev.max_kw, full)]
    if NOISE_KW < ev.min_kw < most - NOISE_KW:
        wanted.append(("charge", ev.min_kw, 0.0, ev.min_kw, full))
    wanted.append(("not charge", 0.0, 0.0, 0.0, None))
    if ev.discharge_limit_kw > 0:
        wanted.append(("discharge", 0.0, out, ev.discharge_limit_kw, "it is empty"))
    return list(_flows(ev.name, store, k, wanted))


def _flows(name: str, store: Store, k: int, wanted: list[_Flow]) -> Iterator[Choice]:
    """The choices among flows that the schedule does not have already."""
    for verb, charge, discharge, limit, nothing in wanted:
        power = charge + discharge
        if power <= NOISE_KW and nothing is not None:
            if limit > 0:
                yield Choice(f"{verb} at {limit:g} kW", _nothing, nothing)
            continue
        if abs(store.charge_kw[k] - charge) <= NOISE_KW and abs(store.discharge_kw[k] - discharge) <= NOISE_KW:
            continue
        fits = "" if power >= limit - NOISE_KW else f" ({'all that it takes' if charge else 'all that it has'})"
        words = f"{verb} at {power:.4g} kW{fits}" if power > NOISE_KW else verb
        yield Choice(words, _flow(name, k, charge, discharge))


def _on_off(problem: Problem, load: SwitchedLoad, power_kw: float, k: int) -> Iterator[Choice]:
    wanted = [("run", load.power_kw)]
    if load.min_power_kw is not None and NOISE_KW < load.min_power_kw < load.power_kw:
        wanted.append(("run", load.min_power_kw))
    held = _held_on(problem, load, k)
    for verb, kw in (*wanted, ("not run", 0.0)):
        if abs(kw - power_kw) > NOISE_KW:
            words = f"{verb} at {kw:g} kW" if kw else verb
            yield Choice(words, exactly(lambda model: model.node.loads[load.name][k], kw), None if kw else held)


def _held_on(problem: Problem, load: SwitchedLoad, k: int) -> str | None:
    """Why a load cannot be off in step k, where it has to stay on for a while."""
    held = problem.horizon.posts_minutes[k] + 1e-6 < load.held_minutes
    return f"once on it stays on for {load.min_on_minutes:g} minutes" if held else None


def _pv(pv: Pv, used_kw: float, k: int) -> Iterator[Choice]:
    forecast = pv.forecast_kw[k]
    if forecast <= NOISE_KW:
        return
    for verb, kw in (("use all", forecast), ("curtail all", 0.0)):
        if abs(kw - used_kw) > NOISE_KW:
            never = None if pv.curtailable else "it cannot be curtailed"
            words = f"{verb} of it ({forecast:.4g} kW)"
            yield Choice(words, exactly(lambda model: model.node.pv_used[pv.name][k], kw), never)


def _program(model: Model, schedule: Schedule, load: ShiftableLoad, k: int) -> Iterator[Choice]:
    """Starting in step k, or not where the plan does."""
    problem = model.problem
    posts = problem.horizon.posts_minutes
    words = f"start {Scene(problem, schedule, ()).at(k, k)}"
    covered = problem.horizon.averaged(load.profile_kw, load.profile_step_minutes, posts[k])
    power = schedule.loads_kw[load.name]
    if load.running_since is not None:
        yield Choice(words, _nothing, "it runs already and cannot be moved")
    elif any(covered) and all(abs(a - b) <= NOISE_KW for a, b in zip(covered, power, strict=True)):
        yield Choice("start at another time", _start(load.name, k, False))
    else:
        possible = k in model.node.begins.get(load.name, {})
        yield Choice(words, _start(load.name, k, True), None if possible else _no_start(problem, load, k))


def _no_start(problem: Problem, load: ShiftableLoad, k: int) -> str:
    """Why a program cannot start in step k."""
    posts = problem.horizon.posts_minutes
    if k < problem.horizon.first_post_from(load.earliest_start):
        return "that is before its earliest start"
    late = posts[k] + load.duration_minutes - problem.horizon.minutes_at(load.latest_finish)
    if late > 0:
        return f"it would end {late:g} minutes late"
    if posts[k] + load.duration_minutes > posts[-1]:
        return "it would end after the horizon"
    return f"{load.after} has not ended by then" if load.after else "there is no room for it"


def _start(name: str, k: int, then: bool) -> Restriction:
    return lambda model: _hold(model, column(model.node.begins[name][k]), 1.0 if then else 0.0)
