"""The home as apps.yaml describes it: the block of the planner app."""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from ..domain.faults import Refused, faults_of
from ..domain.quantity import Frozen
from .devices import Battery, Ev, Pv
from .grid import Grid
from .groups import Group
from .guard import Guard, guard_faults
from .loads import AnyLoad
from .names import curtailing_faults, name_faults
from .source import Outdoor
from .tariff import Prices
from .templates import with_templates
from .value import Entity

# Keys of the block that AppDaemon reads itself.
APPDAEMON_KEYS = frozenset(
    {
        "name",
        "config_path",
        "module",
        "class",
        "dependencies",
        "disable",
        "priority",
        "pin_app",
        "pin_thread",
        "log",
        "log_level",
    }
)

# sensor.hems_<name>_power and the like stand for the house itself.
_TAKEN = frozenset({"import", "export", "load", "grid", "net", "saving", "status"})


# From how many hours ahead on.
HoursAhead = Annotated[float, Field(gt=0, le=48)]


class BaselineLoad(Frozen):
    """What nobody controls: measured by a sensor of its own, or the meter's balance less every device that is known."""

    power: Entity | None = None


class Site(Frozen):
    """The home. Devices by name; names are what the plan, the overrides and the page call them."""

    home_namespace: str = "default"
    data_dir: str | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    horizon_hours: Annotated[float, Field(gt=0, le=48)] = 48.0
    step_minutes: Literal[5, 10, 15, 30, 60] = 5
    longer_steps: Annotated[dict[HoursAhead, Literal[10, 15, 30, 60]], Field(strict=False)] = {1: 15, 3: 30, 8: 60}
    on_off_hours: Annotated[float, Field(gt=0, le=48)] = 1.0
    replan_minutes: Literal[5, 10, 15, 20, 30] = 30
    solve_seconds: Annotated[float, Field(gt=0, le=60)] = 10.0
    currency: str = "EUR"
    cost_function: Literal["profit", "cost", "self_consumption"] = "profit"
    uncertainty: Literal["forecast", "scenarios", "cautious"] = "forecast"
    prices: Prices
    grid: Grid
    load: BaselineLoad = BaselineLoad()
    outdoor: Outdoor | None = None
    pv: dict[str, Pv] = {}
    batteries: dict[str, Battery] = {}
    evs: dict[str, Ev] = {}
    loads: dict[str, AnyLoad] = {}
    groups: dict[str, Group] = {}
    guard: Guard = Guard()

    @field_validator("pv", "batteries", "evs", "loads", "groups")
    @classmethod
    def _plain_names(cls, devices: dict[str, Any]) -> dict[str, Any]:
        for name in devices:
            if name in _TAKEN:
                raise ValueError(f"{name!r}: is what a sensor of the house is called; write another name")
            if not name.isidentifier() or name != name.lower():
                raise ValueError(f"{name!r}: a device's name is lower-case letters, digits and _, as in an entity id")
        return devices

    def placed(self, latitude: float, longitude: float) -> "Site":
        """The site at this place, in degrees, unless it says another itself."""
        if self.latitude is not None and self.longitude is not None:
            return self
        return self.model_copy(update={"latitude": latitude, "longitude": longitude})

    @property
    def devices(self) -> list[str]:
        """The names of all devices."""
        return [*self.pv, *self.batteries, *self.evs, *self.loads]

    @model_validator(mode="after")
    def _own_names(self) -> "Site":
        names = self.devices
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"{', '.join(sorted(twice))}: two devices of one name")
        return self


def parse_site(block: dict[str, Any], path: str) -> Site:
    """The block of the planner app as a Site. Raises Refused; ``path`` begins every fault (``apps.yaml: hems``)."""
    own, unfilled = with_templates({key: value for key, value in block.items() if key not in APPDAEMON_KEYS})
    faults = [f"{path}.{device}.{fault}" for device, lines in unfilled.items() for fault in lines]
    try:
        site = Site.model_validate(own)
    except ValidationError as error:
        # What a device lacks because its template could not be used is no fault of its own.
        places = tuple(f"{path}.{device}{sign}" for device in unfilled for sign in ".:")
        rest = [line for line in faults_of(error, Site, f"{path}.") if not line.startswith(places)]
        raise Refused(faults + rest) from None
    if faults:
        raise Refused(faults)
    named = [*name_faults(site.devices, site.loads, site.groups), *guard_faults(site.guard, site.loads, site.evs)]
    named += curtailing_faults(site.pv, site.batteries)
    faults = [f"{path}.{fault}" for fault in named]
    if faults:
        raise Refused(faults)
    return site
