"""Whether the simulated home has left its plan, as the dispatcher finds it at home, where it looks several times a minute."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..control.deviation import Deviation, deviation
from ..control.moment import Moment
from ..planner.readings import Readings

# Between two looks of the simulation the powers are the same, so that looks in between are as good as real ones.
_EVERY = timedelta(minutes=1)


@dataclass
class LeftPlan:
    """Watches the states of charge, the heat stores, the baseline load and the PV plants. Picklable."""

    _state: Deviation = field(default_factory=Deviation)
    _looked: datetime | None = None

    def seen(self, moment_at: Callable[[datetime], Moment | str], number: int, readings: Readings) -> bool:
        """Whether that is a reason for a new plan. ``moment_at``: the plan in force at a time; ``number``: its number."""
        powers = {"load": readings.baseline_kw, **readings.pv_kw}
        at = readings.now if self._looked is None else min(self._looked + _EVERY, readings.now)
        self._looked = readings.now
        while at < readings.now:
            found, self._state = deviation(self._state, moment_at(at), number, {}, powers, at, {})
            if found is not None:
                return True
            at = min(at + _EVERY, readings.now)
        soc = {name: one.soc for name, one in readings.batteries.items()}
        warmth = {name: one.temperature_c for name, one in readings.loads.items()}
        found, self._state = deviation(self._state, moment_at(at), number, soc, powers, at, warmth)
        return found is not None
