"""Short events of constant power: a kettle, an oven, a shower."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Pulse:
    """Constant power from `start` until `end` (aware times)."""

    start: datetime
    end: datetime
    power_kw: float


def mean_kw(pulses: Iterable[Pulse], start: datetime, end: datetime) -> float:
    """Mean power of all pulses within an interval, exact however short they are.

    Exact overlap, not sampling: so a step of a minute and a step of a quarter hour count the same energy.
    """
    seconds = (end - start).total_seconds()
    energy = 0.0
    for pulse in pulses:
        if pulse.start < end and pulse.end > start:
            overlap = (min(pulse.end, end) - max(pulse.start, start)).total_seconds()
            energy += pulse.power_kw * overlap
    return energy / seconds
