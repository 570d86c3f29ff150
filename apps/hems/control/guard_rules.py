"""What the guard between two plans keeps to: limits, the order of shedding, and its times."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

# Limits are aimed at from below by this part of them, and by at least so much.
_MARGIN = 0.02
_LEAST_MARGIN_KW = 0.05
# Given back only where so much room is left beyond it: a kettle must not bring the next shedding.
_HYSTERESIS = 0.05
_LEAST_HYSTERESIS_KW = 0.3


@dataclass(frozen=True)
class GuardRules:
    """Limits in kW (None: none). ``phase_kw``: what each of three phases may import.

    ``shed``: loads and cars in the order in which they are switched off; ``phases``: the phase (1..3) of devices that are
    on one; ``surplus_only``: cars that take nothing but surplus. ``react``: so long a limit may be exceeded, unless by far;
    ``settle``: so long devices take to follow; ``restore``: so long there is room before anything is given back;
    ``rest``: so long what was switched off stays off; ``surplus_start``, ``surplus_stop``: so long there is enough, or too
    little, surplus before a car begins, or stops.
    """

    import_kw: float | None = None
    export_kw: float | None = None
    phase_kw: float | None = None
    shed: tuple[str, ...] = ()
    phases: Mapping[str, int] = field(default_factory=dict)
    surplus_only: frozenset[str] = frozenset()
    react: timedelta = timedelta(seconds=5)
    settle: timedelta = timedelta(seconds=20)
    restore: timedelta = timedelta(minutes=2)
    rest: timedelta = timedelta(minutes=10)
    surplus_start: timedelta = timedelta(minutes=3)
    surplus_stop: timedelta = timedelta(minutes=4)

    def part_on(self, device: str, phase: int | None) -> float:
        """The part of a device's power that a limit sees: that of all phases (``phase`` None), or of one of them."""
        if phase is None:
            return 1.0
        own = self.phases.get(device)
        return 1 / 3 if own is None else float(own == phase)


def margin_kw(limit_kw: float) -> float:
    """How far below a limit one aims."""
    return max(_LEAST_MARGIN_KW, _MARGIN * limit_kw)


def hysteresis_kw(limit_kw: float) -> float:
    """How much room must be left beyond what is given back."""
    return max(_LEAST_HYSTERESIS_KW, _HYSTERESIS * limit_kw)
