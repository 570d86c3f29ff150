"""What every controller is: readings of this moment in, a setpoint for each device out."""

from collections.abc import Mapping
from typing import Protocol

from ..control.setpoint import Setpoint
from ..planner.readings import Readings


class Controller(Protocol):
    """Drives a home. It knows what its readings say and what it remembers, nothing else."""

    def setpoints(self, readings: Readings) -> Mapping[str, Setpoint]:
        """What each device is to do from now on; a device that is not named goes on as it is."""
        ...
