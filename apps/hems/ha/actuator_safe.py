"""Which wishes may not wait, and what a device is told that does not obey."""

from datetime import datetime, timedelta

from ..config.devices import Battery, Pv
from ..config.write import Write
from ..control.setpoint import Setpoint
from .placeholders import Device

# What keeps a fuse, and what happens when HEMS lets go: safer than what was before.
_SAFER = frozenset({"guard", "fallback"})
_NOISE_KW = 1e-6


def is_other_mode(before: Setpoint | None, wanted: Setpoint) -> bool:
    """Whether a wish is another mode, or comes from another source: an override, the guard, the fallback."""
    if before is None or before.action != wanted.action:
        return True
    # What the guard had lowered is raised as carefully as any power.
    return before.source != wanted.source and (before.source, wanted.source) != ("guard", "plan")


def is_urgent(before: Setpoint | None, wanted: Setpoint) -> bool:
    """Whether it is written though the writes of the day are used up: another mode, an override, what is safer."""
    return is_other_mode(before, wanted) or wanted.source in _SAFER


def held_back(before: Setpoint, wanted: Setpoint, write: Write, written_at: datetime | None, now: datetime) -> bool:
    """Whether another power of the same mode is too soon, or too small a change to be written."""
    if wanted.source == "guard" and wanted.power_kw < before.power_kw - _NOISE_KW:
        return False  # the fuse does not wait
    if written_at is not None and now - written_at < timedelta(seconds=write.min_interval_s):
        return True
    return abs(wanted.power_kw - before.power_kw) < write.deadband_kw and wanted.target_soc == before.target_soc


def safe_setpoint(name: str, device: Device, target: Setpoint) -> Setpoint | None:
    """The safe mode of a device that HEMS cannot control: a battery runs by itself, a plant is not curtailed, an SG-Ready
    load that was to be blocked or forced runs as it likes.

    None for cars and other loads, which are left as they are, and where that is what it does not obey to.
    """
    words = "It does not do as it is told, so it is left to itself."
    if isinstance(device, Battery) and target.action != "self_use":
        return Setpoint(name, "battery", "self_use", 0.0, "fallback", words)
    if isinstance(device, Pv) and target.action != "release":
        return Setpoint(name, "pv", "release", 0.0, "fallback", words)
    if target.action in ("block", "force"):
        return Setpoint(name, "load", "off", 0.0, "fallback", words)
    return None
