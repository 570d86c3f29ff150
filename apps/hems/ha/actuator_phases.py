"""A charge point that charges on one phase or on all: stop, set the phases, wait, start."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from ..config.devices import Ev
from ..control.setpoint import Setpoint
from .commands import commands, phase_commands
from .port import Home
from .read_back import Command, obeyed

# So long a car may take to let its current fall once it is told to stop: contacts are not opened under load.
_CURRENT_FALLS = timedelta(seconds=10)
# Powers nearer to each other than this are one.
_NOISE_KW = 0.01


@dataclass(frozen=True)
class Stage:
    """What is called now, not before ``not_before``; ``words``: what is under way, empty at the last stage."""

    commands: tuple[Command, ...]
    phases: int | None = None
    step: Literal["all", "stop", "set"] = "all"
    words: str = ""
    not_before: datetime | None = None


class PhaseSwitch:
    """The phases of one charge point: read back where they can be, else as they were set last."""

    def __init__(self, car: Ev) -> None:
        self._car = car
        self._phases: int | None = None
        self._set_at: datetime | None = None
        self._stopped_at: datetime | None = None
        # What the charge point was told to be on, until it is.
        self._told: int | None = None

    def stage(self, setpoint: Setpoint, home: Home, now: datetime) -> Stage:
        """What a setpoint asks for at this moment. Raises ValueError as ``commands`` does."""
        if setpoint.action != "charge":
            self._stopped_at, self._told = None, None
            return Stage(commands(setpoint, self._car, home))
        phases = self._now_on(setpoint, home)
        need = self._told or self._needed(setpoint.power_kw, phases, now)
        if phases == need:
            self._stopped_at, self._told = None, None
            return self._charging(setpoint, home, need)
        words = f"Switches to {need} phase{'s' if need > 1 else ''}"
        if self._stopped_at is None:
            stop = replace(setpoint, action="stop", power_kw=0.0)
            return Stage(commands(stop, self._car, home), need, "stop", f"{words}: stops first.")
        told = phase_commands(setpoint, self._car, home, need)
        return Stage(told, need, "set", f"{words}.", self._stopped_at + _CURRENT_FALLS)

    def told(self, stage: Stage, now: datetime) -> None:
        """A stage has been called: from setting the phases on the pause runs, whenever they show."""
        if stage.step == "set":
            self._told, self._set_at = stage.phases, now

    def reached(self, stage: Stage, now: datetime) -> None:
        """A stage has been carried out."""
        if stage.step == "stop":
            self._stopped_at = now
        elif stage.step == "set":
            self._phases = stage.phases

    def memory(self) -> dict[str, Any]:
        """What is to be kept beyond a restart."""
        return {"phases": self._phases, "set_at": self._set_at.isoformat() if self._set_at else None}

    def restore(self, memory: Any) -> None:
        """Takes up what was kept; whatever else that may be is passed over."""
        found = memory if isinstance(memory, Mapping) else {}
        phases = found.get("phases")
        self._phases = phases if phases in (1, self._car.phases) else None
        try:
            set_at = datetime.fromisoformat(str(found.get("set_at")))
        except ValueError:
            return
        self._set_at = set_at if set_at.tzinfo else None

    def _charging(self, setpoint: Setpoint, home: Home, phases: int) -> Stage:
        """The phases that can be read back are told along: that somebody else changes them is noticed."""
        told = commands(setpoint, self._car, home, phases=phases)
        setting = phase_commands(setpoint, self._car, home, phases)
        told = tuple(command for command in told if command.expect or command not in setting)
        # A pause that began in the future is a clock's leap, and over.
        ready = self._set_at + timedelta(seconds=self._car.phase_switch_pause_s) if self._set_at else None
        return Stage(told, phases, words="Has switched its phases and pauses.", not_before=ready)

    def _now_on(self, setpoint: Setpoint, home: Home) -> int | None:
        for phases in (1, self._car.phases):
            shown = {e: w for one in phase_commands(setpoint, self._car, home, phases) for e, w in one.expect.items()}
            if not shown:
                return self._phases
            if all(obeyed(home, entity, wanted) for entity, wanted in shown.items()):
                return phases
        return None

    def _needed(self, power_kw: float, phases: int | None, now: datetime) -> int:
        """The phases for a power: those that it is on as long as they can, and for ``min_phase_minutes``."""
        car = self._car
        lowest_kw = car.min_kw * car.phases - _NOISE_KW
        most_on_one_kw = car.max_kw / car.phases + _NOISE_KW
        need = car.phases if power_kw >= lowest_kw and (phases != 1 or power_kw > most_on_one_kw) else 1
        rest = timedelta(minutes=car.min_phase_minutes)
        if phases is not None and self._set_at is not None and timedelta(0) <= now - self._set_at < rest:
            return phases
        return need
