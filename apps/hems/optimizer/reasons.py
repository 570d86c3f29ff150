"""One short sentence per device and step: why it does what it does, in figures that can be checked.

A sentence names the price of a kWh now (import while importing, the export forgone while exporting, nothing while PV is
curtailed) and what the same kWh is worth, or costs, in the step that it is weighed against: that step's ``energy_value``.
"""

from collections.abc import Sequence
from typing import Protocol

from ..domain.problem import Problem
from ..domain.schedule import Schedule
from .reason_battery import BatteryReasons
from .reason_ev import EvReasons
from .reason_loads import InterruptibleReasons, ProgramReasons
from .reason_pv import PvReasons
from .reason_scene import Scene
from .reason_thermal import ThermalReasons
from .terminal_value import terminal_values


class _Sentences(Protocol):
    def sentence(self, k: int) -> str:
        """Why the device does what it does in step k."""


def reasons(problem: Problem, schedule: Schedule, energy_value: Sequence[float] = ()) -> dict[str, tuple[str, ...]]:
    """Sentences by device, shape (N,) each. ``energy_value``: per kWh, shape (N,); empty: prices alone stand for it."""
    scene = Scene(problem, schedule, energy_value)
    values = terminal_values(problem)
    devices: dict[str, _Sentences] = {}
    for battery in problem.batteries:
        devices[battery.name] = BatteryReasons(scene, battery, values[battery.name])
    for ev in problem.evs:
        devices[ev.name] = EvReasons(scene, ev, values[ev.name])
    for program in problem.shiftable_loads:
        devices[program.name] = ProgramReasons(scene, program)
    for interruptible in problem.interruptible_loads:
        devices[interruptible.name] = InterruptibleReasons(scene, interruptible)
    for thermal in problem.thermal_loads:
        devices[thermal.name] = ThermalReasons(scene, thermal, values[thermal.name])
    for pv in problem.pv:
        devices[pv.name] = PvReasons(scene, pv)
    return {name: tuple(map(device.sentence, range(problem.steps))) for name, device in devices.items()}
