"""Controllable loads of the reference: programs, interruptible loads and heat stores."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .given import Given
from .limits import may_be_late
from .linear import Linear, Model, total


@dataclass
class Load:
    """power: N; temperature: N+1 or none; short_kwh: of its quotas; late_minutes and chosen (by step): of a program."""

    name: str
    power: list[Linear]
    short_kwh: Linear
    start_cost: Linear
    comfort: Linear
    terminal: Linear
    temperature: list[Linear]
    late_minutes: Linear
    chosen: dict[int, Linear] = field(default_factory=dict)


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
    never = m.variable(0.0, 0.0)
    if may_be_late(g, data):
        never = m.binary()
    else:
        least = min(g.late_minutes(data, k) for k in steps)
        steps = [k for k in steps if g.late_minutes(data, k) <= least + 1e-6]
    chosen = {k: m.binary() for k in steps}
    m.equal(total(list(chosen.values())) + never, 1.0)
    programs = {k: g.program(data, float(g.posts[k])) for k in steps}
    power = [total([pick * programs[j][k] for j, pick in chosen.items()]) for k in range(g.n)]
    late = [pick * g.late_minutes(data, k) for k, pick in chosen.items()]
    late.append(never * g.late_minutes(data, None))
    return _load(data["name"], power, late_minutes=total(late), chosen=chosen)


def wait_for_each_other(m: Model, g: Given, loads: list[Load]) -> None:
    """A program with `after` starts only where the other has started early enough to have ended."""
    by_name = {load.name: load for load in loads}
    for data in g.shiftables:
        other = g.awaited(data)
        if other is None or other["running_since"] is not None:
            continue  # the end of a running program is known: `Given.starts` has it
        for k, pick in by_name[data["name"]].chosen.items():
            latest = float(g.posts[k]) - g.duration(other) + 1e-9
            m.at_most(pick, total([one for j, one in by_name[other["name"]].chosen.items() if g.posts[j] <= latest]))


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


def _runs(m: Model, g: Given, data: dict[str, Any], on: list[Linear]) -> list[Linear]:
    """Starts and stops, and how long the state then holds. Returns the starts."""
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
    return starts


def add_interruptible(m: Model, g: Given, data: dict[str, Any]) -> Load:
    on, power = _switched(m, g, data)
    starts = _runs(m, g, data, on)
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
    on, power = _switched(m, g, data)
    if data["min_on_minutes"] or data["min_off_minutes"]:
        _runs(m, g, data, on)
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
