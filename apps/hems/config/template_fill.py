"""The parts of a template put together: ``<mode>`` is a need, an entity or an option, by the user or as usual."""

import re
from collections.abc import Mapping
from typing import Any

from ..domain.faults import hint, shown
from .template import Template
from .value import is_entity

_PART = re.compile(r"<([a-z0-9_]+)>")
_PREFIX = re.compile(r"[a-z0-9_]+")


class Filler:
    """Fills in one device's template; ``faults`` gathers what the user must still give, paths first."""

    def __init__(self, template: Template, given: Mapping[str, Any]) -> None:
        self._template, self._given = template, given
        self._missing: list[str] = []
        self._wrong: list[str] = []
        self._entities = self._words_of("entities", template.entities)
        self._options = self._words_of("options", template.options)
        self._check()

    @property
    def faults(self) -> list[str]:
        """One sentence for everything that is wrong or missing so far."""
        return self._wrong + self._missing

    def fill(self, value: Any) -> Any:
        """A copy with every part filled in; a text that is one part only becomes its value."""
        if isinstance(value, Mapping):
            return {key: self.fill(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.fill(inner) for inner in value]
        if not isinstance(value, str):
            return value
        alone = _PART.fullmatch(value)
        return self._part(alone[1]) if alone else _PART.sub(lambda found: str(self._part(found[1])), value)

    def _part(self, name: str) -> Any:
        template = self._template
        if name in template.entities:
            pattern = self._entities.get(name, template.entities[name])
            return self._need(f"entities.{name}", pattern) if pattern.endswith(".") else self.fill(pattern)
        if name in template.options:
            return self._options.get(name, template.options[name])
        value = self._given.get(name, template.usual.get(name))
        return self._need(name, f"<{name}>") if value is None else value

    def _need(self, key: str, instead: str) -> str:
        fault = f"{key}: is missing; {self._template.needs.get(key, 'give it')}"
        if fault not in self._missing:
            self._missing.append(fault)
        return instead

    def _words_of(self, key: str, known: Mapping[str, str]) -> dict[str, Any]:
        """What the user gave under ``entities`` or ``options``, as far as it can be used."""
        given = self._given.get(key)
        if given is None:
            return {}
        if not isinstance(given, dict):
            self._wrong.append(f"{key}: {shown(given)} is not an object with keys; there are {', '.join(known)}")
            return {}
        for name in given:
            if name not in known:
                words = hint(str(name), known) or (f"; there are {', '.join(known)}" if known else "")
                self._wrong.append(f"{key}.{name}: unknown key{words}")
        return {name: value for name, value in given.items() if name in known}

    def _check(self) -> None:
        for name, value in list(self._entities.items()):
            domain = self._template.entities[name].partition(".")[0]
            fault = None
            if not is_entity(value):
                fault = f"{shown(value)} is not an entity id; write it like {domain}.inverter_{name}"
            elif domain not in ("sensor", value.partition(".")[0]):
                fault = f"{value} is not a {domain}; write it like {domain}.inverter_{name}"
            if fault:
                self._wrong.append(f"entities.{name}: {fault}")
                del self._entities[name]
        for name, value in list(self._options.items()):
            if not isinstance(value, str) or not value:
                self._wrong.append(
                    f"options.{name}: {shown(value)} is not a text; write the option as the entity has it"
                )
                del self._options[name]
        for key in self._template.needs:
            value = self._given.get(key)
            if value is not None and "." not in key and not _fits(key, value):
                self._wrong.append(f"{key}: {shown(value)} does not fit; {self._template.needs[key]}")


def _fits(key: str, value: Any) -> bool:
    if key == "prefix":
        return isinstance(value, str) and _PREFIX.fullmatch(value) is not None
    return isinstance(value, int | float | str) and not isinstance(value, bool) and value != ""
