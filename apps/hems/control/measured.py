"""What is measured at this moment and matters to a command. None, or no entry: not known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from .side import Side, side_of


@dataclass(frozen=True)
class Switched:
    """What a load was told last by the plan, and for how long."""

    on: bool
    lasted: timedelta


@dataclass(frozen=True)
class Measured:
    """``soc``: state of charge of batteries, 0..1; ``connected``: cars; ``drawing``: cars that take power; ``running``: loads that
    draw power or are switched on; ``started``: loads that HEMS itself has switched on; ``switched``: loads that the plan switched
    last; ``temperature_c``: of heat stores; ``surplus_kw``: what the home would export if its batteries rested; below 0, what it
    would import; ``steady_side``: where the home is watched for longer than one look, the side of the meter it is taken to be on;
    ``spent``: devices that have had their part of the day's writes: they follow the plan alone."""

    soc: Mapping[str, float | None] = field(default_factory=dict)
    connected: Mapping[str, bool | None] = field(default_factory=dict)
    drawing: Mapping[str, bool | None] = field(default_factory=dict)
    running: Mapping[str, bool | None] = field(default_factory=dict)
    started: frozenset[str] = frozenset()
    switched: Mapping[str, Switched] = field(default_factory=dict)
    temperature_c: Mapping[str, float | None] = field(default_factory=dict)
    surplus_kw: float | None = None
    steady_side: Side | None = None
    spent: frozenset[str] = frozenset()

    @property
    def side(self) -> Side | None:
        """On which side of the meter the home would be if its batteries rested; None: not known."""
        return self.steady_side if self.steady_side is not None else side_of(self.surplus_kw)
