"""NonNegative sensors: an entity, and which direction its positive sign means."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from ..domain.quantity import Frozen
from .value import Entity


class GridPower(Frozen):
    """The meter: one signed sensor, positive for import unless said otherwise."""

    entity: Entity
    positive: Literal["import", "export"] = "import"


class StorePower(Frozen):
    """A battery's or a charger's power: positive for discharge (Home Assistant's own sign) unless said otherwise."""

    entity: Entity
    positive: Literal["charge", "discharge"] = "discharge"


def _short(value: Any) -> Any:
    return {"entity": value} if isinstance(value, str) else value


# `power: sensor.p1_power` is short for `power: {entity: sensor.p1_power}`.
GridPowerOrEntity = Annotated[GridPower, BeforeValidator(_short)]
StorePowerOrEntity = Annotated[StorePower, BeforeValidator(_short)]
