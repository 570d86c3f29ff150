"""What devices can do and can be told: the frame that no setpoint leaves. AC powers in kW."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from .moment import WORTH_WAITING
from .setpoint import Action
from .side import STAY


@dataclass(frozen=True)
class BatteryLimits:
    """``actions``: what the battery can be told; ``self_use`` is always among them.

    ``curtails``: the PV plants that are held back by limiting what this battery's inverter feeds in. ``worth_waiting``: what
    a kWh must earn more to be sold before later surplus, in currency.
    """

    charge_kw: float
    discharge_kw: float
    soc_min: float = 0.0
    soc_max: float = 1.0
    actions: frozenset[Action] = frozenset({"self_use"})
    curtails: frozenset[str] = frozenset()
    worth_waiting: float = WORTH_WAITING


@dataclass(frozen=True)
class EvLimits:
    """Charging power is 0 or within ``min_kw..max_kw``; ``apart``: the home battery must not feed it."""

    min_kw: float
    max_kw: float
    soc_max: float = 1.0
    apart: bool = False


@dataclass(frozen=True)
class LoadLimits:
    """``program``: it runs once and uninterrupted; its power is the largest of its profile.

    ``sg_ready``: None for a load that is switched; else which of ``block`` and ``force`` it can be told beside ``on`` and
    ``off``. ``min_c``: what a heat store must not fall below, in degrees Celsius; ``max_c``: up to which one that is switched
    may be heated; ``heats_sooner``: it may take a surplus before it was planned to. ``stays_on``, ``stays_off``: so long at least
    such a one is left as the plan switched it.
    """

    power_kw: float
    program: bool = False
    sg_ready: frozenset[Action] | None = None
    min_c: float | None = None
    max_c: float | None = None
    heats_sooner: bool = True
    stays_on: timedelta = STAY
    stays_off: timedelta = STAY


@dataclass(frozen=True)
class PvLimits:
    """A plant that can be curtailed; ``limit_kw`` is its peak power."""

    limit_kw: float


@dataclass(frozen=True)
class Limits:
    """Every device that HEMS may write to, by name."""

    batteries: Mapping[str, BatteryLimits] = field(default_factory=dict)
    evs: Mapping[str, EvLimits] = field(default_factory=dict)
    loads: Mapping[str, LoadLimits] = field(default_factory=dict)
    pv: Mapping[str, PvLimits] = field(default_factory=dict)

    def with_certain_forecasts(self) -> "Limits":
        """For plans made with the truth: later surplus is waited for."""
        batteries = {name: replace(one, worth_waiting=0.0) for name, one in self.batteries.items()}
        loads = {name: replace(one, heats_sooner=False) for name, one in self.loads.items()}
        return replace(self, batteries=batteries, loads=loads)
