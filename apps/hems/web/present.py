"""What the plan wants of each device in the step that is now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .device_rows import reason
from .runs import ON_ABOVE_KW
from .steps import Steps, read_steps


def planned_now(plan: Mapping[str, Any], now: datetime) -> dict[str, dict[str, Any]]:
    """Per device: `action`, `power_kw` and `text`. Empty when `now` lies outside the plan."""
    steps = read_steps(plan)
    k = steps.index_at(now)
    if k is None:
        return {}
    planned: dict[str, dict[str, Any]] = {}
    for name, store in {**plan["batteries"], **plan["evs"]}.items():
        planned[name] = _store_now(store["charge_kw"][k], store["discharge_kw"][k], name in plan["batteries"])
    for name, load in plan["loads"].items():
        planned[name] = _load_now(load["power_kw"][k])
    for name, entry in planned.items():
        entry["why"] = reason(plan, name, k)
    return planned


def readings_now(problem: Mapping[str, Any], plan: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Prices and planned powers of the step that is now; stands in where nothing is measured."""
    k = read_steps(plan).index_at(now)
    if k is None:
        return {}
    return {
        "import_price_per_kwh": problem["grid"]["import_price"][k],
        "export_price_per_kwh": problem["grid"]["export_price"][k],
        "planned_import_kw": plan["grid"]["import_kw"][k],
        "planned_export_kw": plan["grid"]["export_kw"][k],
        "planned_load_kw": problem["load_kw"][k],
        "planned_pv_kw": sum(pv["used_kw"][k] for pv in plan["pv"].values()),
        "planned_soc": {
            name: _soc_at(store["soc"], k, read_steps(plan), now)
            for name, store in {**plan["batteries"], **plan["evs"]}.items()
        },
    }


def _store_now(charge_kw: float, discharge_kw: float, is_battery: bool) -> dict[str, Any]:
    if charge_kw > ON_ABOVE_KW:
        return _entry("charge", charge_kw, f"charges at {charge_kw:.1f} kW")
    if discharge_kw > ON_ABOVE_KW:
        return _entry("discharge", discharge_kw, f"discharges at {discharge_kw:.1f} kW")
    return _entry("hold" if is_battery else "off", 0.0, "rests" if is_battery else "does not charge")


def _load_now(power_kw: float) -> dict[str, Any]:
    if power_kw > ON_ABOVE_KW:
        return _entry("run", power_kw, f"runs at {power_kw:.1f} kW")
    return _entry("off", 0.0, "off")


def _entry(action: str, power_kw: float, text: str) -> dict[str, Any]:
    return {"action": action, "power_kw": power_kw, "source": "plan", "text": text}


def _soc_at(soc: list[float], k: int, steps: Steps, now: datetime) -> float:
    part = (now - steps.bounds[k]) / (steps.bounds[k + 1] - steps.bounds[k])
    return float(soc[k] + part * (soc[k + 1] - soc[k]))
