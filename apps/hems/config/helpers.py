"""The helpers in Home Assistant through which the family says what it wants: their names, kinds and ranges.

A helper that does not exist counts as not set, and one that has just been made sets nothing: booleans begin off, numbers
at 0, a time at midnight, a choice at its first option, and all of these mean "as apps.yaml says".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .loads import Program, Quota
from .site import Site

HelperKind = Literal["input_boolean", "input_number", "input_datetime", "input_select", "input_button"]

CONTROL_ENTITY = "input_boolean.hems_control"
VACATION_ENTITY = "input_boolean.hems_vacation"
COST_FUNCTION_ENTITY = "input_select.hems_cost_function"
REPLAN_ENTITY = "input_button.hems_replan"

# The first option of the cost function's choice: nothing is chosen.
AS_CONFIGURED = "as configured"
COST_FUNCTIONS = ("profit", "cost", "self_consumption")

# What an override is called in the app, and its icon.
_WORDS: Mapping[str, tuple[str, str]] = {
    "off": ("off", "mdi:power-off"),
    "manual": ("manual", "mdi:hand-back-right"),
    "boost": ("boost", "mdi:rocket-launch"),
    "hold": ("hold", "mdi:pause-circle"),
    "charge": ("charge now", "mdi:battery-arrow-up"),
    "discharge": ("discharge now", "mdi:battery-arrow-down"),
    "run_now": ("run now", "mdi:play-circle"),
    "skip": ("skip today", "mdi:debug-step-over"),
}
_COMMON = ("off", "manual", "boost")
_HOURS: Mapping[str, Any] = {"min": 0, "max": 24, "step": 0.5, "unit_of_measurement": "h", "mode": "box"}
_PERCENT: Mapping[str, Any] = {"min": 0, "max": 100, "step": 1, "unit_of_measurement": "%", "mode": "slider"}


@dataclass(frozen=True)
class Helper:
    """One helper. ``attributes``: what Home Assistant's YAML of this kind takes besides name and icon."""

    entity_id: str
    kind: HelperKind
    name: str
    icon: str
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What stands under the kind in YAML: the entity id without its domain."""
        return self.entity_id.partition(".")[2]


def helpers(site: Site) -> list[Helper]:
    """Every helper of the home and of its devices, in the order of apps.yaml."""
    return home_helpers(site) + [one for name in controllable(site) for one in device_helpers(site, name)]


def home_helpers(site: Site) -> list[Helper]:
    """What belongs to no device: the master switch, vacation, what is optimized for, and the button for a new plan."""
    options = {"options": [AS_CONFIGURED, *COST_FUNCTIONS]}
    return [
        Helper(CONTROL_ENTITY, "input_boolean", "HEMS: control devices", "mdi:robot"),
        Helper(VACATION_ENTITY, "input_boolean", "HEMS: vacation", "mdi:palm-tree"),
        Helper(COST_FUNCTION_ENTITY, "input_select", "HEMS: optimize for", "mdi:target", options),
        Helper(REPLAN_ENTITY, "input_button", "HEMS: plan again", "mdi:refresh"),
    ]


def device_helpers(site: Site, device: str) -> list[Helper]:
    """The helpers of one device: its overrides, how long they last, and its wishes."""
    title = device.replace("_", " ").capitalize()
    found = []
    for kind in override_kinds(site, device):
        word, icon = _WORDS[kind]
        found.append(Helper(override_entity(device, kind), "input_boolean", f"{title}: {word}", icon))
    hours = f"{title}: hours of an override"
    found.append(Helper(hours_entity(device), "input_number", hours, "mdi:timer-sand", _HOURS))
    if device in site.batteries:
        reserve = f"{title}: reserve"
        found.append(Helper(reserve_entity(device), "input_number", reserve, "mdi:battery-lock", _PERCENT))
    if device in site.evs:
        found += _wishes(site, device, title)
    return found


def _wishes(site: Site, device: str, title: str) -> list[Helper]:
    """A car's wishes, where apps.yaml does not name an entity of the family's own for them."""
    found = []
    if not isinstance(site.evs[device].target_soc, str):
        name = f"{title}: charge to"
        found.append(Helper(target_entity(device), "input_number", name, "mdi:battery-charging-80", _PERCENT))
    if not isinstance(site.evs[device].ready_by, str):
        clock = {"has_date": False, "has_time": True}
        name = f"{title}: ready by"
        found.append(Helper(ready_entity(device), "input_datetime", name, "mdi:clock-end", clock))
    return found


def controllable(site: Site) -> tuple[str, ...]:
    """Devices that have overrides: batteries, cars and loads. PV has none: it gives what it can."""
    return (*site.batteries, *site.evs, *site.loads)


def override_kinds(site: Site, device: str) -> tuple[str, ...]:
    """The overrides of one device, in the order in which they are shown."""
    if device in site.batteries:
        return (*_COMMON, "hold", "charge", "discharge")
    load = site.loads.get(device)
    if isinstance(load, Program):
        return (*_COMMON, "run_now", "skip")
    return (*_COMMON, "skip") if isinstance(load, Quota) else _COMMON


def override_entity(device: str, kind: str) -> str:
    """The switch of an override: ``input_boolean.hems_car_off``."""
    return f"input_boolean.hems_{device}_{kind}"


def hours_entity(device: str) -> str:
    """How many hours an override lasts that is switched on; 0: until it is switched off."""
    return f"input_number.hems_{device}_hours"


def reserve_entity(device: str) -> str:
    """The state of charge in % that the battery keeps for a power cut; 0: no more than ``soc_min``."""
    return f"input_number.hems_{device}_reserve_soc"


def target_entity(device: str) -> str:
    """The state of charge in % that the car is to have; 0: that of apps.yaml."""
    return f"input_number.hems_{device}_target_soc"


def ready_entity(device: str) -> str:
    """When the car is to have it; midnight: when apps.yaml says."""
    return f"input_datetime.hems_{device}_ready_by"
