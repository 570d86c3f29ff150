"""``python -m hems templates [NAME]``: the templates that there are, and what one of them stands for."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from pydantic import BaseModel

from .actions import read_action
from .devices import Battery, Ev, Pv
from .placeholder import BY_VOLTAGE, placeholders_in
from .template import SECTIONS, Kind, Template, read_template, template_names
from .template_fill import Filler

_MODELS: Mapping[Kind, type[BaseModel]] = {"battery": Battery, "ev": Ev, "pv": Pv}
_KINDS: Mapping[Kind, str] = {
    "battery": "Batteries",
    "ev": "Chargers and cars",
    "load": "Loads",
    "sg_ready": "Heat pumps that are SG-Ready",
    "pv": "PV plants",
}


def listing() -> list[str]:
    """One line a template, by kind: its name, its actions, the system."""
    templates = [read_template(name) for name in template_names()]
    width = max(len(template.name) for template in templates)
    lines = []
    for kind, title in _KINDS.items():
        lines.append(f"{title} ({SECTIONS[kind]}):")
        for one in (template for template in templates if template.kind == kind):
            lines.append(f"  {one.name:<{width}}  {one.integration.title}: {', '.join(one.actions)}")
    return [*lines, "python -m hems templates NAME shows one; docs/devices.md says what each needs"]


def still_required(template: Template) -> list[str]:
    """Keys of the device that neither it nor its template may leave out; what a load needs depends on its type."""
    model = _MODELS.get(template.kind)
    if model is None:
        return []
    known = {*template.defaults, "actions"}
    needed = [name for name, field in model.model_fields.items() if field.is_required() and name not in known]
    if template.kind == "pv":
        needed += ["limit_kw", *({"forecast"} - known)]  # or power, the sensor of what it gives
    if set(placeholders_in(template.actions)) & BY_VOLTAGE:
        needed.append("battery_voltage_v")
    return needed


def template_text(name: str) -> str:
    """What to write for a template and what it then stands for, as YAML. Raises Refused where there is none."""
    return "\n".join(_text(read_template(name)))


def _text(template: Template) -> Iterator[str]:
    integration = template.integration
    custom = "a custom integration" if integration.source == "custom" else "part of Home Assistant"
    yield f"# {integration.title}: {integration.domain}, {custom}"
    yield from (f"# - {note}" for note in template.notes)
    yield f"# Checked against: {template.verified}"
    yield f"{SECTIONS[template.kind]}:"
    yield "  name:                         # your own"
    yield f"    template: {template.name}"
    for key, words in template.needs.items():
        if "." not in key:
            yield f"    {key}: {template.usual.get(key, '...')}  # {words}"
    parts = {key.partition(".")[2]: words for key, words in template.needs.items() if "." in key}
    if parts:
        yield "    entities:"
        yield from (f"      {part}: ...  # {words}" for part, words in parts.items())
    yield from (f"    {key}: ..." for key in still_required(template))
    yield "# which stands for"
    yield yaml.safe_dump(_stands_for(template), sort_keys=False, default_flow_style=None, width=118, allow_unicode=True)


def _stands_for(template: Template) -> dict[str, Any]:
    filler = Filler(template, {})
    actions = {
        name: [{one["service"]: one["data"]} for one in map(read_action, filler.fill(told))]
        for name, told in template.actions.items()
    }
    found = {**filler.fill(template.defaults), "actions": actions}
    return {**found, "write": template.write} if template.write else found
