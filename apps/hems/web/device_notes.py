"""One short note a device: what is wanted of it and what the plan makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from .flows import Flows
from .local_time import instant_words
from .steps import read_instant


def ev_note(spec: Mapping[str, Any], series: Mapping[str, Any], flows: Flows) -> str:
    """`40 -> 80 %, wanted: 80 % by Sun 07:00`."""
    if not any(spec["connected"]):
        return "not plugged in"
    soc: Sequence[float] = series["soc"]
    target = _next_target(spec.get("targets") or [], flows)
    if target is None:
        return f"{_percent(soc[0])} now, {_percent(soc[-1])} at the end"
    at, wanted = target
    reached = _soc_at(soc, at, flows)
    arrow = "\N{RIGHTWARDS ARROW}"
    by = f"by {instant_words(at, flows.steps.zone)}"
    return f"{round(soc[0] * 100)} {arrow} {_percent(reached)} {by}, wanted: {_percent(wanted)}"


def shiftable_note(spec: Mapping[str, Any], series: Mapping[str, Any], flows: Flows) -> str:
    """The window of a program, or that it runs now."""
    if spec.get("running_since"):
        return "runs now and is not moved"
    return f"to be finished by {instant_words(read_instant(spec['latest_finish']), flows.steps.zone)}"


def interruptible_note(spec: Mapping[str, Any], series: Mapping[str, Any], flows: Flows) -> str:
    """Per quota, what is wanted and what the plan gives within its window."""
    parts = []
    for quota in spec.get("quotas") or []:
        start, end = read_instant(quota["from"]), read_instant(quota["until"])
        if end <= flows.steps.start or start >= flows.steps.end:
            continue
        powers = enumerate(series["power_kw"])
        given = sum(power * _overlap_hours(flows, k, start, end) for k, power in powers)
        until = instant_words(end, flows.steps.zone)
        parts.append(f"{given:.1f} of {quota['kwh']:.1f} kWh by {until}")
    return ", ".join(parts)


def thermal_note(spec: Mapping[str, Any], series: Mapping[str, Any], flows: Flows) -> str:
    """Temperature now, the range that is planned, the range that is wanted."""
    planned: Sequence[float] = series.get("temperature_c") or []
    if not planned:
        return ""
    low, high = _ends(spec["min_c"])[0], _ends(spec["max_c"])[1]
    wanted = f"wanted: {low:.0f} to {high:.0f} °C"
    return f"{planned[0]:.1f} °C now, {min(planned):.0f} to {max(planned):.0f} °C planned, {wanted}"


def _next_target(targets: Sequence[Mapping[str, Any]], flows: Flows) -> tuple[datetime, float] | None:
    inside = [
        (at, float(target["soc"]))
        for target in targets
        if flows.steps.start < (at := read_instant(target["at"])) <= flows.steps.end
    ]
    return min(inside) if inside else None


def _soc_at(soc: Sequence[float], at: datetime, flows: Flows) -> float:
    """State of charge at an instant, straight between fence-posts."""
    bounds = flows.steps.bounds
    for k in range(len(bounds) - 1):
        if bounds[k] <= at <= bounds[k + 1]:
            part = (at - bounds[k]) / (bounds[k + 1] - bounds[k])
            return soc[k] + part * (soc[k + 1] - soc[k])
    return soc[-1]


def _overlap_hours(flows: Flows, k: int, start: datetime, end: datetime) -> float:
    first, last = max(flows.steps.bounds[k], start), min(flows.steps.bounds[k + 1], end)
    return max(0.0, (last - first).total_seconds() / 3600)


def _ends(bound: float | Sequence[float]) -> tuple[float, float]:
    return (bound, bound) if isinstance(bound, (int, float)) else (min(bound), max(bound))


def _percent(soc: float) -> str:
    return f"{round(soc * 100)} %"
