"""The states of SG-Ready loads from round to round, kept beyond a restart within what is kept of each device."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..control.limits import Limits
from ..control.measured import Measured
from ..control.moment import Moment
from ..control.setpoint import Setpoint
from ..control.sg_ready import HELD, kept_from, let_go, sg_ready

_KEY = "sg_ready"


class LoadStates:
    """``remembered``: by device what ``memory`` made of it before a restart."""

    def __init__(self, limits: Limits, remembered: Mapping[str, Any]) -> None:
        self._limits = limits
        loads = (name for name, load in limits.loads.items() if load.sg_ready is not None)
        self._kept = {name: kept_from((remembered.get(name) or {}).get(_KEY)) for name in loads}

    def fit(
        self, wanted: Mapping[str, Setpoint], moment: Moment | str, measured: Measured, now: datetime
    ) -> dict[str, Setpoint]:
        """The setpoints with each load's state."""
        found, self._kept = sg_ready(self._kept, wanted, moment, measured, self._limits, now)
        return found

    def let_go(self, now: datetime) -> None:
        """HEMS controls nothing any more."""
        self._kept = let_go(self._kept, now)

    @property
    def held(self) -> list[str]:
        """The loads that are blocked or forced, which nobody but HEMS would end."""
        return [name for name, one in self._kept.items() if one.action in HELD]

    def memory(self, devices: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """What is kept of the devices, with the states, fit for JSON."""
        return {**devices, **{name: {**devices[name], _KEY: one.memory()} for name, one in self._kept.items()}}
