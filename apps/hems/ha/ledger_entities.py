"""The ledger's sensors, in Home Assistant's conventions.

Sums begin anew with their day, month or year and may be corrected downward when a car has charged or a gap is closed, so
they are ``total`` with ``last_reset``, and not ``total_increasing``: Home Assistant takes a fall of those for a new counter.
Its statistics and its Energy dashboard take both. Yesterday's are no sums that grow, and have no state class. Numbers in
attributes are text: AppDaemon drops every 0 and False from what it sends.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ..ledger.totals import Total
from .ledger_book import Shown
from .publisher import Entity

_UNKNOWN = "unknown"
# What the Energy dashboard takes of a home, where something measures it: by attribute of the totals, key and name.
_ENERGIES = {
    "pv_kwh": ("pv_energy", "PV energy"),
    "charge_kwh": ("battery_charge_energy", "battery charge energy"),
    "discharge_kwh": ("battery_discharge_energy", "battery discharge energy"),
}
_NAMES = {"today": "today", "yesterday": "yesterday", "month": "this month", "year": "this year"}


def ledger_entities(shown: Shown, currency: str) -> Iterator[Entity]:
    """All of them; what is not known has the state ``unknown``, never 0."""
    for period, words in _NAMES.items():
        total: Total = getattr(shown.periods, period)
        reset = None if period == "yesterday" else shown.begins[period]
        yield _sum(f"cost_{period}", f"cost {words}", total.cost, currency, "monetary", reset, **_about_cost(total))
        yield _sum(
            f"saving_{period}", f"saving {words}", total.saving, currency, "monetary", reset, **_about_saving(total)
        )
    today, begin = shown.periods.today, shown.begins["today"]
    source = _energy_from(shown)
    yield _sum("import_energy_today", "import today", today.import_kwh, "kWh", "energy", begin, energy_from=source)
    yield _sum("export_energy_today", "export today", today.export_kwh, "kWh", "energy", begin, energy_from=source)
    for measured, (key, name) in _ENERGIES.items():
        if getattr(shown.periods.year, measured):  # a home without PV or battery has none of it, rather than 0 for ever
            kwh: float | None = getattr(today, measured)
            yield _sum(f"{key}_today", f"{name} today", kwh, "kWh", "energy", begin)
    yield _share("self_consumption", "self-consumption", shown, "mdi:solar-power")
    yield _share("self_sufficiency", "self-sufficiency", shown, "mdi:home-battery")
    if shown.periods.year.cycles is not None:
        yield _cycles(shown)
    if shown.periods.year.carbon_kg is not None:
        spared = _text(today.carbon_saving_kg, 2)
        yield _sum("carbon_today", "carbon today", today.carbon_kg, "kg", "weight", begin, saving_kg=spared)


def _sum(
    key: str,
    name: str,
    value: float | None,
    unit: str,
    device_class: str,
    last_reset: datetime | None,
    **more: str | None,
) -> Entity:
    attributes: dict[str, Any] = {
        "friendly_name": f"HEMS {name}",
        "unit_of_measurement": unit,
        "device_class": device_class,
    }
    if last_reset is not None:
        attributes |= {"state_class": "total", "last_reset": last_reset.isoformat()}
    known = {key: text for key, text in more.items() if text is not None}
    return Entity(f"sensor.hems_{key}", _text(value, 3 if unit == "kWh" else 2) or _UNKNOWN, attributes | known)


def _about_cost(total: Total) -> dict[str, str | None]:
    return {
        "coverage": _percent(total.coverage),
        "partial": "yes" if total.partial else "no",
        "planned_cost": _text(total.planned_cost, 2),
        "less_than_planned": _text(total.against_plan, 2),
        "import_kwh": _text(total.import_kwh, 2),
        "export_kwh": _text(total.export_kwh, 2),
        "reward": _text(total.reward, 2),
    }


def _about_saving(total: Total) -> dict[str, str | None]:
    return {
        "against": "the same house on plain self-consumption",
        "baseline_cost": _text(total.baseline_cost, 2),
        "coverage": _percent(total.compared),
    }


def _share(key: str, name: str, shown: Shown, icon: str) -> Entity:
    """Today's in percent; the other periods' as attributes."""
    shares = {period: _percent(getattr(getattr(shown.periods, period), key)) for period in _NAMES}
    attributes = {
        "friendly_name": f"HEMS {name} today",
        "unit_of_measurement": "%",
        "state_class": "measurement",
        "icon": icon,
    }
    known = {period: text for period, text in shares.items() if text is not None and period != "today"}
    return Entity(f"sensor.hems_{key}", shares["today"] or _UNKNOWN, attributes | known)


def _cycles(shown: Shown) -> Entity:
    """Full discharges of the batteries this year."""
    attributes = {
        "friendly_name": "HEMS battery cycles this year",
        "unit_of_measurement": "cycles",
        "state_class": "total",
        "last_reset": shown.begins["year"].isoformat(),
        "icon": "mdi:battery-sync",
    }
    more = {period: _text(getattr(shown.periods, period).cycles, 2) for period in ("today", "yesterday", "month")}
    known = {period: text for period, text in more.items() if text is not None}
    return Entity("sensor.hems_battery_cycles", _text(shown.periods.year.cycles, 2) or _UNKNOWN, attributes | known)


def _energy_from(shown: Shown) -> str | None:
    days = shown.summary["days"]
    return str(days[-1]["energy_from"]) if days and days[-1]["day"] == shown.summary["day"] else None


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{100 * share:.1f}"


def _text(value: float | None, decimals: int) -> str | None:
    # -0.001 is no "-0.00".
    return None if value is None else f"{round(value, decimals) + 0.0:.{decimals}f}"
