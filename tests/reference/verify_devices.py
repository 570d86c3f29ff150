"""The rules of single devices, checked on their series. Each function returns sentences."""

from __future__ import annotations

from typing import Any

import numpy as np

from .evaluate import ON_KW, starts_of
from .given import Given
from .limits import may_be_late, starts_in


def _either_or(name: str, charge: np.ndarray, discharge: np.ndarray, tolerance: float) -> list[str]:
    both = np.minimum(charge, discharge)
    if both.max() > tolerance:
        return [f"{name}: charges and discharges {both.max():.6f} kW in step {both.argmax()}"]
    return []


def _at_most(name: str, what: str, power: np.ndarray, limit: np.ndarray | float, tolerance: float) -> list[str]:
    over = power - limit
    if over.max() > tolerance:
        return [f"{name}: {what} {power[over.argmax()]:.6f} kW in step {over.argmax()}, beyond its limit"]
    return []


def _semi_continuous(name: str, power: np.ndarray, low: float, high: float, tolerance: float) -> list[str]:
    wrong = (power > tolerance) & ((power < low - tolerance) | (power > high + tolerance))
    if wrong.any():
        k = int(wrong.argmax())
        return [f"{name}: {power[k]:.6f} kW in step {k} is neither 0 nor within {low}..{high}"]
    return []


def _energy(g: Given, one: dict[str, Any], plan: dict[str, Any], capacity: float, tolerance: float) -> list[str]:
    """The recursion, each step on its own and from the start (so that errors cannot creep)."""
    name, energy = one["name"], np.array(plan["soc"]) * capacity
    charge, discharge = np.array(plan["charge_kw"]), np.array(plan["discharge_kw"])
    flow = charge * one["charge_efficiency"] - discharge / one["discharge_efficiency"]
    gains = g.hours * (flow - one.get("standing_loss_kw", 0.0))
    room = tolerance * max(1.0, capacity)
    faults = []
    if abs(energy[0] - one["soc"] * capacity) > room:
        faults.append(f"{name}: soc begins at {plan['soc'][0]}, not {one['soc']}")
    off = np.abs(np.diff(energy) - gains)
    if off.max() > room:
        faults.append(f"{name}: the energy equation is off by {off.max():.6f} kWh in step {off.argmax()}")
    drift = abs(energy[-1] - energy[0] - gains.sum())
    if drift > 3 * room:
        faults.append(f"{name}: the energy equation drifts by {drift:.6f} kWh over the horizon")
    return faults


def _curve(g: Given, one: dict[str, Any], plan: dict[str, Any], tolerance: float) -> list[str]:
    """Charging within the curve at the middle of each step; the SoC there is known to `tolerance`."""
    soc, charge = np.array(plan["soc"]), np.array(plan["charge_kw"])
    middle = (soc[:-1] + soc[1:]) / 2.0
    limit = np.maximum(g.curve_kw(one, middle - tolerance), g.curve_kw(one, middle + tolerance))
    over = charge - limit
    if over.max() > tolerance:
        k = int(over.argmax())
        return [f"{one['name']}: charges {charge[k]:.6f} kW in step {k}, its curve allows {limit[k]:.6f}"]
    return []


def check_battery(g: Given, one: dict[str, Any], plan: dict[str, Any], tolerance: float) -> list[str]:
    name, soc = one["name"], np.array(plan["soc"])
    charge, discharge = np.array(plan["charge_kw"]), np.array(plan["discharge_kw"])
    faults = _either_or(name, charge, discharge, tolerance)
    faults += _at_most(name, "charges", charge, one["charge_limit_kw"], tolerance)
    faults += _at_most(name, "discharges", discharge, one["discharge_limit_kw"], tolerance)
    faults += _energy(g, one, plan, one["capacity_kwh"], tolerance)
    faults += _curve(g, one, plan, tolerance)
    # One without capacity holds nothing that it could lose.
    lost = one["standing_loss_kw"] * g.hours / one["capacity_kwh"] if one["capacity_kwh"] else 0 * g.hours
    for k in range(g.n):
        before, after = soc[k], soc[k + 1]
        if after > max(one["soc_max"], before) + tolerance:
            faults.append(f"{name}: soc {after:.6f} after step {k}, above {one['soc_max']} and rising")
        if after < min(one["soc_min"], before) - lost[k] - tolerance:
            faults.append(f"{name}: soc {after:.6f} after step {k}, below {one['soc_min']} and falling")
        if charge[k] > tolerance and after > one["soc_max"] + tolerance:
            faults.append(f"{name}: charges in step {k} though soc {after:.6f} is above {one['soc_max']}")
        if discharge[k] > tolerance and after < one["soc_min"] - tolerance:
            faults.append(f"{name}: discharges in step {k} though soc {after:.6f} is below {one['soc_min']}")
    return faults


