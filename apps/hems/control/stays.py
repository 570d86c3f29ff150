"""How long loads have been as the plan switched them, so that none is switched to and fro."""

from dataclasses import dataclass, field
from datetime import datetime

from .measured import Switched
from .setpoint import Setpoint


@dataclass
class Stays:
    """What the plan switched last, and when. What family, guard and fallback did is not kept up. Picklable."""

    _since: dict[str, tuple[bool, datetime]] = field(default_factory=dict)

    def told(self, name: str, setpoint: Setpoint | None, now: datetime) -> None:
        """Takes in what a load is told now; None: nothing."""
        if setpoint is None or setpoint.source != "plan":
            self._since.pop(name, None)
            return
        on, before = setpoint.action == "on", self._since.get(name)
        if before is None or before[0] != on or before[1] > now:
            self._since[name] = on, now

    def at(self, now: datetime) -> dict[str, Switched]:
        """By load, what it was told last and for how long it has been so."""
        return {name: Switched(on, now - since) for name, (on, since) in self._since.items()}
