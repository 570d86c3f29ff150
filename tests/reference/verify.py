"""Every rule of the contract, checked on a plan's series; each violation is one sentence."""

from __future__ import annotations

from typing import Any

import numpy as np

from .evaluate import Evaluation, evaluate
from .given import Given, instant
from .limits import Limit, flow_of, limits_of, starts_in
from .verify_devices import check_battery, check_ev, check_interruptible, check_order, check_program, check_thermal

TOLERANCE = 1e-5
_UNITS = {"kWh": "kWh", "minutes": "minutes", "min": "minutes", "K h": "K h"}
_STATUSES = ("optimal", "feasible", "fallback")


def verify(problem: dict[str, Any], plan: dict[str, Any], tolerance: float = TOLERANCE) -> list[str]:
    """The violations of the contract by a plan document (kW, kWh, SoC and K within `tolerance`)."""
    g = Given(problem)
    faults = _shape(g, problem, plan)
    if faults:
        return faults
    for pv in g.pv:
        faults += _pv(g, pv, plan["pv"][pv["name"]], tolerance)
    for one in g.batteries:
        faults += check_battery(g, one, plan["batteries"][one["name"]], tolerance)
    for one in g.evs:
        faults += check_ev(g, one, plan["evs"][one["name"]], tolerance)
    for one in g.shiftables:
        faults += check_program(g, one, plan["loads"][one["name"]], tolerance)
    for one in g.interruptibles:
        faults += check_interruptible(g, one, plan["loads"][one["name"]], tolerance)
    for one in g.thermals:
        faults += check_thermal(g, one, plan["loads"][one["name"]], tolerance)
    faults += _grid(g, plan, tolerance)
    faults += _flags(g, plan, tolerance)
    faults += check_order(g, plan, tolerance)
    for limit in limits_of(g):
        faults += _limit(limit, flow_of(limit, plan), tolerance)
    found = evaluate(problem, plan)
    faults += _money(g, plan, found, tolerance)
    faults += _shortfalls(g, plan, found)
    return faults


def _shape(g: Given, problem: dict[str, Any], plan: dict[str, Any]) -> list[str]:
    faults = []
    if plan.get("schema") != "hems.plan/1":
        faults.append(f"schema is {plan.get('schema')!r}")
    if plan.get("status") not in _STATUSES:
        faults.append(f"status is {plan.get('status')!r}")
    if instant(plan["start"]) != g.start:
        faults.append(f"start is {plan['start']}, not {problem['start']}")
    if not np.allclose(plan["step_minutes"], problem["step_minutes"], atol=1e-9, rtol=0.0):
        faults.append("step_minutes differ from the problem's")
    wanted: dict[str, dict[str, int]] = {"grid": {"import_kw": g.n, "export_kw": g.n}}
    for pv in g.pv:
        wanted[f"pv/{pv['name']}"] = {"used_kw": g.n, "curtailed_kw": g.n}
    for key, stores in (("batteries", g.batteries), ("evs", g.evs)):
        for one in stores:
            wanted[f"{key}/{one['name']}"] = {"charge_kw": g.n, "discharge_kw": g.n, "soc": g.n + 1}
    for one in [*g.shiftables, *g.interruptibles]:
        wanted[f"loads/{one['name']}"] = {"power_kw": g.n}
    for one in g.thermals:
        wanted[f"loads/{one['name']}"] = {"power_kw": g.n, "temperature_c": g.n + 1}
    for path, series in wanted.items():
        part: Any = plan
        for key in path.split("/"):
            part = part.get(key, {})
        for name, length in series.items():
            values = part.get(name)
            if values is None or len(values) != length:
                faults.append(f"{path}.{name} has {None if values is None else len(values)} of {length} values")
            elif not np.all(np.isfinite(np.array(values, dtype=float))):
                faults.append(f"{path}.{name} is not finite everywhere")
            elif name.endswith("_kw") and min(values) < -TOLERANCE:
                faults.append(f"{path}.{name} is negative ({min(values)})")
    for key in ("pv", "batteries", "evs", "loads"):
        known = {path.split("/", 1)[1] for path in wanted if path.startswith(f"{key}/")}
        faults += [f"{key}.{name} is no device of the problem" for name in plan.get(key, {}) if name not in known]
    values = plan.get("energy_value", [])
    if len(values) != g.n or not np.all(np.isfinite(np.array(values, dtype=float))):
        faults.append(f"energy_value has {len(values)} of {g.n} finite values")
    for name, sentences in plan.get("reasons", {}).items():
        if len(sentences) != g.n:
            faults.append(f"reasons.{name} has {len(sentences)} of {g.n} sentences")
    for name in ("baseline_net", "terminal_value"):
        if not isinstance(plan.get(name), int | float) or not np.isfinite(plan[name]):
            faults.append(f"{name} is {plan.get(name)!r}")
    return faults


