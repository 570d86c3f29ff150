"""Entities that apps.yaml names and the home does not have: each with its path and the nearest that exists."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from ..config.actions import Action
from ..config.sensor import GridPower, StorePower
from ..config.site import Site
from ..config.value import is_entity
from ..domain.faults import nearest
from .port import Home


def missing_entities(home: Home, site: Site) -> list[str]:
    """``hems.grid.power: sensor.p1_pwr does not exist; sensor.p1_power does``, one sentence an entity.

    Empty where the home has no entities at all: then it is not there yet, and nothing can be said.
    """
    present = home.entity_ids()
    if not present:
        return []
    found: dict[str, str] = {}
    for path, entity in entities_of(site):
        if entity not in present and entity not in found:
            domain = entity.partition(".")[0]
            near = nearest(entity, (one for one in present if one.startswith(f"{domain}.")))
            found[entity] = f"{path}: {entity} does not exist" + (f"; {near} does" if near else "")
    return list(found.values())


def entities_of(value: Any, path: str = "hems") -> Iterator[tuple[str, str]]:
    """Every entity id in a block, with its path; targets of actions included."""
    if isinstance(value, Action):
        yield from entities_of(value.data, f"{path}.{value.service}")
    elif isinstance(value, GridPower | StorePower):
        yield path, value.entity  # mostly written short: `power: sensor.p1_power`
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield from entities_of(getattr(value, name), f"{path}.{field.alias or name}")
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from entities_of(one, f"{path}.{key}")
    elif isinstance(value, tuple | list):
        for index, one in enumerate(value):
            yield from entities_of(one, f"{path}[{index}]")
    elif is_entity(value):
        yield path, value
