"""All that is read from the home at one instant. None: not known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Literal

from ..control.overrides import PRECEDENCE, Override, strongest
from ..domain.series import Slot
from .tariff_sessions import FoundSession

CostFunction = Literal["profit", "cost", "self_consumption"]
# The words of the overrides, each the name of a set in ``Overrides``.
KINDS = tuple(one.value for one in PRECEDENCE)


@dataclass(frozen=True)
class EvReading:
    """A car: whether it is connected, its state of charge, and what the family wishes."""

    connected: bool | None
    soc: float | None
    power_kw: float | None
    ready_by: time | None
    target_soc: float | None


@dataclass(frozen=True)
class BatteryReading:
    """A battery: state of charge as a fraction, capacity in kWh, charging and discharging power."""

    soc: float | None
    capacity_kwh: float | None
    charge_kw: float | None = None
    discharge_kw: float | None = None


@dataclass(frozen=True)
class LoadReading:
    """A controlled load: on or off, its power, and what its kind needs."""

    on: bool | None
    power_kw: float | None = None
    requested: bool | None = None
    temperature_c: float | None = None
    ambient_c: float | None = None
    hours_per_day: float | None = None


@dataclass(frozen=True)
class Overrides:
    """What the family has set. Sets of devices; which counts where several are set is ``strongest``'s to say.

    ``until``: when the override of a device ends (aware UTC; none: nobody knows). ``reserve_soc``: what a battery keeps,
    0..1. ``target_soc`` and ``ready_by``: a car's wishes, in place of those of apps.yaml. ``vacation``: nobody is at home.
    ``cost_function``: in place of that of apps.yaml.
    """

    off: frozenset[str] = frozenset()
    manual: frozenset[str] = frozenset()
    boost: frozenset[str] = frozenset()
    hold: frozenset[str] = frozenset()
    charge: frozenset[str] = frozenset()
    discharge: frozenset[str] = frozenset()
    skip: frozenset[str] = frozenset()
    until: Mapping[str, datetime] = field(default_factory=dict)
    reserve_soc: Mapping[str, float] = field(default_factory=dict)
    target_soc: Mapping[str, float] = field(default_factory=dict)
    ready_by: Mapping[str, time] = field(default_factory=dict)
    vacation: bool = False
    cost_function: CostFunction | None = None

    def of(self, device: str) -> str | None:
        """``off``, ``manual``, ``hold``, ``discharge``, ``charge``, ``boost``, ``skip`` or None."""
        override = strongest(kind for kind in KINDS if device in getattr(self, kind))
        return None if override is Override.NONE else override.value


@dataclass(frozen=True)
class Readings:
    """One look at the home. ``history``: hourly mean baseline load; ``spot`` and forecasts as slots in UTC.

    ``import_counter_kwh``: what the grid's import meter shows, all energy imported until now. ``export_spot``: where
    export has a source of its own. ``price_history``: spot prices of the last weeks. ``saving_sessions`` and
    ``free_sessions``: as their entities list them. ``pv_forecast_history``: what was forecast for past hours, as it stood
    when each came. ``pv_curtailed``: slots in which a plant was held back. ``outdoor_c``: outdoor temperatures from now on,
    ``outdoor_history``: of the last weeks, in °C. ``problems``: what was wrong with what was
    read, in sentences.
    """

    now: datetime
    spot: tuple[Slot, ...] = ()
    export_spot: tuple[Slot, ...] = ()
    price_history: tuple[Slot, ...] = ()
    saving_sessions: tuple[FoundSession, ...] = ()
    free_sessions: tuple[FoundSession, ...] = ()
    import_limit_kw: float | None = None
    export_limit_kw: float | None = None
    import_counter_kwh: float | None = None
    baseline_kw: float | None = None
    history: tuple[Slot, ...] = ()
    pv_kw: dict[str, float | None] = field(default_factory=dict)
    pv_forecast: dict[str, tuple[Slot, ...]] = field(default_factory=dict)
    pv_forecast_low: dict[str, tuple[Slot, ...]] = field(default_factory=dict)
    pv_forecast_high: dict[str, tuple[Slot, ...]] = field(default_factory=dict)
    pv_history: dict[str, tuple[Slot, ...]] = field(default_factory=dict)
    pv_forecast_history: dict[str, tuple[Slot, ...]] = field(default_factory=dict)
    pv_curtailed: dict[str, tuple[Slot, ...]] = field(default_factory=dict)
    outdoor_c: tuple[Slot, ...] = ()
    outdoor_history: tuple[Slot, ...] = ()
    problems: tuple[str, ...] = ()
    batteries: dict[str, BatteryReading] = field(default_factory=dict)
    evs: dict[str, EvReading] = field(default_factory=dict)
    loads: dict[str, LoadReading] = field(default_factory=dict)
    overrides: Overrides = Overrides()
