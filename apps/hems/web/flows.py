"""Where the energy of each step comes from and where it goes.

Within a step nobody can tell which kWh went where. Every use therefore has the same mix: the shares of
grid, sun and stored energy in all that is supplied in that step. So the grid costs of all uses
add up to the import costs of the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .steps import Steps, read_steps


@dataclass(frozen=True)
class Flows:
    """Per step: shares of the supply (0..1), share of the uses that is exported (0..1), prices per kWh."""

    steps: Steps
    grid_share: tuple[float, ...]
    sun_share: tuple[float, ...]
    stored_share: tuple[float, ...]
    export_share: tuple[float, ...]
    import_price: tuple[float, ...]
    export_price: tuple[float, ...]

    def energy_kwh(self, power_kw: Sequence[float], indices: Iterable[int]) -> float:
        """Energy of a series over the steps named."""
        return sum(power_kw[k] * self.steps.hours[k] for k in indices)

    def grid_cost(self, power_kw: Sequence[float], indices: Iterable[int]) -> float:
        """What a use's part of the import costs."""
        return sum(power_kw[k] * self.steps.hours[k] * self.grid_share[k] * self.import_price[k] for k in indices)

    def discharge_value(self, power_kw: Sequence[float], indices: Iterable[int]) -> float:
        """What discharging earns by export and saves by import that is not needed."""
        total = 0.0
        for k in indices:
            sold = self.export_share[k]
            worth_per_kwh = sold * self.export_price[k] + (1 - sold) * self.import_price[k]
            total += power_kw[k] * self.steps.hours[k] * worth_per_kwh
        return total

    def mix(self, power_kw: Sequence[float], indices: Sequence[int]) -> dict[str, float]:
        """Shares of grid, sun and stored energy (0..1) in what a use takes over the steps named."""
        energy = self.energy_kwh(power_kw, indices)
        if energy <= 0:
            return {"grid": 0.0, "sun": 0.0, "stored": 0.0}
        shares = {"grid": self.grid_share, "sun": self.sun_share, "stored": self.stored_share}
        return {
            name: sum(power_kw[k] * self.steps.hours[k] * share[k] for k in indices) / energy
            for name, share in shares.items()
        }


def read_flows(problem: Mapping[str, Any], plan: Mapping[str, Any]) -> Flows:
    """Build the mix of every step from the two documents of one plan."""
    steps = read_steps(plan)
    n = len(steps.hours)
    bought: Sequence[float] = plan["grid"]["import_kw"]
    sold: Sequence[float] = plan["grid"]["export_kw"]
    sun = total_kw(n, (pv["used_kw"] for pv in plan["pv"].values()))
    stores = [*plan["batteries"].values(), *plan["evs"].values()]
    stored = total_kw(n, (store["discharge_kw"] for store in stores))
    supply = [bought[k] + sun[k] + stored[k] for k in range(n)]

    def share(part: Sequence[float]) -> tuple[float, ...]:
        return tuple(part[k] / supply[k] if supply[k] > 1e-9 else 0.0 for k in range(n))

    return Flows(
        steps=steps,
        grid_share=share(bought),
        sun_share=share(sun),
        stored_share=share(stored),
        export_share=share(sold),
        import_price=tuple(problem["grid"]["import_price"]),
        export_price=tuple(problem["grid"]["export_price"]),
    )


def total_kw(n: int, series: Iterable[Sequence[float]]) -> list[float]:
    """Sum of several series of n steps; zeros when there are none."""
    total = [0.0] * n
    for values in series:
        for k in range(n):
            total[k] += values[k]
    return total
