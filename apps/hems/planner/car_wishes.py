"""When a car is to be ready and with how much: as the family says, else as it usually leaves and what it usually needs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from ..config.devices import USUAL_READY_BY, USUAL_TARGET_SOC, Ev
from ..domain.battery import SocTarget
from ..domain.horizon import Horizon
from .car_trips import Trip
from .habits import Habits
from .local_days import local_time
from .readings import EvReading

# A car that uses little holds so much all the same: for the trip that nobody has learned of.
_LEAST_LEARNED_SOC = 0.5
# What is left in it after a usual trip.
_RESERVE_SOC = 0.2


@dataclass(frozen=True)
class CarWishes:
    """One car. ``trips`` and ``habits``: None where they are not known."""

    config: Ev
    reading: EvReading
    trips: tuple[Trip, ...] | None
    habits: Habits | None
    zone: tzinfo

    def ready_times(self, horizon: Horizon) -> Iterator[datetime]:
        """Every time within the horizon at which it is to be ready, in order."""
        ready_by = self.reading.ready_by
        if ready_by is not None:
            yield from self._daily(ready_by, horizon)
        elif self.config.ready_by is None and self.trips is None:
            yield from self._daily(USUAL_READY_BY, horizon)
        elif self.config.ready_by is None:
            yield from (trip.leaves for trip in self.trips or () if horizon.start < trip.leaves <= horizon.end)

    def targets(self, horizon: Horizon) -> Iterator[SocTarget]:
        """What it is to hold at each of these times at which it is at home."""
        for at in self.ready_times(horizon):
            soc = self._soc(at)
            if soc is None:
                return
            target = SocTarget(at=at, soc=min(soc, self.config.soc_max))
            if self.trips is None:
                if self.reading.connected:
                    yield target
                return
            if not any(trip.leaves < at <= trip.back for trip in self.trips):
                yield target

    def note(self, name: str, target: SocTarget) -> str | None:
        """What is taken for a wish that apps.yaml does not give; None where it gives them all."""
        missing = [key for key in ("ready_by", "target_soc") if getattr(self.config, key) is None]
        if not missing:
            return None
        why = "its habits are not known yet" if self.habits is None else "learned from how it was used"
        local = target.at.astimezone(self.zone)
        return f"{name}: no {' and no '.join(missing)} given; {why}: {target.soc:.0%} by {local:%a %H:%M}"

    def _soc(self, at: datetime) -> float | None:
        if self.reading.target_soc is not None:
            return self.reading.target_soc
        if self.config.target_soc is not None:  # its entity says nothing
            return None
        needed = self.habits.needed_soc(at.astimezone(self.zone).date(), _RESERVE_SOC) if self.habits else None
        return USUAL_TARGET_SOC if needed is None else round(max(needed, _LEAST_LEARNED_SOC), 3)

    def _daily(self, clock: time, horizon: Horizon) -> Iterator[datetime]:
        day = horizon.start.astimezone(self.zone).date()
        while (begin := local_time(day, time(), self.zone)) <= horizon.end:
            at = local_time(day, clock, self.zone)
            if horizon.start < at <= horizon.end:
                yield at
            day = (begin + timedelta(hours=36)).astimezone(self.zone).date()
