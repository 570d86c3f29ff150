"""What a plan's series amount to: costs, terminal value, comfort, shortfalls and the value of each tier."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .given import Given
from .limits import excess_of, limits_of, starts_in

#: A power above this (kW) counts as on.
ON_KW = 1e-5


@dataclass
class Evaluation:
    """money: what the cost function minimises. shortfalls: (device, wish, amount, unit), also the tiny ones.

    tiers: the kWh of each tier in order. comfort_k_hours: by device. Null terminal values count as 0.
    """

    costs: dict[str, float]
    terminal_value: float
    comfort: float
    money: float
    tiers: dict[str, float]
    shortfalls: list[tuple[str, str, float, str]] = field(default_factory=list)
    outside: dict[str, float] = field(default_factory=dict)


def starts_of(power: np.ndarray, on_now: bool) -> int:
    on = np.concatenate([[on_now], np.asarray(power) > ON_KW])
    return int(np.sum(on[1:] & ~on[:-1]))


def evaluate(problem: dict[str, Any], plan: dict[str, Any]) -> Evaluation:
    g = Given(problem)
    bought, sold = np.array(plan["grid"]["import_kw"]), np.array(plan["grid"]["export_kw"])
    costs = {
        "import": float(np.sum(g.hours * g.import_price * bought)) + _blocks(g, bought),
        "export": -float(np.sum(g.hours * g.export_price * sold)),
        "wear": sum(
            b["wear_cost_per_kwh"] * float(np.sum(g.hours * plan["batteries"][b["name"]]["discharge_kw"]))
            for b in g.batteries
        ),
        "capacity": 0.0,
        "starts": sum(
            load["start_cost"] * starts_of(plan["loads"][load["name"]]["power_kw"], load["on_now"])
            for load in g.interruptibles
        ),
        "carbon": g.carbon_price * float(np.sum(g.hours * g.carbon * bought)),
    }
    if g.capacity_charge is not None:
        peak = max(g.capacity_charge["peak_so_far_kw"], float(np.max(bought)))
        costs["capacity"] = g.capacity_charge["price_per_kw"] * peak
    costs["net"] = sum(costs.values())
    shortfalls, comfort = _wishes(g, plan)
    terminal = _terminal(g, plan)
    money = costs["net"] + comfort - terminal
    if g.cost_function == "cost":
        money -= costs["export"]
    beyond = [*_grid_excess(g, bought, sold), *(one for limit in limits_of(g) for one in excess_of(g, limit, plan))]
    outside = {b["name"]: _outside(b, plan["batteries"][b["name"]]["soc"]) for b in g.batteries}
    tiers = {
        "grid_excess_kwh": sum(amount for _, _, amount, _ in beyond),
        "soc_outside_kwh": sum(outside.values()),
        "programs_late_minutes": _late(g, plan),
        "wishes_short_kwh": sum(amount for _, _, amount, unit in shortfalls if unit == "kWh"),
    }
    if g.cost_function == "self_consumption":
        curtailed = sum((np.array(one["curtailed_kw"]) for one in plan["pv"].values()), np.zeros(g.n))
        tiers["exported_or_curtailed_kwh"] = float(np.sum(g.hours * (sold + curtailed)))
    shortfalls += [one for one in beyond if one[2] > 0.0]
    return Evaluation(costs, terminal, comfort, money, tiers, shortfalls, outside)


def _grid_excess(g: Given, bought: np.ndarray, sold: np.ndarray) -> list[tuple[str, str, float, str]]:
    excess = []
    for what, limit, flow in (("import limit", g.import_limit, bought), ("export limit", g.export_limit, sold)):
        if limit is not None:
            excess.append(("grid", what, float(np.sum(g.hours * np.clip(flow - limit, 0.0, None))), "kWh"))
    return excess


def _blocks(g: Given, bought: np.ndarray) -> float:
    """What the blocks of energy cost beside the price, by the import in each window."""
    cost = 0.0
    for block in g.blocks:
        imported = float(np.sum(bought * g.overlap(g.after(block["from"]), g.after(block["until"]))))
        left = max(0.0, block["kwh"] - block["used_kwh"])
        cost += block["price_difference_per_kwh"] * min(left, imported)
    return cost


def _outside(battery: dict[str, Any], soc: list[float]) -> float:
    after = np.array(soc[1:])
    fraction = np.clip(battery["soc_min"] - after, 0.0, None) + np.clip(after - battery["soc_max"], 0.0, None)
    return float(np.sum(fraction)) * battery["capacity_kwh"]


def _late(g: Given, plan: dict[str, Any]) -> float:
    """Minutes by which the programs that do not run yet end after their windows (or the horizon)."""
    begins = starts_in(g, plan)
    return sum(g.late_minutes(one, begins[one["name"]]) for one in g.shiftables if one["running_since"] is None)


def _terminal(g: Given, plan: dict[str, Any]) -> float:
    value = 0.0
    for key, stores, size in (("batteries", g.batteries, "capacity_kwh"), ("evs", g.evs, "battery_kwh")):
        for one in stores:
            value += (one["terminal_value_per_kwh"] or 0.0) * plan[key][one["name"]]["soc"][-1] * one[size]
    for one in g.thermals:
        temperature = plan["loads"][one["name"]]["temperature_c"]
        sign = 1.0 if one["mode"] == "heat" else -1.0
        gained = sign * g.series(one["capacity_kwh_per_k"])[-1] * (temperature[-1] - temperature[0])
        value += (one["terminal_value_per_kwh"] or 0.0) * gained
    return value


def _wishes(g: Given, plan: dict[str, Any]) -> tuple[list[tuple[str, str, float, str]], float]:
    """Every wish that falls short, and the price of comfort."""
    found: list[tuple[str, str, float, str]] = []
    comfort = 0.0
    stores = [(b, "batteries", b["capacity_kwh"], b["soc_targets"]) for b in g.batteries]
    stores += [(e, "evs", e["battery_kwh"], e["targets"]) for e in g.evs]
    for one, key, size, wishes in stores:
        soc = plan[key][one["name"]]["soc"]
        for hours, target in g.targets(wishes):
            held = sum(soc[post] * weight for post, weight in g.interpolate(hours))
            found.append((one["name"], "target", (target - held) * size, "kWh"))
    for one in g.interruptibles:
        power = np.array(plan["loads"][one["name"]]["power_kw"])
        for quota in one["quotas"]:
            served = float(np.sum(power * g.overlap(g.after(quota["from"]), g.after(quota["until"]))))
            found.append((one["name"], "quota", quota["kwh"] - served, "kWh"))
    begins = starts_in(g, plan)
    for one in g.shiftables:
        if one["running_since"] is None:
            step = begins[one["name"]]
            begin = None if step is None else float(g.posts[step])
        else:
            begin = g.after(one["running_since"])
        if begin is not None:
            late = (begin + g.duration(one) - g.after(one["latest_finish"])) * 60.0
            found.append((one["name"], "finish", late, "minutes"))
    for one in g.thermals:
        temperature = np.array(plan["loads"][one["name"]]["temperature_c"])[1:]
        outside = np.maximum(g.series(one["min_c"]) - temperature, temperature - g.series(one["max_c"]))
        k_hours = float(np.sum(g.hours * np.clip(outside, 0.0, None)))
        comfort += one["comfort_penalty_per_k_hour"] * k_hours
        found.append((one["name"], "comfort", k_hours, "K h"))
    return [one for one in found if one[2] > 0.0], comfort
