"""A solved reference as a plan document, so that the verifier can judge the judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .evaluate import Evaluation, evaluate
from .linear import Linear, Solved

if TYPE_CHECKING:
    from .milp import Home


def document(home: Home, solved: Solved, problem: dict[str, Any]) -> dict[str, Any]:
    def numbers(expressions: list[Linear]) -> list[float]:
        return [round(one.at(solved.values), 9) + 0.0 for one in expressions]

    g = home.g
    plan: dict[str, Any] = {
        "schema": "hems.plan/1",
        "status": "optimal" if solved.proven else "feasible",
        "start": problem["start"],
        "step_minutes": list(problem["step_minutes"]),
        "time_zone": problem["time_zone"],
        "currency": problem.get("currency", "EUR"),
        "grid": {"import_kw": numbers(home.imported), "export_kw": numbers(home.exported)},
        "pv": {},
        "batteries": {},
        "evs": {},
        "loads": {},
    }
    for pv, used in zip(g.pv, home.used, strict=True):
        taken = numbers(used)
        left = [round(f - u, 9) + 0.0 for f, u in zip(g.series(pv["forecast_kw"]), taken, strict=True)]
        plan["pv"][pv["name"]] = {"used_kw": taken, "curtailed_kw": left}
    for key, stores in (("batteries", home.batteries), ("evs", home.evs)):
        for store in stores:
            plan[key][store.data["name"]] = {
                "charge_kw": numbers(store.charge),
                "discharge_kw": numbers(store.discharge),
                "soc": [e / store.capacity_kwh for e in numbers(store.energy)],
            }
    for load in home.loads:
        plan["loads"][load.name] = {"power_kw": numbers(load.power)}
        if load.temperature:
            plan["loads"][load.name]["temperature_c"] = numbers(load.temperature)
    found: Evaluation = evaluate(problem, plan)
    plan["costs"] = found.costs
    plan["terminal_value"] = found.terminal_value
    plan["baseline_net"] = found.costs["net"]
    plan["shortfalls"] = [
        {"device": device, "wish": wish, "short_by": amount, "unit": unit, "reason": ""}
        for device, wish, amount, unit in found.shortfalls
        if amount > 0.02
    ]
    plan["energy_value"] = [0.0] * g.n
    plan["reasons"] = {name: [""] * g.n for key in ("pv", "batteries", "evs", "loads") for name in plan[key]}
    plan["solver"] = {
        "name": "HiGHS", "seconds": solved.seconds, "build_seconds": 0.0,
        "gap": abs(solved.objective - solved.bound), "bound": solved.bound, "steps": g.n,
    }  # fmt: skip
    return plan
