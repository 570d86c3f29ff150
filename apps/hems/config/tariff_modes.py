"""What is planned with other prices than are paid: export boost, chip mode, spike protection, saving and free sessions."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, model_validator

from ..domain.quantity import Frozen, NonNegative, Number, Positive, Time
from .tariff_when import When
from .value import Entity


class ExportBoost(When):
    """While it holds and export really earns ``threshold_per_kwh``, export is planned as if it earned more.

    ``max(price + offset_per_kwh, minimum_per_kwh)``, but never so much that it would pay to buy what is sold at a loss.
    """

    offset_per_kwh: NonNegative = 0.0
    minimum_per_kwh: Number | None = None
    threshold_per_kwh: Number | None = None

    @model_validator(mode="after")
    def _something(self) -> "ExportBoost":
        if self.offset_per_kwh == 0 and self.minimum_per_kwh is None:
            raise ValueError("offset_per_kwh: is missing; give offset_per_kwh, minimum_per_kwh, or both")
        return self


class ChipMode(When):
    """While it holds, nothing is discharged into the grid unless export really earns ``threshold_per_kwh``."""

    threshold_per_kwh: Number


class SpikeProtection(Frozen):
    """While import costs ``threshold_per_kwh`` or more, batteries are not charged from the grid."""

    threshold_per_kwh: Number


class Session(Frozen):
    """From ``start`` to ``end``; ``reward_per_kwh`` of a saving session, where it differs from the others'."""

    start: Time
    end: Time
    reward_per_kwh: NonNegative | None = None

    @model_validator(mode="after")
    def _forward(self) -> "Session":
        if self.end <= self.start:
            raise ValueError(f"end: {self.end.isoformat()} is not after start")
        return self

    @property
    def window(self) -> tuple[datetime, datetime]:
        """Start and end, aware UTC."""
        return self.start, self.end


class SavingSessions(Frozen):
    """Sessions in which every kWh less imported, or exported, earns ``reward_per_kwh`` more.

    ``entity``: one whose attributes list them. What such a list says in points per kWh is divided by ``points_per_unit``,
    so many points being worth one unit of the currency (Octopus: 800).
    """

    entity: Entity | None = None
    sessions: Annotated[tuple[Session, ...], Field(strict=False)] = ()
    reward_per_kwh: NonNegative | None = None
    points_per_unit: Positive = 800.0

    @model_validator(mode="after")
    def _complete(self) -> "SavingSessions":
        if self.entity is None and not self.sessions:
            raise ValueError("entity: is missing; give the entity that lists the sessions, or sessions:")
        if self.reward_per_kwh is None and any(one.reward_per_kwh is None for one in self.sessions):
            raise ValueError("reward_per_kwh: is missing; give it here, or with every session")
        return self


class FreeSessions(Frozen):
    """Sessions in which import costs ``per_kwh``, all taxes in."""

    entity: Entity | None = None
    sessions: Annotated[tuple[Session, ...], Field(strict=False)] = ()
    per_kwh: Number = 0.0

    @model_validator(mode="after")
    def _complete(self) -> "FreeSessions":
        if self.entity is None and not self.sessions:
            raise ValueError("entity: is missing; give the entity that lists the sessions, or sessions:")
        if any(one.reward_per_kwh is not None for one in self.sessions):
            raise ValueError("sessions: a free session has no reward_per_kwh; give per_kwh beside sessions")
        return self
