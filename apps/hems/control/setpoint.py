"""What one device is to do at this moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["battery", "ev", "load", "pv"]
BatteryAction = Literal["self_use", "charge", "discharge", "hold", "export_pv", "limit_export"]
LoadAction = Literal["on", "off", "block", "force"]
Action = Literal[BatteryAction, LoadAction, "stop", "limit", "release", "leave"]
Source = Literal["plan", "off", "manual", "hold", "discharge", "charge", "boost", "skip", "guard", "fallback"]

# Modes in which the inverter's own loop supplies the home: nothing can be gained by a power that is forced.
SUPPLYING: frozenset[Action] = frozenset({"self_use", "export_pv", "limit_export"})
# What a load does that is switched on.
RUNNING: frozenset[Action] = frozenset({"on", "force"})


@dataclass(frozen=True)
class Setpoint:
    """A mode with its AC power in kW (0 where it has none), who asks for it, and one sentence for people.

    With "limit_export" the power is what may be fed in. "block" and "force" are for SG-Ready loads.

    "leave" writes nothing: the device does what it does. ``target_soc`` (0..1) is for devices that are told a
    state of charge to stop at; None where the mode has none. ``source``: the plan, an override, the guard between two
    plans, or the fallback; ``until``: when an override ends (aware; None: it does not end by itself).
    """

    device: str
    kind: Kind
    action: Action
    power_kw: float
    source: Source
    text: str
    target_soc: float | None = None
    until: datetime | None = None
