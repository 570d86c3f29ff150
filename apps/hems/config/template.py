"""Templates of devices: the data of a system that is sold, by which its block in apps.yaml becomes short.

The files lie in the package ``hems.templates`` and belong to the code, as much as this module does; they are read here
alone, as resources of that package, so nothing else below ``ha`` reads a file.
"""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import Field

from ..domain.faults import Refused, nearest
from ..domain.quantity import Frozen, Name, NonNegative

Kind = Literal["battery", "ev", "load", "sg_ready", "pv"]

# The key of the planner's block under which a device of each kind stands.
SECTIONS: Mapping[Kind, str] = {
    "battery": "batteries",
    "ev": "evs",
    "load": "loads",
    "sg_ready": "loads",
    "pv": "pv",
}
_FOLDER = f"{__name__.rpartition('.config.')[0]}.templates"


class Integration(Frozen):
    """The integration of Home Assistant that a template is for."""

    domain: Name
    source: Literal["core", "custom"]
    title: Name


class Template(Frozen):
    """A system as its file describes it. ``<name>`` in a text stands for a need, an entity or an option.

    ``needs``: what the user must give, by its key (``device_id``, ``prefix``, ``entities.mode``), in words. ``usual``:
    needs that are mostly this. ``entities``: patterns of entity ids by their part; one that ends in a dot has no usual
    name. ``options``: words that may differ between versions. ``defaults``: keys of the device. ``verified``: by what
    the facts were checked.
    """

    name: Name
    kind: Kind
    integration: Integration
    needs: dict[str, Name]
    usual: dict[str, Name] = {}
    entities: dict[str, Annotated[str, Field(pattern=r"^[a-z_]+\.([a-z0-9_]|<[a-z0-9_]+>)*$")]] = {}
    options: dict[str, Name] = {}
    defaults: dict[str, Any] = {}
    actions: Annotated[dict[str, Annotated[tuple[dict[str, Any], ...], Field(strict=False)]], Field(min_length=1)]
    write: dict[str, NonNegative] = {}
    notes: Annotated[tuple[Name, ...], Field(strict=False)] = ()
    verified: Name


def template_names() -> list[str]:
    """The names of all templates, sorted."""
    return sorted(one.name.removesuffix(".json") for one in files(_FOLDER).iterdir() if one.name.endswith(".json"))


def read_template(name: str) -> Template:
    """A template by its name. Raises Refused where there is none, with the nearest that there is."""
    names = template_names()
    if name not in names:
        makers = {one.partition("_")[0]: one for one in reversed(names)}
        maker = nearest(name.lower().partition("_")[0], makers)
        near = nearest(name.lower(), names) or (makers[maker] if maker else None)
        words = f"did you mean {near}?" if near else "python -m hems templates lists them"
        raise Refused([f"there is no template {name!r}; {words}"])
    text = files(_FOLDER).joinpath(f"{name}.json").read_text("utf-8")
    return Template.model_validate(json.loads(text))
