"""What is measured at this moment and matters to a command. None, or no entry: not known."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Measured:
    """``soc``: state of charge of batteries, 0..1; ``connected``: cars; ``running``: loads that draw power or
    are switched on; ``started``: loads that HEMS itself has switched on; ``temperature_c``: of heat stores;
    ``surplus_kw``: what the home would export if its batteries rested; below 0, what it would import."""

    soc: Mapping[str, float | None] = field(default_factory=dict)
    connected: Mapping[str, bool | None] = field(default_factory=dict)
    running: Mapping[str, bool | None] = field(default_factory=dict)
    started: frozenset[str] = frozenset()
    temperature_c: Mapping[str, float | None] = field(default_factory=dict)
    surplus_kw: float | None = None
