"""EMHASS as a controller of the closed loop: asked every step, its plan's step of now turned into setpoints.

That is what its users' automations do. A load runs where its power is above 0.1 W. The battery ("forced") is charged or
discharged at EMHASS's power, and held where that is less than the dead band. Or ("by_grid") the inverter balances the meter
itself in the steps in which EMHASS plans neither import nor export, as many users have it, and is forced in the others.
Where EMHASS finds no plan it publishes nothing, and the home goes on with the plan before.
"""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from closed_loop_request import Choices, horizon_of, names_of, request_of, steps_of
from peer import Peer, Reply

from hems.config.loads import Program
from hems.config.site import Site
from hems.control.setpoint import Action, Kind, Setpoint
from hems.planner.readings import Readings

PEER = Path(__file__).with_name("closed_loop_peer.py")
# EMHASS's documentation: about 50 W of dead band around charging and discharging; a load is on above 0.1 W.
DEAD_BAND_W, ON_ABOVE_W = 50.0, 0.1
_START_SECONDS, _PLAN_SECONDS = 120.0, 150.0
Ask = Callable[[dict[str, Any]], Reply]
# The baseline load in W of so many steps before a time, the newest last.
Past = Callable[[datetime, int], Sequence[float]]
_PAST_DAYS = 3


class ClosedLoopPeer(Peer):
    """A process with EMHASS loaded that plans step after step, one solver thread. Use it in a ``with`` block."""

    def __init__(self, python: Path) -> None:
        one = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
        command = [str(python), "-I", "-B", str(PEER)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env={**os.environ, **one})
        self._read(_START_SECONDS)

    def __enter__(self) -> "ClosedLoopPeer":
        return self

    def ask(self, request: dict[str, Any]) -> Reply:
        """Raises NoEmhass where the process ends; what EMHASS itself cannot do is the reply's status."""
        return self._ask(request, _PLAN_SECONDS)


@dataclass(frozen=True)
class Published:
    """A plan as EMHASS publishes it: columns in W, shape (N,), from ``begun`` on."""

    begun: datetime
    columns: Mapping[str, Sequence[float]]

    def at(self, now: datetime, step_minutes: int) -> dict[str, float]:
        """The values of now; nothing once the plan has ended."""
        k = int((now - self.begun) / timedelta(minutes=step_minutes))
        return {name: values[k] for name, values in self.columns.items() if k < len(values)}


@dataclass
class Emhass:
    """Asks EMHASS at every boundary of its steps. ``statuses``: how its plans ended; ``fallbacks``: those it did not find."""

    site: Site
    zone: tzinfo
    ask: Ask
    past: Past
    choices: Choices = field(default_factory=Choices)
    seconds: list[float] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    fallbacks: int = 0
    _published: Published | None = None
    _next: Published | None = None
    _due: datetime | None = None
    _began: dict[str, datetime] = field(default_factory=dict)

    def setpoints(self, readings: Readings) -> Mapping[str, Setpoint]:
        """What the home's automations write now. As with the suite, a plan takes effect at the look after it was made."""
        if self._next is not None:
            self._published, self._next = self._next, None
        self._watch_programs(readings)
        if self._due is None or readings.now >= self._due:
            self._plan(readings)
        values = self._published.at(readings.now, self.choices.step_minutes) if self._published else {}
        return setpoints(self.site, readings, values, self.choices.battery) if values else {}

    def _plan(self, readings: Readings) -> None:
        step = self.choices.step_minutes
        horizon = horizon_of(readings, step)
        if horizon is None:
            self.fallbacks += 1
            self._due = readings.now + timedelta(minutes=step)
            return
        self._due = horizon.time(1)
        past_w = self.past(horizon.start, _PAST_DAYS * 1440 // step)
        request = request_of(self.site, self.zone, readings, horizon, past_w, self._left(horizon.start), self.choices)
        reply = self.ask(request)
        self.seconds.append(round(reply.seconds, 4))
        self.statuses[reply.status] = self.statuses.get(reply.status, 0) + 1
        if reply.columns and reply.status.startswith("Optimal"):
            self._next = Published(horizon.start, reply.columns)
        else:
            self.fallbacks += 1

    def _watch_programs(self, readings: Readings) -> None:
        """EMHASS does not remember when a program began."""
        for name, reading in readings.loads.items():
            if not reading.on:
                self._began.pop(name, None)
            else:
                self._began.setdefault(name, readings.now)

    def _left(self, start: datetime) -> dict[str, int]:
        step = timedelta(minutes=self.choices.step_minutes)
        programs = {name: load for name, load in self.site.loads.items() if isinstance(load, Program)}
        return {
            name: max(0, steps_of(programs[name], self.choices.step_minutes) - round((start - begun) / step))
            for name, begun in self._began.items()
            if name in programs
        }


def setpoints(site: Site, readings: Readings, values: Mapping[str, float], battery: str) -> dict[str, Setpoint]:
    """One step of EMHASS's plan, in W, as setpoints for every device."""
    found = {name: _battery(name, values, battery) for name in site.batteries}
    for number, name in enumerate(names_of(site)):
        power_kw = values[f"P_deferrable{number}"] / 1000
        on = 1000 * power_kw > ON_ABOVE_W
        if name in site.evs:
            car = readings.evs[name]
            # The car's own limit ends its charging at the target.
            full = car.soc is not None and car.target_soc is not None and car.soc >= car.target_soc
            found[name] = _say(name, "ev", "charge" if on and not full else "stop", power_kw if not full else 0.0)
        else:
            found[name] = _say(name, "load", "on" if on else "off", power_kw)
    curtailed = values.get("P_PV_curtailment", 0.0)
    for name, plant in site.pv.items():
        if plant.actions is not None:
            limits = curtailed > DEAD_BAND_W
            kept_kw = max(0.0, values["P_PV"] - curtailed) / 1000 if limits else plant.limit_kw or 0.0
            found[name] = _say(name, "pv", "limit" if limits else "release", kept_kw)
    return found


def _battery(name: str, values: Mapping[str, float], how: str) -> Setpoint:
    """EMHASS's battery power is above 0 where it discharges."""
    power_w = values["P_batt"]
    if how == "by_grid" and abs(values["P_grid"]) <= DEAD_BAND_W:
        return _say(name, "battery", "self_use", 0.0)
    if abs(power_w) <= DEAD_BAND_W:
        return _say(name, "battery", "hold", 0.0)
    return _say(name, "battery", "discharge" if power_w > 0 else "charge", abs(power_w) / 1000)


def _say(name: str, kind: Kind, action: Action, power_kw: float) -> Setpoint:
    return Setpoint(name, kind, action, power_kw, "plan", "EMHASS's plan.")
