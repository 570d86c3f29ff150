"""The home as it is sold: the battery takes the sun's surplus and gives it back, everything else at fixed times."""

from collections.abc import Mapping
from datetime import tzinfo

from ..config.site import Site
from ..control.setpoint import Setpoint
from ..planner.readings import Readings
from .fixed_times import FixedTimes
from .say import say


class SelfConsumption:
    """``Uncontrolled`` with every battery in self-use."""

    def __init__(self, site: Site, zone: tzinfo) -> None:
        always = tuple(say(name, "battery", "self_use", "Runs in self-use.") for name in site.batteries)
        self._devices = FixedTimes(site, zone, always)

    def setpoints(self, readings: Readings) -> Mapping[str, Setpoint]:
        """What each device is to do from now on."""
        return self._devices.setpoints(readings)
