"""The planner's block of apps.yaml, as AppDaemon hands it over, for a home with one device of every kind."""

from copy import deepcopy
from typing import Any

from hems.config.site import Site, parse_site


def _call(service: str, **data: Any) -> dict[str, Any]:
    return {service: data}


_BLOCK: dict[str, Any] = {
    "module": "hems.planner_app",
    "class": "Planner",
    "step_minutes": 15,
    "longer_steps": {},  # one length of steps, on or off in all of them: other tests count them
    "on_off_hours": 48,
    "prices": {
        "import": {"source": "nordpool", "entity": "sensor.nordpool", "add_per_kwh": 0.1, "vat": 0.2},
        "export": {"same_as": "import", "add_per_kwh": -0.02},
    },
    "grid": {"power": "sensor.grid_power", "import_limit_kw": 17.25},
    "pv": {
        "roof": {
            "power": "sensor.pv_power",
            "forecast": {"source": "solcast", "entities": ["sensor.solcast_today", "sensor.solcast_tomorrow"]},
        }
    },
    "batteries": {
        "battery": {
            "soc": "sensor.battery_soc",
            "power": "sensor.battery_power",
            "capacity_kwh": 10,
            "charge_limit_kw": 5,
            "discharge_limit_kw": 4,
            "actions": {
                "self_use": [_call("select.select_option", entity_id="select.mode", option="Self")],
                "charge": [_call("number.set_value", entity_id="number.power", value="{power_w}")],
                "discharge": [_call("number.set_value", entity_id="number.power", value="{power_kw}")],
            },
        }
    },
    "evs": {
        "car": {
            "connected": "binary_sensor.car_plugged",
            "soc": "sensor.car_soc",
            "power": "sensor.charger_power",
            "battery_kwh": 60,
            "ready_by": "07:00",
            "target_soc": 0.8,
            "actions": {
                "charge": [_call("number.set_value", entity_id="number.current", value="{current_a}")],
                "stop": [_call("switch.turn_off", entity_id="switch.charger")],
            },
        }
    },
    "loads": {
        "dishwasher": {
            "type": "program",
            "switch": "switch.dishwasher",
            "power": "sensor.dishwasher_power",
            "program_kw": [2.0, 0.1, 1.8],
            "program_step_minutes": 30,
            "window": "20:00-06:30",
        },
        "pool": {
            "type": "quota",
            "switch": "switch.pool",
            "power": "sensor.pool_power",
            "power_kw": 1.1,
            "hours_per_day": 4,
            "min_on_minutes": 30,
        },
        "tank": {
            "type": "heat",
            "switch": "switch.tank",
            "power": "sensor.tank_power",
            "power_kw": 2.0,
            "temperature": "sensor.tank_temperature",
            "min_c": 45,
            "max_c": 65,
            "volume_l": 200,
        },
    },
}


def site_block(**changes: Any) -> dict[str, Any]:
    """The block, with keys set by their dotted path: ``site_block(**{"batteries.battery.soc_min": 0.2})``."""
    block = deepcopy(_BLOCK)
    for path, value in changes.items():
        *parents, key = path.split(".")
        place = block
        for parent in parents:
            place = place[parent]
        if value is ...:
            del place[key]
        else:
            place[key] = value
    return block


def make_site(**changes: Any) -> Site:
    """The home of ``site_block``; the value ``...`` removes a key."""
    return parse_site(site_block(**changes), "apps.yaml: hems")
