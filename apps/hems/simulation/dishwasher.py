"""The dishwasher: loaded every evening, runs its program once when started, and cannot be interrupted."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from .local_day import local_date, local_moment
from .randomness import dice

PROGRAM_KW = (2.0, 0.1, 1.8)
PROGRAM_STEP_HOURS = 0.5


class FamilyLoads:
    """When the family loads the machine and asks for it to run: every evening about 19:30."""

    def __init__(self, seed: int, zone: ZoneInfo) -> None:
        self._seed = seed
        self._zone = zone

    def happens(self, start: datetime, end: datetime) -> bool:
        """Whether the machine is loaded within [start, end)."""
        day = local_date(start, self._zone)
        minutes_late = dice(self._seed, "dishwasher", day).randint(-15, 15)
        return start <= local_moment(day, 19.5 + minutes_late / 60, self._zone) < end


@dataclass
class Dishwasher:
    """A program of known power; None while nothing runs."""

    elapsed_hours: float | None = None
    program_kw: tuple[float, ...] = PROGRAM_KW
    program_step_hours: float = PROGRAM_STEP_HOURS

    @property
    def running(self) -> bool:
        """Whether a program is under way."""
        return self.elapsed_hours is not None

    def start(self) -> None:
        """Begin the program; nothing changes while one runs."""
        if self.elapsed_hours is None:
            self.elapsed_hours = 0.0

    def step(self, hours: float) -> float:
        """Run for one step; answers its mean power in kW. The program's last step ends it."""
        if self.elapsed_hours is None:
            return 0.0
        begin, end = self.elapsed_hours, self.elapsed_hours + hours
        energy = 0.0
        for k, power in enumerate(self.program_kw):
            piece_begin, piece_end = k * self.program_step_hours, (k + 1) * self.program_step_hours
            energy += power * max(0.0, min(end, piece_end) - max(begin, piece_begin))
        # A microsecond of rounding must not leave the program running for one more step.
        finished = end >= len(self.program_kw) * self.program_step_hours - 1e-9
        self.elapsed_hours = None if finished else end
        return energy / hours
