"""Groups a power series into runs: the stretches in which a device is on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Below 10 W a device counts as off: solver dust and rounding, not something a family would notice.
ON_ABOVE_KW = 0.01


@dataclass(frozen=True)
class Run:
    """Steps first..last (inclusive) in which the device is on."""

    first: int
    last: int

    @property
    def indices(self) -> range:
        """Every step from the first to the last."""
        return range(self.first, self.last + 1)


def find_runs(
    power_kw: Sequence[float],
    hours: Sequence[float],
    bridge_hours: float = 0.0,
    opposite_kw: Sequence[float] = (),
) -> list[Run]:
    """The runs of a series; two runs at most `bridge_hours` apart count as one.

    Bridging is for a battery that follows the home's load, and for a program with a pause in it.
    A pause in which the `opposite_kw` runs (charging amid discharging) is never bridged.
    """
    runs: list[Run] = []
    for k, power in enumerate(power_kw):
        if power <= ON_ABOVE_KW:
            continue
        pause = slice(runs[-1].last + 1, k) if runs else slice(0)
        turned = any(opposite > ON_ABOVE_KW for opposite in opposite_kw[pause])
        if runs and not turned and sum(hours[pause]) <= bridge_hours + 1e-9:
            runs[-1] = Run(runs[-1].first, k)
        else:
            runs.append(Run(k, k))
    return runs


def power_words(power_kw: Sequence[float], run: Run, hours: Sequence[float]) -> str:
    """`at 7.4 kW` when steady, `at up to 5.0 kW` when not."""
    on = [power_kw[k] for k in run.indices if power_kw[k] > ON_ABOVE_KW]
    if not on:
        return "at 0.0 kW"
    peak = max(on)
    # A first step already under way, or the last one cut short, is averaged: do not call that unsteady.
    core = [power_kw[k] for k in list(run.indices)[1:-1]] or on
    steady = min(core) > 0.9 * peak
    return f"at {peak:.1f} kW" if steady else f"at up to {peak:.1f} kW"
