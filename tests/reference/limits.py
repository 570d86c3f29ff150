"""Limits beside the grid's own, of phases and groups, as weighted sums of devices; and what they can delay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .given import Given


@dataclass
class Limit:
    """shares: of each device's power, by name; load: of load_kw. Arrays are N, kW; None is no limit.

    unstoppable, uncurtailable: what alone may exceed the limit of the one and of the other direction.
    """

    device: str
    what: str
    shares: dict[str, float]
    load: np.ndarray
    most_in: np.ndarray | None
    most_out: np.ndarray | None
    unstoppable: np.ndarray
    uncurtailable: np.ndarray


def limits_of(g: Given) -> list[Limit]:
    found = []
    if g.phase_limit is not None:
        for number in (1, 2, 3):
            shares = {one["name"]: _share(one["phase"], number) for one in _devices(g)}
            load = g.load * g.load_phase_shares[number - 1]
            named = {name: share for name, share in shares.items() if share > 0.0}
            found.append(_limit(g, ("grid", f"phase {number}"), named, load, (g.phase_limit, None)))
    for group in g.groups:
        bounds = [
            None if group[key] is None else g.series(group[key]) for key in ("import_limit_kw", "export_limit_kw")
        ]
        shares = {name: 1.0 for name in group["devices"]}
        found.append(_limit(g, (group["name"], group["name"]), shares, np.zeros(g.n), (bounds[0], bounds[1])))
    return found


def _devices(g: Given) -> list[dict[str, Any]]:
    return [*g.pv, *g.batteries, *g.evs, *g.shiftables, *g.interruptibles, *g.thermals]


def _share(phase: int | None, number: int) -> float:
    return 1.0 / 3.0 if phase is None else float(phase == number)


def _limit(
    g: Given,
    names: tuple[str, str],
    shares: dict[str, float],
    load: np.ndarray,
    bounds: tuple[np.ndarray | None, np.ndarray | None],
) -> Limit:
    unstoppable, uncurtailable = load.copy(), np.zeros(g.n)
    for name, power in g.kept_running().items():
        unstoppable += power * shares.get(name, 0.0)
    for pv in g.pv:
        if not pv["curtailable"]:
            uncurtailable += g.series(pv["forecast_kw"]) * shares.get(pv["name"], 0.0)
    return Limit(*names, shares, load, *bounds, unstoppable, uncurtailable)


def flow_of(limit: Limit, plan: dict[str, Any]) -> np.ndarray:
    """What the devices of a limit take together in each step of a plan (kW); negative is what they give."""
    flow = limit.load.copy()
    signs = {"used_kw": -1.0, "charge_kw": 1.0, "discharge_kw": -1.0, "power_kw": 1.0}
    for key in ("pv", "batteries", "evs", "loads"):
        for name, series in plan.get(key, {}).items():
            for kind, sign in signs.items():
                if kind in series and name in limit.shares:
                    flow = flow + sign * limit.shares[name] * np.array(series[kind], dtype=float)
    return flow


def excess_of(g: Given, limit: Limit, plan: dict[str, Any]) -> list[tuple[str, str, float, str]]:
    """(device, wish, kWh beyond the limit, unit) for each direction that is limited."""
    flow, found = flow_of(limit, plan), []
    for way, bound, power in (("import", limit.most_in, flow), ("export", limit.most_out, -flow)):
        if bound is not None:
            beyond = float(np.sum(g.hours * np.clip(power - bound, 0.0, None)))
            found.append((limit.device, f"{limit.what}, {way}", beyond, "kWh"))
    return found


def may_be_late(g: Given, load: dict[str, Any]) -> bool:
    """Whether a limit of import may leave a program, or the one that it waits for, no start on time."""
    if g.import_limit is not None or g.phase_limit is not None:
        return True
    if any(group["import_limit_kw"] is not None and load["name"] in group["devices"] for group in g.groups):
        return True
    other = g.awaited(load)
    return other is not None and other["running_since"] is None and may_be_late(g, other)


def starts_in(g: Given, plan: dict[str, Any]) -> dict[str, int | None]:
    """The step at which each program that does not run yet starts in a plan; None: it does not run.

    Where a power fits several starts, one after the awaited program's end is taken if there is one.
    """
    found: dict[str, int | None] = {}

    def begin(one: dict[str, Any]) -> int | None:
        if one["name"] not in found:
            power = np.array(plan["loads"][one["name"]]["power_kw"])
            other, not_before = g.awaited(one), -1e9
            if other is not None and other["running_since"] is None:
                ahead = begin(other)
                not_before = 1e9 if ahead is None else float(g.posts[ahead]) + g.duration(other)
            step = g.start_of(one, power, not_before=not_before)
            if step is None and power.max() > 1e-4:
                step = g.start_of(one, power)
            found[one["name"]] = step
        return found[one["name"]]

    for one in g.shiftables:
        if one["running_since"] is None:
            begin(one)
    return found
