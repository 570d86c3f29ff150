"""A small problem document with one device of every kind, as the JSON values that a file holds."""

import json
from copy import deepcopy
from typing import Any

_FULL: dict[str, Any] = {
    "schema": "hems.problem/1",
    "start": "2026-03-28T12:00:00+00:00",
    "step_minutes": [15, 15, 30],
    "time_zone": "Europe/Amsterdam",
    "currency": "EUR",
    "objective": {"cost_function": "profit", "carbon_price_per_kg": 0.1},
    "grid": {
        "import_price": [0.25, 0.31, -0.05],
        "export_price": [0.07, 0.07, -0.02],
        "import_limit_kw": 17.25,
        "export_limit_kw": [5.0, 5.0, 0.0],
        "phase_limit_a": [25.0, 25.0, 20.0],
        "phase_voltage_v": 240.0,
        "load_phase_shares": [0.5, 0.25, 0.25],
        "carbon_kg_per_kwh": [0.3, 0.2, 0.1],
        "capacity_charge": {"price_per_kw": 4.1, "peak_so_far_kw": 2.5},
        "energy_blocks": [
            {
                "from": "2026-03-28T00:00:00+00:00", "until": "2026-03-29T00:00:00+00:00", "kwh": 10.0,
                "price_difference_per_kwh": -0.05, "used_kwh": 3.0,
            }
        ],
    },
    "load_kw": [0.4, 0.4, 0.6],
    "on_off_until": "2026-03-28T12:30:00+00:00",
    "scenarios": [{"probability": 0.25, "load_kw": [0.5, 0.8, 0.9], "pv_kw": {"roof": [1.8, 1.1, 0.0]}}],
    "common_until": "2026-03-28T12:15:00+00:00",
    "pv": [{"name": "roof", "forecast_kw": [2.1, 2.2, 0.0], "curtailable": False, "phase": 1}],
    "batteries": [
        {
            "name": "battery", "capacity_kwh": 10.0, "soc": 0.55, "soc_min": 0.1, "soc_max": 0.9,
            "charge_limit_kw": 5.0, "discharge_limit_kw": 5.0, "charge_efficiency": 0.95,
            "discharge_efficiency": 0.95, "standing_loss_kw": 0.01, "wear_cost_per_kwh": 0.02,
            "grid_charging": False, "grid_export": False, "terminal_value_per_kwh": 0.2,
            "soc_targets": [{"at": "2026-03-28T12:30:00+00:00", "soc": 0.5}], "phase": 2,
            "charge_curve": [{"soc": 0.8, "kw": 5.0}, {"soc": 1.0, "kw": 1.0}],
        }
    ],
    "evs": [
        {
            "name": "car", "battery_kwh": 60.0, "soc": 0.4, "soc_max": 0.8, "connected": [True, True, False], "driving_kw": [0.0, 0.0, 5.0],
            "min_kw": 1.38, "max_kw": 7.36, "charge_efficiency": 0.92, "discharge_limit_kw": 3.0,
            "discharge_efficiency": 0.92, "targets": [{"at": "2026-03-29T05:00:00+00:00", "soc": 0.8}],
            "from_home_battery": False, "surplus_only": True, "terminal_value_per_kwh": 0.1, "phase": 3,
            "charge_curve": [{"soc": 0.7, "kw": 7.36}, {"soc": 0.9, "kw": 3.0}],
        }
    ],
    "shiftable_loads": [
        {
            "name": "dishwasher", "profile_kw": [2.0, 0.1, 1.8], "profile_step_minutes": 30,
            "earliest_start": "2026-03-28T18:00:00+00:00", "latest_finish": "2026-03-29T06:00:00+00:00",
            "running_since": "2026-03-28T11:45:00+00:00", "after": "washer", "phase": 1,
        },
        {
            "name": "washer", "profile_kw": [2.0, 0.5], "profile_step_minutes": 30,
            "earliest_start": "2026-03-28T10:00:00+00:00", "latest_finish": "2026-03-28T18:00:00+00:00",
            "running_since": "2026-03-28T10:30:00+00:00", "after": None, "phase": 2,
        },
    ],
    "interruptible_loads": [
        {
            "name": "pool", "power_kw": 1.1, "min_power_kw": 0.5, "min_on_minutes": 30, "min_off_minutes": 15,
            "max_starts": 2, "on_now": True, "on_for_minutes": 10, "start_cost": 0.01, "phase": 2,
            "quotas": [{"from": "2026-03-28T00:00:00+00:00", "until": "2026-03-29T00:00:00+00:00", "kwh": 4.4}],
        }
    ],
    "thermal_loads": [
        {
            "name": "tank", "power_kw": 2.0, "min_power_kw": 0.5, "cop": [3.0, 3.0, 2.5], "min_on_minutes": 20,
            "min_off_minutes": 10, "on_now": True, "on_for_minutes": 12,
            "capacity_kwh_per_k": [0.23, 0.23, 0.2], "loss_kw_per_k": 0.002, "ambient_c": [20.0, 20.0, -5.0],
            "draw_kw": [0.0, 0.5, 0.0], "temperature_c": 52.0, "min_c": 45.0, "max_c": [65.0, 65.0, 60.0],
            "comfort_penalty_per_k_hour": 0.5, "terminal_value_per_kwh": 0.1, "mode": "heat", "phase": 3,
        }
    ],
    "groups": [
        {"name": "inverter", "devices": ["roof", "battery"], "import_limit_kw": None, "export_limit_kw": [5.0, 5.0, 4.0]},
        {"name": "garage", "devices": ["car", "pool"], "import_limit_kw": 7.4, "export_limit_kw": None},
    ],
}  # fmt: skip

