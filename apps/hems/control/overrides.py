"""What the family has set by hand, and whether HEMS may write at all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class Override(Enum):
    """Off: the device does nothing. Manual: HEMS leaves it alone. None: the plan.

    Hold: a battery keeps what it has. Charge and discharge: a battery does so at full power. Boost: full power now (run
    now). Skip: a load does not begin until tomorrow.
    """

    OFF = "off"
    MANUAL = "manual"
    HOLD = "hold"
    DISCHARGE = "discharge"
    CHARGE = "charge"
    BOOST = "boost"
    SKIP = "skip"
    NONE = "none"


# What counts where several are set: off > manual > hold > discharge > charge > boost > skip > the plan. What asks more
# expressly, and what keeps more, comes first.
PRECEDENCE = (
    Override.OFF,
    Override.MANUAL,
    Override.HOLD,
    Override.DISCHARGE,
    Override.CHARGE,
    Override.BOOST,
    Override.SKIP,
)
# The word of a switch that says the same as another: to run now is to be boosted.
SAME = {"run_now": "boost"}


def strongest(kinds: Iterable[str]) -> Override:
    """The override that counts where several are set, by the words of their switches; none where none is."""
    found = {SAME.get(kind, kind) for kind in kinds}
    return next((one for one in PRECEDENCE if one.value in found), Override.NONE)


@dataclass(frozen=True)
class Overrides:
    """``control``: the master switch; nothing is written to devices unless it is on. Devices by name.

    ``until``: when the override of a device ends (aware; none: when it is switched off). ``reserve_soc``: what a battery
    keeps for a power cut, 0..1.
    """

    control: bool
    devices: Mapping[str, Override] = field(default_factory=dict)
    until: Mapping[str, datetime] = field(default_factory=dict)
    reserve_soc: Mapping[str, float] = field(default_factory=dict)

    def of(self, device: str) -> Override:
        """The device's override; none where nothing is set."""
        return self.devices.get(device, Override.NONE)
