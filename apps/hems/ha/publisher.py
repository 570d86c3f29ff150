"""Our own entities in Home Assistant's conventions: the plan's figures for this moment, with what is to come.

Sensors set by an app are gone when Home Assistant restarts, so they are published again whenever it comes back.
Attributes stay under 16 KB: the recorder stores no longer ones. Numbers inside attributes are text: AppDaemon drops
every 0 and False from what it sends to Home Assistant (``utils.clean_http_kwargs`` in 4.5.13).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..domain.horizon import Horizon
from ..planner.latest import Latest
from .health import STATES as HEALTH_STATES
from .port import Home

# The recorder writes {} for attributes beyond 16,384 bytes; some room is left for what Home Assistant adds.
LARGEST_ATTRIBUTES = 15_000


@dataclass(frozen=True)
class Entity:
    """One entity as it is to be set."""

    entity_id: str
    state: str
    attributes: dict[str, Any]


def publish(home: Home, entities: Iterator[Entity]) -> None:
    """Sets every entity."""
    for entity in entities:
        home.publish(entity.entity_id, entity.state, entity.attributes)


def status_entity(state: str, message: str, latest: Latest | None) -> Entity:
    """``sensor.hems_status``: ok, waiting, fallback or refused, with the reason in words."""
    attributes: dict[str, Any] = {
        "friendly_name": "HEMS status",
        "icon": "mdi:home-lightning-bolt",
        "device_class": "enum",
        "options": ["ok", "waiting", "fallback", "refused"],
        "message": message,
    }
    if latest is not None:
        attributes |= {"last_plan": latest.created.isoformat(), "reason": latest.reason, "notes": list(latest.notes)}
        attributes["shortfalls"] = [
            f"{s.device}: {s.wish}: short by {s.short_by:g} {s.unit}" for s in latest.plan.shortfalls
        ]
    return Entity("sensor.hems_status", state, _small(attributes))


def health_entity(state: str, faults: Sequence[str]) -> Entity:
    """``sensor.hems_health``: ok, degraded (something stands in for what is missing) or failed, with every fault in words."""
    attributes: dict[str, Any] = {
        "friendly_name": "HEMS health",
        "icon": "mdi:heart-pulse" if state == "ok" else "mdi:alert-circle-outline",
        "device_class": "enum",
        "options": list(HEALTH_STATES),
        "message": "; ".join(faults[:3]) or "all is well",
        "faults": list(faults),
    }
    return Entity("sensor.hems_health", state, _small(attributes))


def plan_entities(latest: Latest, now: datetime) -> Iterator[Entity]:
    """Every figure of the plan for the step of ``now``; none where the plan does not reach it."""
    plan, problem, paid = latest.plan, latest.problem, latest.paid.grid
    k = plan.horizon.step_at(now)
    if k is None:
        return
    horizon, currency = plan.horizon, plan.currency
    yield Entity(
        "sensor.hems_last_plan",
        latest.created.isoformat(),
        {"friendly_name": "HEMS last plan", "device_class": "timestamp", "reason": latest.reason},
    )
    yield _money("net_cost", "planned net cost", plan.costs.net, currency)
    yield _money("saving", "planned saving", plan.saving, currency)
    known = latest.prices.estimated_from if latest.prices is not None else None
    yield _price("import_price", "import price", paid.import_price, horizon, k, currency, known)
    yield _price("export_price", "export price", paid.export_price, horizon, k, currency, known)
    if plan.energy_value:
        yield _price("energy_value", "value of energy", plan.energy_value, horizon, k, currency)
    yield _power("import_power", "planned import", plan.grid.import_kw, horizon, k)
    yield _power("export_power", "planned export", plan.grid.export_kw, horizon, k)
    yield _power("load_power", "forecast baseline load", problem.load_kw, horizon, k)
    for name, pv in plan.pv.items():
        yield _power(f"{name}_power", f"{name} PV used", pv.used_kw, horizon, k)
    for name, store in (plan.batteries | plan.evs).items():
        yield _power(f"{name}_charge_power", f"{name} planned charging", store.charge_kw, horizon, k)
        yield _power(f"{name}_discharge_power", f"{name} planned discharging", store.discharge_kw, horizon, k)
        yield _soc(name, store.soc, horizon, k)
    for name, load in plan.loads.items():
        yield _power(f"{name}_power", f"{name} planned power", load.power_kw, horizon, k)


def _attributes(name: str, unit: str, device_class: str | None, state_class: str, **more: Any) -> dict[str, Any]:
    found = {"friendly_name": f"HEMS {name}", "unit_of_measurement": unit, "state_class": state_class, **more}
    return found | ({"device_class": device_class} if device_class else {})


def _money(key: str, name: str, value: float, currency: str) -> Entity:
    # Home Assistant allows monetary sensors no other state class than total.
    return Entity(f"sensor.hems_{key}", f"{value:.2f}", _attributes(name, currency, "monetary", "total"))


def _price(
    key: str,
    name: str,
    series: Sequence[float],
    horizon: Horizon,
    k: int,
    currency: str,
    estimated_from: datetime | None = None,
) -> Entity:
    # A price per kWh has no device class in Home Assistant: monetary is for sums.
    attributes = _attributes(name, f"{currency}/kWh", None, "measurement", forecast=changes(series, horizon, k, 5))
    if estimated_from is not None:  # what is said of the time from then on is no published price
        attributes["estimated_from"] = estimated_from.isoformat()
    return Entity(f"sensor.hems_{key}", f"{series[k]:.5f}", _small(attributes))


def _power(key: str, name: str, series: Sequence[float], horizon: Horizon, k: int) -> Entity:
    attributes = _attributes(name, "kW", "power", "measurement", forecast=changes(series, horizon, k, 3))
    return Entity(f"sensor.hems_{key}", f"{series[k]:.3f}", _small(attributes))


def _soc(device: str, soc: Sequence[float], horizon: Horizon, k: int) -> Entity:
    """The state of charge at the end of the step, in percent."""
    ends = [100 * value for value in soc[1:]]
    attributes = _attributes(
        f"{device} planned state of charge", "%", "battery", "measurement", forecast=changes(ends, horizon, k, 1)
    )
    return Entity(f"sensor.hems_{device}_soc", f"{ends[k]:.1f}", _small(attributes))


def changes(series: Sequence[float], horizon: Horizon, first: int, decimals: int) -> list[list[str]]:
    """``[[time, value], ...]`` from step ``first`` on, one entry where the value changes."""
    found: list[list[str]] = []
    for k in range(first, len(series)):
        value = f"{series[k]:.{decimals}f}"
        if not found or found[-1][1] != value:
            found.append([horizon.time(k).isoformat(timespec="minutes"), value])
    return found


def _small(attributes: dict[str, Any]) -> dict[str, Any]:
    """The attributes, lists cut at their end until they fit; ``complete`` "no" says that they were cut."""
    lists = [key for key, value in attributes.items() if isinstance(value, list) and key != "options"]
    while len(json.dumps(attributes)) > LARGEST_ATTRIBUTES and any(attributes[key] for key in lists):
        longest = max(lists, key=lambda key: len(json.dumps(attributes[key])))
        attributes[longest] = attributes[longest][: len(attributes[longest]) * 3 // 4]
        attributes["complete"] = "no"
    return attributes