def check_ev(g: Given, one: dict[str, Any], plan: dict[str, Any], tolerance: float) -> list[str]:
    name, soc = one["name"], np.array(plan["soc"])
    charge, discharge = np.array(plan["charge_kw"]), np.array(plan["discharge_kw"])
    here = np.array(one["connected"], dtype=bool)
    faults = _either_or(name, charge, discharge, tolerance)
    faults += _semi_continuous(name, charge, one["min_kw"], one["max_kw"], tolerance)
    faults += _at_most(name, "charges", charge, np.where(here, np.inf, 0.0), tolerance)
    faults += _at_most(name, "discharges", discharge, here * one["discharge_limit_kw"], tolerance)
    faults += _energy(g, one, plan, one["battery_kwh"], tolerance)
    faults += _curve(g, one, plan, tolerance)
    if soc.min() < -tolerance:
        faults.append(f"{name}: soc {soc.min():.6f} is below 0")
    too_full = (charge > tolerance) & (soc[1:] > one["soc_max"] + tolerance)
    if too_full.any():
        k = int(too_full.argmax())
        faults.append(f"{name}: charges in step {k} to soc {soc[k + 1]:.6f}, above {one['soc_max']}")
    return faults


def check_program(g: Given, one: dict[str, Any], plan: dict[str, Any], tolerance: float) -> list[str]:
    name, power = one["name"], np.array(plan["power_kw"])
    if one["running_since"] is not None:
        off = np.abs(power - g.program(one, g.after(one["running_since"])))
        return [f"{name}: the running program is moved ({off.max():.6f} kW)"] if off.max() > tolerance else []
    if power.max() <= tolerance and (may_be_late(g, one) or not g.starts(one)):
        return []  # beyond the horizon, or kept out by the grid limit: the comparison of tiers judges that
    if not g.starts(one):
        return [f"{name}: runs though its window is beyond the horizon"]
    if (step := g.start_of(one, power, tolerance)) is None:
        return [f"{name}: does not follow its profile from a boundary in its window"]
    least = min(g.late_minutes(one, k) for k in g.starts(one))
    late = g.late_minutes(one, step)
    if not may_be_late(g, one) and late > least + 1e-6:
        return [f"{name}: starts at step {step}, {late:.0f} min late where {least:.0f} are possible"]
    return []


def check_order(g: Given, plan: dict[str, Any], tolerance: float) -> list[str]:
    """No program starts before the one that it waits for has ended, nor runs if that one does not."""
    faults, begins = [], starts_in(g, plan)
    for one in g.shiftables:
        other, begin = g.awaited(one), begins.get(one["name"])
        if other is None or begin is None or max(plan["loads"][one["name"]]["power_kw"]) <= tolerance:
            continue  # a running `other` ends before the first of the boundaries that `begins` knows
        ahead = begins.get(other["name"])
        if other["running_since"] is None and ahead is None:
            faults.append(f"{one['name']}: runs though {other['name']} does not")
        elif ahead is not None and g.posts[begin] < g.posts[ahead] + g.duration(other) - 1e-9:
            faults.append(f"{one['name']}: starts at step {begin} before {other['name']} has ended")
    return faults


def _run_times(g: Given, one: dict[str, Any], power: np.ndarray) -> list[str]:
    """The minimum on and off times."""
    name, on, faults = one["name"], power > ON_KW, []
    if (g.forced_on(one) & ~on).any():
        faults.append(f"{name}: is switched off before its minimum on time is over")
    least_on, least_off = one["min_on_minutes"] / 60.0, one["min_off_minutes"] / 60.0
    state = bool(one["on_now"])
    for k in range(g.n):
        if on[k] != state:
            least = least_on if on[k] else least_off
            held = (g.posts[k:-1] - g.posts[k]) < least - 1e-9
            if (on[k:][held] != on[k]).any():
                faults.append(f"{name}: is {'on' if on[k] else 'off'} from step {k} for too short a time")
            state = bool(on[k])
    return faults


def check_interruptible(g: Given, one: dict[str, Any], plan: dict[str, Any], tolerance: float) -> list[str]:
    name, power = one["name"], np.array(plan["power_kw"])
    low = one["power_kw"] if one["min_power_kw"] is None else one["min_power_kw"]
    faults = _semi_continuous(name, power, low, one["power_kw"], tolerance)
    faults += _run_times(g, one, power)
    starts = starts_of(power, one["on_now"])
    if one["max_starts"] is not None and starts > one["max_starts"]:
        faults.append(f"{name}: starts {starts} times, {one['max_starts']} allowed")
    return faults


def check_thermal(g: Given, one: dict[str, Any], plan: dict[str, Any], tolerance: float) -> list[str]:
    name, power, heat = one["name"], np.array(plan["power_kw"]), np.array(plan["temperature_c"])
    low = one["power_kw"] if one["min_power_kw"] is None else one["min_power_kw"]
    faults = _semi_continuous(name, power, low, one["power_kw"], tolerance) + _run_times(g, one, power)
    sign = 1.0 if one["mode"] == "heat" else -1.0
    keys = ("cop", "capacity_kwh_per_k", "loss_kw_per_k", "ambient_c", "draw_kw")
    cop, capacity, loss, ambient, draw = (g.series(one[key]) for key in keys)
    after = heat[:-1] + g.hours / capacity * (sign * power * cop - loss * (heat[:-1] - ambient) - draw)
    room = tolerance * np.maximum(1.0, g.hours / capacity * (np.abs(cop) + 1.0))
    if abs(heat[0] - one["temperature_c"]) > tolerance:
        faults.append(f"{name}: temperature begins at {heat[0]}, not {one['temperature_c']}")
    off = np.abs(heat[1:] - after)
    if (off > room).any():
        faults.append(f"{name}: the heat equation is off by {off.max():.6f} K in step {off.argmax()}")
    return faults
