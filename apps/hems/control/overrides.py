"""What the family has set by hand, and whether HEMS may write at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Override(Enum):
    """Off: the device does nothing. Manual: HEMS leaves it alone. Boost: full power now. None: the plan."""

    OFF = "off"
    MANUAL = "manual"
    BOOST = "boost"
    NONE = "none"


def override_of(off: bool, manual: bool, boost: bool) -> Override:
    """The override that counts where several are set: off > manual > boost > plan."""
    if off:
        return Override.OFF
    if manual:
        return Override.MANUAL
    return Override.BOOST if boost else Override.NONE


@dataclass(frozen=True)
class Overrides:
    """``control``: the master switch; nothing is written to devices unless it is on. Devices by name."""

    control: bool
    devices: Mapping[str, Override] = field(default_factory=dict)

    def of(self, device: str) -> Override:
        """The device's override; none where nothing is set."""
        return self.devices.get(device, Override.NONE)