def _pv(g: Given, pv: dict[str, Any], plan: dict[str, Any], tolerance: float) -> list[str]:
    faults = []
    used, curtailed = np.array(plan["used_kw"]), np.array(plan["curtailed_kw"])
    off = np.abs(used + curtailed - g.series(pv["forecast_kw"]))
    if off.max() > tolerance:
        faults.append(f"{pv['name']}: used + curtailed differs from the forecast by {off.max():.6f} kW")
    if not pv["curtailable"] and curtailed.max() > tolerance:
        faults.append(f"{pv['name']}: curtails {curtailed.max():.6f} kW though it is not curtailable")
    return faults


def _sum(plan: dict[str, Any], key: str, series: str, n: int, names: list[str] | None = None) -> np.ndarray:
    devices = plan.get(key, {})
    chosen = devices if names is None else names
    return sum((np.array(devices[name][series], dtype=float) for name in chosen), np.zeros(n))


def _grid(g: Given, plan: dict[str, Any], tolerance: float) -> list[str]:
    faults = []
    bought, sold = np.array(plan["grid"]["import_kw"]), np.array(plan["grid"]["export_kw"])
    needed = g.load - _sum(plan, "pv", "used_kw", g.n) + _sum(plan, "loads", "power_kw", g.n)
    for key in ("batteries", "evs"):
        needed = needed + _sum(plan, key, "charge_kw", g.n) - _sum(plan, key, "discharge_kw", g.n)
    off = np.abs(bought - sold - needed)
    if off.max() > tolerance:
        faults.append(f"balance is off by {off.max():.6f} kW in step {off.argmax()}")
    both = np.minimum(bought, sold)
    if both.max() > tolerance:
        faults.append(f"imports and exports {both.max():.6f} kW in step {both.argmax()}")
    if g.import_limit is not None:
        unstoppable = g.load + g.running()
        over = bought - np.maximum(g.import_limit, unstoppable)
        if over.max() > tolerance:
            k = int(over.argmax())
            faults.append(
                f"imports {bought[k]:.6f} kW in step {k}: limit {g.import_limit[k]:.6f}, "
                f"unstoppable {unstoppable[k]:.6f}"
            )
    if g.export_limit is not None:
        fixed = sum((g.series(p["forecast_kw"]) for p in g.pv if not p["curtailable"]), np.zeros(g.n))
        over = sold - np.maximum(g.export_limit, fixed)
        if over.max() > tolerance:
            k = int(over.argmax())
            faults.append(f"exports {sold[k]:.6f} kW in step {k}: limit {g.export_limit[k]:.6f}")
    return faults


def _limit(limit: Limit, flow: np.ndarray, tolerance: float) -> list[str]:
    faults = []
    if limit.most_in is not None:
        over = flow - np.maximum(limit.most_in, limit.unstoppable)
        if over.max() > tolerance:
            k = int(over.argmax())
            faults.append(f"{limit.what}: takes {flow[k]:.6f} kW in step {k}, limit {limit.most_in[k]:.6f}")
    if limit.most_out is not None:
        over = -flow - np.maximum(limit.most_out, limit.uncurtailable)
        if over.max() > tolerance:
            k = int(over.argmax())
            faults.append(f"{limit.what}: gives {-flow[k]:.6f} kW in step {k}, limit {limit.most_out[k]:.6f}")
    return faults


