"""The plan in a family's words: what it costs, what every device does when, what cannot be met."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from ..planner.tariff_prices import StepPrices
from .device_rows import device_rows
from .estimates import price_estimates
from .flows import Flows, read_flows, total_kw
from .local_time import day_words, duration_words, instant_words, title_words
from .steps import Steps

SCHEMA = "hems.summary/1"


def build_summary(
    problem: Mapping[str, Any],
    plan: Mapping[str, Any],
    number: int,
    created: datetime,
    reason: str,
    prices: StepPrices | None = None,
    recalled: bool = False,
) -> dict[str, Any]:
    """The summary of one plan: energies in kWh, money in the plan's currency, times ISO 8601 and in words.

    `problem` has the prices that are paid; `prices` says which of them are estimates. `recalled`: the plan was made
    before the last restart.
    """
    flows = read_flows(problem, plan)
    estimates = price_estimates(prices, flows.steps)
    return {
        "schema": SCHEMA,
        "number": number,
        "created": created.isoformat(),
        "created_words": instant_words(created, flows.steps.zone),
        "reason": reason,
        "recalled": recalled,
        "status": plan["status"],
        "time_zone": plan["time_zone"],
        "currency": plan["currency"],
        "headline": headline(plan, flows.steps),
        "devices": device_rows(problem, plan, flows),
        "days": day_rows(problem, plan, flows, estimates["steps"] if estimates else ()),
        "price_estimates": estimates,
        "shortfalls": [shortfall_words(shortfall) for shortfall in plan.get("shortfalls") or []],
        "solver": plan.get("solver") or {},
    }


def headline(plan: Mapping[str, Any], steps: Steps) -> dict[str, Any]:
    """Net costs, what planning saves with the energy left at the end reckoned in, the parts of the bill that are not zero."""
    net, baseline = plan["costs"]["net"], plan.get("baseline_net")
    left_over = plan.get("baseline_terminal_value", 0.0)  # a home that ends with a fuller battery has paid for it
    parts = {key: amount for key, amount in plan["costs"].items() if key != "net" and abs(amount) >= 0.005}
    hours = sum(steps.hours)
    return {
        "net": net,
        "baseline_net": baseline,
        "saving": None if baseline is None else (baseline - left_over) - (net - plan["terminal_value"]),
        "terminal_value": plan.get("terminal_value"),
        "parts": parts,
        "hours": hours,
        "horizon_words": duration_words(hours),
        "from_words": instant_words(steps.start, steps.zone),
        "until_words": instant_words(steps.end, steps.zone),
    }


def day_rows(
    problem: Mapping[str, Any], plan: Mapping[str, Any], flows: Flows, estimated: Collection[int] = ()
) -> list[dict[str, Any]]:
    """Per local day: energy bought, sold, taken by the baseline load, won from the sun and curtailed.

    `estimated`: the steps whose prices are estimates.
    """
    n = len(flows.steps.hours)
    sun = total_kw(n, (pv["used_kw"] for pv in plan["pv"].values()))
    curtailed = total_kw(n, (pv["curtailed_kw"] for pv in plan["pv"].values()))
    bought, sold = plan["grid"]["import_kw"], plan["grid"]["export_kw"]
    rows = []
    for day, indices in _days(flows.steps):
        cost = sum(bought[k] * flows.steps.hours[k] * flows.import_price[k] for k in indices)
        revenue = sum(sold[k] * flows.steps.hours[k] * flows.export_price[k] for k in indices)
        rows.append(
            {
                "date": day.isoformat(),
                "day": day_words(flows.steps.bounds[indices[0]], flows.steps.zone),
                "import_kwh": flows.energy_kwh(bought, indices),
                "import_cost": cost,
                "export_kwh": flows.energy_kwh(sold, indices),
                "export_revenue": revenue,
                "pv_kwh": flows.energy_kwh(sun, indices),
                "curtailed_kwh": flows.energy_kwh(curtailed, indices),
                "load_kwh": flows.energy_kwh(problem["load_kw"], indices),
                "estimated": any(k in estimated for k in indices),
            }
        )
    return rows


def shortfall_words(shortfall: Mapping[str, Any]) -> dict[str, str]:
    """`Car: soc 0.80 by ... falls short by 2.3 kWh: connected for 3.0 h ...`."""
    title = "Grid" if shortfall["device"] == "grid" else title_words(shortfall["device"])
    text = f"{title}: {shortfall['wish']} falls short by {shortfall['short_by']:.1f} {shortfall['unit']}"
    if shortfall.get("reason"):
        text += f" ({shortfall['reason']})"
    return {"device": shortfall["device"], "text": f"{text}."}


def _days(steps: Steps) -> Iterator[tuple[date, list[int]]]:
    """Steps by the local date on which they begin."""
    day: date | None = None
    indices: list[int] = []
    for k in range(len(steps.hours)):
        local = steps.bounds[k].astimezone(steps.zone).date()
        if day is not None and local != day:
            yield day, indices
            indices = []
        day = local
        indices.append(k)
    if day is not None:
        yield day, indices
