"""Entities that apps.yaml names and the home does not have: each with its path and the nearest that exists."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from ..config.actions import Action
from ..config.sensor import GridPower, StorePower
from ..config.site import Site
from ..config.source import Source
from ..config.value import is_entity
from ..domain.faults import nearest
from .port import States

# Keys of a source whose values may look like an entity id: an action is weather.get_forecasts.
_NO_ENTITIES = frozenset({"source", "action", "event", "unit", "area", "config_entry"})


class Missing:
    """Looks for the same entities again and again; a sentence, once made, serves while its entity is missing."""

    def __init__(self, site: Site) -> None:
        self._paths: dict[str, str] = {}
        for path, entity in entities_of(site):
            self._paths.setdefault(entity, path)
        self._sentences: dict[str, str] = {}

    def look(self, home: States) -> dict[str, str]:
        """``hems.grid.power: sensor.p1_pwr does not exist; sensor.p1_power does``, by entity.

        Empty where the home has no entities at all: then it is not there yet, and nothing can be said.
        """
        present = home.entity_ids()
        if not present:
            return {}
        missing = [entity for entity in self._paths if entity not in present]
        before = self._sentences
        self._sentences = {entity: before.get(entity) or self._sentence(entity, present) for entity in missing}
        return self._sentences

    def _sentence(self, entity: str, present: frozenset[str]) -> str:
        domain = entity.partition(".")[0]
        near = nearest(entity, (one for one in present if one.startswith(f"{domain}.")))
        return f"{self._paths[entity]}: {entity} does not exist" + (f"; {near} does" if near else "")


def entities_of(value: Any, path: str = "hems") -> Iterator[tuple[str, str]]:
    """Every entity id in a block, with its path; targets of actions included."""
    if isinstance(value, Action):
        yield from entities_of(value.data, f"{path}.{value.service}")
    elif isinstance(value, GridPower | StorePower):
        yield path, value.entity  # mostly written short: `power: sensor.p1_power`
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            if isinstance(value, Source) and name in _NO_ENTITIES:
                continue
            yield from entities_of(getattr(value, name), f"{path}.{field.alias or name}")
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from entities_of(one, f"{path}.{key}")
    elif isinstance(value, tuple | list):
        for index, one in enumerate(value):
            yield from entities_of(one, f"{path}[{index}]")
    elif is_entity(value):
        yield path, value
