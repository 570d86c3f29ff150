"""The home of the benchmarks, as a block of apps.yaml: battery, car, dishwasher, hot water, and a pool pump if wished."""

from typing import Any

from ..config.site import Site, parse_site


def reference_home(pool: bool = False, pv: bool = True) -> Site:
    """10 kWh / 5 kW battery, 40 kWh car with 7.36 kW, dishwasher after supper, 200 l tank with 2 kW."""
    block = _BLOCK | {"loads": _LOADS | (_POOL if pool else {})}
    if not pv:
        block = {key: value for key, value in block.items() if key != "pv"}
    return parse_site(block, "reference home")


def _calls(entity: str) -> list[dict[str, Any]]:
    return [{"switch.turn_on": {"entity_id": f"switch.{entity}"}}]


_LOADS: dict[str, Any] = {
    "dishwasher": {
        "type": "program",
        "switch": "switch.dishwasher",
        "requested": "input_boolean.dishwasher_ready",
        "program_kw": [2.0, 0.1, 1.8],
        "program_step_minutes": 30,
        "window": "19:00-06:30",
    },
    "tank": {
        "type": "heat",
        "switch": "switch.tank",
        "power_kw": 2.0,
        "temperature": "sensor.tank",
        "min_c": 45,
        "max_c": 65,
        "volume_l": 200,
        "draw_kwh_per_day": 4.0,
    },
}
_POOL: dict[str, Any] = {
    "pool": {"type": "quota", "switch": "switch.pool", "power_kw": 1.1, "hours_per_day": 4, "min_on_minutes": 30}
}
_BLOCK: dict[str, Any] = {
    "prices": {
        "import": {"source": "nordpool", "entity": "sensor.spot", "add_per_kwh": 0.12, "vat": 0.2},
        "export": {"same_as": "import", "add_per_kwh": -0.003},
    },
    "grid": {"power": "sensor.grid_power", "import_limit_kw": 17.25},
    "pv": {
        "roof": {
            "power": "sensor.pv_power",
            "forecast": {"source": "solcast", "entities": ["sensor.pv_today", "sensor.pv_tomorrow"]},
            "actions": {"limit": _calls("pv_limit"), "release": _calls("pv_release")},
            "limit_kw": 10,
        }
    },
    "batteries": {
        "battery": {
            "soc": "sensor.battery_soc",
            "capacity_kwh": 10,
            "charge_limit_kw": 5,
            "discharge_limit_kw": 5,
            "actions": {
                "self_use": _calls("self_use"),
                "charge": _calls("charge"),
                "discharge": _calls("discharge"),
                "hold": _calls("hold"),
            },
        }
    },
    "evs": {
        "car": {
            "connected": "binary_sensor.car_plugged",
            "soc": "sensor.car_soc",
            "battery_kwh": 40,
            "ready_by": "07:00",
            "target_soc": 0.8,
            "actions": {"charge": _calls("charger"), "stop": _calls("charger_off")},
        }
    },
}
