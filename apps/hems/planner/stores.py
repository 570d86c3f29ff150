"""Batteries of the problem, with what the family has set."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Protocol

from ..config.site import Site
from ..domain.battery import Battery, SocTarget
from ..domain.charge_curve import CurvePoint, curve_kw
from ..domain.horizon import Horizon
from .readings import Readings

# A curve is followed in so many parts of the way to full; one that ends at nothing would take for ever.
_PARTS = 50
_SLOWEST = 0.05


class Says(Protocol):
    """Takes a sentence for people."""

    def say(self, line: str) -> None:
        """One sentence."""
        ...


def batteries(site: Site, readings: Readings, horizon: Horizon, notes: Says) -> Iterator[Battery]:
    """Every battery whose state of charge is known.

    An action that is absent is never planned: without ``charge`` it charges from PV only, without ``discharge`` it does
    not export. Off and hold: it rests. Manual: it is the family's, so nothing is planned for it. Boost and charge: it
    fills up. Discharge: it does so whatever the plan says, and the next plan sees what is left. A reserve is its minimum.
    """
    for name, config in site.batteries.items():
        reading = readings.batteries.get(name)
        override = readings.overrides.of(name)
        if reading is None or reading.soc is None or reading.capacity_kwh is None or reading.capacity_kwh <= 0:
            notes.say(f"{name}: its state of charge or capacity is not known; it is left to itself")
            continue
        idle = override in ("off", "manual", "hold")
        reserve = min(readings.overrides.reserve_soc.get(name, 0.0), config.soc_max)
        hours = hours_to_full(
            (reading.soc, config.soc_max),
            reading.capacity_kwh,
            (config.charge_limit_kw, config.charge_efficiency),
            config.charge_curve,
        )
        full = horizon.start + timedelta(hours=hours + 0.02)
        yield Battery(
            name=name,
            capacity_kwh=reading.capacity_kwh,
            soc=reading.soc,
            soc_min=max(config.soc_min, reserve),
            soc_max=config.soc_max,
            charge_limit_kw=0.0 if idle else config.charge_limit_kw,
            discharge_limit_kw=0.0 if idle else config.discharge_limit_kw,
            charge_efficiency=config.charge_efficiency,
            discharge_efficiency=config.discharge_efficiency,
            standing_loss_kw=config.standing_loss_kw,
            wear_cost_per_kwh=config.wear_cost_per_kwh,
            grid_charging=config.actions.charge is not None,
            grid_export=config.actions.discharge is not None,
            charge_curve=config.charge_curve,
            soc_targets=(SocTarget(at=full, soc=config.soc_max),) if override in ("boost", "charge") else (),
            phase=config.phase,
        )


def hours_to_full(
    socs: tuple[float, float], capacity_kwh: float, power: tuple[float, float], curve: tuple[CurvePoint, ...]
) -> float:
    """Hours from one state of charge to another at full ``power`` (kW, efficiency), slower where the curve says so."""
    low, high = socs
    limit_kw, efficiency = power[0] or 1.0, power[1]
    part = max(high - low, 0.0) / _PARTS
    hours = 0.0
    for number in range(_PARTS):
        kw = min(limit_kw, curve_kw(curve, low + (number + 0.5) * part))
        hours += part * capacity_kwh / (max(kw, limit_kw * _SLOWEST) * efficiency)
    return hours