_SMALLEST: dict[str, Any] = {
    "schema": "hems.problem/1",
    "start": "2026-03-28T12:00:00+00:00",
    "step_minutes": [15, 15],
    "time_zone": "Europe/Amsterdam",
    "grid": {"import_price": [0.25, 0.31], "export_price": [0.07, 0.07]},
    "load_kw": [0.4, 0.6],
    "pv": [{"name": "roof", "forecast_kw": [1.0, 0.0]}],
    "batteries": [
        {"name": "battery", "capacity_kwh": 10, "soc": 0.5, "charge_limit_kw": 5, "discharge_limit_kw": 5}
    ],
    "evs": [{"name": "car", "battery_kwh": 60, "soc": 0.4, "connected": [True, True], "max_kw": 7.36}],
    "shiftable_loads": [
        {
            "name": "dishwasher", "profile_kw": [2.0], "profile_step_minutes": 15,
            "earliest_start": "2026-03-28T12:00:00Z", "latest_finish": "2026-03-28T13:00:00Z",
        }
    ],
    "interruptible_loads": [{"name": "pool", "power_kw": 1.1, "quotas": []}],
    "thermal_loads": [
        {
            "name": "tank", "power_kw": 2, "capacity_kwh_per_k": 0.23, "loss_kw_per_k": 0.002, "ambient_c": 20,
            "temperature_c": 52, "min_c": 45, "max_c": 65,
        }
    ],
}  # fmt: skip

Path = tuple[str | int, ...]


def full_document() -> dict[str, Any]:
    """Every key of the contract, none with its default."""
    return deepcopy(_FULL)


def smallest_document() -> dict[str, Any]:
    """One device of each kind with its required keys alone, on two quarters of an hour."""
    return deepcopy(_SMALLEST)


def paths_in(value: Any, before: Path = ()) -> list[Path]:
    """The path of every value inside a document."""
    found: list[Path] = [before] if before else []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        found += paths_in(part, (*before, key))
    return found


def changed(document: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """A copy with another value at a path."""
    document = deepcopy(document)
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return document


def without(document: dict[str, Any], path: Path) -> dict[str, Any]:
    """A copy without the key at a path."""
    document = deepcopy(document)
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return document


def text_of(document: Any) -> str:
    """As a file holds it; NaN and Infinity are written as Python writes them."""
    return json.dumps(document)