def _flags(g: Given, plan: dict[str, Any], tolerance: float) -> list[str]:
    def most(excess: np.ndarray, sentence: str) -> list[str]:
        worst = float(excess.max())
        return [f"{sentence} ({worst:.6f} kW too much in step {excess.argmax()})"] if worst > tolerance else []

    faults = []
    used = _sum(plan, "pv", "used_kw", g.n)
    bought, sold = np.array(plan["grid"]["import_kw"]), np.array(plan["grid"]["export_kw"])
    cars = _sum(plan, "evs", "discharge_kw", g.n)
    if names := [b["name"] for b in g.batteries if not b["grid_charging"]]:
        excess = _sum(plan, "batteries", "charge_kw", g.n, names) - used
        faults += most(excess, f"{', '.join(names)}: charges from the grid")
    if names := [b["name"] for b in g.batteries if not b["grid_export"]]:
        others = [b["name"] for b in g.batteries if b["grid_export"]]
        lawful = used + cars + _sum(plan, "batteries", "discharge_kw", g.n, others)
        faults += most(sold - lawful, f"{', '.join(names)}: discharges into the grid")
    if names := [e["name"] for e in g.evs if not e["from_home_battery"]]:
        excess = _sum(plan, "evs", "charge_kw", g.n, names) - bought - used - cars
        faults += most(excess, f"{', '.join(names)}: charges from the home battery")
    charged = _sum(plan, "batteries", "charge_kw", g.n) + _sum(plan, "evs", "charge_kw", g.n)
    surplus = used - g.load - _sum(plan, "loads", "power_kw", g.n) - charged
    for name in [e["name"] for e in g.evs if e["surplus_only"]]:
        own = np.array(plan["evs"][name]["charge_kw"])
        excess = np.where(own > tolerance, -surplus, 0.0)
        faults += most(excess, f"{name}: charges beyond the surplus")
    return faults


def _money(g: Given, plan: dict[str, Any], found: Evaluation, tolerance: float) -> list[str]:
    faults = []
    for name, value in found.costs.items():
        stated = plan.get("costs", {}).get(name)
        if stated is None or abs(stated - value) > tolerance * max(1.0, abs(value)):
            faults.append(f"costs.{name} is {stated}, from the series {value:.6f}")
    stores = [*g.batteries, *g.evs, *g.thermals]
    stated = plan["terminal_value"]
    explicit = all(one["terminal_value_per_kwh"] is not None for one in stores)
    if explicit and abs(stated - found.terminal_value) > tolerance * max(10.0, abs(found.terminal_value)):
        faults.append(f"terminal_value is {stated}, from the series {found.terminal_value:.6f}")
    return faults


def _shortfalls(g: Given, plan: dict[str, Any], found: Evaluation, near: float = 2e-3) -> list[str]:
    """Reported above 0.02, none below 0.001, and the amounts agree; summed by device and unit."""
    faults = []
    stated: dict[tuple[str, str], float] = {}
    for one in plan.get("shortfalls", []):
        if set(one) != {"device", "wish", "short_by", "unit", "reason"}:
            faults.append(f"a shortfall has the keys {sorted(one)}")
            continue
        if one["unit"] not in _UNITS:
            faults.append(f"{one['device']}: shortfall in the unit {one['unit']!r}")
        if one["short_by"] < 0.001:
            faults.append(f"{one['device']}: a shortfall of {one['short_by']} {one['unit']} is reported")
        key = (one["device"], _UNITS.get(one["unit"], one["unit"]))
        stated[key] = stated.get(key, 0.0) + one["short_by"]
    due: dict[tuple[str, str], float] = {}
    least: dict[tuple[str, str], float] = {}
    for device, _, amount, unit in found.shortfalls:
        due[device, unit] = due.get((device, unit), 0.0) + amount
        least[device, unit] = least.get((device, unit), 0.0) + (amount if amount > 0.02 + near else 0.0)
    # The contract states no amount for a program that the grid limit keeps out of the horizon.
    absent = {name for name, step in starts_in(g, plan).items() if step is None}
    for key in stated.keys() | due.keys():
        if key[0] in absent:
            continue
        said, most = stated.get(key, 0.0), due.get(key, 0.0)
        slack = near * max(1.0, most)
        # A battery outside its bounds may be reported as well; the contract names no wish for it.
        spare = found.outside.get(key[0], 0.0) if key[1] == "kWh" else 0.0
        if not least.get(key, 0.0) - slack <= said <= most + spare + slack:
            faults.append(f"{key[0]}: short by {most:.4f} {key[1]}, reported {said:.4f}")
    return faults
