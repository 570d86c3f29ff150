"""The plan of each device as rows a family can read: when, what, how much, from where, for how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .device_notes import ev_note, interruptible_note, shiftable_note, thermal_note
from .flows import Flows
from .local_time import span_words, title_words
from .runs import Run, find_runs, power_words

# A battery that follows the home's load pauses now and then; half an hour of rest does not begin a new row.
STORE_BRIDGE_HOURS = 0.5
ONE_PROGRAM_HOURS = 1e6


def device_rows(problem: Mapping[str, Any], plan: Mapping[str, Any], flows: Flows) -> list[dict[str, Any]]:
    """One entry a device, in the order of the contract: batteries, cars, loads."""
    rows = [_battery(spec, plan, flows) for spec in problem.get("batteries", [])]
    rows += [_ev(spec, plan, flows) for spec in problem.get("evs", [])]
    for kind, note in (
        ("shiftable_loads", shiftable_note),
        ("interruptible_loads", interruptible_note),
        ("thermal_loads", thermal_note),
    ):
        for spec in problem.get(kind, []):
            series = plan["loads"][spec["name"]]
            bridge = ONE_PROGRAM_HOURS if kind == "shiftable_loads" else 0.0
            runs = _use_runs(plan, spec["name"], series["power_kw"], flows, "runs", bridge)
            rows.append(_device(spec["name"], kind.removesuffix("_loads"), note(spec, series, flows), runs))
    return rows


def _battery(spec: Mapping[str, Any], plan: Mapping[str, Any], flows: Flows) -> dict[str, Any]:
    name, series = spec["name"], plan["batteries"][spec["name"]]
    soc = series["soc"]
    between = f"{_percent(min(soc))} to {_percent(max(soc))}"
    note = f"{_percent(soc[0])} now, {between}, {_percent(soc[-1])} at the end"
    return _device(name, "battery", note, _store_runs(plan, name, series, flows, STORE_BRIDGE_HOURS))


def _ev(spec: Mapping[str, Any], plan: Mapping[str, Any], flows: Flows) -> dict[str, Any]:
    name, series = spec["name"], plan["evs"][spec["name"]]
    runs = _store_runs(plan, name, series, flows, 0.0)
    return _device(name, "ev", ev_note(spec, series, flows), runs)


def _device(name: str, kind: str, note: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": name, "title": title_words(name), "kind": kind, "note": note, "runs": runs}


def _store_runs(
    plan: Mapping[str, Any], name: str, series: Mapping[str, Any], flows: Flows, bridge_hours: float
) -> list[dict[str, Any]]:
    """Charging and discharging rows of a battery or car, by their start."""
    charge: Sequence[float] = series["charge_kw"]
    discharge: Sequence[float] = series["discharge_kw"]
    runs = _use_runs(plan, name, charge, flows, "charges", bridge_hours, discharge)
    for run in find_runs(discharge, flows.steps.hours, bridge_hours, charge):
        energy = flows.energy_kwh(discharge, run.indices)
        sold = sum(discharge[k] * flows.steps.hours[k] * flows.export_share[k] for k in run.indices)
        does = "sells to the grid" if sold > 0.5 * energy else "supplies the home"
        row = _row(plan, name, run, discharge, flows, does)
        worth = "earns" if does.startswith("sells") else "saves"
        runs.append({**row, worth: flows.discharge_value(discharge, run.indices)})
    for row in runs:
        row["soc_from"], row["soc_to"] = series["soc"][row["first"]], series["soc"][row["last"] + 1]
    return sorted(runs, key=lambda row: int(row["first"]))


def _use_runs(
    plan: Mapping[str, Any],
    name: str,
    power_kw: Sequence[float],
    flows: Flows,
    verb: str,
    bridge_hours: float,
    opposite_kw: Sequence[float] = (),
) -> list[dict[str, Any]]:
    """Rows of a use: each with its grid cost and its mix of grid, sun and stored energy."""
    rows = []
    for run in find_runs(power_kw, flows.steps.hours, bridge_hours, opposite_kw):
        mix = flows.mix(power_kw, run.indices)
        row = _row(plan, name, run, power_kw, flows, f"{verb} {_source_words(mix)}")
        rows.append({**row, "cost": flows.grid_cost(power_kw, run.indices), "mix": mix})
    return rows


def _row(
    plan: Mapping[str, Any], name: str, run: Run, power_kw: Sequence[float], flows: Flows, does: str
) -> dict[str, Any]:
    steps = flows.steps
    start, end = steps.bounds[run.first], steps.bounds[run.last + 1]
    return {
        "first": run.first,
        "last": run.last,
        "from": start.isoformat(),
        "until": end.isoformat(),
        "when": span_words(start, end, steps.zone),
        "does": f"{does} {power_words(power_kw, run, steps.hours)}",
        "kwh": flows.energy_kwh(power_kw, run.indices),
        "cost": None,
        "saves": None,
        "earns": None,
        "mix": None,
        "why": reason(plan, name, run.first),
    }


def reason(plan: Mapping[str, Any], name: str, step: int) -> str | None:
    """The plan's own sentence for a device and step; None where it gives none."""
    sentences = (plan.get("reasons") or {}).get(name) or []
    return str(sentences[step]) or None if step < len(sentences) and sentences[step] else None


def _source_words(mix: Mapping[str, float]) -> str:
    """`from the grid` when two thirds and more come from one source, else both are named."""
    words = {"grid": "the grid", "sun": "the sun", "stored": "stored energy"}
    ranked = sorted(mix, key=lambda source: -mix[source])
    if mix[ranked[0]] >= 2 / 3:
        return f"from {words[ranked[0]]}"
    return f"from {words[ranked[0]]} and {words[ranked[1]]}"


def _percent(soc: float) -> str:
    return f"{round(soc * 100)} %"
