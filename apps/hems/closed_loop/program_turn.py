"""Whether a program is to be started: asked for, not running, not run in this window already."""

from datetime import datetime, timedelta, tzinfo

from ..config.loads import Program
from ..config.site import Site
from ..planner.memory import window_around
from ..planner.readings import LoadReading


def turns_of(site: Site, zone: tzinfo) -> dict[str, "ProgramTurn"]:
    """One for each program of a home, by name; each knows the one that it waits for."""
    programs = {name: load for name, load in site.loads.items() if isinstance(load, Program)}
    turns = {name: ProgramTurn(load, zone) for name, load in programs.items()}
    for name, load in programs.items():
        turns[name].after = turns[load.after] if load.after is not None else None
    return turns


class ProgramTurn:
    """Keeps in mind the window of one program and whether it has run in it."""

    def __init__(self, config: Program, zone: tzinfo) -> None:
        self._config = config
        self._zone = zone
        self.length = timedelta(minutes=len(config.program_kw) * config.program_step_minutes)
        self._window: tuple[datetime, datetime] | None = None
        self._done_until: datetime | None = None
        self.running = False
        self.next: tuple[datetime, datetime] | None = None
        self.after: ProgramTurn | None = None

    def observe(self, reading: LoadReading, now: datetime) -> None:
        """Sees that the program runs, or that it has come to its end."""
        if reading.on is True and not self.running:
            self.running = True
            self._done_until = self._around(now)[1]
        elif reading.on is False:
            self.running = False

    def window(self, reading: LoadReading, now: datetime) -> tuple[datetime, datetime] | None:
        """Begin and end of the window in which it is to run next; None where nobody wants it, or it runs."""
        wanted = self._config.requested is None or reading.requested is True
        self.next = self._next(now) if wanted and not self.running else None
        return self.next

    def must_wait(self) -> bool:
        """Whether the program that has to end before this one runs, or is to run before this one's window closes."""
        if self.after is None or self.next is None:
            return False
        other = self.after.next
        return self.after.running or (other is not None and other[0] < self.next[1])

    def _next(self, now: datetime) -> tuple[datetime, datetime]:
        opens, closes = self._around(now)
        done = self._done_until is not None and self._done_until >= closes
        if done or max(opens, now) + self.length > closes:
            opens, closes = window_around(self._config.window, closes + timedelta(minutes=1), self._zone)
        return opens, closes

    def _around(self, now: datetime) -> tuple[datetime, datetime]:
        if self._window is None or now >= self._window[1]:
            self._window = window_around(self._config.window, now, self._zone)
        return self._window
