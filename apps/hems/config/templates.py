"""Devices with a ``template`` in the planner's block: written out as if the user had spelt their actions.

What the user gives comes first: keys of the device, actions by their name (null takes one away), keys of ``write``.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from ..domain.faults import Refused, shown
from .actions import BatteryActions, EvActions, LoadActions, PvActions, SgReadyActions, present_names
from .template import SECTIONS, Kind, Template, read_template
from .template_fill import Filler

ACTIONS: Mapping[Kind, type[BaseModel]] = {
    "battery": BatteryActions,
    "ev": EvActions,
    "load": LoadActions,
    "sg_ready": SgReadyActions,
    "pv": PvActions,
}
_DEVICES = ("pv", "batteries", "evs", "loads")


def with_templates(block: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The block with every template written out, and by device (``batteries.battery``) what is wrong with its template.

    A device with faults is left as it is. Whatever else may be wrong with the block is not looked at.
    """
    found: dict[str, Any] = dict(block)
    faults: dict[str, list[str]] = {}
    for section in _DEVICES:
        devices = block.get(section)
        if not isinstance(devices, dict):
            continue
        found[section] = dict(devices)
        for name, device in devices.items():
            if isinstance(device, dict) and device.get("template") is not None:
                try:
                    found[section][name] = written_out(section, device)
                except Refused as refused:
                    faults[f"{section}.{name}"] = refused.faults
    return found, faults


def written_out(section: str, device: Mapping[str, Any]) -> dict[str, Any]:
    """One device of a section with its template written out. Raises Refused; the key begins each fault."""
    template = _template_of(section, device["template"])
    filler = Filler(template, device)
    faults = []
    user = {key: value for key, value in device.items() if key not in ("entities", "options", *template.needs)}
    for key in ("actions", "write"):
        if not isinstance(user.get(key, {}), dict):
            faults.append(f"{key}: {shown(user[key])} is not an object with keys")
            user.pop(key)
    actions = _merged_actions(template, user.pop("actions", {}))
    defaults = {key: value for key, value in template.defaults.items() if key not in user}
    # Only what is used is filled in: a need of an action that was taken away is none.
    found = {**filler.fill(defaults), **user, "actions": {**filler.fill(actions[0]), **actions[1]}}
    found["write"] = {**template.write, **user.get("write", {})}
    if faults or filler.faults:
        raise Refused(faults + filler.faults)
    return found


def _template_of(section: str, name: Any) -> Template:
    if not isinstance(name, str):
        raise Refused([f"template: {shown(name)} is not the name of a template; python -m hems templates lists them"])
    try:
        template = read_template(name)
    except Refused as refused:
        raise Refused([f"template: {refused.faults[0]}"]) from None
    place = SECTIONS[template.kind]
    if place != section:
        raise Refused([f"template: {name} is not for {section}; write the device under {place}"])
    return template


def _merged_actions(template: Template, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The template's actions that the user has not replaced, and the user's; by their present names."""
    names = present_names(ACTIONS[template.kind])
    user = {names.get(str(name), str(name)): value for name, value in given.items()}
    kept = {name: list(told) for name, told in template.actions.items() if name not in user}
    return kept, {name: told for name, told in user.items() if told is not None}
