"""A dashboard of Home Assistant's own cards: what the family may say, and what HEMS plans and sees."""

from typing import Any

from .ha_package_watchdog import ALARM, HEARTBEAT_ENTITY
from .helpers import device_helpers, home_helpers
from .site import Site


def dashboard(site: Site) -> dict[str, Any]:
    """One view with a card for the home, one for prices, one for powers, and one for each device."""
    cards = [_home(site), _prices(), _powers(site)]
    cards += [_entities(name, _of_device(site, name)) for name in site.devices]
    view = {"title": "HEMS", "path": "hems", "icon": "mdi:home-lightning-bolt", "cards": cards}
    return {"title": "HEMS", "views": [view]}


def _home(site: Site) -> dict[str, Any]:
    said = [helper.entity_id for helper in home_helpers(site)]
    seen = ["sensor.hems_status", "sensor.hems_health", "sensor.hems_last_plan", HEARTBEAT_ENTITY, ALARM.entity_id]
    return _entities("HEMS", [*said, {"type": "divider"}, *seen])


def _prices() -> dict[str, Any]:
    names = ("import_price", "export_price", "net_cost", "saving")
    return _entities("Prices and costs", [f"sensor.hems_{name}" for name in names])


def _powers(site: Site) -> dict[str, Any]:
    planned = ["sensor.hems_import_power", "sensor.hems_export_power", "sensor.hems_load_power"]
    planned += [f"sensor.hems_{name}_power" for name in site.pv]
    return {"type": "history-graph", "title": "Planned powers", "hours_to_show": 24, "entities": planned}


def _of_device(site: Site, name: str) -> list[Any]:
    """What HEMS plans for a device, then what may be said about it."""
    planned: list[Any]
    if name in site.batteries:
        planned = [f"sensor.hems_{name}_{one}" for one in ("soc", "charge_power", "discharge_power")]
    elif name in site.evs:
        planned = [_where_planned(f"sensor.hems_{name}_{one}") for one in ("soc", "charge_power")]
    elif name in site.loads:
        planned = [_where_planned(f"sensor.hems_{name}_power")]
    else:
        planned = [f"sensor.hems_{name}_power"]
    said = [] if name in site.pv else [helper.entity_id for helper in device_helpers(site, name)]
    return [*planned, *([{"type": "divider"}, *said] if said else [])]


def _where_planned(entity: str) -> dict[str, Any]:
    """A row that is there while the sensor is: a car that is away and a program that nobody asked for are not planned."""
    there = {"entity": entity, "state_not": "unavailable"}
    return {"type": "conditional", "conditions": [there], "row": {"entity": entity}}


def _entities(title: str, entities: list[Any]) -> dict[str, Any]:
    words = title.replace("_", " ")
    return {
        "type": "entities",
        "title": words[:1].upper() + words[1:],
        "show_header_toggle": False,
        "entities": entities,
    }
