"""Gentle charging: a car is not at full power for nothing."""

from ..domain.ev import Ev
from .model import Model
from .runs import Fixed, Solve, bits_of, runs_of, with_bits

# Hours whose prices differ by less, in currency per kWh, cost the same; less energy than this is none.
_SAME_PRICE, _NOTHING_KWH = 1e-4, 1e-3
# What gentleness may cost for each car, in currency.
_WORTH = 0.002


def with_gentle_charging(model: Model, answer: Fixed, solve: Solve, most: float) -> Fixed:
    """Cars that charge in haste for nothing are on for longer, in hours no dearer than those that they use."""
    best = answer
    for ev in model.problem.evs:
        haste = hurried_kwh(model, best, ev)
        bits = longer(model, best, ev) if haste > 0 and answer.energy_value else None
        if bits is not None:
            found = solve(with_bits(model, best.values, ev.name, bits), min(most, best.objective + _WORTH))
            if found is not None and hurried_kwh(model, found, ev) < haste - _NOTHING_KWH:
                best = found
    return best


def hurried_kwh(model: Model, answer: Fixed, ev: Ev) -> float:
    """What a car charges above half of its power, or above the least it can."""
    gentle, store = max(ev.max_kw / 2, ev.min_kw), model.node.evs[ev.name]
    powers = (answer.values[index] for index in store.charge)
    return sum(h * max(kw - gentle, 0.0) for h, kw in zip(model.problem.horizon.hours, powers, strict=True))


def longer(model: Model, answer: Fixed, ev: Ev) -> list[bool | None] | None:
    """The car's bits with its runs lengthened, later steps first, as far as its energy keeps every step at ``min_kw``.

    None where it has no bits, or no step to lengthen them by.
    """
    if not model.node.running.get(ev.name):
        return None
    bits, hours = bits_of(model, answer.values, ev.name), model.problem.horizon.hours
    used = [k for k, on in enumerate(bits) if on]
    if not used:
        return None
    dearest = max(answer.energy_value[k] for k in used) + _SAME_PRICE
    charge = [answer.values[index] for index in model.node.evs[ev.name].charge]
    energy = sum(h * kw for h, kw in zip(hours, charge, strict=True))
    wanted = energy / max(ev.max_kw / 2, ev.min_kw) - sum(hours[k] for k in used)
    changed = list(bits)
    for _, end in runs_of(bits):
        for k in range(end, model.node.steps):
            if changed[k] is not False or answer.energy_value[k] > dearest or wanted <= 0:
                break
            changed[k], wanted = True, wanted - hours[k]
    for begin, _ in runs_of(bits):
        for k in range(begin - 1, -1, -1):
            if changed[k] is not False or answer.energy_value[k] > dearest or wanted <= 0:
                break
            changed[k], wanted = True, wanted - hours[k]
    return changed if changed != bits else None
