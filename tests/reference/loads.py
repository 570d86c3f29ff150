"""Controllable loads of the reference: programs, interruptible loads and heat stores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .given import Given
from .linear import Linear, Model, total


@dataclass
class Load:
    """power: N; temperature: N+1 or none; short_kwh: of its quotas; late_minutes: of a program."""

    name: str
    power: list[Linear]
    short_kwh: Linear
    start_cost: Linear
    comfort: Linear
    terminal: Linear
    temperature: list[Linear]
    late_minutes: Linear


def _load(name: str, power: list[Linear], **other: Any) -> Load:
    names = ("short_kwh", "start_cost", "comfort", "terminal", "late_minutes")
    return Load(name, power, **{**{key: Linear() for key in names}, "temperature": [], **other})


def add_shiftable(m: Model, g: Given, data: dict[str, Any]) -> Load:
    if data["running_since"] is not None:
        fixed = g.program(data, g.after(data["running_since"]))
        return _load(data["name"], [Linear({}, value) for value in fixed])
    steps = g.starts(data)
    if not steps:
        return _load(data["name"], [Linear() for _ in range(g.n)])
    chosen, never = [m.binary() for _ in steps], m.binary()
    m.equal(total(chosen) + never, 1.0)
    programs = [g.program(data, float(g.posts[k])) for k in steps]
    power = [total([pick * run[k] for pick, run in zip(chosen, programs, strict=True)]) for k in range(g.n)]
    late = [pick * g.late_minutes(data, k) for pick, k in zip(chosen, steps, strict=True)]
    return _load(data["name"], power, late_minutes=total([*late, never * g.late_minutes(data, None)]))


def _switched(m: Model, g: Given, data: dict[str, Any]) -> tuple[list[Linear], list[Linear]]:
    """On/off binaries and powers: fixed when on, or within min..power."""
    on = [m.binary() for _ in range(g.n)]
    if data["min_power_kw"] is None:
        return on, [state * data["power_kw"] for state in on]
    power = [m.variable(0.0, data["power_kw"]) for _ in range(g.n)]
    for k in range(g.n):
        m.at_most(power[k], on[k] * data["power_kw"])
        m.at_most(on[k] * data["min_power_kw"], power[k])
    return on, power


def add_interruptible(m: Model, g: Given, data: dict[str, Any]) -> Load:
    on, power = _switched(m, g, data)
    before = [Linear({}, 1.0 if data["on_now"] else 0.0), *on[:-1]]
    starts = [m.binary() for _ in range(g.n)]
    stops = [m.binary() for _ in range(g.n)]
    for k in range(g.n):
        # A start and a stop in one step cancel out here, and are excluded by the second row.
        m.equal(starts[k] - stops[k], on[k] - before[k])
        m.at_most(starts[k], on[k])
        m.at_most(stops[k], 1.0 - on[k])
        for j in range(k, g.n):
            since = float(g.posts[j] - g.posts[k])
            if since < data["min_on_minutes"] / 60.0 - 1e-9:
                m.at_most(starts[k], on[j])
            if since < data["min_off_minutes"] / 60.0 - 1e-9:
                m.at_most(stops[k], 1.0 - on[j])
        if g.forced_on(data)[k]:
            m.equal(on[k], 1.0)
    if data["max_starts"] is not None:
        m.at_most(total(starts), data["max_starts"])
    short = []
    for quota in data["quotas"]:
        within = g.overlap(g.after(quota["from"]), g.after(quota["until"]))
        gap = m.variable(0.0, quota["kwh"])
        m.at_most(quota["kwh"] - total([power[k] * within[k] for k in range(g.n)]), gap)
        short.append(gap)
    cost = total(starts) * data["start_cost"]
    return _load(data["name"], power, short_kwh=total(short), start_cost=cost)


def add_thermal(m: Model, g: Given, data: dict[str, Any]) -> Load:
    _, power = _switched(m, g, data)
    sign = 1.0 if data["mode"] == "heat" else -1.0
    names = ("cop", "capacity_kwh_per_k", "loss_kw_per_k", "ambient_c", "draw_kw", "min_c", "max_c")
    cop, capacity, loss, ambient, draw, low, high = (g.series(data[name]) for name in names)
    temperature = [Linear({}, data["temperature_c"])]
    comfort = []
    for k in range(g.n):
        after = m.variable(-1e6, 1e6)
        heat = power[k] * (sign * cop[k]) - (temperature[k] - ambient[k]) * loss[k] - draw[k]
        m.equal(after, temperature[k] + heat * (g.hours[k] / capacity[k]))
        temperature.append(after)
        outside = m.variable(0.0, 1e6)
        m.at_most(after - high[k], outside)
        m.at_most(low[k] - after, outside)
        comfort.append(outside * (g.hours[k] * data["comfort_penalty_per_k_hour"]))
    gained = (temperature[-1] - temperature[0]) * (sign * float(capacity[-1]))
    terminal = gained * data["terminal_value_per_kwh"]
    return _load(data["name"], power, comfort=total(comfort), terminal=terminal, temperature=temperature)
