"""A dictionary home that carries out what it is told, unless it is told to refuse, to ignore, or to hang until later."""

from collections.abc import Mapping
from typing import Any

from builders.dictionary_home import DictionaryHome
from hems.ha.port import Outcome
from hems.ha.read_back import targets


class ObeyingHome(DictionaryHome):
    """``refuses``: every call fails with this; ``ignores``: every call succeeds and does nothing; ``hangs``: later."""

    def __init__(self) -> None:
        super().__init__()
        self.refuses: str | None = None
        self.ignores, self.hangs = False, False
        self.late: list[tuple[str, Mapping[str, Any]]] = []
        self.answers = self._answer

    def taken(self) -> list[str]:
        """The calls since the last look, as ``select.mode=Charge``."""
        calls, self.calls = self.calls, []
        return [f"{','.join(targets(data)) or service}={_value(service, data)}" for service, data in calls]

    def put(self, entity: str, state: str) -> None:
        """Another state of an entity; its attributes stay."""
        self.entities[entity] = (state, dict(self.attributes(entity)))

    def catch_up(self) -> None:
        """What timed out is carried out after all."""
        for service, data in self.late:
            self._carry_out(service, data)
        self.late, self.hangs = [], False

    def _answer(self, service: str, data: Mapping[str, Any]) -> Outcome:
        if self.refuses is not None:
            return Outcome(False, self.refuses)
        if self.hangs:
            self.late.append((service, data))
            return Outcome(False, "no answer in time")
        if not self.ignores:
            self._carry_out(service, data)
        return Outcome(True)

    def _carry_out(self, service: str, data: Mapping[str, Any]) -> None:
        for entity in targets(data):
            if entity in self.entities and not entity.startswith("button."):
                self.put(entity, _value(service, data))


def _value(service: str, data: Mapping[str, Any]) -> str:
    on_off = {"turn_on": "on", "turn_off": "off"}.get(service.split(".")[1])
    return on_off or str(data.get("value", data.get("option", "")))
