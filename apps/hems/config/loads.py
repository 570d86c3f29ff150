"""The controlled loads of a home as apps.yaml describes them."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from ..domain.quantity import Frozen, Name, NonNegative, Number, Phase
from .actions import Action, AnyLoadActions, LoadActions, SgReadyActions, check_lasting
from .value import Entity, NumberOrEntity, Window
from .write import Write

# Shorter runs and rests wear a compressor out.
_COMPRESSOR_MINUTES = 10.0


class Startable(Frozen):
    """The entity that says whether a machine may be started from afar, and the states in which it may."""

    entity: Entity
    states: Annotated[tuple[str, ...], Field(strict=False, min_length=1)] = ("on",)


class Load(Frozen):
    """What all controlled loads have: a switch or actions, and perhaps a power sensor.

    ``startable``: it is switched on only while that entity allows it.
    """

    template: Name | None = None
    switch: Entity | None = None
    actions: AnyLoadActions | None = None
    power: Entity | None = None
    phase: Phase | None = None
    startable: Startable | None = None
    write: Write = Write()

    @property
    def _is_switched(self) -> bool:
        """Whether it goes on and off; a program is only started."""
        return True

    @model_validator(mode="after")
    def _can_be_told(self) -> "Load":
        if (self.switch is None) == (self.actions is None):
            raise ValueError("switch: give a switch, or actions with start and stop, and not both")
        if self._is_switched and self.told().stop is None:
            raise ValueError("actions: stop is missing; only a program ends by itself")
        check_lasting(self.actions, self.write)
        return self

    def told(self) -> LoadActions:
        """How the load is switched."""
        if self.actions is not None:
            return self.actions.told() if isinstance(self.actions, SgReadyActions) else self.actions
        data = {"entity_id": self.switch}
        on, off = Action(service="switch.turn_on", data=data), Action(service="switch.turn_off", data=data)
        return LoadActions(start=(on,), stop=(off,))


class Program(Load):
    """A program that runs once in its window (dishwasher); with ``requested``, only while that entity is on.

    ``after``: the program that must have ended before this one starts, where both are to run (the dryer after the washer).
    """

    type: Literal["program"]
    program_kw: Annotated[tuple[NonNegative, ...], Field(strict=False, min_length=1)]
    program_step_minutes: Annotated[NonNegative, Field(gt=0)] = 15.0
    window: Window
    requested: Entity | None = None
    after: Name | None = None

    @property
    def _is_switched(self) -> bool:
        return False


class Quota(Load):
    """So many hours a day, on and off as it pays (pool pump)."""

    type: Literal["quota"]
    power_kw: NonNegative
    hours_per_day: NumberOrEntity
    min_on_minutes: NonNegative = 0.0
    min_off_minutes: NonNegative = 0.0
    max_starts_per_day: Annotated[int, Field(ge=1)] | None = None


class Heat(Load):
    """A heat store: a hot-water tank, with what the family draws from it.

    ``min_on_minutes`` and ``min_off_minutes``: None is what its kind asks for, see ``least_minutes``.
    """

    type: Literal["heat"]
    power_kw: NonNegative
    temperature: Entity
    min_c: Number
    max_c: Number
    volume_l: Annotated[NonNegative, Field(gt=0)]
    cop: Annotated[NonNegative, Field(gt=0)] = 1.0
    loss_kw_per_k: NonNegative = 0.002
    ambient_c: NumberOrEntity = 20.0
    draw_kwh_per_day: NonNegative = 6.0
    comfort_penalty_per_k_hour: NonNegative = 0.5
    min_on_minutes: NonNegative | None = None
    min_off_minutes: NonNegative | None = None

    @property
    def least_minutes(self) -> tuple[float, float]:
        """Least on and off time. Not given: 10 minutes for a compressor (``cop`` above 1), 0 for a heating element."""
        own = _COMPRESSOR_MINUTES if self.cop > 1 else 0.0
        on, off = self.min_on_minutes, self.min_off_minutes
        return own if on is None else on, own if off is None else off

    @model_validator(mode="after")
    def _bounds(self) -> "Heat":
        if self.min_c >= self.max_c:
            raise ValueError(f"min_c: {self.min_c:g} is not below max_c {self.max_c:g}")
        return self


def _type(value: Any) -> str:
    kind = value.get("type") if isinstance(value, dict) else getattr(value, "type", None)
    return f"~{kind}"


AnyLoad = Annotated[
    Annotated[Program, Tag("~program")] | Annotated[Quota, Tag("~quota")] | Annotated[Heat, Tag("~heat")],
    Discriminator(_type),
]
