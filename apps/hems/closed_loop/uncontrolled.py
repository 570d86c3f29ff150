"""The home without a battery and without control: what everything else is compared with."""

from collections.abc import Mapping
from datetime import tzinfo

from ..config.site import Site
from ..control.setpoint import Setpoint
from ..planner.readings import Readings
from .fixed_times import FixedTimes


class Uncontrolled:
    """Cars on arrival, programs when asked for, quotas from ten, heat by thermostat; no battery is named."""

    def __init__(self, site: Site, zone: tzinfo) -> None:
        self._devices = FixedTimes(site, zone)

    def setpoints(self, readings: Readings) -> Mapping[str, Setpoint]:
        """What each device is to do from now on."""
        return self._devices.setpoints(readings)
