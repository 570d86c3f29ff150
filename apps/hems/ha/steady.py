"""Readings that switch devices, made steady: noise, rounding and lag must not show in what devices are told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ..config.devices import Battery
from ..config.loads import Heat
from ..config.site import Site
from ..control.measured import Measured, Switched
from ..control.metered import Metered
from ..control.side import Watched, watched
from ..control.stays import Stays
from .actuators import Actuator

# A battery is at its minimum or maximum until it is away from it by more than this: sensors say whole per cent, and relax.
_BOUND = 0.015
# The meter's part of a device's writes a day: the rest is for the plan.
_PART_OF_WRITES = 0.5


class Steady:
    """What is kept of one home from look to look."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._watched: Watched | None = None
        self._bounds: dict[str, float] = {}
        self._stays = Stays()

    def with_surplus(self, measured: Measured, metered: Metered, now: datetime) -> Measured:
        """With what would be exported if the batteries rested, watched for so long that no kettle changes their mode."""
        self._watched = watched(self._watched, metered.surplus_kw(self._site.batteries), now)
        if self._watched is None or not self._watched.is_known:
            return measured
        return replace(measured, surplus_kw=self._watched.kw, steady_side=self._watched.side)

    def soc(self, name: str, battery: Battery, soc: float | None) -> float | None:
        """The state of charge; near a bound that it has reached, the bound."""
        if soc is None:
            return None
        if soc <= battery.soc_min or soc >= battery.soc_max:
            self._bounds[name] = battery.soc_min if soc <= battery.soc_min else battery.soc_max
            return soc
        bound = self._bounds.get(name)
        if bound is not None and abs(soc - bound) > _BOUND:
            del self._bounds[name]
        return self._bounds.get(name, soc)

    def switched(self, actuators: Mapping[str, Actuator], now: datetime) -> dict[str, Switched]:
        """The heat stores that the plan has switched last."""
        for name, load in self._site.loads.items():
            if isinstance(load, Heat):
                self._stays.told(name, actuators[name].target, now)
        return self._stays.at(now)


def spent(actuators: Mapping[str, Actuator]) -> frozenset[str]:
    """The devices that have had the meter's part of the day's writes."""
    return frozenset(name for name, one in actuators.items() if _is_spent(one))


def _is_spent(one: Actuator) -> bool:
    limit = one.device.write.max_writes_per_day
    return limit is not None and one.doing()["writes_today"] >= limit * _PART_OF_WRITES
